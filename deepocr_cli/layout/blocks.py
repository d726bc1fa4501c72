"""Lines of a page with their texts in, its blocks in reading order out: tables, headings, lists, code, notes, text.

Whoever read the lines, letters' heights, strokes and places say what they are. Edges are in the unit of the lines.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from deepocr_cli.document import Table
from deepocr_cli.layout.as_markdown import escape_words
from deepocr_cli.layout.captions import caption_kind
from deepocr_cli.layout.code_rows import code_text, find_code
from deepocr_cli.layout.contents import without_leaders
from deepocr_cli.layout.drop_caps import without_drop_caps
from deepocr_cli.layout.headings import MARKS, Body, find_body, heading_level, looks_like_heading
from deepocr_cli.layout.lists import begins_with_bullet, find_items, write_items
from deepocr_cli.layout.notes import find_notes, note_starts, with_raised_mark
from deepocr_cli.layout.open_tables import find_open_tables
from deepocr_cli.layout.page_tables import find_drawn_tables, without_lines_of
from deepocr_cli.layout.paragraphs import Paragraph, Row, split_paragraphs
from deepocr_cli.layout.reading_order import read_regions
from deepocr_cli.layout.rows import Line, row_text, rows
from deepocr_cli.layout.rules import NO_RULES, Rules
from deepocr_cli.layout.side_by_side import find_side_by_side
from deepocr_cli.layout.tables import PlacedTable
from deepocr_cli.table_markup import table_to_html


@dataclass(frozen=True, slots=True)
class TextBlock:
    """A piece of a page: its kind in the words of `Block.kind`, its words, its markdown, its edges; a table is HTML."""

    kind: str
    text: str
    markdown: str
    left: float
    top: float
    right: float
    bottom: float
    table: Table | None = None


def lay_out(
    lines: Sequence[Line],
    height: float,
    rules: Rules = NO_RULES,
    known: Mapping[Line, TextBlock] = MappingProxyType({}),
) -> list[TextBlock]:
    """The blocks of a page of `height`; no line is lost.

    Args:
        known: blocks that were found before, by the line of the page that each takes.
    """
    drawn = find_drawn_tables(lines, rules)
    tables = {Line("table", table.left, table.top, table.right, table.bottom): _table_block(table) for table in drawn}
    placed = {**known, **tables}
    free = without_drop_caps(without_lines_of(lines, drawn))
    body = find_body(lines)
    return [
        block
        for region in read_regions([*free, *placed], height)
        for part in _parts(region, placed)
        for block in ([part] if isinstance(part, TextBlock) else _blocks(part, rules.across, body, height))
    ]


def _parts(region: Sequence[list[Line]], placed: Mapping[Line, TextBlock]) -> Iterator[TextBlock | list[list[Line]]]:
    """The blocks of a region that are known, and the rows before, between and after them."""
    waiting: list[Line] = []
    for line in (line for row in region for line in row):
        if line in placed:
            yield rows(waiting)
            yield placed[line]
            waiting = []
        else:
            waiting.append(line)
    yield rows(waiting)


def _blocks(page_rows: Sequence[Row], across: NDArray[np.float64], body: Body, height: float) -> Iterator[TextBlock]:
    """The blocks of rows in which no table is ruled; `across` (N, 3) are the rules of the page."""
    end = find_notes(page_rows, across, body, height)
    start = 0
    for first, last, table in find_open_tables(page_rows[:end]):
        yield from _without_tables(page_rows[start:first], body)
        yield _table_block(table)
        start = last
    yield from _without_tables(page_rows[start:end], body)
    notes = page_rows[end:]
    for note in split_paragraphs(notes, note_starts(notes)):
        text = with_raised_mark(note.words)
        yield _placed(note.rows, "page_footnote", text, escape_words(text))


def _without_tables(page_rows: Sequence[Row], body: Body) -> Iterator[TextBlock]:
    start = 0
    for piece in [] if body.is_typewritten else find_code(page_rows):
        yield from _without_code(page_rows[start : piece.start], body)
        yield _code_block(page_rows[piece.start : piece.end], piece.pitch)
        start = piece.end
    yield from _without_code(page_rows[start:], body)


def _without_code(page_rows: Sequence[Row], body: Body) -> Iterator[TextBlock]:
    start = 0
    for first, last, parts in find_side_by_side(page_rows):
        yield from _text_blocks(page_rows[start:first], body)
        for part in parts:
            yield from _text_blocks(rows(part), body, right=math.inf)
        start = last
    yield from _text_blocks(page_rows[start:], body)


def _table_block(placed: PlacedTable) -> TextBlock:
    html = table_to_html(placed.table)
    return TextBlock("table", html, html, placed.left, placed.top, placed.right, placed.bottom, placed.table)


def _code_block(page_rows: Sequence[Row], pitch: float) -> TextBlock:
    text = code_text(page_rows, pitch)
    return _placed(page_rows, "code", text, f"```\n{text}\n```")


def _text_blocks(page_rows: Sequence[Row], body: Body, *, right: float | None = None) -> Iterator[TextBlock]:
    """The blocks of rows of words; `right` is where their column ends, if that is not where they end."""
    starts = {number for number in find_items(page_rows) if _may_be_item(page_rows[number], body)}
    first_rows = {id(page_rows[number]) for number in starts}
    found = split_paragraphs(page_rows, starts, right)
    for is_item, own in groupby(found, key=lambda paragraph: id(paragraph.rows[0]) in first_rows):
        if is_item:
            items = list(own)
            yield _placed([row for item in items for row in item.rows], "text", *write_items(items))
        else:
            yield from (_text_block(paragraph, body) for paragraph in own)


def _may_be_item(row: Row, body: Body) -> bool:
    """Whether a row is no heading, which may be numbered."""
    return begins_with_bullet(row_text(row)) or not looks_like_heading(row, body)


def _text_block(paragraph: Paragraph, body: Body) -> TextBlock:
    words, level = paragraph.words, heading_level(paragraph, body)
    if caption := caption_kind(words):
        return _placed(paragraph.rows, caption, words, escape_words(words))
    if level is not None:
        return _placed(paragraph.rows, MARKS[level], words, f"{'#' * level} {escape_words(words)}")
    markdown = paragraph.text(lambda text: escape_words(without_leaders(text)))
    return _placed(paragraph.rows, "text", paragraph.text(without_leaders), markdown)


def _placed(part: Sequence[Row], kind: str, text: str, markdown: str) -> TextBlock:
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
