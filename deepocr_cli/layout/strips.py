"""Lines of a page in, strips for a small network out: letters of one size, dark on white, a few lines a strip.

A line that is too long for a strip is cut between words. Geometry as in training: letters of the size that the mode
says, their middles on the middles of rows of equal height. Shapes: H and W pixels.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from deepocr_cli.layout.ink_line import InkLine
from deepocr_cli.layout.lines import PageLines
from deepocr_cli.modes import Mode

MIDDLE = 0.3
"""Height of a letter's middle above the baseline, in letter heights (em)."""
ABOVE, BELOW = 0.70, 0.60
"""What is cut out above and below a letter's middle, in letter heights."""
INDENT, MARGIN = 4, 3
"""Pixels of a strip: where rows begin, and the paper on both sides of a row."""
WORD_GAPS = (0.16, 0.4)
"""Narrower gaps are within a word, in letter heights: where letters stand close, and where they stand apart as those
of a typewriter do."""
LETTER_GAPS = 2.5
"""The least gap between words, in gaps between letters."""
LEVEL = 0.002
"""Slopes below this need no shearing."""


@dataclass(frozen=True, slots=True)
class Row:
    """What stands on one row of a strip: line number `line` of the page from `left` to `right`, in its pixels."""

    line: int
    left: float
    right: float
    is_mid_word: bool = False
    """Whether it goes on with a word that the row before had to break off."""


@dataclass(frozen=True, slots=True)
class Strip:
    """A picture of a few rows, from top to bottom."""

    image: Image.Image = field(repr=False)
    rows: tuple[Row, ...]


def cut_rows(lines: Sequence[InkLine], mode: Mode) -> list[Row]:
    """The rows that lines take in the strips of a mode, in the order of the lines."""
    width = (mode.view_size - 2 * INDENT - 2 * MARGIN) / mode.letter_size
    return [row for number, line in enumerate(lines) for row in _cut_line(number, line, width * line.size)]


def draw_strips(page: PageLines, rows: Sequence[Row], mode: Mode, *, are_alone: bool = False) -> list[Strip]:
    """Strips in the shape of the mode's view, with as many rows each as the mode has lines, or with one."""
    step = 1 if are_alone else mode.line_count
    return [_draw_strip(page, tuple(rows[start : start + step]), mode) for start in range(0, len(rows), step)]


def _cut_line(number: int, line: InkLine, room: float) -> Iterator[Row]:
    """The rows of a line, none longer than `room`: as few as it needs, cut at the widest gap that allows so few."""
    gaps = [(end, start) for (_, end), (start, _) in zip(line.inked, line.inked[1:], strict=False)]
    word_gap = _word_gap(gaps, line.size)
    left, is_mid_word = line.left, False
    while line.right - left > room:
        count = math.ceil((line.right - left) / room)
        end, start = _cut(gaps, left, max(0.6 * room, line.right - left - (count - 1) * room), room, word_gap)
        yield Row(number, left, end, is_mid_word)
        left, is_mid_word = start, start - end < word_gap
    yield Row(number, left, line.right, is_mid_word)


def _word_gap(gaps: Sequence[tuple[int, int]], size: float) -> float:
    """The least gap between words of a line whose letters are `size` pixels high."""
    least, most = (share * size for share in WORD_GAPS)
    usual = float(np.median([start - end for end, start in gaps] or [0]))
    return max(least, min(most, LETTER_GAPS * usual))


def _cut(
    gaps: Sequence[tuple[int, int]], left: float, least: float, room: float, word_gap: float
) -> tuple[float, float]:
    """The gap to cut at between `least` and `room` pixels from `left`; letters are cut only where there is none."""
    for nearest in (least, 0.5 * room, 0.1 * room):
        within = [gap for gap in gaps if left + nearest <= gap[0] <= left + room]
        widest = max(within, key=lambda gap: (gap[1] - gap[0], gap[0]), default=None)
        if widest is not None and (widest[1] - widest[0] >= word_gap or nearest == 0.1 * room):
            return widest
    return left + room, left + room


def _draw_strip(page: PageLines, rows: tuple[Row, ...], mode: Mode) -> Strip:
    width, height = mode.view_shape
    canvas = np.full((height, width), 255, dtype=np.uint8)
    pitch = height / mode.line_count
    for place, row in enumerate(rows):
        picture, middle = _draw_row(page, page.lines[row.line], row, mode.letter_size, pitch)
        _darken(canvas, picture, round((place + 0.5) * pitch - middle))
    return Strip(Image.fromarray(canvas), rows)


def _draw_row(
    page: PageLines, line: InkLine, row: Row, letter_size: float, pitch: float
) -> tuple[NDArray[np.uint8], float]:
    """A row's picture at the size of a strip, and the height of its letters' middle in it."""
    scale = letter_size / line.size
    above, below = (min(pitch / 2 / scale, share * line.size) for share in (ABOVE, BELOW))
    left, right = row.left - MARGIN / scale, row.right + MARGIN / scale
    top = line.baseline - MIDDLE * line.size - above + page.slope * (left + right) / 2
    frame = (left, top, right, top + above + below)
    picture = _crop(page, frame)
    size = (max(1, round((right - left) * scale)), max(1, round((above + below) * scale)))
    return np.asarray(picture.resize(size, Image.Resampling.BICUBIC), dtype=np.uint8), above * scale


def _crop(page: PageLines, frame: tuple[float, float, float, float]) -> Image.Image:
    """What is within a frame (left, top, right, bottom), made level, dark on white in full contrast."""
    left, top, right, bottom = frame
    tilt = abs(page.slope) * (right - left) / 2
    outer = (math.floor(left) - 1, math.floor(top - tilt) - 1, math.ceil(right) + 1, math.ceil(bottom + tilt) + 1)
    print_ = Image.fromarray(full_contrast(_window(page.ink.paper, outer), _window(page.ink.grey, outer)))
    size = (max(1, round(right - left)), max(1, round(bottom - top)))
    stretch = ((right - left) / size[0], (bottom - top) / size[1])
    slope = page.slope if abs(page.slope) > LEVEL else 0.0
    offset = top - outer[1] - slope * (right - left) / 2
    matrix = (stretch[0], 0.0, left - outer[0], slope * stretch[0], stretch[1], offset)
    return print_.transform(size, Image.Transform.AFFINE, matrix, Image.Resampling.BICUBIC, fillcolor=255)


def full_contrast(paper: NDArray[np.uint8], grey: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Print as it differs from its paper: black on white, whichever was the darker."""
    depth = paper.astype(np.int16) - grey
    darkest, lightest = np.percentile(depth, 98.5), -np.percentile(depth, 1.5)
    if lightest > 1.5 * darkest:
        depth, darkest = -depth, lightest
    gain = 240 / min(240.0, max(30.0, float(darkest)))
    return np.asarray(np.clip(255 - gain * depth, 0, 255), dtype=np.uint8)


def _window(pixels: NDArray[np.uint8], frame: tuple[int, int, int, int]) -> NDArray[np.uint8]:
    """Pixels within left, top, right, bottom; beyond the page its edge goes on."""
    left, top, right, bottom = frame
    rows = np.clip(np.arange(top, bottom), 0, pixels.shape[0] - 1)
    columns = np.clip(np.arange(left, right), 0, pixels.shape[1] - 1)
    return np.asarray(pixels[np.ix_(rows, columns)], dtype=np.uint8)


def _darken(canvas: NDArray[np.uint8], picture: NDArray[np.uint8], top: int) -> None:
    """Lay a row over the canvas, the darker pixel wins; what lies beyond is cut off."""
    above = max(0, -top)
    height = min(picture.shape[0], canvas.shape[0] - top)
    width = min(picture.shape[1], canvas.shape[1] - INDENT)
    part = canvas[top + above : top + height, INDENT : INDENT + width]
    np.minimum(part, picture[above:height, :width], out=part)
