"""Lines of text with their boxes in, regions in reading order out: columns first, then lines.

The page is cut along gutters, tall empty strips with text columns on both sides. What lies above a gutter is read
first, then its left side, its right side, and what lies below; each part is cut again in the same way. Strips
between the cells of a table are no gutters, so that a table is read row by row.
"""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import median
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deepocr_cli.layout.prose import is_number, is_prose
from deepocr_cli.layout.rows import Line, row_text, rows

Floats = NDArray[np.float64]
Booleans = NDArray[np.bool_]

GUTTER_WIDTH = 0.2
"""The least width of a gutter, in line heights."""
FEWEST_ROWS = 3
"""Of two sides whose rows stand beside each other: fewer are words of a line with wide gaps."""
FEWEST_APART, STRAY_SHARE = 6, 0.25
"""So many rows on either side, of which no more than this share happen to stand beside one another, are two columns
whatever is in them."""
SPARSE = 0.25
"""Lines that fill less of their side's height are terms or notes beside a text, and no column of their own."""

MARGIN = 0.12
"""Running heads and feet lie within this share of the page's height."""
MARGIN_GAP = 1.2
"""What sets a running head off from the text, in line heights."""


@dataclass(frozen=True, slots=True)
class Gutter:
    """An empty strip, and the stretch of the page over which it is empty."""

    centre: float
    top: float
    bottom: float
    crowded: float
    """The height of what stands in its way all the same: a caption that both columns flow around."""


def read_regions(lines: Sequence[Line], height: float) -> list[list[list[Line]]]:
    """The rows of every region of a page of `height`, in reading order: the running head, the columns, the foot."""
    head, body, foot = _margins(lines, height)
    return [rows(region) for region in [head, *order_regions(body), foot] if region]


def order_regions(lines: Sequence[Line]) -> list[list[Line]]:
    """The lines in groups that need no further cut, in reading order."""
    gutter = find_gutter(lines)
    if gutter is None:
        return [list(lines)] if lines else []
    above = [line for line in lines if line.middle < gutter.top]
    below = [line for line in lines if line.middle > gutter.bottom]
    left, right = _sides(sorted(lines, key=_middle), gutter)
    return [region for part in (above, left, right, below) for region in order_regions(part)]


def find_gutter(lines: Sequence[Line]) -> Gutter | None:
    """The strip with the longest columns on both sides, of several the tallest: a column may go on below its neighbour.

    None where the lines are one column or a table.
    """
    if len(lines) < 4:
        return None
    width = GUTTER_WIDTH * median(line.height for line in lines)
    lines = sorted(lines, key=_middle)
    edges = _Edges.of(lines)
    islands = _islands(edges)
    strips = _unlike(
        lines,
        [strip for edge in {line.right for line in lines} for strip in _strips(edges, islands, edge, edge + width)],
    )
    lengths = {strip: _common_height(edges, strip) - 2 * strip.crowded for strip in strips}
    candidates = sorted(
        (strip for strip in strips if lengths[strip] > 0),
        key=lambda strip: (-lengths[strip], strip.top - strip.bottom, strip.centre),
    )
    return next((strip for strip in candidates if _parts_columns(*_sides(lines, strip))), None)


# ------------------------------------------------------------------------------------------------ margins


def _margins(lines: Sequence[Line], height: float) -> tuple[list[Line], list[Line], list[Line]]:
    """The running head, the body and the foot: rows near an edge of the page and set off from the rest."""
    page_rows = rows(lines)
    head = _set_off(page_rows, [line.bottom < MARGIN * height for line, *_ in page_rows])
    foot = _set_off(page_rows[::-1], [line.top > (1 - MARGIN) * height for line, *_ in page_rows[::-1]])
    outside = {line for row in head + foot for line in row}
    body = [line for line in lines if line not in outside]
    return [line for row in head for line in row], body, [line for row in foot[::-1] for line in row]


def _set_off(page_rows: Sequence[list[Line]], is_marginal: Sequence[bool]) -> list[list[Line]]:
    """The first one or two rows if they are marginal and a gap follows them; otherwise none."""
    for count in (1, 2):
        if count >= len(page_rows) or not is_marginal[count - 1]:
            break
        inner = [line for row in page_rows[count:] for line in row]
        outer = [line for row in page_rows[:count] for line in row]
        gap = max(
            min(line.top for line in inner) - max(line.bottom for line in outer),
            min(line.top for line in outer) - max(line.bottom for line in inner),
        )
        if gap > MARGIN_GAP * median(line.height for line in outer):
            return list(page_rows[:count])
    return []


# ------------------------------------------------------------------------------------------------ gutters


@dataclass(frozen=True, slots=True)
class _Edges:
    """The edges of lines as arrays (N,), by the height of their middles: a newspaper's page has 2,000 lines."""

    left: Floats
    top: Floats
    right: Floats
    bottom: Floats

    @staticmethod
    def of(lines: Sequence[Line]) -> "_Edges":
        return _Edges(*np.array([(line.left, line.top, line.right, line.bottom) for line in lines]).T)

    def at(self, chosen: NDArray[Any] | slice) -> "_Edges":
        return _Edges(self.left[chosen], self.top[chosen], self.right[chosen], self.bottom[chosen])

    @property
    def middle(self) -> Floats:
        return (self.top + self.bottom) / 2

    def share_baseline_with(self, place: int) -> Booleans:
        """For each line (N,) whether it and the one at `place` stand in one row; `shares_baseline` of many."""
        overlaps = np.minimum(self.bottom, self.bottom[place]) - np.maximum(self.top, self.top[place])
        heights = self.bottom - self.top
        return np.asarray(overlaps > 0.5 * np.minimum(heights, heights[place]))


def _islands(edges: _Edges) -> Booleans:
    """For each line (N,) whether text stands on both sides of it; a headline over two columns has none."""
    found = []
    for place, (left, right) in enumerate(zip(edges.left, edges.right, strict=True)):
        beside = edges.share_baseline_with(place)
        found.append(beside[edges.right <= left].any() and beside[edges.left >= right].any())
    return np.array(found)


def _strips(edges: _Edges, islands: Booleans, left: float, right: float) -> list[Gutter]:
    """The stretches over which the strip from `left` to `right` is empty but for islands."""
    crossing = np.flatnonzero((edges.left < right) & (edges.right > left))
    crossing = crossing[np.argsort(edges.top[crossing], kind="stable")]
    stretches = zip(*(found[crossing].tolist() for found in (edges.top, edges.bottom, islands)), strict=True)
    top, crowded = float(edges.top.min()), 0.0
    strips = []
    for start, end, is_island in [*stretches, (float(edges.bottom.max()), math.inf, False)]:
        if is_island:
            crowded += end - start
            continue
        if start > top:
            strips.append(Gutter((left + right) / 2, top, start, crowded))
        top, crowded = max(top, end), 0.0
    return strips


def _unlike(lines: Sequence[Line], strips: Sequence[Gutter]) -> list[Gutter]:
    """Of strips with the same lines on both sides the leftmost."""
    middles = sorted((line.left + line.right) / 2 for line in lines)
    unlike: dict[tuple[float, float, float, int], Gutter] = {}
    for strip in sorted(strips, key=lambda strip: strip.centre):
        unlike.setdefault((strip.top, strip.bottom, strip.crowded, bisect_right(middles, strip.centre)), strip)
    return list(unlike.values())


def _sides(lines: Sequence[Line], gutter: Gutter) -> tuple[list[Line], list[Line]]:
    """Of lines by the height of their middles those left and right of a gutter."""
    beside = lines[bisect_left(lines, gutter.top, key=_middle) : bisect_right(lines, gutter.bottom, key=_middle)]
    left = [line for line in beside if line.left + line.right <= 2 * gutter.centre]
    return left, [line for line in beside if line.left + line.right > 2 * gutter.centre]


def _common_height(edges: _Edges, gutter: Gutter) -> float:
    """How far down the page the sides of a gutter stand beside each other; 0 where one has fewer than two rows."""
    middles = edges.middle
    first, after = np.searchsorted(middles, gutter.top), np.searchsorted(middles, gutter.bottom, "right")
    beside = edges.at(slice(first, after))
    is_left = beside.left + beside.right <= 2 * gutter.centre
    if is_left.all() or not is_left.any():
        return 0.0
    sides = [beside.at(is_left), beside.at(~is_left)]
    top, bottom = max(side.top.min() for side in sides), min(side.bottom.max() for side in sides)
    common = (side.at((top <= side.middle) & (side.middle <= bottom)) for side in sides)
    return float(bottom - top) if all(map(_has_rows, common)) else 0.0


def _has_rows(side: _Edges) -> bool:
    """Whether lines stand in two rows or more; see `rows`."""
    return len(side.top) > 1 and not side.share_baseline_with(int(np.lexsort((side.left, side.middle))[0])).all()


def _parts_columns(left: Sequence[Line], right: Sequence[Line]) -> bool:
    """Whether two sides are columns to be read one after the other, not cells of common rows."""
    sides = rows(left), rows(right)
    are_prose, densities = [_is_prose(side) for side in sides], [_density(side) for side in sides]
    if min(densities) < SPARSE and not all(are_prose):
        return False
    aligned = _aligned_share(*sides)
    if aligned < 0.5:
        is_apart = aligned < STRAY_SHARE and min(map(len, sides)) >= FEWEST_APART
        return any(are_prose) or max(densities) > 0.8 or is_apart
    return min(map(len, sides)) >= FEWEST_ROWS and all(are_prose)


def _is_prose(side: Sequence[list[Line]]) -> bool:
    """Whether the rows of a side are running text, also where lines were spaced out until they fell to pieces."""
    lines = [line for row in side for line in row]
    if is_prose(lines):
        return True
    joined = [replace(row[0], text=row_text(row), right=row[-1].right) for row in side]
    return not any(is_number(line.text) for line in lines) and is_prose(joined)


def _density(side: Sequence[list[Line]]) -> float:
    """The share of a side's height that its rows fill."""
    lines = [line for row in side for line in row]
    filled = sum(max(line.height for line in row) for row in side)
    return filled / (max(line.bottom for line in lines) - min(line.top for line in lines))


def _aligned_share(left: Sequence[list[Line]], right: Sequence[list[Line]]) -> float:
    """The share of the shorter side's rows that stand on the same baseline as a row of the other side."""
    fewer, more = sorted((left, right), key=len)
    heights = [np.array([_row_middle(row) for row in side]) for side in (fewer, more)]
    tolerance = 0.3 * median(line.height for row in fewer for line in row)
    return float((np.abs(heights[0][:, None] - heights[1]) <= tolerance).any(axis=1).mean())


# ------------------------------------------------------------------------------------------------ rows


def _middle(line: Line) -> float:
    return line.middle


def _row_middle(row: Sequence[Line]) -> float:
    return sum(line.middle for line in row) / len(row)
