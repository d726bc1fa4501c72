"""An opened document and a page number into a `PageImage`: the page as a reader sees it, upright, in RGB.

Pages are rasterised one by one, so a page that fails costs no other page:

    with open_pages(source) as opened:
        for number in numbers:
            try:
                page = rasterize_page(opened, number, dpi=144, max_pixels=DEFAULT_MAX_PIXELS)
            except InputError as error:
                ...
"""

import math
from typing import TYPE_CHECKING

from PIL import Image

from deepocr_cli.document import PageImage
from deepocr_cli.errors import InputError
from deepocr_cli.pages.colours import to_upright_rgb, upright_size
from deepocr_cli.pages.opening import Opened, OpenedImage, OpenedPdf, load_mupdf, page_errors
from deepocr_cli.pages.text_layer import mark_unseen_words, read_text_layer

if TYPE_CHECKING:
    import pymupdf

DEFAULT_DPI = 144.0
DEFAULT_MAX_PIXELS = 100_000_000
"""An A2 page at 300 dpi has 35 million pixels; 100 million take 300 MB as RGB."""

POINTS_PER_INCH = 72.0
"""PDF units per inch, and the resolution of an image that does not state a sane one (one pixel is one point)."""

_SANE_DPI = (36.0, 2400.0)


def rasterize_page(opened: Opened, number: int, *, dpi: float, max_pixels: int) -> PageImage:
    """Page `number` (from 1) as an image, with its text layer where it has one.

    Args:
        dpi: resolution at which a PDF page is drawn. Images keep their pixels and the resolution they state.
        max_pixels: a page of more pixels is refused before it is decoded or drawn.

    Raises:
        InputError: the page is larger than `max_pixels`, damaged or truncated. Other pages are not affected.
    """
    if isinstance(opened, OpenedPdf):
        return _rasterize_pdf_page(opened, number, dpi, max_pixels)
    return _rasterize_frame(opened, number, max_pixels)


def measure_page(opened: Opened, number: int, *, dpi: float) -> tuple[int, int]:
    """Width and height in pixels that page `number` (from 1) will have, found without drawing or decoding it.

    Raises:
        InputError: the page is too damaged to have a size.
    """
    with page_errors(opened, number):
        if isinstance(opened, OpenedPdf):
            return _pixel_size(opened.document[number - 1], dpi)
        return upright_size(_frame(opened, number))


# -------------------------------------------------------------------------------------------------- PDF


def _rasterize_pdf_page(opened: OpenedPdf, number: int, dpi: float, max_pixels: int) -> PageImage:
    with page_errors(opened, number):
        page = opened.document[number - 1]
        _refuse_too_many_pixels(opened, number, _pixel_size(page, dpi), max_pixels)
        image = _draw(page, dpi)
    text_layer = read_text_layer(opened, number)
    seen = None if text_layer is None else mark_unseen_words(text_layer, image)
    return PageImage(opened.source, number, image, dpi, seen)


def _draw(page: "pymupdf.Page", dpi: float) -> Image.Image:
    pymupdf = load_mupdf()
    # A matrix, because the `dpi` argument of get_pixmap takes whole numbers only.
    matrix = pymupdf.Matrix(dpi / POINTS_PER_INCH, dpi / POINTS_PER_INCH)
    pixmap = page.get_pixmap(matrix=matrix, colorspace=pymupdf.csRGB, alpha=False)
    return Image.frombytes("RGB", (pixmap.width, pixmap.height), pixmap.samples)


def _pixel_size(page: "pymupdf.Page", dpi: float) -> tuple[int, int]:
    scale = dpi / POINTS_PER_INCH
    return math.ceil(page.rect.width * scale), math.ceil(page.rect.height * scale)


# ------------------------------------------------------------------------------------------------ image


def _rasterize_frame(opened: OpenedImage, number: int, max_pixels: int) -> PageImage:
    with page_errors(opened, number):
        frame = _frame(opened, number)
        _refuse_too_many_pixels(opened, number, upright_size(frame), max_pixels)
        dpi = _stated_dpi(frame)
        image = to_upright_rgb(frame)
    return PageImage(opened.source, number, image, dpi)


def _frame(opened: OpenedImage, number: int) -> Image.Image:
    opened.image.seek(opened.frames[number - 1])
    return opened.image


def _stated_dpi(image: Image.Image) -> float:
    try:
        dpi = float(image.info["dpi"][0])
    except (LookupError, TypeError, ValueError, ArithmeticError):
        return POINTS_PER_INCH
    return dpi if _SANE_DPI[0] <= dpi <= _SANE_DPI[1] else POINTS_PER_INCH


def _refuse_too_many_pixels(opened: Opened, number: int, size: tuple[int, int], max_pixels: int) -> None:
    width, height = size
    if width * height <= max_pixels:
        return
    is_pdf = isinstance(opened, OpenedPdf)
    raise InputError(
        f"{opened.source.name}, page {number}: {width} x {height} pixels, more than the limit of {max_pixels:,}",
        hint="draw it smaller with --dpi, or raise the limit: --max-pixels N"
        if is_pdf
        else "raise the limit: --max-pixels N",
    )
