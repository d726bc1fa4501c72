"""The words that a page draws in, their glyphs out: what each one says, and the piece of the page that it is drawn on.

A glyph that stands for several characters (a ligature) says all of them: MuPDF gives the others no width.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

_LEAST_SIDE = 0.5
"""Points that a glyph is wide and high."""


DrawnGlyph = tuple[dict[str, Any], dict[str, Any]]
"""A glyph as MuPDF tells it, and the span of text that it belongs to."""


@dataclass(frozen=True, slots=True)
class Glyphs:
    """The N glyphs of a page: what they say, the font that draws them, and the number of the word they belong to.

    Places are fractions of the upright page, (N, 2): where a glyph stands on its line, the way from there to where
    the next one stands, and the way up to the height of its font.
    """

    texts: tuple[str, ...]
    fonts: tuple[str, ...]
    words: np.ndarray
    origins: np.ndarray
    advances: np.ndarray
    heights: np.ndarray

    def __len__(self) -> int:
        return len(self.texts)

    def among(self, wanted: np.ndarray) -> "Glyphs":
        """The glyphs at the places `wanted`, indices or truth values."""
        places = np.arange(len(self))[wanted]
        return Glyphs(
            tuple(self.texts[place] for place in places),
            tuple(self.fonts[place] for place in places),
            self.words[places],
            self.origins[places],
            self.advances[places],
            self.heights[places],
        )


def glyphs_of(
    words: Sequence[Sequence[DrawnGlyph]], slants: Sequence[float], matrix: np.ndarray, size: tuple[float, float]
) -> Glyphs:
    """The glyphs of a page's words.

    Args:
        slants: the direction in which each word runs, degrees clockwise from left to right.
        matrix: (3, 2), from points of the page before its rotation to points of the upright page.
        size: width and height of the upright page in points.
    """
    texts: list[str] = []
    fonts, numbers, rows = [], [], []
    for number, (word, slant) in enumerate(zip(words, slants, strict=True)):
        across, down = math.cos(math.radians(slant)), math.sin(math.radians(slant))
        for text, font, (left, top, right, bottom), (x, y), height in _whole_glyphs(word):
            advance = right - left if abs(across) >= abs(down) else bottom - top
            texts.append(text)
            fonts.append(font)
            numbers.append(number)
            rows.append((x, y, advance * across, advance * down, height * down, -height * across))
    places = np.array(rows, dtype=np.float32).reshape(-1, 3, 2)
    places = (places @ matrix[:2] + np.array([matrix[2], (0, 0), (0, 0)])) / np.array(size)
    return Glyphs(tuple(texts), tuple(fonts), np.array(numbers, dtype=int), places[:, 0], places[:, 1], places[:, 2])


def _whole_glyphs(word: Sequence[DrawnGlyph]) -> Iterator[tuple[str, str, Sequence[float], Sequence[float], float]]:
    """Text, font, box, origin and size of each glyph that has a width."""
    text, last = "", None
    for glyph, span in word:
        left, top, right, bottom = glyph["bbox"]
        if min(right - left, bottom - top) < _LEAST_SIDE:
            text += glyph["c"]
            continue
        if last is not None:
            yield text, last[1]["font"], last[0]["bbox"], last[0]["origin"], last[1]["size"]
        text, last = glyph["c"], (glyph, span)
    if last is not None:
        yield text, last[1]["font"], last[0]["bbox"], last[0]["origin"], last[1]["size"]


_ABOVE, _BELOW = 0.8, 0.25
"""What is looked at of a glyph, in heights of its font above and below the line it stands on."""


def look_at(glyphs: Glyphs, grey: np.ndarray, columns: int, rows: int) -> np.ndarray:
    """What `grey` (H, W), the drawn page, shows where each glyph is: levels of 0 to 255, (N, rows, columns)."""
    import cv2

    across = (np.arange(columns) + 0.5) / columns
    up = _ABOVE - (np.arange(rows) + 0.5) / rows * (_ABOVE + _BELOW)
    # Points are counted from the corner of a pixel, OpenCV's from its centre.
    size = np.array(grey.shape[::-1])
    origins, advances, heights = (part * size for part in (glyphs.origins, glyphs.advances, glyphs.heights))
    points = (origins[:, None, None] - 0.5) + across[:, None] * advances[:, None, None]
    points = (points + up[:, None, None] * heights[:, None, None]).astype(np.float32)
    rows_of_points = points.reshape(-1, columns * rows, 2)
    seen = [
        cv2.remap(grey, piece[..., 0], piece[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        for piece in np.split(rows_of_points, range(_MOST_ROWS, len(rows_of_points), _MOST_ROWS))
        if len(piece)
    ]
    return np.concatenate([np.zeros((0, columns * rows), np.uint8), *seen]).reshape(-1, rows, columns)


_MOST_ROWS = 30_000
"""OpenCV's remap takes pictures of less than 32,768 rows."""
