"""An opened document and what was read of it in, the document as a PDF with a layer of boxes or of text out."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from enum import StrEnum
from pathlib import Path

from PIL import Image

from deepocr_cli.document import Page
from deepocr_cli.pages.opening import Opened, OpenedPdf
from deepocr_cli.pages.rasterize import rasterize_page
from deepocr_cli.writers.pdf_layers import overlay_pdf, pdf_of_images, searchable_pdf


class Layer(StrEnum):
    """What a PDF gets in addition."""

    OVERLAY = "overlay"
    """Boxes around what was read."""
    SEARCHABLE = "searchable"
    """The text, invisible."""


_ADD: dict[Layer, Callable[[bytes, Iterable[Page], str | None], bytes]] = {
    Layer.OVERLAY: overlay_pdf,
    Layer.SEARCHABLE: searchable_pdf,
}


def layered_pdf(opened: Opened, layer: Layer, pages: Sequence[Page], *, dpi: float, max_pixels: int) -> bytes:
    """The PDF with the layer; of images, a PDF whose pages they are.

    Raises:
        InputError: an image cannot be drawn, or the file has gone.
    """
    source = opened.source
    if isinstance(opened, OpenedPdf):
        original = source.data if source.path is None else Path(source.path).read_bytes()
        assert original is not None, "a source has a path or bytes"
        return _ADD[layer](original, pages, source.password)
    return _ADD[layer](pdf_of_images(_frames(opened, dpi, max_pixels)), pages, None)


def _frames(opened: Opened, dpi: float, max_pixels: int) -> Iterator[tuple[Image.Image, float]]:
    for number in range(1, opened.source.page_count + 1):
        page = rasterize_page(opened, number, dpi=dpi, max_pixels=max_pixels)
        yield page.image, page.dpi
