"""Rules in, the grids that they draw out: the edges of rows and columns, and cells with what they span.

Lengths are in pixels of a level page. Shapes: N rules, R rows, C columns.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from deepocr_cli.layout.rules import Rules

REACH = 0.6
"""Rules that come this close to each other meet, in letter heights; parallel ones are then one, a double rule."""
OVERHANG = 1.0
"""Where rules go on beyond the last one that crosses them by more than this, there is a cell without an edge."""
COVERED = 0.6
"""A side of a cell is drawn where a rule covers this share of it."""


@dataclass(frozen=True, slots=True)
class GridCell:
    """Rows `top` to `bottom` and columns `left` to `right`, counted from 0, the latter excluded."""

    top: int
    left: int
    bottom: int
    right: int


@dataclass(frozen=True, slots=True)
class Grid:
    """Edges of C columns (C + 1) and R rows (R + 1), and the cells, row by row, which cover all of it once."""

    columns: tuple[float, ...]
    rows: tuple[float, ...]
    cells: tuple[GridCell, ...]


def find_grids(rules: Rules, letter_height: float) -> list[Grid]:
    """The grids of a page, each drawn by rules that meet, with more than one row and column."""
    reach = REACH * letter_height
    grids = [_grid(across, down, letter_height) for across, down in _groups(rules, reach)]
    return [grid for grid in grids if len(grid.rows) > 2 and len(grid.columns) > 2]


def merge_near(places: Sequence[float], reach: float) -> list[float]:
    """Places in rising order; those closer to one another than `reach` become one, their middle."""
    groups: list[list[float]] = []
    for place in sorted(places):
        if groups and place - groups[-1][-1] <= reach:
            groups[-1].append(place)
        else:
            groups.append([place])
    return [(group[0] + group[-1]) / 2 for group in groups]


def _groups(rules: Rules, reach: float) -> Iterator[tuple[NDArray[np.float64], NDArray[np.float64]]]:
    """Rules across (N, 3) and down (N, 3) that hang together."""
    across, down = rules.across, rules.down
    meets = (
        (across[:, None, 1] - reach <= down[None, :, 0])
        & (down[None, :, 0] <= across[:, None, 2] + reach)
        & (down[None, :, 1] - reach <= across[:, None, 0])
        & (across[:, None, 0] <= down[None, :, 2] + reach)
    )
    waiting = set(range(len(across)))
    while waiting:
        rows = {waiting.pop()}
        columns: set[int] = set()
        while True:
            new_columns = set(np.flatnonzero(meets[sorted(rows)].any(axis=0)).tolist()) - columns
            columns |= new_columns
            new_rows = set(np.flatnonzero(meets[:, sorted(columns)].any(axis=1)).tolist()) - rows
            rows |= new_rows
            if not new_rows:
                break
        waiting -= rows
        if columns and len(rows) + len(columns) >= 4:
            yield across[sorted(rows)], down[sorted(columns)]


def _grid(across: NDArray[np.float64], down: NDArray[np.float64], unit: float) -> Grid:
    columns = _edges(down[:, 0], across[:, 1:], unit)
    rows = _edges(across[:, 0], down[:, 1:], unit)
    beside = _drawn(down, columns[1:-1], rows, REACH * unit).T  # (R, C - 1): an edge on the right of a cell
    below = _drawn(across, rows[1:-1], columns, REACH * unit)  # (R - 1, C): an edge below a cell
    return Grid(tuple(columns), tuple(rows), tuple(_cells(beside, below)))


def _edges(places: NDArray[np.float64], extents: NDArray[np.float64], unit: float) -> list[float]:
    """The edges that rules at `places` (N) draw, and those where the rules that cross them (M, 2) end, well beyond."""
    edges = merge_near(places.tolist(), REACH * unit)
    first, last = float(extents[:, 0].min()), float(extents[:, 1].max())
    before = [first] if first < edges[0] - OVERHANG * unit else []
    after = [last] if last > edges[-1] + OVERHANG * unit else []
    return [*before, *edges, *after]


def _drawn(
    rules: NDArray[np.float64], edges: Sequence[float], crossing: Sequence[float], reach: float
) -> NDArray[np.bool_]:
    """Whether rules lie on each inner edge (E) between each two crossing ones (K + 1): (E, K)."""
    drawn = np.zeros((len(edges), len(crossing) - 1), dtype=np.bool_)
    starts, ends = np.array(crossing[:-1]), np.array(crossing[1:])
    for number, edge in enumerate(edges):
        covered = np.zeros(len(starts))
        for _, start, end in rules[np.abs(rules[:, 0] - edge) <= reach]:
            covered += np.clip(np.minimum(ends, end + reach / 2) - np.maximum(starts, start - reach / 2), 0, None)
        drawn[number] = covered >= COVERED * (ends - starts)
    return drawn


def _cells(beside: NDArray[np.bool_], below: NDArray[np.bool_]) -> Iterator[GridCell]:
    """Places without an edge between them are one cell, and what makes them a rectangle belongs to it."""
    row_count, column_count = beside.shape[0], below.shape[1]
    taken = np.zeros((row_count, column_count), dtype=np.bool_)
    for top in range(row_count):
        for left in range(column_count):
            if taken[top, left]:
                continue
            right, bottom = left + 1, top + 1
            while right < column_count and not beside[top, right - 1] and not taken[top, right]:
                right += 1
            while (
                bottom < row_count
                and not below[bottom - 1, left:right].any()
                and not beside[bottom, left : right - 1].any()
                and not taken[bottom, left:right].any()
            ):
                bottom += 1
            taken[top:bottom, left:right] = True
            yield GridCell(top, left, bottom, right)
