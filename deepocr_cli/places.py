"""Places on a page: boxes, and how a page that was brought upright is related to the page as it was given."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

Point = tuple[float, float]
Size = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle as fractions of the page's width and height, 0 <= left <= right <= 1, origin top left."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def width(self) -> float:
        return self.right - self.left

    @property
    def height(self) -> float:
        return self.bottom - self.top


def box_within(edges: tuple[float, float, float, float], width: float, height: float) -> Box:
    """The left, top, right and bottom edges of something as fractions of a page of that size."""
    left, top, right, bottom = edges
    return Box(_clip(left / width), _clip(top / height), _clip(right / width), _clip(bottom / height))


def holds(outer: Sequence[float], inner: Sequence[float]) -> bool:
    """Whether the centre of one rectangle lies in another; both are left, top, right, bottom."""
    across, down = (inner[0] + inner[2]) / 2, (inner[1] + inner[3]) / 2
    return outer[0] <= across < outer[2] and outer[1] <= down < outer[3]


@dataclass(frozen=True, slots=True)
class Turn:
    """What brings a page upright: `quarter_turns` clockwise (0 to 3), then a few `degrees` clockwise for its skew."""

    quarter_turns: int = 0
    degrees: float = 0.0

    @property
    def is_needed(self) -> bool:
        return self != Turn()


@dataclass(frozen=True, slots=True)
class Righting:
    """A page that was turned about its centre: how, and its width and height in pixels before and after.

    Without skew, boxes are carried exactly. With skew, a box on one page is a slanted rectangle on the other, and what
    comes out is the box that encloses it, cut to the page: there and back, a box grows and never shrinks.
    """

    turn: Turn
    given_size: Size
    upright_size: Size

    def to_given(self, box: Box) -> Box:
        """The place on the page as it was given of a `box` on the upright page."""
        width, height = self.quarter_turned_size
        box = _carry(box, self.upright_size, (width, height), -self.turn.degrees)
        return turned_by_quarters(box, -self.turn.quarter_turns)

    def to_upright(self, box: Box) -> Box:
        """The place on the upright page of a `box` on the page as it was given."""
        box = turned_by_quarters(box, self.turn.quarter_turns)
        return _carry(box, self.quarter_turned_size, self.upright_size, self.turn.degrees)

    @property
    def quarter_turned_size(self) -> Size:
        """Width and height of the given page after its quarter turns and before its skew was taken out."""
        width, height = self.given_size
        return (height, width) if self.turn.quarter_turns % 2 else (width, height)


def turned_by_quarters(box: Box, quarters: int) -> Box:
    """The place of a box on the page after that was turned clockwise by so many quarters; exact."""
    match quarters % 4:
        case 1:
            return Box(1 - box.bottom, box.left, 1 - box.top, box.right)
        case 2:
            return Box(1 - box.right, 1 - box.bottom, 1 - box.left, 1 - box.top)
        case 3:
            return Box(box.top, 1 - box.right, box.bottom, 1 - box.left)
        case _:
            return box


def turned_extent(points: Iterable[Point], degrees: float) -> tuple[float, float]:
    """How far points, told from the centre that they are turned about, reach to a side and up or down when turned."""
    turned = [_turned(point, degrees) for point in points]
    return max((abs(x) for x, _ in turned), default=0.0), max((abs(y) for _, y in turned), default=0.0)


def _carry(box: Box, before: Size, after: Size, degrees: float) -> Box:
    """The box that encloses `box` when a page of size `before` is turned clockwise onto one of size `after`."""
    if degrees == 0:
        return box
    corners = ((x, y) for x in (box.left, box.right) for y in (box.top, box.bottom))
    turned = [_turned(((x - 0.5) * before[0], (y - 0.5) * before[1]), degrees) for x, y in corners]
    across = [_clip(x / after[0] + 0.5) for x, _ in turned]
    down = [_clip(y / after[1] + 0.5) for _, y in turned]
    return Box(min(across), min(down), max(across), max(down))


def _turned(point: Point, degrees: float) -> Point:
    """A point turned clockwise about the origin, y pointing down."""
    cosine, sine = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    x, y = point
    return x * cosine - y * sine, x * sine + y * cosine


def _clip(fraction: float) -> float:
    return min(1.0, max(0.0, fraction))
