"""A PDF and the pages that were read of it in, the same PDF with boxes drawn, or with an invisible text layer, out."""

import io
import math
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

from PIL import Image

from deepocr_cli.document import Block, Box, Page, Reader
from deepocr_cli.places import turned_by_quarters
from deepocr_cli.writers.to_text import block_to_text

if TYPE_CHECKING:
    import pymupdf

_LEADING = 1.2
"""Distance of lines in sizes of their letters."""
_INVISIBLE = 3
"""Render mode of PDF text that is neither filled nor stroked (ISO 32000, 9.3.6)."""
_WHOLE_PAGE = Box(0.05, 0.05, 0.95, 0.95)
_COLOURS = {
    "title": (0.8, 0.1, 0.1),
    "sub_title": (0.85, 0.35, 0.05),
    "table": (0.1, 0.5, 0.2),
    "image": (0.5, 0.1, 0.6),
    "figure": (0.5, 0.1, 0.6),
    "equation": (0.0, 0.5, 0.6),
}
_OTHER_COLOUR = (0.1, 0.3, 0.8)


def pdf_of_images(images: Iterable[tuple[Image.Image, float]]) -> bytes:
    """A PDF whose pages are pictures, each with its resolution in dots per inch."""
    import pymupdf

    with pymupdf.open() as document:
        for image, dpi in images:
            width, height = (pixels * 72 / dpi for pixels in image.size)
            buffer = io.BytesIO()
            image.save(buffer, format="JPEG", quality=90)
            document.new_page(width=width, height=height).insert_image((0, 0, width, height), stream=buffer.getvalue())
        data: bytes = document.tobytes()
        return data


def overlay_pdf(pdf: bytes, pages: Iterable[Page], password: str | None = None) -> bytes:
    """The PDF with a box around every block, its place in the reading order and its kind beside it."""
    return _changed(pdf, pages, password, _draw_boxes)


def searchable_pdf(pdf: bytes, pages: Iterable[Page], password: str | None = None) -> bytes:
    """The PDF with the text of its pages in an invisible layer, block by block in reading order.

    Pages that carry visible text of their own are left alone; a block without a place gets the whole page.
    """
    read = (page for page in pages if page.reader not in (Reader.TEXT_LAYER, Reader.NONE))
    return _changed(pdf, read, password, _add_text)


def _changed(
    pdf: bytes, pages: Iterable[Page], password: str | None, change: "Callable[[pymupdf.Page, Page], None]"
) -> bytes:
    import pymupdf

    with pymupdf.open(stream=pdf, filetype="pdf") as document:
        if password is not None:
            document.authenticate(password)
        for page in pages:
            sheet = document[page.number - 1]
            # Boxes are those of the page as it is seen; so it is made upright first, and its own state is put away.
            sheet.remove_rotation()
            sheet.wrap_contents()
            change(sheet, page)
        document.subset_fonts()
        data: bytes = document.tobytes(garbage=3, deflate=True, encryption=pymupdf.PDF_ENCRYPT_KEEP)
        return data


def _draw_boxes(sheet: "pymupdf.Page", page: Page) -> None:
    for place, block in enumerate(page.blocks, 1):
        colour = _COLOURS.get(block.kind, _OTHER_COLOUR)
        for box in block.parts or ([block.box] if block.box is not None else []):
            rectangle = _place(sheet, box)
            sheet.draw_rect(rectangle, color=colour, width=0.8, fill=colour, fill_opacity=0.06)
            corner = (rectangle.x0 + 1, max(rectangle.y0 - 1.5, 6))
            sheet.insert_text(corner, f"{place} {block.kind}", fontsize=6, color=colour)


def _add_text(sheet: "pymupdf.Page", page: Page) -> None:
    """Text runs as the page's own does: a page that lies on its side is written on upright, and laid down again."""
    quarters = 0 if page.turn is None else page.turn.quarter_turns
    if quarters:
        sheet.set_rotation(90 * quarters)
        sheet.remove_rotation()
        sheet.wrap_contents()
    for block in page.blocks:
        words = _words_of(block)
        if words:
            box = block.parts[0] if block.parts else block.box or _WHOLE_PAGE
            _fill(sheet, _place(sheet, turned_by_quarters(box, quarters)), words)
    sheet.set_rotation(-90 * quarters % 360)


def _words_of(block: Block) -> list[str]:
    """Words in plain letters, as people search for them, and as the font has them: x1, not x₁."""
    return unicodedata.normalize("NFKC", block_to_text(block)).replace("\u2212", "-").split()


def _place(sheet: "pymupdf.Page", box: Box) -> "pymupdf.Rect":
    """The box in points of the upright page."""
    import pymupdf

    width, height = sheet.rect.width, sheet.rect.height
    return pymupdf.Rect(box.left * width, box.top * height, box.right * width, box.bottom * height)


def _fill(sheet: "pymupdf.Page", rectangle: "pymupdf.Rect", words: list[str]) -> None:
    """Words in as many lines as fill the rectangle with letters of a natural shape, each line as wide as it."""
    import pymupdf

    name, font = _font(sheet, " ".join(words))
    width, height = max(rectangle.width, 1), max(rectangle.height, 1)
    length = max(font.text_length(" ".join(words), 1), 0.01)
    line_count = max(1, round(math.sqrt(height * length / (_LEADING * width))))
    lines = list(_break_lines(words, line_count))
    size = height / len(lines) / _LEADING
    for number, line in enumerate(lines):
        start = pymupdf.Point(rectangle.x0, rectangle.y0 + (number + 0.8) * size * _LEADING)
        stretch = width / max(font.text_length(line, size), 0.01)
        natural = stretch if number < len(lines) - 1 else min(stretch, 1)
        morph = (start, pymupdf.Matrix(natural, 1))
        sheet.insert_text(start, line, fontname=name, fontsize=size, render_mode=_INVISIBLE, morph=morph)


def _font(sheet: "pymupdf.Page", text: str) -> "tuple[str, pymupdf.Font]":
    """A font that has the signs of a text, under the name by which the page knows it."""
    import pymupdf

    if text.isascii():
        return "helv", pymupdf.Font("helv")
    font = pymupdf.Font("cjk")
    sheet.insert_font(fontname="wide", fontbuffer=font.buffer)
    return "wide", font


def _break_lines(words: list[str], count: int) -> Iterator[str]:
    """Words in at most `count` lines of nearly equal length."""
    target = len(" ".join(words)) / count
    line: list[str] = []
    for word in words:
        if line and len(" ".join([*line, word])) > target * 1.05 + 1:
            yield " ".join(line)
            line = []
        line.append(word)
    yield " ".join(line)
