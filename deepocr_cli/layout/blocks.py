"""Lines of a page with their texts in, its blocks in reading order out: tables, headings, lists and paragraphs.

Whoever read the lines, letters' heights and places say what they are. Edges are in the unit of the lines.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

import numpy as np
from numpy.typing import NDArray

from deepocr_cli.document import Table
from deepocr_cli.layout.as_markdown import escape_words
from deepocr_cli.layout.lists import Item, find_items
from deepocr_cli.layout.open_tables import find_half_ruled_tables, find_open_tables
from deepocr_cli.layout.reading_order import paragraphs, read_regions
from deepocr_cli.layout.rows import Line, join_lines, row_text, rows
from deepocr_cli.layout.rules import NO_RULES, Rules
from deepocr_cli.layout.tables import PlacedTable, find_ruled_tables
from deepocr_cli.table_markup import table_to_html

TITLE, SUB_TITLE = 1.5, 1.15
"""Letters of a heading are at least this many times as high as those of most of the text."""
MARKS = {"title": "# ", "sub_title": "## "}
"""What begins the markdown of a heading."""
LONGEST_HEADING = 3
"""Rows."""


@dataclass(frozen=True, slots=True)
class TextBlock:
    """A table, a heading, a list or a paragraph: its kind, its words, its markdown, and its edges; a table is HTML."""

    kind: str
    text: str
    markdown: str
    left: float
    top: float
    right: float
    bottom: float
    table: Table | None = None


def lay_out(lines: Sequence[Line], height: float, rules: Rules = NO_RULES) -> list[TextBlock]:
    """The blocks of a page of `height`; no line is lost."""
    ruled = find_ruled_tables(lines, rules)
    taken = {line for table in ruled for line in table.lines}
    ruled += find_half_ruled_tables([line for line in lines if line not in taken], _outside(rules, ruled))
    taken.update(line for table in ruled for line in table.lines)
    tables = {Line("table", table.left, table.top, table.right, table.bottom): table for table in ruled}
    body = _body_height(lines)
    regions = read_regions([*(line for line in lines if line not in taken), *tables], height)
    return [block for region in regions for block in _blocks(region, tables, body)]


def _outside(rules: Rules, tables: Sequence[PlacedTable]) -> NDArray[np.float64]:
    """The rules across (N, 3) that lie in none of the tables."""
    across = rules.across
    is_inside = np.zeros(len(across), dtype=np.bool_)
    for table in tables:
        reach = 0.5 * median(line.height for line in table.lines)
        is_inside |= (across[:, 0] > table.top - reach) & (across[:, 0] < table.bottom + reach)
        is_inside &= (across[:, 2] > table.left) & (across[:, 1] < table.right)
    return across[~is_inside]


def _blocks(region: Sequence[list[Line]], tables: Mapping[Line, PlacedTable], body: float) -> Iterator[TextBlock]:
    """The blocks of the rows of a region, among which lines may stand for tables."""
    for part in _parts(region, tables):
        if isinstance(part, PlacedTable):
            yield _table_block(part)
            continue
        start = 0
        for first, last, table in find_open_tables(part):
            yield from _text_blocks(part[start:first], body)
            yield _table_block(table)
            start = last
        yield from _text_blocks(part[start:], body)


def _parts(
    region: Sequence[list[Line]], tables: Mapping[Line, PlacedTable]
) -> Iterator[PlacedTable | list[list[Line]]]:
    """The tables of a region, and the rows before, between and after them."""
    waiting: list[Line] = []
    for line in (line for row in region for line in row):
        if line in tables:
            yield rows(waiting)
            yield tables[line]
            waiting = []
        else:
            waiting.append(line)
    yield rows(waiting)


def _table_block(placed: PlacedTable) -> TextBlock:
    html = table_to_html(placed.table)
    return TextBlock("table", html, html, placed.left, placed.top, placed.right, placed.bottom, placed.table)


def _text_blocks(page_rows: Sequence[list[Line]], body: float) -> Iterator[TextBlock]:
    for paragraph in paragraphs(page_rows):
        for part in _without_headings(paragraph, body):
            lead, items = find_items(part)
            if lead:
                kind, text = _kind(part[:lead], body), join_lines(map(row_text, part[:lead]))
                yield _placed(part[:lead], kind, text, MARKS.get(kind, "") + escape_words(text))
            if items:
                text = "\n".join(f"{item.bullet} {item.text}" if item.bullet else item.text for item in items)
                yield _placed(part[lead:], "text", text, "\n".join(map(_item_markdown, items)))


def _without_headings(paragraph: Sequence[list[Line]], body: float) -> Iterator[Sequence[list[Line]]]:
    """The paragraph, headings that stand close above it by themselves: their letters are larger."""
    while len(paragraph) > 1 and _kind(paragraph[:1], body) != "text" and _kind(paragraph[1:2], body) == "text":
        yield paragraph[:1]
        paragraph = paragraph[1:]
    yield paragraph


def _item_markdown(item: Item) -> str:
    return "   " * item.level + ("- " if item.bullet else "") + escape_words(item.text)


def _placed(part: Sequence[Sequence[Line]], kind: str, text: str, markdown: str) -> TextBlock:
    lines = [line for row in part for line in row]
    return TextBlock(
        kind,
        text,
        markdown,
        min(line.left for line in lines),
        min(line.top for line in lines),
        max(line.right for line in lines),
        max(line.bottom for line in lines),
    )


def _body_height(lines: Sequence[Line]) -> float:
    """The height of the lines that hold most of the text."""
    return median([line.height for line in lines for _ in range(1 + len(line.text) // 8)] or [1.0])


def _kind(page_rows: Sequence[Sequence[Line]], body: float) -> str:
    height = median(line.height for row in page_rows for line in row)
    first = page_rows[0]
    if len(page_rows) > LONGEST_HEADING or len(first) > 1 or not any(letter.isalpha() for letter in first[0].text):
        return "text"
    return "title" if height >= TITLE * body else "sub_title" if height >= SUB_TITLE * body else "text"
