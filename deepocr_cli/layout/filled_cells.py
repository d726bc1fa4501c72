"""Rows of a table and its columns in, its cells with the lines in each out: a heading spans what it stands over."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from deepocr_cli.layout.columns import Column, place
from deepocr_cli.layout.grids import GridCell
from deepocr_cli.layout.prose import is_number
from deepocr_cli.layout.rows import Line

SHORT = 0.95
"""A rule below a heading is shorter than this share of the table's width; longer ones bound rows."""

FilledCell = tuple[GridCell, list[Line]]
"""A cell and the lines that stand in it."""


def fill_cells(
    groups: Sequence[Sequence[Sequence[Line]]], columns: Sequence[Column], across: NDArray[np.float64]
) -> list[FilledCell]:
    """The cells, row by row, of rows of print by the row of the table; short rules across (N, 3) say what headings
    stand over."""
    cells = []
    for number, group in enumerate(groups):
        placed = [(place(_widened(line, row, across), columns), line) for row in group for line in row]
        if len(placed) == 1 and placed[0][0][0] == 0 and placed[0][0][1] > 1:
            # Nothing stands beside it: the title of a part of the table.
            placed = [((0, len(columns)), placed[0][1])]
        spans = _disjoint([span for span, _ in placed], len(columns))
        for left, right in spans:
            own = [line for (start, _), line in placed if left <= start < right]
            cells.append((GridCell(number, left, number + 1, right), own))
    return list(_with_tall_headings(_with_wide_headings(cells)))


def _disjoint(spans: Sequence[tuple[int, int]], column_count: int) -> list[tuple[int, int]]:
    """The stretches of columns that are one cell: what spans say, and single columns elsewhere."""
    is_joined = [False] * column_count
    for left, right in spans:
        for column in range(left + 1, right):
            is_joined[column] = True
    starts = [column for column in range(column_count) if not is_joined[column]]
    return list(zip(starts, [*starts[1:], column_count], strict=True))


def _widened(line: Line, row: Sequence[Line], across: NDArray[np.float64]) -> Line:
    """The line, as wide as the shortest rule right below it, if it alone of its row stands on that."""
    is_below = (across[:, 0] > line.middle) & (across[:, 0] < line.bottom + line.height)
    is_short = across[:, 2] - across[:, 1] < SHORT * np.ptp(across[:, 1:]) if len(across) else is_below
    under = across[is_below & is_short & (across[:, 1] < line.right) & (across[:, 2] > line.left)]
    if not len(under):
        return line
    _, left, right = under[np.argmin(under[:, 2] - under[:, 1])].tolist()
    is_alone = not any(other is not line and other.right > left and other.left < right for other in row)
    return replace(line, left=min(line.left, left), right=max(line.right, right)) if is_alone else line


def _with_wide_headings(cells: list[FilledCell]) -> list[FilledCell]:
    """Where the heading of the first column stands alone above a blank, headings of the first row reach over the blanks
    beside them under which others of the second row stand: they may be flush left over several columns."""
    first = {cell.left: (cell, lines) for cell, lines in cells if cell.top == 0}
    second = {cell.left: lines for cell, lines in cells if cell.top == 1}
    figures = {cell.left for cell, lines in cells if cell.top > 1 and any(is_number(line.text) for line in lines)}
    blanks = {column for column, (_, lines) in first.items() if not lines}
    heads = first.keys() - blanks
    if not blanks or second.get(0) or any(is_number(line.text) for lines in second.values() for line in lines):
        return cells
    before = {column: max((head for head in heads if head < column), default=0) for column in blanks}
    after = {column: min((head for head in heads if head > column), default=0) for column in blanks}
    for owners in (before, after):
        if all(second.get(column) and column in figures and second.get(owners[column]) for column in blanks):
            return list(_reaching(cells, owners))
    return cells


def _reaching(cells: Sequence[FilledCell], owners: Mapping[int, int]) -> Iterator[FilledCell]:
    """The cells, those of the first row reaching over the blank ones that they own, by their columns."""
    for cell, lines in cells:
        own = [cell.left, *(column for column, owner in owners.items() if owner == cell.left)]
        if cell.top > 0:
            yield cell, lines
        elif cell.left not in owners:
            yield replace(cell, left=min(own), right=max(cell.right, max(own) + 1)), lines


def _with_tall_headings(cells: Sequence[FilledCell]) -> Iterator[FilledCell]:
    """Where headings of the first row span columns, the others reach down to the second, if nothing stands there."""
    first = [cell for cell in cells if cell[0].top == 0]
    second = {cell.left: lines for cell, lines in cells if cell.top == 1 and cell.right - cell.left == 1}
    has_spans = any(cell.right - cell.left > 1 and lines for cell, lines in first)
    are_headings = not any(is_number(line.text) for cell, lines in cells if cell.top == 1 for line in lines)
    tall = {
        cell.left
        for cell, lines in first
        if has_spans
        and cell.right - cell.left == 1
        and cell.left in second
        and (not second[cell.left] if lines else are_headings)
    }
    for cell, lines in cells:
        if cell.top == 0 and cell.left in tall:
            yield replace(cell, bottom=2), lines + second[cell.left]
        elif not (cell.top == 1 and cell.left in tall):
            yield cell, lines
