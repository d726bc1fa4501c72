"""Builders of files that a converter meets in the wild and in attacks, each with what has to come of it.

Every builder takes an empty folder and returns the argument that a user would type.
"""

import os
import socket
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum, auto
from io import BytesIO
from pathlib import Path

import numpy as np
import pymupdf
from PIL import Image

Builder = Callable[[Path], str]


class Outcome(Enum):
    """What has to come of a hostile file."""

    READ = auto()
    """Every page is rasterised."""
    PAGE_REFUSED = auto()
    """The document opens, at least one page is refused with an `InputError` that names it."""
    REFUSED = auto()
    """The document is refused with an `InputError` before any page."""


@dataclass(frozen=True, slots=True)
class HostileFile:
    """A file to be built, what has to come of it, a word that the error has to say, and the pages it has if it opens."""

    name: str
    build: Builder
    outcome: Outcome
    says: str = ""
    page_count: int = 1


# ------------------------------------------------------------------------------------------------- parts


def small_image(mode: str = "RGB", size: tuple[int, int] = (40, 30)) -> Image.Image:
    """A little picture with content in every corner, so that damage to it shows."""
    width, height = size
    ramp = np.arange(width * height * 3, dtype=np.uint32).reshape(height, width, 3)
    return Image.fromarray((ramp * 37 % 251).astype(np.uint8), "RGB").convert(mode)


def noise(size: tuple[int, int] = (200, 200)) -> Image.Image:
    """A picture that does not compress, so that half of its file is about half of its pixels."""
    pixels = np.random.default_rng(1).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
    return Image.fromarray(pixels, "RGB")


def encoded(image: Image.Image, image_format: str, **options: object) -> bytes:
    buffer = BytesIO()
    image.save(buffer, image_format, **options)
    return buffer.getvalue()


def text_pdf(page_count: int = 1, **save_options: object) -> bytes:
    """A well-formed PDF with a line of text on every page."""
    with pymupdf.open() as document:
        for number in range(1, page_count + 1):
            document.new_page(width=200, height=100).insert_text((20, 50), f"This is page {number}")
        return document.tobytes(**save_options)


def raw_pdf(objects: Iterable[str], *, first: str = "%PDF-1.7\n", trailer: str = "") -> bytes:
    """A PDF of the given objects, numbered from 1, with a right cross-reference table; object 1 is the catalog."""
    data = first.encode("latin-1")
    offsets = []
    for number, body in enumerate(objects, start=1):
        offsets.append(len(data))
        data += f"{number} 0 obj\n{body}\nendobj\n".encode("latin-1")
    table = f"xref\n0 {len(offsets) + 1}\n0000000000 65535 f \n" + "".join(
        f"{place:010} 00000 n \n" for place in offsets
    )
    end = f"trailer\n<< /Size {len(offsets) + 1} /Root 1 0 R {trailer} >>\nstartxref\n{len(data)}\n%%EOF\n"
    return data + (table + end).encode("latin-1")


def one_page_pdf(page: str, *others: str, catalog: str = "", **options: str) -> bytes:
    """A PDF whose only page has the given entries; further objects count from 4."""
    return raw_pdf(
        [
            f"<< /Type /Catalog /Pages 2 0 R {catalog} >>",
            "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            f"<< /Type /Page /Parent 2 0 R {page} >>",
            *others,
        ],
        **options,
    )


def stream(data: bytes, entries: str = "") -> str:
    return f"<< /Length {len(data)} {entries} >>\nstream\n{data.decode('latin-1')}\nendstream"


def png_with_header(width: int, height: int, *chunks: bytes) -> bytes:
    """A PNG that states a size and has next to no pixels."""
    header = png_chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    data = png_chunk(b"IDAT", zlib.compress(bytes(100)))
    return b"\x89PNG\r\n\x1a\n" + header + b"".join(chunks) + data + png_chunk(b"IEND", b"")


def png_chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


# ------------------------------------------------------------------------------------------------ builders


def file_of(name: str, content: Callable[[], bytes]) -> Builder:
    def build(folder: Path) -> str:
        path = folder / name
        path.write_bytes(content())
        return str(path)

    return build


def half_of(data: bytes) -> bytes:
    return data[: len(data) // 2]


def tiff_pages(*images: Image.Image, **options: object) -> bytes:
    return encoded(images[0], "TIFF", save_all=True, append_images=list(images[1:]), **options)


def looping_tiff() -> bytes:
    """A TIFF whose only frame names itself as the next one."""
    data = bytearray(encoded(small_image("L"), "TIFF"))
    directory = struct.unpack_from("<I", data, 4)[0]
    entry_count = struct.unpack_from("<H", data, directory)[0]
    struct.pack_into("<I", data, directory + 2 + 12 * entry_count, directory)
    return bytes(data)


def office_document() -> bytes:
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("word/document.xml", "<document/>")
    return buffer.getvalue()


def encrypted(user_password: str, method: int = pymupdf.PDF_ENCRYPT_AES_256) -> bytes:
    return text_pdf(encryption=method, user_pw=user_password, owner_pw="owner")


def pdf_with_image(width: int, height: int, data: bytes, entries: str) -> bytes:
    image = f"/Type /XObject /Subtype /Image /Width {width} /Height {height} {entries}"
    return one_page_pdf(
        "/MediaBox [0 0 200 100] /Contents 5 0 R /Resources << /XObject << /Im 4 0 R >> >>",
        stream(data, image),
        stream(b"q 200 0 0 100 0 0 cm /Im Do Q"),
    )


def named_pipe(folder: Path) -> str:
    path = folder / "pipe.pdf"
    os.mkfifo(path)
    return str(path)


def listening_socket(folder: Path) -> str:
    # The name of a socket may have some hundred bytes only, and pytest's folders are longer than that.
    path = folder / "socket"
    before = Path.cwd()
    os.chdir(folder)
    try:
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(path.name)
    finally:
        os.chdir(before)
    return str(path)


def symlink(target: str) -> Builder:
    def build(folder: Path) -> str:
        path = folder / "link.pdf"
        path.symlink_to(target)
        return str(path)

    return build


def file_with_undecodable_name(folder: Path) -> str:
    path = os.fsencode(folder) + b"/caf\xe9.pdf"
    Path(os.fsdecode(path)).write_bytes(text_pdf())
    return os.fsdecode(path)


_MEDIA = "/MediaBox [0 0 200 100]"
_TEXT = b"BT /F1 12 Tf 20 50 Td (Hello) Tj ET"
_RGB = "/ColorSpace /DeviceRGB /BitsPerComponent 8"
_CATALOG = "<< /Type /Catalog /Pages 2 0 R >>"
_TINY_PAGE = "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] >>"


def page_tree(root: str, *others: str) -> bytes:
    return raw_pdf([_CATALOG, f"<< /Type /Pages {root} >>", *others])


def self_drawing_form() -> bytes:
    resources = "/Resources << /XObject << /A 4 0 R >> >>"
    form = stream(b"/A Do", f"/Type /XObject /Subtype /Form /BBox [0 0 9 9] {resources}")
    return one_page_pdf(f"{_MEDIA} /Contents 5 0 R {resources}", form, stream(b"/A Do"))


def doubly_compressed_image() -> bytes:
    """900 MB of pixels that two rounds of deflate make into two kilobytes."""
    pixels = zlib.compress(zlib.compress(bytes(30_000 * 30_000), 9))
    return pdf_with_image(
        30_000, 30_000, pixels, "/ColorSpace /DeviceGray /BitsPerComponent 8 /Filter [/FlateDecode /FlateDecode]"
    )


def damaged_png_checksum() -> bytes:
    data = bytearray(encoded(noise(), "PNG"))
    data[60] ^= 0xFF
    return bytes(data)


def oriented_jpeg(orientation: int) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = orientation
    return encoded(small_image(), "JPEG", exif=exif.tobytes())


READ, PAGE_REFUSED, REFUSED = Outcome

HOSTILE_PDFS = (
    HostileFile("encrypted", file_of("a.pdf", lambda: encrypted("secret")), REFUSED, "encrypted"),
    HostileFile(
        "encrypted, old", file_of("a.pdf", lambda: encrypted("s", pymupdf.PDF_ENCRYPT_RC4_40)), REFUSED, "encrypted"
    ),
    HostileFile("encrypted, empty password", file_of("a.pdf", lambda: encrypted("")), READ),
    HostileFile("cut after its header", file_of("a.pdf", lambda: text_pdf()[:20]), REFUSED, "damaged"),
    HostileFile(
        "cut in the middle", file_of("a.pdf", lambda: half_of(text_pdf(5))), PAGE_REFUSED, "missing from", page_count=5
    ),
    HostileFile("cut before its trailer", file_of("a.pdf", lambda: text_pdf(3)[:-100]), READ, page_count=3),
    HostileFile(
        "broken cross-reference",
        file_of("a.pdf", lambda: text_pdf(2).replace(b"startxref\n", b"startxref\n9")),
        READ,
        page_count=2,
    ),
    HostileFile("garbage before its header", file_of("a.pdf", lambda: b"x" * 1000 + text_pdf()), READ),
    HostileFile("header too late", file_of("a.pdf", lambda: b"x" * 2000 + text_pdf()), REFUSED, "a text file"),
    HostileFile("text about PDF", file_of("a.pdf", lambda: b"A note on %PDF-1.7 headers"), REFUSED, "damaged"),
    HostileFile("no pages", file_of("a.pdf", lambda: page_tree("/Kids [] /Count 0")), REFUSED, "without pages"),
    HostileFile("no page tree", file_of("a.pdf", lambda: raw_pdf(["<< /Type /Catalog >>"])), REFUSED, "without pages"),
    HostileFile(
        "page tree in a circle", file_of("a.pdf", lambda: page_tree("/Kids [2 0 R] /Count 1")), PAGE_REFUSED, "cycle"
    ),
    HostileFile(
        "two thousand million pages",
        file_of("a.pdf", lambda: page_tree("/Kids [3 0 R] /Count 2000000000", _TINY_PAGE)),
        REFUSED,
        "damaged",
    ),
    HostileFile(
        "fewer pages than none",
        file_of("a.pdf", lambda: page_tree("/Kids [3 0 R] /Count -5", _TINY_PAGE)),
        REFUSED,
        "damaged",
    ),
    HostileFile(
        "a page that is not there",
        file_of("a.pdf", lambda: page_tree("/Kids [9 0 R 3 0 R] /Count 2", _TINY_PAGE)),
        PAGE_REFUSED,
        "missing from",
        page_count=2,
    ),
    HostileFile(
        "content that is not there",
        file_of("a.pdf", lambda: one_page_pdf(f"{_MEDIA} /Contents 99 0 R")),
        PAGE_REFUSED,
        "content is missing",
    ),
    HostileFile(
        "resources that are not there",
        file_of(
            "a.pdf",
            lambda: one_page_pdf(
                f"{_MEDIA} /Contents 4 0 R /Resources << /Font << /F1 99 0 R >> >>", stream(_TEXT + b" /No Do /No gs")
            ),
        ),
        READ,
    ),
    HostileFile("no page size", file_of("a.pdf", lambda: one_page_pdf("")), READ),
    HostileFile("empty page size", file_of("a.pdf", lambda: one_page_pdf("/MediaBox [0 0 0 0]")), READ),
    HostileFile("page size of words", file_of("a.pdf", lambda: one_page_pdf("/MediaBox (A4)")), READ),
    HostileFile("page size upside down", file_of("a.pdf", lambda: one_page_pdf("/MediaBox [200 100 0 0]")), READ),
    HostileFile("negative page size", file_of("a.pdf", lambda: one_page_pdf("/MediaBox [-30 -20 -10 -9]")), READ),
    HostileFile(
        "giant page", file_of("a.pdf", lambda: one_page_pdf("/MediaBox [0 0 9999999 9999999]")), PAGE_REFUSED, "limit"
    ),
    HostileFile(
        "giant unit", file_of("a.pdf", lambda: one_page_pdf(f"{_MEDIA} /UserUnit 99999")), PAGE_REFUSED, "limit"
    ),
    HostileFile("form that draws itself", file_of("a.pdf", self_drawing_form), READ),
    HostileFile(
        "script",
        file_of(
            "a.pdf",
            lambda: one_page_pdf(_MEDIA, catalog="/OpenAction << /S /JavaScript /JS (while \\(true\\);) >>"),
        ),
        READ,
    ),
    HostileFile("image bomb inside", file_of("a.pdf", doubly_compressed_image), READ),
    HostileFile(
        "image without its pixels",
        file_of("a.pdf", lambda: pdf_with_image(99_999, 99_999, zlib.compress(b"x"), f"{_RGB} /Filter /FlateDecode")),
        READ,
    ),
    HostileFile(
        "content bomb",
        file_of(
            "a.pdf",
            lambda: one_page_pdf(
                f"{_MEDIA} /Contents 4 0 R", stream(zlib.compress(b"q Q " * 500_000), "/Filter /FlateDecode")
            ),
        ),
        READ,
    ),
)

HOSTILE_IMAGES = (
    HostileFile("png bomb", file_of("a.png", lambda: png_with_header(100_000, 100_000)), PAGE_REFUSED, "limit"),
    HostileFile("png without pixels", file_of("a.png", lambda: png_with_header(40, 30)), PAGE_REFUSED, "truncated"),
    HostileFile("png of no width", file_of("a.png", lambda: png_with_header(0, 30)), REFUSED, "header"),
    HostileFile(
        "png with a text bomb",
        file_of(
            "a.png",
            lambda: png_with_header(40, 30, png_chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(50_000_000)))),
        ),
        REFUSED,
        "too large",
    ),
    HostileFile(
        "png, half of it", file_of("a.png", lambda: half_of(encoded(noise(), "PNG"))), PAGE_REFUSED, "truncated"
    ),
    HostileFile("png with a wrong checksum", file_of("a.png", damaged_png_checksum), PAGE_REFUSED, "broken"),
    HostileFile(
        "jpeg, half of it", file_of("a.jpg", lambda: half_of(encoded(noise(), "JPEG"))), PAGE_REFUSED, "truncated"
    ),
    HostileFile("jpeg, four bytes of it", file_of("a.jpg", lambda: b"\xff\xd8\xff\xe0"), REFUSED, "header"),
    HostileFile(
        "gif, half of it", file_of("a.gif", lambda: half_of(encoded(noise(), "GIF"))), PAGE_REFUSED, "truncated"
    ),
    HostileFile("gif, its name only", file_of("a.gif", lambda: b"GIF89a"), REFUSED, "header"),
    HostileFile(
        "bmp, half of it", file_of("a.bmp", lambda: half_of(encoded(noise(), "BMP"))), PAGE_REFUSED, "truncated"
    ),
    HostileFile("webp, half of it", file_of("a.webp", lambda: half_of(encoded(noise(), "WEBP"))), REFUSED, "damaged"),
    HostileFile(
        "tiff, half of it", file_of("a.tif", lambda: half_of(encoded(noise(), "TIFF"))), PAGE_REFUSED, "truncated"
    ),
    HostileFile(
        "tiff, half of its pages",
        file_of("a.tif", lambda: half_of(tiff_pages(noise(), noise(), compression="tiff_lzw"))),
        PAGE_REFUSED,
        "page 2",
        page_count=2,
    ),
    HostileFile("tiff in a circle", file_of("a.tif", looping_tiff), READ),
    HostileFile("cmyk jpeg", file_of("a.jpg", lambda: encoded(small_image("CMYK"), "JPEG")), READ),
    HostileFile("16-bit png", file_of("a.png", lambda: encoded(small_image("L").convert("I;16"), "PNG")), READ),
    HostileFile("1-bit tiff", file_of("a.tif", lambda: encoded(small_image("1"), "TIFF")), READ),
    HostileFile("fax tiff", file_of("a.tif", lambda: encoded(small_image("1"), "TIFF", compression="group4")), READ),
    HostileFile(
        "lzw tiff of two pages",
        file_of("a.tif", lambda: tiff_pages(small_image(), small_image("L"), compression="tiff_lzw")),
        READ,
        page_count=2,
    ),
    HostileFile(
        "palette png with transparency",
        file_of("a.png", lambda: encoded(small_image("P"), "PNG", transparency=bytes(range(256)))),
        READ,
    ),
    HostileFile(
        "animated gif",
        file_of(
            "a.gif",
            lambda: encoded(small_image("P"), "GIF", save_all=True, append_images=[noise((40, 30)).convert("P")]),
        ),
        READ,
    ),
    *(
        HostileFile(f"jpeg of orientation {value}", file_of("a.jpg", lambda value=value: oriented_jpeg(value)), READ)
        for value in (1, 2, 3, 4, 5, 6, 7, 8, 9)
    ),
)

HOSTILE_PLACES = (
    HostileFile("pdf named jpg", file_of("a.jpg", text_pdf), READ),
    HostileFile("png named pdf", file_of("a.pdf", lambda: encoded(small_image(), "PNG")), READ),
    HostileFile("name with a line break", file_of("line\nbreak'\".pdf", text_pdf), READ),
    HostileFile("name that reorders text", file_of("a\u202efdp.exe", lambda: b"no"), REFUSED, r"a\u202efdp.exe"),
    HostileFile("name that is an option", file_of("--output=x.pdf", text_pdf), READ),
    HostileFile("name that is not UTF-8", file_with_undecodable_name, READ),
    HostileFile("office document", file_of("report.docx", office_document), REFUSED, "ZIP archive"),
    HostileFile("html named pdf", file_of("a.pdf", lambda: b"<!DOCTYPE html><p>404"), REFUSED, "HTML page"),
    HostileFile("text named pdf", file_of("a.pdf", lambda: "Grüße".encode()), REFUSED, "a text file"),
    HostileFile("noise named pdf", file_of("a.pdf", lambda: bytes(range(255, 0, -1))), REFUSED, "unknown kind"),
    HostileFile("empty file", file_of("a.pdf", bytes), REFUSED, "empty"),
    HostileFile("missing file", lambda folder: str(folder / "a.pdf"), REFUSED, "no such file"),
    HostileFile("empty folder", str, REFUSED, "folder without"),
    HostileFile("named pipe", named_pipe, REFUSED, "a named pipe"),
    HostileFile("socket", listening_socket, REFUSED, "a socket"),
    HostileFile("endless device", lambda folder: "/dev/zero", REFUSED, "a device"),
    HostileFile("link to itself", symlink("link.pdf"), REFUSED, "symbolic links"),
    HostileFile("link to nothing", symlink("nothing.pdf"), REFUSED, "no such file"),
)

HOSTILE_FILES = HOSTILE_PDFS + HOSTILE_IMAGES + HOSTILE_PLACES
