"""Rows of print in, the tables among them that no grid draws out: columns of white run through them, rules may too.

A table is made only where much speaks for it: one that is none is worse than its words. Edges are in the unit of the
lines. Shapes: N rules.
"""

import math
from collections.abc import Iterator, Sequence
from itertools import pairwise
from statistics import median

import numpy as np
from numpy.typing import NDArray

from deepocr_cli.layout.captions import caption_kind
from deepocr_cli.layout.columns import Column, find_columns, place
from deepocr_cli.layout.contents import are_contents
from deepocr_cli.layout.entries import are_cells, are_entries
from deepocr_cli.layout.filled_cells import FilledCell, fill_cells
from deepocr_cli.layout.grids import merge_near
from deepocr_cli.layout.group_labels import GroupLabel, find_label, with_labels, without_label
from deepocr_cli.layout.prose import is_number
from deepocr_cli.layout.row_groups import WIDER, group_rows
from deepocr_cli.layout.rows import Line, row_text, rows
from deepocr_cli.layout.rules import NO_RULES
from deepocr_cli.layout.tables import PlacedTable, build_table

SHORTEST_RULE = 8
"""Rules that bound a table are at least this long, in line heights."""
FLUSH = 2.0
"""How far the ends of rules of one table lie apart, at most, in the same unit."""
FARTHEST = 2.0
"""Rows of a table without rules are no further apart, in the same unit."""
BEYOND = 3.5
"""So far beyond its first and last rule a row of a table is looked for, in line heights."""
CLOSE, MOST_LINES = 1.5, 4
"""Lines of such a row are no further apart, and no more."""
LONG = 0.8
"""The share of a run's width that a line of a paragraph beside it is long, at least."""
RULED_ROWS = 4
"""Where there are more rules than this, they part rows."""

PrintRows = Sequence[Sequence[Line]]


def find_half_ruled_tables(lines: Sequence[Line], across: NDArray[np.float64]) -> list[PlacedTable]:
    """The tables between rules across (N, 3) that are flush with one another."""
    if not lines:
        return []
    height = median(line.height for line in lines)
    placed: list[PlacedTable] = []
    for group in _flush(across[across[:, 2] - across[:, 1] > SHORTEST_RULE * height], FLUSH * height):
        left, right = group[:, 1].min() - height, group[:, 2].max() + height
        beside = [line for line in lines if left < (line.left + line.right) / 2 < right]
        within = across[(across[:, 1] > left) & (across[:, 2] < right)]
        heights = np.array(merge_near(group[:, 0].tolist(), 0.5 * height))
        outer = np.r_[heights[0] - BEYOND * height, heights, heights[-1] + BEYOND * height]
        for run in _tabular_bands(beside, outer, (left, right), height):
            inner = [own for is_inner, own in run if is_inner]
            # A running head stands at a rule as well: that alone makes no heading of it.
            bands = inner if len(inner) < 2 else [own for _, own in run]
            found = _ruled_rows(bands, within, height) if bands else None
            if found is not None and not any(set(found.lines) & set(other.lines) for other in placed):
                placed.append(found)
    return placed


def find_open_tables(print_rows: PrintRows) -> list[tuple[int, int, PlacedTable]]:
    """The tables without rules in one column of a page: the first row of each, the one after its last, and itself."""
    found = [(first, last, _open_table(print_rows[first:last])) for first, last in runs_of_pieces(print_rows)]
    return [(first, last, table) for first, last, table in found if table is not None]


def runs_of_pieces(print_rows: PrintRows) -> Iterator[tuple[int, int]]:
    """Runs of rows that stand close, most of them in several pieces: the first row, and the one after the last."""
    start = 0
    while start < len(print_rows):
        end = _end_of_run(print_rows, start)
        if end > start:
            first, last = _without_prose(print_rows, start, end)
            if last > first:
                yield _trimmed(print_rows, first, last)
        start = max(end, start + 1)


def _flush(across: NDArray[np.float64], reach: float) -> Iterator[NDArray[np.float64]]:
    """Groups of rules (N, 3) that begin and end at about the same places, from top to bottom."""
    waiting = across[np.argsort(across[:, 0])]
    while len(waiting):
        is_alike = (np.abs(waiting[:, 1:] - waiting[0, 1:]) <= reach).all(axis=1)
        if is_alike.sum() > 1:
            yield waiting[is_alike]
        waiting = waiting[~is_alike]


def _tabular_bands(
    lines: Sequence[Line], heights: NDArray[np.float64], ends: tuple[float, float], height: float
) -> Iterator[list[tuple[bool, list[list[Line]]]]]:
    """Runs of the bands between rules at `heights` that hold rows of several pieces: whether rules bound it, its rows.

    The first and the last height are no rules: of what is beyond the rules the nearest row may belong to the table, if
    it lies between the `ends` of the rules.
    """
    run: list[tuple[bool, list[list[Line]]]] = []
    for number, (top, bottom) in enumerate(pairwise(heights)):
        band = rows([line for line in lines if top < line.middle < bottom])
        is_inner = 0 < number < len(heights) - 2
        if not is_inner:
            within = [row for row in band if row[0].left > ends[0] and row[-1].right < ends[1]]
            band = _nearest(within, top if number else bottom, height)
        elif not band and bottom - top < height:
            continue
        if any(len(row) > 1 for row in band) and len(find_columns(band, height)) > 1:
            run.append((is_inner, band))
        else:
            if run:
                yield run
            run = []
    if run:
        yield run


def _nearest(band: list[list[Line]], rule: float, height: float) -> list[list[Line]]:
    """The row of several pieces that stands at a rule, above the first one with the lines that it goes on in; none
    where more rows follow, which have no rules, and no caption."""
    outwards = sorted(band, key=lambda row: min(abs(line.middle - rule) for line in row))
    places = [rule, *(row[0].middle for row in outwards)]
    steps = [abs(after - before) / height for before, after in pairwise(places)]
    if not outwards or steps[0] > CLOSE:
        return []
    count = next((number for number, step in enumerate(steps) if step > CLOSE), len(steps))
    is_above = outwards[0][0].middle < rule
    if not is_above or (len(steps) > count and len(outwards[count]) > 1 and steps[count] <= FARTHEST):
        count = 1
    own = outwards[:count]
    is_row = count <= MOST_LINES and len(own[-1]) > 1 and caption_kind(row_text(own[-1])) is None
    steps_on = [step for step, row in zip(steps[count:], outwards[count : count + 1], strict=False) if len(row) > 1]
    return own[::-1] if is_row and all(step > FARTHEST for step in steps_on) else []


def _ruled_rows(bands: Sequence[PrintRows], across: NDArray[np.float64], height: float) -> PlacedTable | None:
    """The table in bands between rules; None where it is none."""
    print_rows = [row for band in bands for row in band]
    columns = find_columns(print_rows, height)
    if len(columns) < 2 or are_contents(print_rows):
        return None
    groups: list[PrintRows] = []
    labels: list[GroupLabel] = []
    for band in bands:
        label = find_label(band, columns)
        own = band if label is None else without_label(band, label)
        parts_rows = len(bands) > RULED_ROWS and label is None and not _is_ruled_within(own, across)
        found = _rows_of(own, columns, parts_rows=parts_rows)
        labels += [] if label is None else [GroupLabel(label, len(groups), len(groups) + len(found))]
        groups += found
    cells = list(with_labels(fill_cells(groups, columns, across), labels))
    is_sure = len(bands) > 1 and len(groups) > 1
    if not (are_cells(cells, columns) if is_sure else are_entries(cells, columns)):
        return None
    header_rows = len(_grouped(bands[0], columns)) if 1 < len(bands) <= RULED_ROWS else 0
    return _placed(cells, print_rows, header_rows)


def _is_ruled_within(band: PrintRows, across: NDArray[np.float64]) -> bool:
    """Whether a rule across (N, 3), a shorter one, lies between the rows of a band."""
    return bool(((across[:, 0] > band[0][0].bottom) & (across[:, 0] < band[-1][0].top)).any())


def _rows_of(band: PrintRows, columns: Sequence[Column], *, parts_rows: bool) -> Sequence[PrintRows]:
    """The rows of the table between two rules: one where rules part rows, unless figures stand below one another."""
    figured = [number for number, row in enumerate(band) if any(is_number(line.text) for line in row)]
    # A heading of several cells above figures is a row of its own, a second line of words below them is none.
    is_headed = any(number > 0 and all(len(row) > 1 for row in band[:number]) for number in figured)
    if parts_rows and not is_headed:
        return [band]
    return _grouped(band, columns)


def _end_of_run(print_rows: PrintRows, start: int) -> int:
    """Where a run of rows ends that begins with one of several pieces: at a wide gap, or a row that reaches too far."""
    if len(print_rows[start]) < 2:
        return start
    end = start + 1
    for number in range(start + 1, len(print_rows)):
        row, before = print_rows[number], print_rows[number - 1]
        height = median(line.height for line in row)
        is_far = min(line.top for line in row) - max(line.bottom for line in before) > FARTHEST * height
        if is_far or not 0.7 < height / median(line.height for line in before) < 1.4:
            break
        if len(row) > 1:
            end = number + 1
        elif not _stands_in_column(row[0], print_rows[start:end]):
            break
        elif _goes_on_below(row[0], before):
            end = number + 1
    return end


def _goes_on_below(line: Line, before: Sequence[Line]) -> bool:
    """Whether a line stands right below another that begins where it does, as the last one of a cell."""
    above = before[1:] or before
    is_close = line.middle - before[0].middle < CLOSE * line.height
    return is_close and any(abs(line.left - other.left) < 0.5 * line.height for other in above)


def _stands_in_column(line: Line, print_rows: PrintRows) -> bool:
    """Whether a line is no wider than the columns of the rows above it allow; nothing bounds the last of several."""
    return any(
        piece.left - line.height < line.left and line.right < next_left
        for row in print_rows
        for piece, next_left in zip(row, [*(other.left for other in row[1:]), _end_of_last(row)], strict=True)
    )


def _end_of_last(row: Sequence[Line]) -> float:
    return math.inf if len(row) > 1 else row[0].right + row[0].height


def _without_prose(print_rows: PrintRows, start: int, end: int) -> tuple[int, int]:
    """The run without lines of the paragraphs beside it whose words stand far apart."""
    run = print_rows[start:end]
    head = _prose_count(run[::-1], print_rows[start - 1 : start])
    return start + head, max(start + head, end - _prose_count(run, print_rows[end : end + 1]))


def _prose_count(run: PrintRows, beyond: PrintRows) -> int:
    """How many of the last rows of a run are nearer to the long line beyond it than to the others."""
    lines = [line for row in run for line in row]
    width = max(line.right for line in lines) - min(line.left for line in lines)
    if not any(len(row) == 1 and row[0].right - row[0].left > LONG * width for row in beyond):
        return 0
    steps = [abs(after[0].middle - before[0].middle) for before, after in pairwise([*run, *beyond])]
    return next((count for count in (1, 2) if count < len(steps) and steps[-1 - count] > WIDER * steps[-1]), 0)


def _trimmed(print_rows: PrintRows, start: int, end: int) -> tuple[int, int]:
    """The run without the rows at both ends that reach across most of its columns: no table begins so."""
    while end - start > 2:
        height = median(line.height for row in print_rows[start:end] for line in row)
        columns = find_columns(print_rows[start:end], height)
        reaches_across = [_crosses(print_rows[number], columns) for number in (start, end - 1)]
        if not any(reaches_across):
            break
        start, end = start + reaches_across[0], end - reaches_across[1]
    return start, end


def _crosses(row: Sequence[Line], columns: Sequence[Column]) -> bool:
    spans = [place(line, columns) for line in row]
    return len(columns) > 2 and any(right - left > len(columns) / 2 for left, right in spans)


def _open_table(print_rows: PrintRows) -> PlacedTable | None:
    """The table that rows of print are; None where they are none."""
    if len(print_rows) < 3 or are_contents(print_rows):
        return None
    columns = find_columns(print_rows, median(line.height for row in print_rows for line in row))
    if len(columns) < 2:
        return None
    cells = fill_cells(_grouped(print_rows, columns), columns, NO_RULES.across)
    return _placed(cells, print_rows, 0) if are_entries(cells, columns) else None


def _grouped(print_rows: PrintRows, columns: Sequence[Column]) -> Sequence[PrintRows]:
    """The rows of print in each row of the table."""
    placed = [{place(line, columns)[0]: line for line in row} for row in print_rows]
    return [[print_rows[number] for number in group] for group in group_rows(placed)]


def _placed(cells: Sequence[FilledCell], print_rows: PrintRows, header_rows: int) -> PlacedTable:
    lines = [line for row in print_rows for line in row]
    return PlacedTable(
        build_table(cells, header_rows=header_rows),
        min(line.left for line in lines),
        min(line.top for line in lines),
        max(line.right for line in lines),
        max(line.bottom for line in lines),
        tuple(lines),
    )
