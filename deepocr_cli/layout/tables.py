"""Lines of text in places of a table in, a Table with its place on the page out; and the tables that rules draw.

Edges are in the unit of the lines. Cells without text stay cells.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

from deepocr_cli.document import Cell, Table
from deepocr_cli.layout.filled_cells import FilledCell
from deepocr_cli.layout.grids import Grid, GridCell, find_grids
from deepocr_cli.layout.prose import goes_on
from deepocr_cli.layout.row_groups import group_rows
from deepocr_cli.layout.rows import Line, join_lines, row_text, rows
from deepocr_cli.layout.rules import Rules

FEWEST_FILLED = 0.4
"""The share of a grid in cells that hold text: boxes with less are drawings, or forms to be filled in."""
MOST_ROWS_IN_CELL = 7
"""Rows of text in a cell, on average: boxes with more are parts of a page."""
MOST_BANDS = 3
"""Where no more than these rows are ruled, head, body and foot, rules may part groups of rows and not rows."""


@dataclass(frozen=True, slots=True)
class PlacedTable:
    """A table, its edges, and the lines that stand in it."""

    table: Table
    left: float
    top: float
    right: float
    bottom: float
    lines: tuple[Line, ...]


def find_ruled_tables(lines: Sequence[Line], rules: Rules) -> list[PlacedTable]:
    """The tables of a page whose cells are drawn; none of them lies within another."""
    if not lines:
        return []
    placed: list[PlacedTable] = []
    taken: set[Line] = set()
    grids = find_grids(rules, median(line.height for line in lines))
    for grid in sorted(grids, key=_area):
        found = _fill(grid, [line for line in lines if line not in taken])
        if found is not None:
            placed.append(found)
            taken.update(found.lines)
    return placed


def build_table(texts: Sequence[FilledCell], *, header_rows: int = 0) -> Table:
    """The table of cells, row by row, with the lines in each."""
    numbered: dict[int, list[Cell]] = {row: [] for row in range(max(cell.bottom for cell, _ in texts))}
    for place, lines in texts:
        text = join_lines(row_text(row) for row in rows(lines))
        span, row_span = place.right - place.left, place.bottom - place.top
        numbered[place.top].append(Cell(text, span, row_span, is_header=place.top < header_rows))
    return Table(tuple(tuple(cells) for cells in numbered.values()))


def _area(grid: Grid) -> float:
    return (grid.columns[-1] - grid.columns[0]) * (grid.rows[-1] - grid.rows[0])


def _fill(grid: Grid, lines: Sequence[Line]) -> PlacedTable | None:
    """The grid with what stands in it; None where it is no table."""
    inside = [line for line in lines if _is_inside(line, grid)]
    texts = [(cell, [line for line in inside if _holds(grid, cell, line)]) for cell in grid.cells]
    if _filled_share(grid, texts) < FEWEST_FILLED:
        return None
    texts = _without_blank_edges(texts)
    if not _is_table(texts):
        return None
    table = build_table(_with_open_rows(texts))
    return PlacedTable(table, grid.columns[0], grid.rows[0], grid.columns[-1], grid.rows[-1], tuple(inside))


def _is_inside(line: Line, grid: Grid) -> bool:
    middle = (line.left + line.right) / 2
    return grid.columns[0] < middle < grid.columns[-1] and grid.rows[0] < line.middle < grid.rows[-1]


def _holds(grid: Grid, cell: GridCell, line: Line) -> bool:
    middle = (line.left + line.right) / 2
    return (
        grid.columns[cell.left] <= middle < grid.columns[cell.right]
        and grid.rows[cell.top] <= line.middle < grid.rows[cell.bottom]
    )


def _without_blank_edges(texts: list[FilledCell]) -> list[FilledCell]:
    """The cells without rows and columns in which nothing begins and nothing stands: gaps of rules that lie close."""
    used_rows = sorted({cell.top for cell, lines in texts if lines})
    used_columns = sorted({cell.left for cell, lines in texts if lines})
    ends_of_rows = {cell.top for cell, _ in texts} | {cell.bottom for cell, _ in texts}
    ends_of_columns = {cell.left for cell, _ in texts} | {cell.right for cell, _ in texts}
    rows_kept = _renumbered(ends_of_rows, used_rows)
    columns_kept = _renumbered(ends_of_columns, used_columns)
    kept = []
    for cell, lines in texts:
        top, bottom = rows_kept[cell.top], rows_kept[cell.bottom]
        left, right = columns_kept[cell.left], columns_kept[cell.right]
        if bottom > top and right > left:
            kept.append((GridCell(top, left, bottom, right), lines))
    return kept


def _renumbered(edges: Iterable[int], used: Sequence[int]) -> dict[int, int]:
    """The new number of every edge, where only the used rows (or columns) before it count."""
    return {edge: sum(number < edge for number in used) for edge in edges}


def _filled_share(grid: Grid, texts: list[FilledCell]) -> float:
    """The share of the grid that cells with text take."""
    filled = [cell for cell, lines in texts if lines]
    widths = [grid.columns[cell.right] - grid.columns[cell.left] for cell in filled]
    heights = [grid.rows[cell.bottom] - grid.rows[cell.top] for cell in filled]
    return sum(width * height for width, height in zip(widths, heights, strict=True)) / _area(grid)


def _is_table(texts: list[FilledCell]) -> bool:
    filled = [(cell, lines) for cell, lines in texts if lines]
    tops = [cell.top for cell, _ in filled]
    if len({cell.left for cell, _ in filled}) < 2 or len(filled) < 3:
        return False
    row_count = sum(len(rows(lines)) for _, lines in filled)
    is_one_row = sum(tops.count(top) > 1 for top in set(tops)) < 2
    return row_count <= MOST_ROWS_IN_CELL * len(filled) and not (is_one_row and row_count < 3 * len(filled))


def _with_open_rows(texts: list[FilledCell]) -> list[FilledCell]:
    """The cells, those of a tall ruled row cut into the rows that stand in it without rules."""
    bands = sorted({cell.top for cell, _ in texts})
    if len(bands) > MOST_BANDS:
        return texts
    result: list[FilledCell] = []
    shift = 0
    for band in bands:
        own = [(cell, lines) for cell, lines in texts if cell.top == band]
        parts = _open_rows(own) if all(cell.bottom == band + 1 for cell, _ in own) else None
        for place, part in enumerate(parts or [[lines for _, lines in own]]):
            top = band + shift + place
            result += [
                (GridCell(top, cell.left, top + cell.bottom - cell.top, cell.right), lines)
                for (cell, _), lines in zip(own, part, strict=True)
            ]
        shift += len(parts) - 1 if parts else 0
    return result


def _open_rows(own: list[FilledCell]) -> list[list[list[Line]]] | None:
    """The lines of each cell in each of the rows that stand in one ruled row; None where it is one."""
    text_rows = rows([line for _, lines in own for line in lines])
    if len(text_rows) < 3 or sum(len(row) > 1 for row in text_rows) < 0.6 * len(text_rows):
        return None
    if sum(goes_on(line.text) for row in text_rows[1:] for line in row) > 0.4 * sum(map(len, text_rows[1:])):
        return None
    owners = {line: number for number, (_, lines) in enumerate(own) for line in lines}
    groups = group_rows([{owners[line]: line for line in row} for row in text_rows])
    return [
        [[line for row in group for line in text_rows[row] if owners[line] == number] for number in range(len(own))]
        for group in groups
    ]
