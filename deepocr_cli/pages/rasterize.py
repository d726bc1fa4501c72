"""An opened document and a page number into a `PageImage`: the page as a reader sees it, upright, in RGB.

Pages are rasterised one by one, so a page that fails costs no other page:

    with open_pages(source) as opened:
        for number in numbers:
            try:
                page = rasterize_page(opened, number, dpi=144, max_pixels=50_000_000)
            except InputError as error:
                ...
"""

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from deepocr_cli.document import PageImage
from deepocr_cli.errors import InputError
from deepocr_cli.pages.colours import is_sideways, to_upright_rgb, upright_size
from deepocr_cli.pages.doubts import mark_doubtful_words
from deepocr_cli.pages.libraries import damaged_page, load_mupdf, page_errors, silent_pillow
from deepocr_cli.pages.opening import Opened, OpenedImage, OpenedPdf, open_pages
from deepocr_cli.pages.reduced import fitting, is_too_large_to_decode, reduced
from deepocr_cli.pages.text_layer import mark_unseen_words, read_text_layer

if TYPE_CHECKING:
    import pymupdf

POINTS_PER_INCH = 72.0
"""PDF units per inch, and the resolution of an image that does not state a sane one (one pixel is one point)."""

_SANE_DPI = (36.0, 2400.0)
_SQUARE_ENOUGH = 1.2
"""Pixels are taken for squares below this ratio of their sides; fax has 1.04 or 2.08."""


def rasterize_page(opened: Opened, number: int, *, dpi: float, max_pixels: int) -> PageImage:
    """Page `number` (from 1) as an image, with its text layer where it has one.

    Args:
        dpi: resolution at which a PDF page is drawn. Images keep their pixels and the resolution they state.
        max_pixels: a page that would have more is drawn smaller, or an image reduced, to as many.

    Raises:
        InputError: the page is damaged, truncated, or an image too large to be decoded. Other pages are not affected.
    """
    if isinstance(opened, OpenedPdf):
        return _rasterize_pdf_page(opened, number, dpi, max_pixels)
    return _rasterize_frame(opened, number, max_pixels)


def measure_page(opened: Opened, number: int, *, dpi: float) -> tuple[int, int]:
    """Width and height in pixels that page `number` (from 1) will have, found without drawing or decoding it.

    Raises:
        InputError: the page is too damaged to have a size.
    """
    with page_errors(opened.source, number):
        if isinstance(opened, OpenedPdf):
            return _pixel_size(opened.document[number - 1], dpi)
        with silent_pillow():
            return _square_size(_frame(opened, number))


# -------------------------------------------------------------------------------------------------- PDF


def _rasterize_pdf_page(opened: OpenedPdf, number: int, dpi: float, max_pixels: int) -> PageImage:
    with page_errors(opened.source, number):
        page = opened.document[number - 1]
        _refuse_lost_content(opened, number, page)
        full_size = _pixel_size(page, dpi)
        size = fitting(full_size, max_pixels)
        if size != full_size:
            dpi = POINTS_PER_INCH * min(size[0] / page.rect.width, size[1] / page.rect.height)
        image = _draw(page, dpi)
    paper = PageImage(opened.source, number, image, dpi, full_size=None if size == full_size else full_size)
    drawn = read_text_layer(opened, number)
    if drawn is None:
        return paper
    grey = np.asarray(image.convert("L"))
    text_layer = mark_doubtful_words(mark_unseen_words(drawn.layer, grey), drawn.glyphs, grey)
    return replace(paper, text_layer=text_layer)


def _refuse_lost_content(opened: OpenedPdf, number: int, page: "pymupdf.Page") -> None:
    """MuPDF draws a blank page where the page or its content lies beyond the end of a truncated file."""
    document = opened.document
    if page.xref >= document.xref_length() or document.xref_object(page.xref) == "null":
        raise damaged_page(opened.source, number, "it is missing from the file")
    contents = page.get_contents()
    if contents and not any(xref < document.xref_length() and document.xref_is_stream(xref) for xref in contents):
        raise damaged_page(opened.source, number, "its content is missing from the file")


def _draw(page: "pymupdf.Page", dpi: float) -> Image.Image:
    pymupdf = load_mupdf()
    # A matrix, because the `dpi` argument of get_pixmap takes whole numbers only.
    matrix = pymupdf.Matrix(dpi / POINTS_PER_INCH, dpi / POINTS_PER_INCH)
    pixmap = page.get_pixmap(matrix=matrix, colorspace=pymupdf.csRGB, alpha=False)
    return Image.frombytes("RGB", (pixmap.width, pixmap.height), pixmap.samples_mv)


def _pixel_size(page: "pymupdf.Page", dpi: float) -> tuple[int, int]:
    scale = dpi / POINTS_PER_INCH
    return _pixels(page.rect.width * scale), _pixels(page.rect.height * scale)


def _pixels(length: float) -> int:
    """Whole pixels for a length in pixels, as MuPDF rounds it: up, but for a thousandth."""
    return max(1, math.ceil(length - 0.001))


# ------------------------------------------------------------------------------------------------ image


def _rasterize_frame(opened: OpenedImage, number: int, max_pixels: int) -> PageImage:
    with page_errors(opened.source, number), silent_pillow():
        frame = _frame(opened, number)
        full_size, dpi = _square_size(frame), max(_stated_dpi(frame))
        size = fitting(full_size, max_pixels)
        if size == full_size:
            image = to_upright_rgb(frame)
            return PageImage(opened.source, number, image if image.size == size else image.resize(size), dpi)
    with open_pages(opened.source) as anew, page_errors(opened.source, number), silent_pillow():
        assert isinstance(anew, OpenedImage)
        image = _reduce_frame(anew, number, size, max_pixels)
    return PageImage(opened.source, number, image, dpi * size[0] / full_size[0], full_size=full_size)


def _reduce_frame(opened: OpenedImage, number: int, size: tuple[int, int], max_pixels: int) -> Image.Image:
    """The frame as an upright page of `size`. A JPEG is decoded at half its size or less, which its frame then has."""
    frame = _frame(opened, number)
    size_in_file = size if upright_size(frame) == frame.size else size[::-1]
    frame.draft(frame.mode, size_in_file)
    if is_too_large_to_decode(frame, max_pixels):
        raise InputError(
            f"{opened.source.name}, page {number}: {frame.width} x {frame.height} pixels, too many to be reduced to"
            f" {max_pixels:,}",
            hint="make it smaller first, for instance: magick FILE -resize 50% page.png, or raise --max-pixels N",
        )
    return to_upright_rgb(reduced(frame, size_in_file)).resize(size)


def _frame(opened: OpenedImage, number: int) -> Image.Image:
    opened.image.seek(opened.frames[number - 1])
    return opened.image


def _square_size(frame: Image.Image) -> tuple[int, int]:
    """Width and height of the upright page; that of a fax, whose pixels may be twice as high as wide, is stretched."""
    width, height = upright_size(frame)
    across, down = reversed(_stated_dpi(frame)) if is_sideways(frame) else _stated_dpi(frame)
    dpi = max(across, down)
    return round(width * dpi / across), round(height * dpi / down)


def _stated_dpi(frame: Image.Image) -> tuple[float, float]:
    """Resolution across and down that the image states; one for both where they hardly differ or make no sense."""
    try:
        across, down = (float(dpi) for dpi in frame.info["dpi"])
    except (LookupError, TypeError, ValueError, ArithmeticError):
        return POINTS_PER_INCH, POINTS_PER_INCH
    if not all(_SANE_DPI[0] <= dpi <= _SANE_DPI[1] for dpi in (across, down)):
        return POINTS_PER_INCH, POINTS_PER_INCH
    are_pixels_square = max(across, down) < _SQUARE_ENOUGH * min(across, down)
    return (across, across) if are_pixels_square else (across, down)
