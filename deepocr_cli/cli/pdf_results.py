"""The PDFs that can be written beside a result: the original with boxes drawn, or with an invisible text layer."""

from collections.abc import Iterator
from pathlib import Path

from PIL import Image

from deepocr_cli.document import Document, SourceKind
from deepocr_cli.errors import UsageError
from deepocr_cli.pages.inputs import PIPE, open_source
from deepocr_cli.pages.opening import Opened, open_pages
from deepocr_cli.pages.rasterize import rasterize_page
from deepocr_cli.settings import Settings
from deepocr_cli.store.files import write_atomically
from deepocr_cli.writers.pdf_layers import overlay_pdf, pdf_of_images, searchable_pdf


def write_overlay(document: Document, file: str, settings: Settings, target: Path, *, is_forced: bool) -> None:
    """Write the original at `file` with a box around every block.

    Raises:
        UsageError: the original came through a pipe.
        OutputError: the target exists or cannot be written.
    """
    pdf, password = _original(file, settings, "--overlay")
    write_atomically(target, overlay_pdf(pdf, document.pages, password), force=is_forced)


def write_searchable(document: Document, file: str, settings: Settings, target: Path, *, is_forced: bool) -> None:
    """Write the original at `file` with what was read in an invisible layer.

    Raises:
        UsageError: the original came through a pipe.
        OutputError: the target exists or cannot be written.
    """
    pdf, password = _original(file, settings, "--searchable")
    write_atomically(target, searchable_pdf(pdf, document.pages, password), force=is_forced)


def _original(file: str, settings: Settings, flag: str) -> tuple[bytes, str | None]:
    """The original as a PDF, and the password that opens it."""
    if file == PIPE:
        raise UsageError(f"{flag} needs the original as a file", hint="save what comes through the pipe first")
    source = open_source(file, passwords=settings.passwords)
    if source.kind is SourceKind.PDF:
        return Path(file).read_bytes(), source.password
    with open_pages(source) as opened:
        return pdf_of_images(_frames(opened, settings)), None


def _frames(opened: Opened, settings: Settings) -> Iterator[tuple[Image.Image, float]]:
    for number in range(1, opened.source.page_count + 1):
        page = rasterize_page(opened, number, dpi=settings.dpi, max_pixels=settings.max_pixels)
        yield page.image, page.dpi
