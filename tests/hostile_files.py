"""Builders of files that a converter meets in the wild and in attacks, each with what has to come of it.

Every builder takes an empty folder and returns the argument that a user would type.
"""

import os
import socket
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path

import pymupdf
from file_parts import (
    MEDIA_BOX,
    damaged_fax,
    damaged_png_checksum,
    doubly_compressed_image,
    encoded,
    encrypted,
    half_of,
    looping_tiff,
    noise,
    office_document,
    one_page_pdf,
    oriented_jpeg,
    page_tree,
    pdf_with_image,
    png_chunk,
    png_with_header,
    raw_pdf,
    self_drawing_form,
    self_masking_mask,
    small_image,
    stream,
    text_of_size,
    text_pdf,
    tiff_pages,
    tiff_that_goes_on_nowhere,
    zip_behind_pdf,
)

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
    """A file to be built, what has to come of it, what the error has to say, and the pages it has if it opens."""

    name: str
    build: Builder
    outcome: Outcome
    says: str = ""
    page_count: int = 1


def file_of(name: str, content: Callable[[], bytes]) -> Builder:
    def build(folder: Path) -> str:
        path = folder / name
        path.write_bytes(content())
        return str(path)

    return build


def of_bytes(
    name: str, content: Callable[[], bytes], outcome: Outcome, says: str = "", page_count: int = 1
) -> HostileFile:
    """A case whose file has no suffix that could help."""
    return HostileFile(name, file_of("input", content), outcome, says, page_count)


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


_TEXT = b"BT /F1 12 Tf 20 50 Td (Hello) Tj ET"
_RGB = "/ColorSpace /DeviceRGB /BitsPerComponent 8"
_TINY_PAGE = "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] >>"


READ, PAGE_REFUSED, REFUSED = Outcome

HOSTILE_PDFS = (
    of_bytes("encrypted", lambda: encrypted("secret"), REFUSED, "encrypted"),
    of_bytes("encrypted, old", lambda: encrypted("s", pymupdf.PDF_ENCRYPT_RC4_40), REFUSED, "encrypted"),
    of_bytes("encrypted, empty password", lambda: encrypted(""), READ),
    of_bytes("cut after its header", lambda: text_pdf()[:20], REFUSED, "damaged"),
    of_bytes("cut in the middle", lambda: half_of(text_pdf(5)), PAGE_REFUSED, "missing from", page_count=5),
    of_bytes("cut before its trailer", lambda: text_pdf(3)[:-100], READ, page_count=3),
    of_bytes(
        "broken cross-reference", lambda: text_pdf(2).replace(b"startxref\n", b"startxref\n9"), READ, page_count=2
    ),
    of_bytes("garbage before its header", lambda: b"x" * 1000 + text_pdf(), READ),
    of_bytes("header too late", lambda: b"x" * 2000 + text_pdf(), REFUSED, "a text file"),
    of_bytes("text about PDF", lambda: b"A note on %PDF-1.7 headers", REFUSED, "damaged"),
    of_bytes("no pages", lambda: page_tree("/Kids [] /Count 0"), REFUSED, "without pages"),
    of_bytes("no page tree", lambda: raw_pdf(["<< /Type /Catalog >>"]), REFUSED, "without pages"),
    of_bytes("page tree in a circle", lambda: page_tree("/Kids [2 0 R] /Count 1"), PAGE_REFUSED, "cycle"),
    of_bytes(
        "two thousand million pages",
        lambda: page_tree("/Kids [3 0 R] /Count 2000000000", _TINY_PAGE),
        REFUSED,
        "damaged",
    ),
    of_bytes("fewer pages than none", lambda: page_tree("/Kids [3 0 R] /Count -5", _TINY_PAGE), REFUSED, "damaged"),
    of_bytes(
        "a page that is not there",
        lambda: page_tree("/Kids [9 0 R 3 0 R] /Count 2", _TINY_PAGE),
        PAGE_REFUSED,
        "missing from",
        page_count=2,
    ),
    of_bytes(
        "content that is not there",
        lambda: one_page_pdf(f"{MEDIA_BOX} /Contents 99 0 R"),
        PAGE_REFUSED,
        "content is missing",
    ),
    of_bytes(
        "resources that are not there",
        lambda: one_page_pdf(
            f"{MEDIA_BOX} /Contents 4 0 R /Resources << /Font << /F1 99 0 R >> >>", stream(_TEXT + b" /No Do /No gs")
        ),
        READ,
    ),
    of_bytes("no page size", lambda: one_page_pdf(""), READ),
    of_bytes("empty page size", lambda: one_page_pdf("/MediaBox [0 0 0 0]"), READ),
    of_bytes("page size of words", lambda: one_page_pdf("/MediaBox (A4)"), READ),
    of_bytes("page size upside down", lambda: one_page_pdf("/MediaBox [200 100 0 0]"), READ),
    of_bytes("negative page size", lambda: one_page_pdf("/MediaBox [-30 -20 -10 -9]"), READ),
    of_bytes("giant page", lambda: one_page_pdf("/MediaBox [0 0 9999999 9999999]"), READ),
    of_bytes("page like a thread", lambda: one_page_pdf("/MediaBox [0 0 14400 1]"), READ),
    of_bytes("giant unit", lambda: one_page_pdf(f"{MEDIA_BOX} /UserUnit 99999"), READ),
    of_bytes("form that draws itself", self_drawing_form, READ),
    of_bytes("mask that masks itself", self_masking_mask, READ),
    of_bytes("text of size 0", lambda: text_of_size("0"), READ),
    of_bytes("text of negative size", lambda: text_of_size("-12"), READ),
    of_bytes("text of size 1e9", lambda: text_of_size("1e9"), READ),
    of_bytes("encryption of the future", lambda: encrypted("").replace(b"/V 5", b"/V 99"), REFUSED, "damaged"),
    of_bytes(
        "script",
        lambda: one_page_pdf(MEDIA_BOX, catalog="/OpenAction << /S /JavaScript /JS (while \\(true\\);) >>"),
        READ,
    ),
    of_bytes("image bomb inside", doubly_compressed_image, READ),
    of_bytes(
        "image without its pixels",
        lambda: pdf_with_image(99_999, 99_999, zlib.compress(b"x"), f"{_RGB} /Filter /FlateDecode"),
        READ,
    ),
    of_bytes(
        "content bomb",
        lambda: one_page_pdf(
            f"{MEDIA_BOX} /Contents 4 0 R", stream(zlib.compress(b"q Q " * 500_000), "/Filter /FlateDecode")
        ),
        READ,
    ),
)

HOSTILE_IMAGES = (
    of_bytes("png bomb", lambda: png_with_header(100_000, 100_000), PAGE_REFUSED, "too many"),
    of_bytes("png of one row", lambda: encoded(small_image("L", (65_000, 1)), "PNG"), READ),
    of_bytes("png of one column", lambda: encoded(small_image("L", (1, 65_000)), "PNG"), READ),
    of_bytes("png without pixels", lambda: png_with_header(40, 30), PAGE_REFUSED, "truncated"),
    of_bytes("png of no width", lambda: png_with_header(0, 30), REFUSED, "header"),
    of_bytes(
        "png with a text bomb",
        lambda: png_with_header(40, 30, png_chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(50_000_000)))),
        REFUSED,
        "too large",
    ),
    of_bytes("png, half of it", lambda: half_of(encoded(noise(), "PNG")), PAGE_REFUSED, "truncated"),
    of_bytes("png with a wrong checksum", damaged_png_checksum, PAGE_REFUSED, "broken"),
    of_bytes("jpeg, half of it", lambda: half_of(encoded(noise(), "JPEG")), PAGE_REFUSED, "truncated"),
    of_bytes("jpeg, four bytes of it", lambda: b"\xff\xd8\xff\xe0", REFUSED, "header"),
    of_bytes("gif, half of it", lambda: half_of(encoded(noise(), "GIF")), PAGE_REFUSED, "truncated"),
    of_bytes("gif, its name only", lambda: b"GIF89a", REFUSED, "header"),
    of_bytes("bmp, half of it", lambda: half_of(encoded(noise(), "BMP")), PAGE_REFUSED, "truncated"),
    of_bytes("webp, half of it", lambda: half_of(encoded(noise(), "WEBP")), REFUSED, "damaged"),
    of_bytes("tiff, half of it", lambda: half_of(encoded(noise(), "TIFF")), PAGE_REFUSED, "truncated"),
    of_bytes(
        "tiff, half of its pages",
        lambda: half_of(tiff_pages(noise(), noise(), compression="tiff_lzw")),
        PAGE_REFUSED,
        "page 2",
        page_count=2,
    ),
    of_bytes("tiff in a circle", looping_tiff, READ),
    of_bytes("tiff that goes on nowhere", tiff_that_goes_on_nowhere, PAGE_REFUSED, "page 2", page_count=2),
    of_bytes("cmyk jpeg", lambda: encoded(small_image("CMYK"), "JPEG"), READ),
    of_bytes("16-bit png", lambda: encoded(small_image("L").convert("I;16"), "PNG"), READ),
    of_bytes("1-bit tiff", lambda: encoded(small_image("1"), "TIFF"), READ),
    of_bytes("fax tiff with line noise", damaged_fax, READ),
    of_bytes("fax tiff", lambda: encoded(small_image("1"), "TIFF", compression="group4"), READ),
    of_bytes(
        "lzw tiff of two pages",
        lambda: tiff_pages(small_image(), small_image("L"), compression="tiff_lzw"),
        READ,
        page_count=2,
    ),
    of_bytes(
        "palette png with transparency", lambda: encoded(small_image("P"), "PNG", transparency=bytes(range(256))), READ
    ),
    of_bytes(
        "animated gif",
        lambda: encoded(small_image("P"), "GIF", save_all=True, append_images=[noise((40, 30)).convert("P")]),
        READ,
    ),
    *(
        of_bytes(f"jpeg of orientation {value}", lambda value=value: oriented_jpeg(value), READ)
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
    HostileFile("picture named pdf", file_of("a.pdf", lambda: b"P6\n9 9 255\n"), REFUSED, "a Netpbm image"),
    HostileFile("icon", file_of("a.ico", lambda: encoded(small_image(), "ICO")), REFUSED, "an icon"),
    HostileFile("gif that is a PDF too", file_of("a", lambda: encoded(small_image(), "GIF") + text_pdf()), READ),
    HostileFile("zip that is a PDF too", file_of("a.zip", zip_behind_pdf), READ),
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
