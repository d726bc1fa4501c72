"""A Table without headings in, the same with its heading rows known out, where the numbers below tell them.

The model writes every cell as td, and nobody says which cells of a picture or a PDF head their columns, so that
headings have to be told by what they are: words above columns of numbers.
"""

from collections.abc import Sequence
from dataclasses import replace

from deepocr_cli.document import Block, Cell, Table
from deepocr_cli.reading.quantities import read_quantity
from deepocr_cli.table_markup import place_cells, table_to_html

_MOST_ROWS = 3


def with_header_rows(block: Block) -> Block:
    """The block; a table with its heading rows known."""
    if not isinstance(block.data, Table):
        return block
    table = find_header_rows(block.data)
    return replace(block, text=table_to_html(table), data=table)


def find_header_rows(table: Table) -> Table:
    """Marks the first row, with those that its cells reach into, where none of it is a number and a column below is."""
    if len(table.rows) < 2 or any(cell.is_header for row in table.rows for cell in row):
        return table
    count = max((cell.row_span for cell in table.rows[0]), default=0)
    head, body = table.rows[:count], place_cells(table)[count:]
    if not 1 <= count <= _MOST_ROWS or not body or len(table.rows[0]) < 2:
        return table
    if any(_is_number(cell) for row in head for cell in row) or not _has_column_of_numbers(body):
        return table
    marked = tuple(tuple(replace(cell, is_header=True) for cell in row) for row in head)
    return replace(table, rows=(*marked, *table.rows[count:]))


def _has_column_of_numbers(body: Sequence[Sequence[tuple[int, Cell]]]) -> bool:
    columns: dict[int, list[Cell]] = {}
    for row in body:
        for column, cell in row:
            if cell.text.strip():
                columns.setdefault(column, []).append(cell)
    return any(all(_is_number(cell) for cell in cells) for cells in columns.values())


def _is_number(cell: Cell) -> bool:
    return read_quantity(cell.text).value is not None
