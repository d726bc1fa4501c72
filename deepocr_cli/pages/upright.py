"""A page in, the same page upright out, with how it was turned: what lies on its side, on its head or askew is righted.

A text layer that can be trusted says it by the direction of its letters. Otherwise the pixels do: the feet of letters
lie on common lines when the page is looked at from the right angle, and a reader of lines knows head from feet.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from PIL import Image

from deepocr_cli.document import PageImage, TextLayer
from deepocr_cli.pages.letters import Letters, find_letters, ink_of
from deepocr_cli.places import Righting, Turn, turned_extent

LARGEST_SKEW = 12.0
"""Degrees; a page that lies more askew than this is taken as it is."""
LEAST_SKEW = 0.5
"""Degrees; less does no reader any harm, and a page that is left alone keeps its pixels."""
FEW_LETTERS = 20
"""Fewer say nothing about the page: they may be labels of a picture."""
_LEAST_PEAK = 2.0
"""How much better letters must be aligned at their best angle than at most angles, or the page has no lines."""
_SIDEWAYS = 1.5
"""How much better they must be aligned across than along the page, or it does not lie on its side."""
_COARSE = np.arange(-LARGEST_SKEW, LARGEST_SKEW + 0.01, 0.25)
_FINE = np.arange(-0.3, 0.301, 0.05)
_LINE_COUNT = 9
"""Lines shown to the reader: an odd number, for they vote."""


class LineReader(Protocol):
    """Knows lines of text, grey pixels (H, W) each, by sight."""

    def are_on_their_heads(self, lines: Sequence[np.ndarray]) -> bool: ...

    def are_legible(self, lines: Sequence[np.ndarray]) -> bool: ...


def turn_of_layer(layer: TextLayer) -> Turn:
    """What brings a page upright whose visible text layer can be trusted; costs nothing."""
    quarters = round(layer.slant / 90)
    return Turn(-quarters % 4, _worthwhile(90 * quarters - layer.slant))


def turn_of_pixels(image: Image.Image, reader: LineReader) -> Turn:
    """What brings a page upright that is a picture.

    A page without clear lines of text is left alone; so is one whose lines run down the page but cannot be read when
    it is turned, such as Japanese in columns.
    """
    letters = find_letters(image)
    if len(letters) < FEW_LETTERS:
        return Turn()
    across, down = _find_lines(letters.boxes), _find_lines(_quarter_turned(letters))
    is_sideways = down.peak > _SIDEWAYS * across.peak
    found = down if is_sideways else across
    if found.peak < _LEAST_PEAK:
        return Turn()
    turn = Turn(1 if is_sideways else 0, _worthwhile(-found.slant))
    lines = _cut_lines(letters.grey, turn)
    if lines and reader.are_on_their_heads(lines):
        turn, lines = replace(turn, quarter_turns=turn.quarter_turns + 2), [line[::-1, ::-1] for line in lines]
    if turn.quarter_turns == 0 or (lines and reader.are_legible(lines)):
        return turn
    return Turn() if is_sideways else replace(turn, quarter_turns=0)


def right(page: PageImage, turn: Turn) -> PageImage:
    """The page turned, its words with it; the same page where no turn is needed.

    A page with skew keeps its size where all of its ink still finds room, and grows where it does not.
    """
    if not turn.is_needed:
        return page
    quarter_turned = np.rot90(np.asarray(page.image), -turn.quarter_turns)
    pixels = quarter_turned
    if turn.degrees:
        pixels = _deskewed(quarter_turned, turn.degrees, _room(quarter_turned, turn.degrees))
    image = Image.fromarray(np.ascontiguousarray(pixels))
    righting = Righting(turn, page.image.size, image.size)
    return replace(page, image=image, righting=righting, text_layer=_righted_layer(page.text_layer, righting))


# ------------------------------------------------------------------------------------------------ angles


@dataclass(frozen=True, slots=True)
class _Lines:
    """The angle at which letters stand on lines: degrees by which they fall to the right, and how clearly they do."""

    slant: float
    peak: float


def _find_lines(boxes: np.ndarray) -> _Lines:
    """The slant at which heads and feet of letters, (N, 4) as left, top, width, height, crowd on the fewest heights."""
    coarse = _crowding(boxes, _COARSE, 2.0)
    best = _COARSE[int(coarse.argmax())]
    fine = _crowding(boxes, best + _FINE, 1.0)
    # The middle of the best angles, for several are equally good where lines are short.
    slant = float((best + _FINE)[fine >= fine.max() * 0.98].mean())
    return _Lines(slant, float(coarse.max() / np.median(coarse)))


def _crowding(boxes: np.ndarray, angles: np.ndarray, height: float) -> np.ndarray:
    """For each of `angles` the sum of the squares of how many heads, and of how many feet, lie on each strip of
    `height` pixels."""
    cosines, sines = np.cos(np.radians(angles)), np.sin(np.radians(angles))
    middles = boxes[:, 0] + boxes[:, 2] / 2
    total = np.zeros(len(angles))
    for edges in (boxes[:, 1], boxes[:, 1] + boxes[:, 3]):
        heights = edges[:, None] * cosines - middles[:, None] * sines
        strips = np.floor((heights - heights.min(axis=0)) / height).astype(int)
        total += [(np.bincount(column) ** 2).sum() for column in strips.T]
    return total


def _quarter_turned(letters: Letters) -> np.ndarray:
    """The boxes of the letters on the page turned clockwise by a quarter."""
    left, top, width, height = letters.boxes.T
    return np.stack([letters.grey.shape[0] - top - height, left, height, width], axis=1)


def _worthwhile(degrees: float) -> float:
    """Skew to be taken out, in hundredths of a degree; 0 where that is not worth it."""
    return round(degrees, 2) if LEAST_SKEW <= abs(degrees) <= LARGEST_SKEW else 0.0


# ------------------------------------------------------------------------------------------------ lines


def _cut_lines(grey: np.ndarray, turn: Turn) -> list[np.ndarray]:
    """The longest pieces of lines of a page that `turn` would right, but for head and feet."""
    import cv2

    upright = np.ascontiguousarray(np.rot90(grey, -turn.quarter_turns))
    if turn.degrees:
        upright = _deskewed(upright, turn.degrees, (upright.shape[1], upright.shape[0]))
    joined = cv2.morphologyEx(ink_of(upright), cv2.MORPH_CLOSE, np.ones((1, 21), np.uint8))
    boxes = cv2.connectedComponentsWithStats(joined, connectivity=8)[2][1:]
    width, height = boxes[:, 2], boxes[:, 3]
    boxes = boxes[(height >= 6) & (height <= 60) & (width >= 4 * height)]
    longest = boxes[np.argsort(-boxes[:, 2], kind="stable")][:_LINE_COUNT]
    return [_cut(upright, *box[:4].tolist()) for box in longest]


def _cut(grey: np.ndarray, left: int, top: int, width: int, height: int) -> np.ndarray:
    """A piece of a line with a little paper around it, not so long that a reader would have to squeeze it."""
    edge = max(2, height // 6)
    width = min(width, 8 * height)
    return grey[max(0, top - edge) : top + height + edge, max(0, left - edge) : left + width + edge]


# ----------------------------------------------------------------------------------------------- righting


def _deskewed(pixels: np.ndarray, degrees: float, after: tuple[int, int]) -> np.ndarray:
    """The pixels, (H, W) or (H, W, 3), turned clockwise about their centre onto a page of `after` pixels, width and
    height, with paper where there was none."""
    import cv2

    before = pixels.shape[1], pixels.shape[0]
    cosine, sine = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    # From a pixel of the upright page to the one that it shows; both are counted from the centre of the first pixel.
    x, y = (after[0] - 1) / 2, (after[1] - 1) / 2
    across = [cosine, sine, (before[0] - 1) / 2 - cosine * x - sine * y]
    down = [-sine, cosine, (before[1] - 1) / 2 + sine * x - cosine * y]
    paper = np.median(pixels[::8, ::8].reshape(-1, *pixels.shape[2:]), axis=0)
    return cv2.warpAffine(
        np.ascontiguousarray(pixels),
        np.array([across, down]),
        after,
        flags=cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=np.atleast_1d(paper).astype(float).tolist(),
    )


def _room(pixels: np.ndarray, degrees: float) -> tuple[int, int]:
    """Width and height that hold the turned ink, at least those of the page."""
    height, width = pixels.shape[:2]
    found = find_letters(Image.fromarray(pixels))
    left, top, wide, high = (found.ink / found.scale).T
    corners = np.concatenate([np.stack([xs, ys], 1) for xs in (left, left + wide) for ys in (top, top + high)])
    corners = (corners - (width / 2, height / 2)).tolist()
    across, down = turned_extent(corners, degrees)
    return max(width, math.ceil(2 * across)), max(height, math.ceil(2 * down))


def _righted_layer(layer: TextLayer | None, righting: Righting) -> TextLayer | None:
    if layer is None:
        return None
    words = tuple(replace(word, box=righting.to_upright(word.box)) for word in layer.words)
    return replace(layer, words=words, slant=0.0)
