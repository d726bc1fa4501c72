"""Rows of print in, the columns that white space parts them into out, and what stands in which column.

Edges are in the unit of the lines.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from deepocr_cli.layout.rows import Line

GAP = 0.45
"""The least white space between columns, in line heights."""
CROSSED = 0.2
"""The share of rows that may reach across the white space: headings over several columns, and sums."""
FINENESS = 0.1
"""White space is looked for in steps of this many line heights."""

Column = tuple[float, float]
"""Left and right edge."""


def find_columns(print_rows: Sequence[Sequence[Line]], height: float) -> list[Column]:
    """The columns of rows of print whose lines are `height` high."""
    left = min(line.left for row in print_rows for line in row)
    right = max(line.right for row in print_rows for line in row)
    step = FINENESS * height
    inked = _inked(print_rows, left, right, step)
    gaps = _gaps(inked, len(print_rows))
    edges = [left, *(left + step * edge for gap in gaps for edge in gap), right]
    return [(edges[number], edges[number + 1]) for number in range(0, len(edges), 2)]


def place(line: Line, columns: Sequence[Column]) -> tuple[int, int]:
    """The first column in which a line stands, and the one after the last."""
    within = [number for number, (left, right) in enumerate(columns) if _reaches(line, left, right)]
    if within:
        return within[0], within[-1] + 1
    # What stands in the white space itself is centred over the columns beside it, or sticks out of one.
    after = sum(right <= line.left for _, right in columns)
    if not 0 < after < len(columns):
        return min(after, len(columns) - 1), min(after, len(columns) - 1) + 1
    return after - 1, after + 1


def _reaches(line: Line, left: float, right: float) -> bool:
    """Whether a line stands in a column, and not at its edge alone."""
    overlap = min(line.right, right) - max(line.left, left)
    return overlap > 0.3 * min(line.right - line.left, right - left, 2 * line.height)


def _inked(print_rows: Sequence[Sequence[Line]], left: float, right: float, step: float) -> NDArray[np.int32]:
    """How many rows hold ink at each step across."""
    counts = np.zeros(int((right - left) / step) + 2, dtype=np.int32)
    for row in print_rows:
        own = np.zeros(len(counts), dtype=np.bool_)
        for line in row:
            own[round((line.left - left) / step) : max(1, round((line.right - left) / step))] = True
        counts += own
    return counts


def _gaps(inked: NDArray[np.int32], row_count: int) -> list[tuple[int, int]]:
    """The stretches that no row inks, and those that few ink where they lie apart from the former."""
    least = round(GAP / FINENESS)
    clear = [gap for gap in _stretches(inked == 0) if gap[1] - gap[0] >= least]
    allowed = int(CROSSED * row_count) or int(row_count >= 3)
    crossed = []
    for start, end in _stretches(inked <= allowed):
        if end - start >= least and not any(start < stop and begin < end for begin, stop in clear):
            fewest = inked[start:end].min()
            inner = max(_stretches(inked[start:end] == fewest), key=lambda gap: gap[1] - gap[0])
            if inner[1] - inner[0] >= least:
                crossed.append((start + inner[0], start + inner[1]))
    gaps = [gap for gap in clear + crossed if gap[0] > 0 and gap[1] < len(inked) - 1]
    return sorted(gaps)


def _stretches(is_within: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Where stretches of true begin and end."""
    changes = np.flatnonzero(np.diff(np.r_[False, is_within, False].astype(np.int8)))
    return [(int(start), int(end)) for start, end in zip(changes[::2], changes[1::2], strict=True)]
