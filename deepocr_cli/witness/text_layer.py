"""A PDF page with a visible text layer in, its text as blocks in reading order out.

pymupdf4llm's layout model finds the blocks and their classes; their text is put together here, from the spans of
the text layer, and ordered by `reading_order`. Text that the layout model passed over is kept.
"""

import contextlib
import logging
import math
import sys
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from statistics import median
from typing import Any

from deepocr_cli.document import Block, Box, Cell, Source, Table
from deepocr_cli.errors import InputError
from deepocr_cli.layout.as_markdown import as_markdown
from deepocr_cli.layout.reading_order import Line, arrange, join_lines, read_regions
from deepocr_cli.table_markup import table_to_html
from deepocr_cli.witness.turning import turn_back

KINDS = {
    "title": "title",
    "section-header": "sub_title",
    "page-header": "header",
    "page-footer": "footer",
    "picture": "image",
    "table": "table",
    "caption": "image_caption",
}
"""The layout model's classes in the vocabulary of `Block.kind`; all others are running text."""
MARKS = {"title": "# ", "section-header": "## ", "list-item": "- "}
"""What begins the markdown of a class."""
ATOMIC = {"table", "picture"}
MARGINAL = {"page-header", "page-footer"}
BULLETS = "•◦▪‣·●○■□➢✓\uf0b7- "
OPEN_DOCUMENTS = 2
SPACE_WIDTH = 0.15
"""Spans further apart than this many font sizes are separate words."""


def read_text_layer(source: Source, number: int) -> tuple[Block, ...]:
    """The visible text of page `number` (from 1) in reading order; boxes are fractions of the upright page.

    Raises:
        InputError: the document cannot be opened, or has no such page.
    """
    return tuple(map(as_markdown, _in_order(_parse(source, number))))


def picture_share(source: Source, number: int) -> float:
    """The share of page `number` (from 1) that its largest picture covers."""
    page = _open(source)[number - 1]
    covered = [abs(page.rect & picture["bbox"]) for picture in page.get_image_info()]
    return float(max(covered, default=0.0) / abs(page.rect))


@dataclass(frozen=True, slots=True)
class LayoutPage:
    """A page as the layout model and the text layer see it, turned clockwise by `turn` degrees; places in points."""

    width: float
    height: float
    turn: int
    boxes: list[Any]
    lines: list[Any]
    words: list[Any]
    is_right_to_left: bool


def _parse(source: Source, number: int) -> LayoutPage:
    """The layout of page `number`; what the libraries print goes to stderr."""
    import numpy as np

    document = _open(source)
    if not 1 <= number <= document.page_count:
        raise InputError(f"{source.name}: no page {number}", hint=f"the document has {document.page_count} pages")
    with contextlib.redirect_stdout(sys.stderr), np.errstate(all="ignore"):
        page = _lay_out(document, number, 0)
        turn = _turn_of(page.lines)
        return _lay_out(document, number, turn) if turn else page


def _lay_out(document: Any, number: int, turn: int) -> LayoutPage:
    """The layout of page `number`, turned clockwise by `turn` degrees so that its text runs from left to right."""
    from pymupdf4llm.helpers.document_layout import parse_document

    document[number - 1].set_rotation((document[number - 1].rotation + turn) % 360)
    layout = parse_document(document, pages=[number - 1], use_ocr=False, force_text=True).pages[0]
    # Read after parsing, which turns the content and not the page: both speak of the same coordinates.
    page = document[number - 1]
    lines = [line for block in page.get_text("dict")["blocks"] for line in block.get("lines", ())]
    words, is_right_to_left = page.get_text("words"), _is_right_to_left(page.get_text())
    page.set_rotation(-turn % 360)
    page.remove_rotation()
    return LayoutPage(layout.width, layout.height, turn, layout.boxes, lines, words, is_right_to_left)


def _turn_of(lines: Sequence[Any]) -> int:
    """By how many degrees, clockwise, a page must be turned so that most of its text runs from left to right."""
    letters = {0: 0, 90: 0, 180: 0, 270: 0}
    for line in lines:
        across, down = line["dir"]
        turn = round(math.degrees(math.atan2(-down, across)) / 90) * 90 % 360
        letters[turn] += sum(len(span["text"]) for span in line["spans"])
    return max(letters, key=lambda turn: letters[turn])


@lru_cache(maxsize=OPEN_DOCUMENTS)
def _open(source: Source) -> Any:
    import pymupdf

    pymupdf.TOOLS.mupdf_display_errors(False)
    pymupdf.TOOLS.mupdf_display_warnings(False)
    pymupdf.set_messages(pylogging=True, pylogging_level=logging.DEBUG)
    try:
        document = pymupdf.open(source.path) if source.data is None else pymupdf.open(stream=source.data)
    except (RuntimeError, ValueError, OSError) as error:
        raise InputError(f"{source.name}: cannot be opened: {error}", hint="is it a whole PDF?") from error
    if document.needs_pass and not document.authenticate(source.password or ""):
        raise InputError(f"{source.name}: the password does not open it", hint="try --password-file FILE")
    return document


# ------------------------------------------------------------------------------------------------ blocks


def _blocks_of(box: Any, page: LayoutPage) -> list[Block]:
    """The blocks of one layout box: usually one; two for a picture with text in it; none for an empty box."""
    place = _place(_edges(box), page)
    kind = KINDS.get(box.boxclass, "text")
    if kind == "table":
        return _table_blocks(box, place, page.words)
    lines = list(_lines_of(box, page))
    if kind == "image":
        return [Block("image", "", place)] + ([Block("text", "\n".join(lines), place)] if lines else [])
    if not lines:
        return []
    text = join_lines(lines)
    if kind == "image_caption" and text.lower().startswith("tab"):
        kind = "table_caption"
    if box.boxclass == "list-item":
        text = text.lstrip(BULLETS)
    return [Block(kind, MARKS.get(box.boxclass, "") + text, place)]


def _lines_of(box: Any, page: LayoutPage) -> Iterator[str]:
    """The lines of text in a layout box; pymupdf4llm would order the words of Arabic and Hebrew from left to right."""
    if page.is_right_to_left:
        lines = [line for line in page.lines if _holds(_edges(box), line["bbox"])]
    else:
        lines = box.textlines or []
    for line in lines:
        if text := _line_text(line["spans"]):
            yield text


def _table_blocks(box: Any, place: Box, words: Sequence[Any]) -> list[Block]:
    """A table as one block; every word goes whole into the cell that holds its centre."""
    rows = []
    for cells in box.table["cells"] or ():
        texts = [" ".join(word[4] for word in words if _holds(cell, word)) for cell in cells]
        if any(texts):
            rows.append(tuple(Cell(text) for text in texts))
    table = Table(tuple(rows))
    return [Block("table", table_to_html(table), place, table)] if rows else []


def _holds(outer: Sequence[float], inner: Sequence[float]) -> bool:
    """Whether the centre of one rectangle lies in another."""
    across, down = (inner[0] + inner[2]) / 2, (inner[1] + inner[3]) / 2
    return outer[0] <= across < outer[2] and outer[1] <= down < outer[3]


def _place(edges: Sequence[float], page: LayoutPage) -> Box:
    """The rectangle as fractions of the page as it is shown, before it was turned."""
    left, top, right, bottom = edges
    return turn_back(Box(left / page.width, top / page.height, right / page.width, bottom / page.height), page.turn)


# ------------------------------------------------------------------------------------------------ text


def _line_text(spans: Iterable[Any]) -> str:
    """The visible spans of a line as text, with spaces where there is room for one."""
    text, left, right, size = "", 0.0, 0.0, 1.0
    for span in spans:
        if not span["alpha"]:
            continue
        gap = max(span["bbox"][0] - right, left - span["bbox"][2])
        if text and not text.endswith(" ") and gap > SPACE_WIDTH * max(size, span["size"]):
            text += " "
        text += span["text"]
        left, _, right, _ = span["bbox"]
        size = span["size"]
    return " ".join(text.split())


def _is_right_to_left(text: str) -> bool:
    """Whether most letters are of a script written from right to left."""
    directions = [unicodedata.bidirectional(letter) for letter in text if letter.isalpha()]
    return sum(direction in ("R", "AL") for direction in directions) > len(directions) / 2


# ------------------------------------------------------------------------------------------------ order


def _in_order(page: LayoutPage) -> Iterator[Block]:
    """The blocks of the layout's boxes, and of the text in none of them, in the order of `reading_order`.

    The layout model's own order is used for running heads and feet alone: it mixes the columns of many pages.
    """
    owners = _owners(page)
    ranks: dict[int, list[int]] = {}
    missed: list[tuple[float, Block]] = []
    position = 0
    for region in read_regions(list(owners), page.height):
        stray = [line for row in region for line in row if owners[line] is None]
        missed += [(position, _turned_back(block, page.turn)) for block in arrange(stray, page.width, page.height)]
        for line in (line for row in region for line in row):
            position += 1
            if (index := owners[line]) is not None:
                ranks.setdefault(index, []).append(position)
    found = [
        (_rank(box.boxclass, ranks.get(index)), block)
        for index, box in enumerate(page.boxes)
        for block in _blocks_of(box, page)
    ]
    yield from (block for _, block in sorted(found + missed, key=lambda ranked: ranked[0]))


def _owners(page: LayoutPage) -> dict[Line, int | None]:
    """What is put in order: the lines of text, tables and pictures as one line each; with the index of their box."""
    owners: dict[Line, int | None] = {
        Line(box.boxclass, *_edges(box)): index for index, box in enumerate(page.boxes) if box.boxclass in ATOMIC
    }
    for line in page.lines:
        index = next((index for index, box in enumerate(page.boxes) if _holds(_edges(box), line["bbox"])), None)
        is_wanted = line["dir"][0] > 0.99 if index is None else page.boxes[index].boxclass not in ATOMIC | MARGINAL
        if is_wanted and (text := _line_text(line["spans"])):
            owners[Line(text, *line["bbox"])] = index
    return owners


def _turned_back(block: Block, turn: int) -> Block:
    return block if block.box is None else replace(block, box=turn_back(block.box, turn))


def _rank(layout_class: str, positions: Sequence[int] | None) -> float:
    if layout_class in MARGINAL:
        return -math.inf if layout_class == "page-header" else math.inf
    return median(positions) if positions else math.inf


def _edges(box: Any) -> tuple[float, float, float, float]:
    return box.x0, box.y0, box.x1, box.y1
