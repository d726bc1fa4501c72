"""A Table in, its HTML or its aligned plain text out."""

import unicodedata
from html import escape
from itertools import accumulate

from deepocr_cli.document import Cell, Table

_COLUMN_GAP = 2


def table_to_html(table: Table) -> str:
    """The table as HTML on one line: table, tr, th, td with their spans, and br; all text is escaped."""
    rows = "".join(f"<tr>{''.join(map(cell_to_html, row))}</tr>" for row in table.rows)
    return f"<table>{rows}</table>"


def table_to_text(table: Table) -> str:
    """The table as lines of columns aligned for a fixed-width font, one line a row."""
    rows = place_cells(table)
    offsets = _column_offsets(rows)
    return "\n".join(_align_row(row, offsets) for row in rows)


def cell_to_html(cell: Cell, scope: str | None = None) -> str:
    """The cell; where it is a heading, `scope` says of what: col or row."""
    tag = "th" if cell.is_header else "td"
    direction = f' scope="{scope}"' if scope is not None and cell.is_header else ""
    columns = f' colspan="{cell.column_span}"' if cell.column_span > 1 else ""
    rows = f' rowspan="{cell.row_span}"' if cell.row_span > 1 else ""
    text = escape(cell.text, quote=False).replace("\n", "<br>")
    return f"<{tag}{direction}{columns}{rows}>{text}</{tag}>"


def place_cells(table: Table) -> list[list[tuple[int, Cell]]]:
    """Every row's cells with the column where each starts, spans from the rows above taken into account."""
    free_from: dict[int, int] = {}  # column -> first row in which it is free again
    rows = []
    for row_number, row in enumerate(table.rows):
        column = 0
        placed = []
        for cell in row:
            while free_from.get(column, 0) > row_number:
                column += 1
            placed.append((column, cell))
            for spanned in range(column, column + cell.column_span):
                free_from[spanned] = row_number + cell.row_span
            column += cell.column_span
        rows.append(placed)
    return rows


def _column_offsets(rows: list[list[tuple[int, Cell]]]) -> dict[int, int]:
    """Where every column begins on a line; one that no cell starts in takes no room."""
    widths = {column: 0 for row in rows for column, _ in row}
    for row in rows:
        for column, cell in row:
            if cell.column_span == 1:
                widths[column] = max(widths[column], _display_width(_one_line(cell)))
    columns = sorted(widths)
    steps = (widths[column] + _COLUMN_GAP for column in columns)
    return dict(zip(columns, accumulate(steps, initial=0), strict=False))


def _align_row(row: list[tuple[int, Cell]], offsets: dict[int, int]) -> str:
    line, width = "", 0
    for column, cell in row:
        text = _one_line(cell)
        gap = max(offsets[column] - width, _COLUMN_GAP if line else 0)
        line += " " * gap + text
        width += gap + _display_width(text)
    return line.rstrip()


def _one_line(cell: Cell) -> str:
    return " ".join(cell.text.split())


def _display_width(text: str) -> int:
    """Columns of a fixed-width font: two for wide East Asian characters, none for combining ones."""
    return sum(
        0 if unicodedata.combining(character) else 1 + (unicodedata.east_asian_width(character) in "WF")
        for character in text
    )
