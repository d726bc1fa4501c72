"""The lines of a page in, where formulas may be displayed out: what stands between lines of prose, off its margins.

Whether a place has a formula is not known here; it may be a short line of words.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from deepocr_cli.layout.ink_line import InkLine
from deepocr_cli.layout.lines import PageLines

PROSE_WIDTH = 12
"""Lines of prose are mostly at least so wide, in letter heights (em)."""
ALIKE = 0.7
"""Lines whose ends differ by no more than this, in the same unit, end at one margin."""
FEWEST_LINES = 3
"""So many lines make a column."""
BEYOND = 2
"""Lines of a column reach no further beyond its margins, in the same unit."""
INDENT = 1.4
"""A display keeps off the margin of its column by so much, in the same unit."""
ROW_GAP = 0.45
"""Bare paper so high parts two formulas that stand below one another, in the same unit."""
LEAST_ROOM = 1.2
"""From a line of prose to the next, where a formula may stand between, in the same unit."""
NUMBER_WIDTH = 5
"""The number of a formula is not as wide, in the same unit."""
PAPER = 0.25
"""Paper around a formula, in the same unit: less than is between it and other lines."""
STEEPEST = 0.012
"""Where baselines fall by more than this for a pixel across, the lines above and below reach into a straight box."""
TALLEST, WIDEST = 6.5, 19
"""Higher or wider formulas have no room in a view, in the same unit."""


@dataclass(frozen=True, slots=True)
class Display:
    """Where a formula may stand: its box in pixels of the page with a little paper around it, the left and right edges
    of its column, the page's lines in it by number, its letter height (em).

    `tag` is the line of its number, if it has one.
    """

    box: tuple[int, int, int, int]
    column: tuple[float, float]
    lines: tuple[int, ...]
    letter_size: float
    tag: int | None = None


@dataclass(frozen=True, slots=True)
class _Column:
    left: float
    right: float
    size: float
    prose: tuple[tuple[float, float], ...] = field(repr=False)
    """Top and bottom of its lines of prose, from the top."""


def find_displays(page: PageLines) -> list[Display]:
    """The places between lines of prose, from top to bottom in each column; none on a slanted page."""
    if abs(page.slope) > STEEPEST:
        return []
    return [display for column in _columns(page.lines) for display in _displays(page, column)]


def _columns(lines: Sequence[InkLine]) -> Iterator[_Column]:
    """The columns of prose: lines that begin at one margin, and what ends where they end."""
    wide = [line for line in lines if line.right - line.left > PROSE_WIDTH * line.size]
    while wide:
        size = float(np.median([line.size for line in wide]))
        counts = [sum(abs(other.left - line.left) < ALIKE * size for other in wide) for line in wide]
        best = int(np.argmax(counts))
        if counts[best] < FEWEST_LINES:
            return
        own = [line for line in wide if abs(line.left - wide[best].left) < ALIKE * size]
        left, right = (
            float(np.percentile([getattr(line, end) for line in own], share))
            for end, share in (("left", 30), ("right", 85))
        )
        size = float(np.median([line.size for line in own]))
        inside = [line for line in lines if line.left > left - BEYOND * size and line.right < right + BEYOND * size]
        prose = [line for line in inside if _is_prose(line, left, right, size)]
        spans = sorted((line.baseline - 0.75 * line.size, line.baseline + 0.25 * line.size) for line in prose)
        yield _Column(left, right, size, tuple(spans))
        wide = [line for line in wide if line.right < left or line.left > right]


def _is_prose(line: InkLine, left: float, right: float, size: float) -> bool:
    """Whether a line is at a margin of its column, and no number of a formula."""
    if line.left < left + INDENT * size:
        return True
    return line.right > right - ALIKE * size and line.right - line.left > NUMBER_WIDTH * size


def _displays(page: PageLines, column: _Column) -> Iterator[Display]:
    for (_, top), (bottom, _) in zip(column.prose, column.prose[1:], strict=False):
        if bottom - top > LEAST_ROOM * column.size:
            for first, last in _rows(page, column, round(top), round(bottom)):
                display = _display(page, column, first, last)
                if display is not None:
                    yield display


def _rows(page: PageLines, column: _Column, top: int, bottom: int) -> Iterator[tuple[int, int]]:
    """Heights (level, from and to) of what stands between two heights, parted by bare paper."""
    left, right = round(column.left + INDENT * column.size), round(column.right)
    fall = round(page.slope * (left + right) / 2)
    is_inked = np.asarray(page.ink.mask[top + fall : bottom + fall, left:right].any(axis=1))
    for height, start, end in page.rules.across:
        # Rules were wiped from the ink, and hold the two sides of a fraction together.
        if top <= height < top + len(is_inked) and start < right and end > left:
            is_inked[int(height) - top] = True
    inked = np.flatnonzero(is_inked) + top
    if len(inked):
        gaps = np.flatnonzero(np.diff(inked) > ROW_GAP * column.size)
        starts, ends = inked[np.r_[0, gaps + 1]], inked[np.r_[gaps, len(inked) - 1]] + 1
        yield from zip(starts.tolist(), ends.tolist(), strict=True)


def _display(page: PageLines, column: _Column, top: int, bottom: int) -> Display | None:
    """What stands between two heights, its number taken off, if a view has room for it."""
    size = column.size
    own = [number for number, line in enumerate(page.lines) if _is_within(line, column, top, bottom)]
    tag = next((number for number in own if _is_number(page.lines[number], column)), None)
    left, right = round(column.left - size / 2), round(column.right + size if tag is None else page.lines[tag].left) - 2
    fall = round(page.slope * (left + right) / 2)
    inked = np.flatnonzero(page.ink.mask[top + fall : bottom + fall, max(0, left) : right].any(axis=0)) + max(0, left)
    if not len(inked):
        return None
    start, end = int(inked[0]), int(inked[-1]) + 1
    is_off = start > column.left + INDENT * size and end < column.right - INDENT * size
    if not is_off or bottom - top > TALLEST * size or end - start > WIDEST * size:
        return None
    paper = round(PAPER * size)
    box = (start - paper, top + fall - paper, end + paper, bottom + fall + paper)
    return Display(box, (column.left, column.right), tuple(number for number in own if number != tag), size, tag)


def _is_within(line: InkLine, column: _Column, top: float, bottom: float) -> bool:
    size = column.size
    is_beside = column.left - BEYOND * size < line.left and line.right < column.right + BEYOND * size
    return is_beside and top - 0.2 * size < line.baseline < bottom + 0.3 * size


def _is_number(line: InkLine, column: _Column) -> bool:
    return line.right > column.right - ALIKE * column.size and line.right - line.left < NUMBER_WIDTH * column.size


def is_formula(text: str) -> bool:
    """Whether LaTeX with its delimiters has a relation, a script or a large sign in it, and no words."""
    return _SIGN.search(text) is not None and _WORD.search(_COMMAND.sub(" ", text)) is None


_COMMAND = re.compile(r"\\(?:mathrm|text)\{[^{}]*\}|\\[A-Za-z]+")
_WORD = re.compile(r"[A-Za-z]{4,}")
_SIGN = re.compile(r"[=<>^_]|\\(?:frac|sqrt|sum|prod|int|lim|leq?|geq?|neq?|approx|sim|in|to|rightarrow)\b")
