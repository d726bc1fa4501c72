"""Builders of the bytes of documents and images, sound and damaged, that tests feed to the converter."""

import struct
import zipfile
import zlib
from collections.abc import Iterable
from io import BytesIO

import numpy as np
import pymupdf
from PIL import Image

MEDIA_BOX = "/MediaBox [0 0 200 100]"
CATALOG = "<< /Type /Catalog /Pages 2 0 R >>"


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


def page_tree(root: str, *others: str) -> bytes:
    return raw_pdf([CATALOG, f"<< /Type /Pages {root} >>", *others])


def self_drawing_form() -> bytes:
    resources = "/Resources << /XObject << /A 4 0 R >> >>"
    form = stream(b"/A Do", f"/Type /XObject /Subtype /Form /BBox [0 0 9 9] {resources}")
    return one_page_pdf(f"{MEDIA_BOX} /Contents 5 0 R {resources}", form, stream(b"/A Do"))


def doubly_compressed_image() -> bytes:
    """100 MB of pixels that two rounds of deflate make into next to nothing."""
    pixels = zlib.compress(zlib.compress(bytes(10_000 * 10_000), 9))
    return pdf_with_image(
        10_000, 10_000, pixels, "/ColorSpace /DeviceGray /BitsPerComponent 8 /Filter [/FlateDecode /FlateDecode]"
    )


def damaged_png_checksum() -> bytes:
    data = bytearray(encoded(noise(), "PNG"))
    data[60] ^= 0xFF
    return bytes(data)


def damaged_fax() -> bytes:
    """A fax of which a part is lost, of which libtiff complains on standard error."""
    data = bytearray(encoded(noise().convert("1"), "TIFF", compression="group4"))
    data[500:550] = b"U" * 50
    return bytes(data)


def oriented_jpeg(orientation: int, size: tuple[int, int] = (40, 30)) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = orientation
    return encoded(small_image(size=size), "JPEG", exif=exif.tobytes())


def self_masking_mask() -> bytes:
    resources = "/Resources << /ExtGState << /G << /SMask << /S /Luminosity /G 5 0 R >> >> >> >>"
    form = f"/Type /XObject /Subtype /Form /BBox [0 0 99 99] /Group << /S /Transparency >> {resources}"
    return one_page_pdf(
        f"{MEDIA_BOX} /Contents 4 0 R {resources}",
        stream(b"/G gs 0 0 99 99 re f"),
        stream(b"/G gs 0 0 9 9 re f", form),
    )


def text_of_size(size: str) -> bytes:
    font = "/Resources << /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >>"
    return one_page_pdf(
        f"{MEDIA_BOX} /Contents 4 0 R {font}", stream(f"BT /F1 {size} Tf 20 50 Td (Hello) Tj ET".encode())
    )


def tiff_that_goes_on_nowhere() -> bytes:
    """A TIFF whose first page names a second one behind the end of the file."""
    data = bytearray(tiff_pages(small_image()))
    (directory,) = struct.unpack_from("<I", data, 4)
    (entry_count,) = struct.unpack_from("<H", data, directory)
    struct.pack_into("<I", data, directory + 2 + 12 * entry_count, 0x7FFFFFF0)
    return bytes(data)


def zip_behind_pdf() -> bytes:
    buffer = BytesIO(text_pdf())
    with zipfile.ZipFile(buffer, "a") as archive:
        archive.writestr("a", "b")
    return buffer.getvalue()
