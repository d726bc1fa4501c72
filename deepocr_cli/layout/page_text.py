"""Lines of a page with what was read on each in, the page's text out: blocks in reading order, headings by their size.

Blocks are written as a model writes them (the published grounding syntax) or as plain paragraphs.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

from deepocr_cli.layout.as_markdown import escape_words
from deepocr_cli.layout.lines import InkLine, PageLines
from deepocr_cli.layout.reading_order import Line, join_lines, paragraphs, read_regions, row_text

LAST_COORDINATE = 999
ASCENT, DESCENT = 0.8, 0.25
"""How far a line reaches above and below its baseline, in letter heights, whatever letters stand on it."""
TITLE, SUB_TITLE = 1.5, 1.15
"""Letters of a heading are at least this many times as high as those of most of the text."""
LONGEST_HEADING = 3
"""Rows."""


@dataclass(frozen=True, slots=True)
class TextBlock:
    """A heading or a paragraph: its kind, its text, and the lines that it was read from, row by row."""

    kind: str
    text: str
    rows: tuple[tuple[Line, ...], ...]


def arrange_text(page: PageLines, texts: Sequence[str]) -> list[TextBlock]:
    """The blocks of a page in reading order, from the text read on each of its lines; empty ones are left out."""
    lines = [_to_line(line, text.strip()) for line, text in zip(page.lines, texts, strict=True) if text.strip()]
    height = page.ink.grey.shape[0]
    body = _body_height(lines)
    found = [paragraph for region in read_regions(lines, height) for paragraph in paragraphs(region)]
    return [TextBlock(_kind(rows, body), join_lines(map(row_text, rows)), tuple(map(tuple, rows))) for rows in found]


def write_plain(blocks: Iterable[TextBlock]) -> str:
    """The blocks as paragraphs of markdown, without marks."""
    return "\n\n".join(escape_words(block.text) for block in blocks)


def write_grounded(blocks: Iterable[TextBlock], page: PageLines) -> str:
    """The blocks with their labels and boxes, 0..999 over the page's width and height."""
    return "\n\n".join(
        f"<|ref|>{block.kind}<|/ref|><|det|>[{_coordinates(block, page)}]<|/det|>\n{_marked(block)}" for block in blocks
    )


def _marked(block: TextBlock) -> str:
    marks = {"title": "# ", "sub_title": "## "}.get(block.kind, "")
    return marks + escape_words(block.text)


def _to_line(line: InkLine, text: str) -> Line:
    top, bottom = line.baseline - ASCENT * line.size, line.baseline + DESCENT * line.size
    return Line(text, line.left, top, line.right, bottom)


def _body_height(lines: Sequence[Line]) -> float:
    """The height of the lines that hold most of the text."""
    return median([line.height for line in lines for _ in range(1 + len(line.text) // 8)] or [1.0])


def _kind(rows: Sequence[Sequence[Line]], body: float) -> str:
    height = median(line.height for row in rows for line in row)
    if len(rows) > LONGEST_HEADING or len(rows[0]) > 1 or not any(letter.isalpha() for letter in rows[0][0].text):
        return "text"
    return "title" if height >= TITLE * body else "sub_title" if height >= SUB_TITLE * body else "text"


def _coordinates(block: TextBlock, page: PageLines) -> list[int]:
    """The box around a block, on the page as it lies, in 0..999."""
    height, width = page.ink.grey.shape
    lines = [line for row in block.rows for line in row]
    left, right = min(line.left for line in lines), max(line.right for line in lines)
    falls = (page.slope * left, page.slope * right)
    top = min(line.top for line in lines) + min(falls)
    bottom = max(line.bottom for line in lines) + max(falls)
    shares = (left / width, top / height, right / width, bottom / height)
    return [round(LAST_COORDINATE * min(1.0, max(0.0, share))) for share in shares]
