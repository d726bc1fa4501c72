"""A source into an opened document whose pages can be rasterised one by one, opened once for all of them."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from io import BytesIO
from itertools import count
from typing import TYPE_CHECKING, BinaryIO

from PIL import Image

from deepocr_cli.document import Source, SourceKind
from deepocr_cli.errors import InputError
from deepocr_cli.pages.kinds import HEAD_BYTES
from deepocr_cli.pages.libraries import PILLOW_ERRORS, load_mupdf, mupdf_errors, reason_of, silent_pillow
from deepocr_cli.pages.phone_pictures import phone_formats

if TYPE_CHECKING:
    import pymupdf

IMAGE_FORMATS = ("PNG", "JPEG", "TIFF", "WEBP", "BMP", "GIF")

_REPAIR_HINT = "check that the file is complete, or repair it: qpdf FILE repaired.pdf"

_REDUCED_OR_MASK = 0b101
"""Bits of a TIFF frame's NewSubfileType that say it is a thumbnail or a transparency mask, not a page (TIFF 6.0)."""


@dataclass(frozen=True, slots=True)
class OpenedPdf:
    """An opened PDF; page n of the source is page n - 1 of `document`."""

    source: Source
    document: "pymupdf.Document"


@dataclass(frozen=True, slots=True)
class OpenedImage:
    """An opened image file; page n of the source is the frame `frames[n - 1]` of `image`."""

    source: Source
    image: Image.Image
    frames: tuple[int, ...]


Opened = OpenedPdf | OpenedImage


@contextmanager
def open_pages(source: Source) -> Iterator[Opened]:
    """Open `source` for as long as the context lasts.

    Raises:
        InputError: the file has gone, is damaged beyond repair, or its password is wrong.
    """
    with _open_pdf(source) if source.kind is SourceKind.PDF else _open_image(source) as opened:
        yield opened


def count_pages(source: Source, passwords: Sequence[str]) -> Source:
    """`source` with its number of pages, and with the first of `passwords` that opens it if it needs one.

    Raises:
        InputError: the file cannot be opened, none of the passwords fits, or it has no pages.
    """
    with open_pages(replace(source, password=None)) as opened:
        password: str | None = None
        attachments: tuple[str, ...] = ()
        if isinstance(opened, OpenedPdf):
            password = _unlock(opened, passwords)
            page_count, attachments = _page_count(opened), _attachments(opened)
        else:
            page_count = len(opened.frames)
    return replace(source, page_count=page_count, password=password, attachments=attachments)


@contextmanager
def file_errors(name: str) -> Iterator[None]:
    """Turn what the system says of the file called `name` into an `InputError`."""
    try:
        yield
    except (OSError, ValueError) as error:
        strerror = getattr(error, "strerror", None)
        raise InputError(f"{name}: {(strerror or str(error)).lower()}") from error


# -------------------------------------------------------------------------------------------------- PDF


@contextmanager
def _open_pdf(source: Source) -> Iterator[OpenedPdf]:
    damaged = InputError(f"{source.name}: damaged PDF that cannot be repaired", hint=_REPAIR_HINT)
    try:
        document = load_mupdf().open(**_place(source), filetype="pdf")
    except mupdf_errors() as error:
        raise damaged from error
    with document:
        if not document.is_pdf:
            raise damaged
        if source.password is not None:
            document.authenticate(source.password)
        yield OpenedPdf(source, document)


def _place(source: Source) -> dict[str, str | bytes]:
    """Where PyMuPDF finds the document: by its path, except where the path is not UTF-8, which MuPDF requires."""
    if source.data is not None:
        return {"stream": source.data}
    assert source.path is not None
    with file_errors(source.name):
        source.path.stat()
        try:
            str(source.path).encode()
        except UnicodeEncodeError:
            return {"stream": source.path.read_bytes()}
    return {"filename": str(source.path)}


def _unlock(opened: OpenedPdf, passwords: Sequence[str]) -> str | None:
    """The first password that opens the document; None if it needs none."""
    if not opened.document.needs_pass:
        return None
    for password in passwords:
        if opened.document.authenticate(password):
            return password
    what = "none of the passwords opens it" if passwords else "encrypted, and no password was given"
    raise InputError(f"{opened.source.name}: {what}", hint="put the password on a line of a file: --password-file FILE")


def _page_count(opened: OpenedPdf) -> int:
    try:
        page_count: int = opened.document.page_count
    except mupdf_errors() as error:
        raise InputError(f"{opened.source.name}: damaged PDF whose pages cannot be found", hint=_REPAIR_HINT) from error
    if page_count < 1:
        raise InputError(f"{opened.source.name}: PDF without pages", hint="check that the file is complete")
    return page_count


def _attachments(opened: OpenedPdf) -> tuple[str, ...]:
    """The names of embedded files; none of a PDF whose list of them is damaged."""
    with suppress(*mupdf_errors()):
        return tuple(opened.document.embfile_names())
    return ()


# ------------------------------------------------------------------------------------------------ image


@contextmanager
def _open_image(source: Source) -> Iterator[OpenedImage]:
    # Sizes are checked against --max-pixels before anything is decoded, so Pillow's own limit would only hide that.
    Image.MAX_IMAGE_PIXELS = None
    with _open_file(source) as file:
        formats = (*IMAGE_FORMATS, *phone_formats(source.name, file.read(HEAD_BYTES)))
        try:
            with silent_pillow():
                image = Image.open(file, formats=formats)
                frames = _frames(image)
        except PILLOW_ERRORS as error:
            raise InputError(
                f"{source.name}: damaged image: {reason_of(error)}", hint="check that the file is complete"
            ) from error
        with image:
            yield OpenedImage(source, image, frames)


def _frames(image: Image.Image) -> tuple[int, ...]:
    """The frames that are pages: all of a TIFF but thumbnails and masks, the first of an animation."""
    return (image.tell(),) if image.format != "TIFF" else tuple(_tiff_pages(image)) or (0,)


def _tiff_pages(image: Image.Image) -> Iterator[int]:
    """A frame that cannot be reached counts as a page, the last one: reading it will tell what is wrong."""
    for frame in count():
        try:
            image.seek(frame)
        except EOFError:
            return
        except PILLOW_ERRORS:
            yield frame
            return
        new_subfile_type = image.tag_v2.get(254, 0)  # type: ignore[attr-defined]
        if not int(new_subfile_type) & _REDUCED_OR_MASK:
            yield frame


def _open_file(source: Source) -> BinaryIO:
    if source.data is not None:
        return BytesIO(source.data)
    assert source.path is not None
    with file_errors(source.name):
        return source.path.open("rb")
