"""The rows of print in a table in, the rows of the table out: cells of several lines are told from cells below."""

from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np

from deepocr_cli.layout.prose import goes_on, is_number
from deepocr_cli.layout.rows import Line

WIDER = 1.2
"""How much more room there is between rows of a table than between the lines of a cell, where they differ."""
FULL = 0.6
"""A line that another follows fills at least this share of its column."""

CASUAL = 0.1
"""Where more cells than this share begin in small letters, these do not tell what goes on."""

PrintRow = Mapping[int, Line]
"""What stands on one baseline: the lines by the number of their column."""


def group_rows(print_rows: Sequence[PrintRow]) -> list[list[int]]:
    """The numbers of the rows of print in each row of the table, from top to bottom."""
    if not print_rows:
        return []
    joins = _joins_by_pitch(print_rows)
    if joins is None:
        by_fill, by_case = _joins_by_fill(print_rows), _joins_by_case(print_rows)
        joins = [is_full or goes_on_ for is_full, goes_on_ in zip(by_fill, by_case, strict=True)]
    groups = [[0]]
    for number, joined in enumerate(joins, start=1):
        if joined:
            groups[-1].append(number)
        else:
            groups.append([number])
    return groups


def _joins_by_pitch(print_rows: Sequence[PrintRow]) -> list[bool] | None:
    """Whether each row but the first belongs to the one before, by the room between them; None where that is even."""
    heights = [float(np.mean([line.middle for line in row.values()])) for row in print_rows]
    steps = np.diff(heights)
    if len(steps) < 2:
        return None
    low, high = np.percentile(steps, (5, 90))
    if high < WIDER * low:
        return None
    joins = [bool(step < (low + high) / 2) for step in steps]
    column_count = len({column for row in print_rows for column in row})
    joined = [row for row, is_joined in zip(print_rows[1:], joins, strict=True) if is_joined]
    # What is set off may be groups of rows: then the rows within them are whole.
    if sum(len(row) < column_count and not _has_figures(row) for row in joined) < 0.75 * len(joined):
        return None
    return joins


def _joins_by_fill(print_rows: Sequence[PrintRow]) -> list[bool]:
    """Whether each row but the first goes on where lines of the one before filled their columns."""
    columns = {column for row in print_rows for column in row}
    rights = {column: max(row[column].right for row in print_rows if column in row) for column in columns}
    lefts = {column: min(row[column].left for row in print_rows if column in row) for column in columns}
    return [
        0 not in row
        and len(row) < len(columns)
        and not _has_figures(row)
        and all(
            column in before and before[column].right - lefts[column] >= FULL * (rights[column] - lefts[column])
            for column in row
        )
        and any(rights[column] - lefts[column] > 8 * row[column].height for column in row)
        for before, row in pairwise(print_rows)
    ]


def _joins_by_case(print_rows: Sequence[PrintRow]) -> list[bool]:
    """Whether each row but the first begins in small letters throughout, where nearly all cells begin otherwise."""
    count = len({column for row in print_rows for column in row})
    going_on = [
        len(row) < count and set(row) <= set(before) and all(goes_on(line.text) for line in row.values())
        for before, row in zip([{}, *print_rows], print_rows, strict=False)
    ]
    others = [line for row, is_on in zip(print_rows, going_on, strict=True) if not is_on for line in row.values()]
    is_usual = sum(goes_on(line.text) for line in others) > CASUAL * len(others)
    return [is_on and not is_usual for is_on in going_on[1:]]


def _has_figures(row: PrintRow) -> bool:
    return any(is_number(line.text) for line in row.values())
