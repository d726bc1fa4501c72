"""Pieces of ink in, phrases out: letters that follow one another closely on one baseline.

Every piece is drawn as a bar about its middle, stretched to the right by the widest gap within a phrase; bars that
touch are of one phrase. Bars are lower than letters, so that lines do not touch one another, however close they stand.
Shapes: N pieces.
"""

import numpy as np
from numpy.typing import NDArray

from deepocr_cli.layout.pieces import Pieces, weighted_median

REACH = 0.9
"""The gap that a piece bridges, in its own height."""
LEAST_REACH, GREATEST_REACH = 0.8, 2.5
"""Bounds of the same, in heights of a small letter."""
CORE = 0.5
"""The height of a piece's bar, in its own height."""
SMALL = 0.55
"""Pieces lower than this are points and strokes, in heights of a small letter."""
SMALL_CORE = 0.7
"""The height of a small piece's bar, in heights of a small letter."""


def chain_letters(pieces: Pieces) -> NDArray[np.int32]:
    """The number of the phrase of every piece (N), from 0; slanted lines are followed."""
    import cv2

    left, top, right, bottom = pieces.boxes.T / 2.0  # half of the page's resolution is enough
    unit, height = pieces.letter_height / 2, bottom - top
    is_small = height < SMALL * unit
    middle = (top + bottom) / 2
    half = np.maximum(np.where(is_small, SMALL_CORE * unit, CORE * height) / 2, 0.6)
    reach = np.clip(REACH * height, LEAST_REACH * unit, GREATEST_REACH * unit)
    canvas_size = (int(bottom.max()) + 3, int((right + reach).max()) + 3)
    bars = np.stack([left, middle - half, right + reach, middle + half], axis=1)
    bars = np.maximum(np.rint(bars), 0).astype(np.int32)
    _, labels = cv2.connectedComponents(_fill(bars, canvas_size), connectivity=4)
    found = labels[bars[:, 1], bars[:, 0]]
    return np.asarray(np.unique(found, return_inverse=True)[1], dtype=np.int32)


def _fill(bars: NDArray[np.int32], size: tuple[int, int]) -> NDArray[np.uint8]:
    """A canvas of `size` (height, width) that is 1 within any of the bars (N, 4)."""
    height, width = size
    steps = np.zeros((height + 1, width + 1), dtype=np.int16)
    left, top = bars[:, 0], bars[:, 1]
    right, bottom = (
        np.minimum(np.maximum(bars[:, 2], left + 1), width),
        np.minimum(np.maximum(bars[:, 3], top + 1), height),
    )
    for rows, columns, step in ((top, left, 1), (bottom, right, 1), (top, right, -1), (bottom, left, -1)):
        np.add.at(steps, (rows, columns), step)
    return (steps.cumsum(axis=0).cumsum(axis=1)[:height, :width] > 0).astype(np.uint8)


def find_slope(pieces: Pieces, phrases: NDArray[np.int32]) -> float:
    """How far baselines fall for a pixel across: the median over the phrases, long ones counting more."""
    left, _, right, bottom = pieces.boxes.T.astype(float)
    is_letter = pieces.heights >= SMALL * pieces.letter_height
    phrases, across, down = phrases[is_letter], ((left + right) / 2)[is_letter], bottom[is_letter]
    count = np.bincount(phrases)
    safe = np.maximum(count, 1)
    across -= (np.bincount(phrases, across) / safe)[phrases]
    down -= (np.bincount(phrases, down) / safe)[phrases]
    spread, fall = np.bincount(phrases, across**2), np.bincount(phrases, across * down)
    is_long = (count >= 6) & (spread > count * (4 * pieces.letter_height) ** 2)
    if not is_long.any():
        return 0.0
    return weighted_median(fall[is_long] / spread[is_long], spread[is_long] ** 0.5)
