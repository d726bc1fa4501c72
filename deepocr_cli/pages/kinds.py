"""The first bytes of a file into what it is: a PDF, an image, or something that has to be converted first."""

from dataclasses import dataclass

from deepocr_cli.document import SourceKind
from deepocr_cli.pages.phone_pictures import is_phone_picture

HEAD_BYTES = 1024
"""How much of a file decides its kind; a PDF's header may begin anywhere in it (ISO 32000-1, annex H.3.4.1)."""

_OFFICE_HINT = "convert it to PDF first: libreoffice --headless --convert-to pdf FILE"
_IMAGE_HINT = "convert it to PNG first, for instance: magick FILE page.png"
_HINT = "deepocr reads PDF, PNG, JPEG, TIFF, WebP, AVIF, HEIC, BMP and GIF"


@dataclass(frozen=True, slots=True)
class Foreign:
    """What a file is that deepocr does not read, and what to do about it."""

    name: str
    hint: str = _HINT


def kind_of(head: bytes) -> SourceKind | None:
    """The kind of a file that begins with `head` (`HEAD_BYTES` of it); None if it is neither PDF nor image."""
    if (
        head.startswith(_IMAGE_HEADERS)
        or (head.startswith(b"RIFF") and head[8:12] == b"WEBP")
        or is_phone_picture(head)
    ):
        return SourceKind.IMAGE
    if b"%PDF-" in head:
        return SourceKind.PDF
    # Two letters are weak evidence, so a bitmap must also have the reserved zeros of its header.
    if head.startswith(b"BM") and head[6:10] == bytes(4):
        return SourceKind.IMAGE
    return None


def describe_foreign(head: bytes) -> Foreign:
    """What a file is whose `kind_of` is None, as far as its first bytes tell."""
    if not head:
        return Foreign("an empty file")
    for signature, foreign in _FOREIGN:
        if head.startswith(signature):
            return foreign
    if head[4:8] == b"ftyp":
        return Foreign("a video or audio file")
    return _describe_text(head)


_IMAGE_HEADERS = (
    b"\x89PNG\r\n\x1a\n",
    b"\xff\xd8\xff",
    b"GIF87a",
    b"GIF89a",
    b"II*\x00",
    b"MM\x00*",
    b"II+\x00",
    b"MM\x00+",
)

_FOREIGN = (
    (b"PK\x03\x04", Foreign("a ZIP archive (perhaps an Office document)", _OFFICE_HINT)),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", Foreign("an old Office document", _OFFICE_HINT)),
    (b"{\\rtf", Foreign("a rich text document", _OFFICE_HINT)),
    (b"%!PS", Foreign("a PostScript file", "convert it to PDF first: ps2pdf FILE")),
    (b"AT&TFORM", Foreign("a DjVu document", "convert it to PDF first: ddjvu -format=pdf FILE page.pdf")),
    (b"\x1f\x8b", Foreign("a gzip archive", "unpack it first: gunzip FILE")),
    (b"BZh", Foreign("a bzip2 archive", "unpack it first: bunzip2 FILE")),
    (b"\xfd7zXZ\x00", Foreign("an xz archive", "unpack it first: unxz FILE")),
    (b"7z\xbc\xaf\x27\x1c", Foreign("a 7-Zip archive", "unpack it first")),
    (b"Rar!", Foreign("a RAR archive", "unpack it first")),
    (b"\x00\x00\x00\x0cjP  ", Foreign("a JPEG 2000 image", _IMAGE_HINT)),
    (b"\x00\x00\x00\x0cJXL ", Foreign("a JPEG XL image", _IMAGE_HINT)),
    (b"\xff\x0a", Foreign("a JPEG XL image", _IMAGE_HINT)),
    (b"\x00\x00\x01\x00", Foreign("an icon", _IMAGE_HINT)),
    *((b"P%d%c" % (number, end), Foreign("a Netpbm image", _IMAGE_HINT)) for number in range(1, 7) for end in b"\n "),
    (b"8BPS", Foreign("a Photoshop image", _IMAGE_HINT)),
    (b"\x7fELF", Foreign("a program")),
    (b"MZ", Foreign("a program")),
)


def _describe_text(head: bytes) -> Foreign:
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if start.startswith((b"<!doctype html", b"<html")):
        return Foreign("an HTML page", "print it to PDF first, for instance with a browser")
    if b"<svg" in start:
        return Foreign("an SVG drawing", _IMAGE_HINT)
    if start.startswith(b"<?xml"):
        return Foreign("an XML file")
    # A multi-byte character may be cut at the end of the head.
    is_text = b"\x00" not in head and "\ufffd" not in head.decode("utf-8", "replace")[:-1]
    return Foreign("a text file") if is_text else Foreign("a file of an unknown kind")
