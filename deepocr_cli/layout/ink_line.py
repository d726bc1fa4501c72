"""A line of print as it stands on a page."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class InkLine:
    """A run of print on one baseline, in pixels of the page.

    On a slanted page `top`, `bottom` and `baseline` are heights at the page's left edge. `size` is the letter height
    (em). `inked` are the stretches across that hold ink, left to right.
    `stroke` is how thick its letters' strokes are, `pitch` how far apart letters that are all equally wide; a
    bullet before it is no part of it.
    """

    left: float
    top: float
    right: float
    bottom: float
    baseline: float
    size: float
    inked: tuple[tuple[int, int], ...] = field(repr=False)
    stroke: float | None = None
    pitch: float | None = None
    has_bullet: bool = False
