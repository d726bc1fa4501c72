"""A Table in, GitHub's pipe syntax out, where that loses nothing."""

import re

from deepocr_cli.document import Cell, Table
from deepocr_cli.math_spans import MathSpan, split_math

_MARKUP = re.compile(r"[\\`*_\[\]<>$&~#!]")


def table_to_pipes(table: Table) -> str | None:
    """The table in lines of pipes; None where a span or a second heading row would be lost.

    A table without a heading row gets a blank one, since the syntax asks for it.
    """
    cells = [cell for row in table.rows for cell in row]
    heads = table.header_row_count
    is_simple = all(cell.column_span == cell.row_span == 1 for cell in cells)
    if not cells or not is_simple or heads > 1 or any(cell.is_header for row in table.rows[heads:] for cell in row):
        return None
    width = table.column_count
    lines = [_line(row, width) for row in table.rows]
    if heads == 0:
        lines.insert(0, _line((), width))
    lines.insert(1, "|" + " --- |" * width)
    return "\n".join(lines)


def _line(row: tuple[Cell, ...], width: int) -> str:
    texts = [_cell_text(cell) for cell in row] + [""] * (width - len(row))
    return "|" + "".join(f" {text} |" for text in texts)


def _cell_text(cell: Cell) -> str:
    """A cell's text with its markup escaped, its formulas between dollars, and its line breaks as br."""
    pieces = (_formula(piece) if isinstance(piece, MathSpan) else _prose(piece) for piece in split_math(cell.text))
    return "".join(pieces).replace("|", "\\|").replace("\n", "<br>")


def _formula(span: MathSpan) -> str:
    return f"${' '.join(span.latex.split())}$"


def _prose(text: str) -> str:
    return _MARKUP.sub(r"\\\g<0>", text)
