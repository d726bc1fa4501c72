"""A PDF page in, what is drawn on it beside its lines and begins them out: the bullets of lists, and check boxes."""

import math
from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

BULLET, EMPTY, TICKED = "•", "☐", "☑"
LEAST_BOX, GREATEST_BOX = 0.6, 1.5
"""How wide a check box is, in font sizes of the line beside it; bullets are smaller."""
LARGEST = 24
"""Points that a mark is wide at most."""
FARTHEST = 1.6
"""How far before its line a bullet begins and a box ends, in font sizes."""
_PIXELS_PER_POINT = 4
_GROUND = 0.5
"""Points around a mark that are looked at as well."""
_FRAME, _CORNER = 0.25, 0.15
"""The share of a box at each of its sides that is its frame, or its corner; a circle has no ink in one."""
_CONTRAST = 48
"""Levels of grey between what is drawn and its ground."""
_DARK = 128

Edges = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class DrawnMarks:
    """What is drawn as small as a bullet or a check box and as wide as high, edges in points, from top to bottom.

    `page` is that of pymupdf, without rotation.
    """

    marks: tuple[Edges, ...]
    page: Any = field(repr=False)

    def before(self, box: Edges, size: float) -> str | None:
        """The sign of the mark that stands before a line of letters of this size in points; None without one."""
        for left, top, right, bottom in self._beside(box):
            height = bottom - top
            is_box = LEAST_BOX * size < height < GREATEST_BOX * size
            nearest = right if is_box else left
            if not box[0] - FARTHEST * size < nearest <= right < box[0] + 0.1 * size:
                continue
            if is_box and (sign := self._box((left, top, right, bottom))):
                return sign
            if height < size and left > box[0] - FARTHEST * size:
                return BULLET
        return None

    def hold(self, box: Edges) -> bool:
        """Whether the middle of something is within a mark, as the letter is that ticks a check box."""
        across, down = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
        return any(left < across < right and top < down < bottom for left, top, right, bottom in self._beside(box))

    def _beside(self, box: Edges) -> tuple[Edges, ...]:
        # A map has ten thousand of both.
        first, last = bisect_right(self.marks, box[1], key=_middle), bisect_left(self.marks, box[3], key=_middle)
        return self.marks[first:last]

    def _box(self, mark: Edges) -> str | None:
        """A box that is empty or ticked, as a reader sees it; None for what is filled or round, as bullets are."""
        grey = self._grey(mark)
        corner, inset = math.ceil(_CORNER * len(grey)), math.ceil(_FRAME * len(grey))
        corners = [grey[down, across] for down in _ends(corner) for across in _ends(corner)]
        if min(np.ptp(piece) for piece in corners) < _CONTRAST:
            return None
        inner = grey[inset:-inset, inset:-inset]
        if np.ptp(inner) > _CONTRAST:
            return TICKED
        return None if inner.mean() < _DARK else EMPTY

    def _grey(self, mark: Edges) -> NDArray[np.int64]:
        """The pixels (height, width) of a mark, with a little of the ground around it."""
        import pymupdf

        matrix = pymupdf.Matrix(_PIXELS_PER_POINT, _PIXELS_PER_POINT)
        left, top, right, bottom = mark
        around = pymupdf.Rect(left - _GROUND, top - _GROUND, right + _GROUND, bottom + _GROUND)
        pixels = self.page.get_pixmap(matrix=matrix, clip=around, colorspace=pymupdf.csGRAY)
        return np.frombuffer(pixels.samples, np.uint8).astype(np.int64).reshape(pixels.height, pixels.width)


def _ends(count: int) -> tuple[slice, slice]:
    return slice(None, count), slice(-count, None)


def read_marks(page: Any) -> DrawnMarks:
    """The marks of a pymupdf page."""
    drawn = (box for kind, box in page.get_bboxlog() if kind in ("fill-path", "stroke-path"))
    return DrawnMarks(tuple(sorted(filter(_is_mark, drawn), key=_middle)), page)


def _is_mark(box: Edges) -> bool:
    width, height = box[2] - box[0], box[3] - box[1]
    return 1 < height < LARGEST and abs(width - height) < 0.6


def _middle(mark: Edges) -> float:
    return (mark[1] + mark[3]) / 2
