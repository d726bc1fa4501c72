"""Rows of print in, the columns that white space parts them into out, and what stands in which column.

Edges are in the unit of the lines.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from deepocr_cli.layout.rows import Line

GAP = 0.45
"""The least white space between columns, in line heights."""
CROSSED = 0.25
"""The share of rows that may reach across the white space: headings over several columns, and sums."""
FINENESS = 0.1
"""White space is looked for in steps of this many line heights."""
LEAST = round(GAP / FINENESS)

Column = tuple[float, float]
"""Left and right edge."""


def find_columns(print_rows: Sequence[Sequence[Line]], height: float) -> list[Column]:
    """The columns of rows of print whose lines are `height` high."""
    left = min(line.left for row in print_rows for line in row)
    right = max(line.right for row in print_rows for line in row)
    step = FINENESS * height
    gaps = _gaps(_inked(print_rows, left, right, step), [len(row) for row in print_rows])
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


def _inked(print_rows: Sequence[Sequence[Line]], left: float, right: float, step: float) -> NDArray[np.bool_]:
    """Where each of R rows holds ink, at S steps across: (R, S)."""
    inked = np.zeros((len(print_rows), int((right - left) / step) + 2), dtype=np.bool_)
    for own, row in zip(inked, print_rows, strict=True):
        for line in row:
            own[round((line.left - left) / step) : max(1, round((line.right - left) / step))] = True
    return inked


def _gaps(inked: NDArray[np.bool_], piece_counts: Sequence[int]) -> list[tuple[int, int]]:
    """The white stretches of rows (R, S) of so many pieces each: those of rows with many pieces, across which a few of
    the other rows may reach."""
    allowed = int(CROSSED * len(inked)) or int(len(inked) >= 3)
    gaps = []
    for start, end in _white(inked[np.array(piece_counts) >= np.median(piece_counts)]):
        within = inked[:, start:end]
        # The rows that fill most of the stretch are those that reach across it.
        within = within[np.argsort(within.sum(axis=1), kind="stable")]
        clear = next(filter(None, (_longest(_is_white(within[: len(within) - few])) for few in range(allowed + 1))), [])
        gaps += [(start + first, start + last) for first, last in clear]
    return gaps


def _white(inked: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """The stretches within rows (R, S) that no row inks."""
    is_white = _is_white(inked)
    gaps = [gap for gap in _stretches(is_white) if gap[1] - gap[0] >= LEAST]
    return [gap for gap in gaps if not is_white[: gap[0]].all() and not is_white[gap[1] :].all()]


def _longest(is_white: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """The longest white stretch (S), if it is wide enough."""
    longest = max(_stretches(is_white), key=lambda gap: gap[1] - gap[0], default=(0, 0))
    return [longest] if longest[1] - longest[0] >= LEAST else []


def _is_white(inked: NDArray[np.bool_]) -> NDArray[np.bool_]:
    return np.asarray(~inked.any(axis=0), dtype=np.bool_)


def _stretches(is_within: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Where stretches of true begin and end."""
    changes = np.flatnonzero(np.diff(np.r_[False, is_within, False].astype(np.int8)))
    return [(int(start), int(end)) for start, end in zip(changes[::2], changes[1::2], strict=True)]
