"""Lines of print and the pieces of ink on a page in, the same lines out, those marked at which a bullet stands.

No reader of lines is asked for a bullet: it is as small as dust, and stands apart from its line. Shapes: N pieces.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from deepocr_cli.layout.ink_line import InkLine

SMALLEST, LARGEST = 0.12, 0.42
"""How wide and high a bullet is, in letter heights (em)."""
LONGEST = 1.6
"""How many times as wide as high it may be, or the other way round."""
LOWEST, HIGHEST = 0.14, 0.5
"""How far above the baseline its middle stands, in letter heights."""
NEAREST, FARTHEST = 0.25, 2.6
"""How far before the line it stands, in letter heights."""
ALONE = 1.5
"""So far before it there is nothing, in letter heights."""
FLUSH = 0.3
"""Bullets of one list stand below one another, within this many letter heights; a single one is dust."""
FEWEST = 2


def mark_bullets(lines: Sequence[InkLine], boxes: NDArray[np.float64], slope: float) -> list[InkLine]:
    """The lines, from where their words begin; `boxes` (N, 4) are the pieces of ink as on a level page."""
    bullets = [_bullet(line, boxes) for line in lines]
    places = [
        None if bullet is None else bullet[0] + slope * line.baseline
        for bullet, line in zip(bullets, lines, strict=True)
    ]
    found, alone = [], set()
    for line, bullet, place in zip(lines, bullets, places, strict=True):
        is_one = bullet is not None and _count(places, place, line.size) >= FEWEST
        if bullet is not None and is_one:
            alone.add((float(bullet[0]), float(bullet[2])))
        found.append(_after(line, bullet) if bullet is not None and is_one else line)
    return [line for line in found if (line.left, line.right) not in alone]


def _bullet(line: InkLine, boxes: NDArray[np.float64]) -> NDArray[np.float64] | None:
    """The box of the bullet before a line, or at its beginning; None where there is none."""
    left, top, right, bottom = boxes.T / line.size
    width, height, baseline, start = right - left, bottom - top, line.baseline / line.size, line.left / line.size
    rise = baseline - (top + bottom) / 2
    is_beside = (rise > -0.3) & (rise < 0.8)
    is_small = (np.minimum(width, height) > SMALLEST) & (np.maximum(width, height) < LARGEST)
    is_round = np.maximum(width, height) < LONGEST * np.minimum(width, height)
    is_near = is_beside & (left > start - FARTHEST) & (left < start + 0.1)
    found = np.flatnonzero(is_near & is_small & is_round & (rise > LOWEST) & (rise < HIGHEST))
    if not len(found):
        return None
    first = found[np.argmin(left[found])]
    next_ = min((after for after, _ in line.inked if after > boxes[first, 2]), default=np.inf) / line.size
    is_other = is_beside & (left < right[first] + NEAREST) & (right > left[first] - ALONE)
    return None if is_other.sum() > 1 or next_ - right[first] > FARTHEST else np.asarray(boxes[first])


def _count(places: Sequence[float | None], place: float | None, size: float) -> int:
    """How many bullets stand about at a place across the page."""
    return sum(other is not None and place is not None and abs(other - place) < FLUSH * size for other in places)


def _after(line: InkLine, bullet: NDArray[np.float64]) -> InkLine:
    inked = tuple(stretch for stretch in line.inked if stretch[0] >= bullet[2])
    return replace(line, left=float(inked[0][0]), inked=inked, has_bullet=True)
