"""Paragraphs become a page of a PDF, set in a typeface that every machine has, and a page becomes pixels.

The typefaces are those of the fourteen that every PDF reader carries; the page is A4.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from deepocr_cli.document import PageImage, Source, SourceKind

TYPEFACES = ("tiro", "helv", "cour", "tibo", "hebo", "tiit")
"""Times, Helvetica and Courier, then bold and italic ones, by PyMuPDF's names."""

PAGE_SIZE = (595.0, 842.0)
"""A4, in points."""
MARGIN = 64.0
LEADING = 1.25
"""From one baseline to the next, in type sizes."""
SIZES = (4.0, 48.0)
"""The smallest and the largest type that a page is set in, in points."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A typeset page: the PDF, its text, and its type size in points."""

    pdf: bytes
    text: str
    size: float


def typeset(paragraphs: Sequence[str], typeface: str = "tiro", size: float | None = None) -> Sheet:
    """Set paragraphs on one page, in the largest type with which they fill it where no size is given.

    Raises:
        ValueError: the text does not fit on the page in that size.
    """
    import pymupdf

    font = pymupdf.Font(typeface)
    widths: dict[str, float] = {}

    def width_of(word: str) -> float:
        if word not in widths:
            widths[word] = font.text_length(word, fontsize=1)
        return widths[word]

    size = _largest_size(paragraphs, width_of) if size is None else size
    lines = _break_lines(paragraphs, width_of, size)
    if not _fits(lines, size):
        raise ValueError(f"{len(lines)} lines of {size:g} points do not fit on a page")
    return Sheet(_write(lines, font, size), "\n".join(paragraphs), size)


def draw(pdf: bytes, dpi: float = 144) -> PageImage:
    """The first page of a PDF as the program sees it."""
    from deepocr_cli.pages.opening import open_pages
    from deepocr_cli.pages.rasterize import rasterize_page

    with open_pages(Source("page.pdf", SourceKind.PDF, 1, data=pdf)) as opened:
        return rasterize_page(opened, 1, dpi=dpi, max_pixels=100_000_000)


def _largest_size(paragraphs: Sequence[str], width_of: Callable[[str], float]) -> float:
    low, high = SIZES
    while high - low > 0.1:
        middle = (low + high) / 2
        if _fits(_break_lines(paragraphs, width_of, middle), middle):
            low = middle
        else:
            high = middle
    return low


def _break_lines(paragraphs: Sequence[str], width_of: Callable[[str], float], size: float) -> list[str]:
    """As many words on a line as there is room for, and every paragraph on a line of its own."""
    room, space = (PAGE_SIZE[0] - 2 * MARGIN) / size, width_of(" ")
    lines: list[str] = []
    for paragraph in paragraphs:
        line, length = "", 0.0
        for word in paragraph.split():
            if line and length + space + width_of(word) > room:
                lines.append(line)
                line, length = "", 0.0
            line, length = f"{line} {word}".strip(), length + space * bool(line) + width_of(word)
        lines.append(line)
    return lines


def _fits(lines: Sequence[str], size: float) -> bool:
    return len(lines) * LEADING * size <= PAGE_SIZE[1] - 2 * MARGIN


def _write(lines: Sequence[str], font: Any, size: float) -> bytes:
    import pymupdf

    with pymupdf.open() as document:
        page = document.new_page(width=PAGE_SIZE[0], height=PAGE_SIZE[1])
        writer = pymupdf.TextWriter(page.rect)
        for number, line in enumerate(lines):
            writer.append((MARGIN, MARGIN + (number + 0.8) * LEADING * size), line, font=font, fontsize=size)
        writer.write_text(page)
        content: bytes = document.tobytes(deflate=True)
        return content
