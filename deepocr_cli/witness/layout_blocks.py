"""The parts of a page in reading order in, its blocks out: their kinds, their markdown, their places on the page."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from deepocr_cli.document import Block, Box, Cell, Table
from deepocr_cli.latex import read_formula
from deepocr_cli.layout.accents import whole_letters
from deepocr_cli.layout.captions import caption_kind
from deepocr_cli.layout.contents import without_dots
from deepocr_cli.layout.page_tables import find_tables, without_lines_of
from deepocr_cli.layout.paragraphs import LINE_BREAK
from deepocr_cli.layout.prose import is_number
from deepocr_cli.layout.rows import Line, rows
from deepocr_cli.layout.rules import NO_RULES, Rules
from deepocr_cli.layout.runs import Look
from deepocr_cli.layout.tables import PlacedTable, find_ruled_tables
from deepocr_cli.places import holds
from deepocr_cli.table_markup import table_to_html
from deepocr_cli.witness.code_parts import code_text
from deepocr_cli.witness.layout_items import item_text, nest_items, with_missed_items
from deepocr_cli.witness.layout_parts import (
    HEADINGS,
    Edges,
    Part,
    edges_of,
    is_item,
    is_note,
    paragraph_text,
    plain_text,
    rows_of,
    with_lines,
    with_missed_title,
)
from deepocr_cli.witness.outline import Outline, level_by_size
from deepocr_cli.witness.page_lines import PageLine
from deepocr_cli.witness.table_print import pieces_of
from deepocr_cli.witness.turning import turn_back

KINDS = {
    "page-header": "header",
    "page-footer": "footer",
    "caption": "image_caption",
    "code": "code",
}
"""The layout model's classes in the vocabulary of `Block.kind`, but for headings, notes, pictures and tables; all
others are running text."""
MOST_BESIDE, MOST_PIECES = 0.4, 2
"""Captions and notes: where more than this share of the letters in a table of the layout's are found in none, or a row
of more pieces is left over, its own cells are taken."""
FEWEST_FIGURES = 4
"""So many figures, and nothing else, are no cell but a column, where no rule parts the rows of a form."""
LARGE_HEAD = 1.3
"""Running heads are not so large beside the text: what the layout model calls one and is, is a title."""
LARGE_TITLE = 0.85
"""Of several titles on a page those are some that are nearly as large as the largest; the names of authors are not."""


@dataclass(frozen=True, slots=True)
class LayoutPage:
    """A page as the layout model and the text layer see it, turned clockwise by `turn` degrees; places in points.

    `body_size` is the size of most of its letters; `compounds` are the words that it writes with a hyphen.
    """

    number: int
    width: float
    height: float
    turn: int
    boxes: Sequence[Any]
    lines: Sequence[PageLine]
    words: Sequence[Any]
    is_right_to_left: bool
    body_size: float
    compounds: frozenset[str]
    outline: Outline
    rules: Rules = NO_RULES
    largest_title: float = 0.0


def blocks_of(parts: Sequence[Part], page: LayoutPage) -> Iterator[Block]:
    """The blocks of parts that follow one another; a picture with text in it makes two, a table without text none."""
    parts = with_missed_items(with_missed_title(parts, page.body_size) if page.number == 1 else parts)
    parts = with_lines(parts)
    page = replace(page, largest_title=max((part.size for part in parts if part.name == "title"), default=0.0))
    indents = nest_items(parts, lambda part: item_text(part, page.compounds)[0])
    for part, indent in zip(parts, indents, strict=True):
        yield from _blocks_of(part, indent, page)


def table_parts(box: Any, lines: Sequence[PageLine], page: LayoutPage) -> Iterator[Part]:
    """The tables in a table of the layout's, and the lines in it that are beside them: a caption, a note."""
    tables = [Part("table", (), edges, table) for table, edges in _tables_of(box, page)]
    beside = [line for line in lines if not any(holds(table.edges, line.box) for table in tables)]
    texts = [Part("text", (row,), edges_of((row,))) for row in rows_of(beside)]
    yield from sorted([*tables, *texts], key=lambda part: part.edges[1])


def _tables_of(box: Any, page: LayoutPage) -> Iterator[tuple[Table, Edges]]:
    """The tables within a table of the layout's, and their places: what its words and rules show, or else its cells."""
    edges = (box.x0, box.y0, box.x1, box.y1)
    own = pieces_of([word for word in page.words if holds(edges, word)], page.rules)
    found = [] if page.is_right_to_left else find_tables(own, page.rules)
    if len(found) > 1:
        # The labels and the figures of one table may be taken for two, unless grids are drawn around them.
        found = find_ruled_tables(own, page.rules)
    model = _table_of_cells(box.table["cells"] or (), page)
    if not found or _leave_cells(own, found):
        yield model, edges
        return
    for table in found:
        yield _cleaned(table.table, has_header=_has_header(model)), (table.left, table.top, table.right, table.bottom)


def _leave_cells(own: Sequence[Line], found: Sequence[PlacedTable]) -> bool:
    """Whether tables found in lines leave more than stands above and below, or have a column of figures in one cell."""
    rest = rows(without_lines_of(own, found))
    cells = [cell.text.split() for table in found for row in table.table.rows for cell in row]
    are_columns = (len(words) >= FEWEST_FIGURES and all(map(is_number, words)) for words in cells)
    is_row_left = any(len(row) > MOST_PIECES for row in rest)
    is_column_left = any(table.top < row[0].middle < table.bottom for row in rest for table in found)
    return is_row_left or is_column_left or any(are_columns) or _letter_count(rest) > MOST_BESIDE * _letter_count([own])


def _letter_count(print_rows: Sequence[Sequence[Line]]) -> int:
    return sum(len(line.text) for row in print_rows for line in row)


def _has_header(table: Table) -> bool:
    return bool(table.rows) and all(cell.is_header for cell in table.rows[0])


def _cleaned(table: Table, *, has_header: bool) -> Table:
    """The table with its words whole; its first row is a heading where that is bold."""
    return Table(
        tuple(
            tuple(
                replace(
                    cell,
                    text=without_dots(whole_letters(cell.text)),
                    is_header=cell.is_header or (has_header and number == 0),
                )
                for cell in row
            )
            for number, row in enumerate(table.rows)
        )
    )


def _table_of_cells(cells_by_row: Sequence[Sequence[Edges]], page: LayoutPage) -> Table:
    """The table of cells at these places; every word goes whole into the cell that holds its centre."""
    found, are_bold = [], []
    for cells in cells_by_row:
        texts = [_cell_text(cell, page) for cell in cells]
        if any(texts):
            found.append(tuple(Cell(text) for text in texts))
            are_bold.append(_is_bold(cells, page.lines))
    if len(found) > 1 and are_bold[0] and not are_bold[1]:
        found[0] = tuple(replace(cell, is_header=True) for cell in found[0])
    return Table(tuple(found))


def _blocks_of(part: Part, indent: int, page: LayoutPage) -> Iterator[Block]:
    block = partial(Block, box=_place(part.edges, page))
    if part.table is not None:
        if part.table.rows:
            yield block("table", table_to_html(part.table), data=part.table)
    elif part.name == "picture":
        yield block("image", "")
        if part.rows:
            yield block("text", "\n".join(paragraph_text(replace(part, rows=(row,)), frozenset()) for row in part.rows))
    elif part.name == "equation":
        formula = read_formula(part.text[2:-2], is_displayed=True)
        yield block("equation", rf"\[{formula.latex}\]", data=formula)
    elif part.rows:
        yield block(*_kind_and_text(part, indent, page))


def _kind_and_text(part: Part, indent: int, page: LayoutPage) -> tuple[str, str]:
    """What a part of words is, and its markdown."""
    if part.name == "code":
        return "code", code_text(part)
    if part.name == "page-header" and part.size >= LARGE_HEAD * page.body_size:
        return _heading(part, page)
    if part.name in ("page-header", "page-footer"):
        return KINDS[part.name], plain_text(part, page.compounds)
    if part.name == "formula":
        return "text", LINE_BREAK.join(paragraph_text(replace(part, rows=(row,)), frozenset()) for row in part.rows)
    text = paragraph_text(part, page.compounds)
    caption = caption_kind(part.text) if part.name in (*HEADINGS, "caption", "text") else None
    if caption is not None:
        return caption, text
    if is_note(part, page.body_size, page.height):
        return "page_footnote", text
    if part.name in HEADINGS:
        return _heading(part, page)
    if is_item(part):
        mark, words = item_text(part, page.compounds)
        return "text", " " * indent + mark + words
    return KINDS.get(part.name, "text"), text


def _heading(part: Part, page: LayoutPage) -> tuple[str, str]:
    words = part.text
    level = page.outline.level(page.number, words)
    if level is None:
        is_title = part.name == "title" and part.size > LARGE_TITLE * page.largest_title
        level = 1 if is_title else level_by_size(words, part.size, page.body_size)
    text = plain_text(part, page.compounds)
    return ("title" if level == 1 else "sub_title"), f"{'#' * min(level, 6)} {text}"


def _cell_text(cell: Edges, page: LayoutPage) -> str:
    return without_dots(whole_letters(" ".join(word[4] for word in page.words if holds(cell, word))))


def _is_bold(cells: Sequence[Edges], lines: Sequence[PageLine]) -> bool:
    """Whether all that stands in a row of a table is bold."""
    runs = [
        run for line in lines if any(holds(cell, line.box) for cell in cells) for run in line.runs if run.text.strip()
    ]
    return bool(runs) and all(Look.BOLD in run.look for run in runs)


def _place(edges: Edges, page: LayoutPage) -> Box:
    """The rectangle as fractions of the page as it is shown, before it was turned."""
    left, top, right, bottom = edges
    return turn_back(Box(left / page.width, top / page.height, right / page.width, bottom / page.height), page.turn)
