"""A page's pixels in, ink on paper out: what differs from the paper around it, whatever the colour of either.

Shapes: H and W pixels.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from PIL import Image

HIGHEST_THRESHOLD, LOWEST_THRESHOLD = 60, 24
"""Grey levels, of 255, by which ink differs from paper: on a page in full contrast, and on the faintest."""
THRESHOLD_SHARE = 0.45
"""The same as a share of the contrast of the page's darkest parts."""
COARSE = 8
"""The paper is looked at in one pixel of a square of this side."""
BLURRED, GRAINY = 0.4, 12
"""A page is blurred where the steepest steps between neighbouring pixels are less than this share of the contrast
nearby, and grainy where most steps are larger than this, in grey levels."""
NEARBY, BLUR, GRAIN = 6, 1.5, 0.7
"""Pixels: what is nearby, further than a letter's edge is wide; the radii within which blur and grain are undone."""
SHARPER_BY, STEEPEST = 3.0, 99.5
"""How many times what blur takes away is given back; the percentile of the steps that are steep."""
PAPER_WINDOW = 21
"""Squares along the side of the neighbourhood whose median is the paper."""


@dataclass(slots=True)
class Ink:
    """Grey values (H, W), those of the paper without its print (H, W), and 1 where there is ink (H, W).

    Ink differs from its paper by more than `threshold`.
    """

    grey: NDArray[np.uint8] = field(repr=False)
    paper: NDArray[np.uint8] = field(repr=False)
    mask: NDArray[np.uint8] = field(repr=False)
    threshold: float


def find_ink(image: Image.Image) -> Ink:
    """The ink of a page: pixels darker than the paper around them, or lighter where the paper is dark."""
    import cv2

    grey = _clear(np.asarray(image.convert("L")))
    height, width = grey.shape
    # Single pixels, not means: between close lines every mean holds ink, while most pixels are bare paper.
    coarse = cv2.resize(grey, (max(1, width // COARSE), max(1, height // COARSE)), interpolation=cv2.INTER_NEAREST)
    paper = cv2.resize(cv2.medianBlur(coarse, PAPER_WINDOW), (width, height), interpolation=cv2.INTER_LINEAR)
    difference = np.asarray(cv2.absdiff(grey, paper), dtype=np.uint8)
    threshold = _threshold(difference)
    return Ink(grey.copy(), np.asarray(paper, dtype=np.uint8), (difference > threshold).astype(np.uint8), threshold)


def _clear(grey: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The page (H, W), sharpened where it is blurred and smoothed where it is grainy: letters that touch, or fall to
    pieces, look like letters of another size."""
    import cv2

    rows = grey[::8].astype(np.int16)
    if rows.shape[1] <= NEARBY:
        return grey
    steps, rises = (np.abs(rows[:, reach:] - rows[:, :-reach]) for reach in (1, NEARBY))
    grain = float(np.median(steps))
    if grain > GRAINY:
        return np.asarray(cv2.GaussianBlur(grey, (0, 0), GRAIN), dtype=np.uint8)
    is_blurred = np.percentile(steps, STEEPEST) < BLURRED * np.percentile(rises, STEEPEST)
    # Sharpened grain would be ink: a page of letters became one of ten thousands of specks.
    if not is_blurred or SHARPER_BY * grain > GRAINY:
        return grey
    soft = cv2.GaussianBlur(grey, (0, 0), BLUR)
    return np.asarray(cv2.addWeighted(grey, 1 + SHARPER_BY, soft, -SHARPER_BY, 0), dtype=np.uint8)


def _threshold(difference: NDArray[np.uint8]) -> float:
    """What counts as ink, from the contrast (H, W) of a page: less on a faint page."""
    darkest = float(np.percentile(difference[::3, ::3], 99))
    return min(HIGHEST_THRESHOLD, max(LOWEST_THRESHOLD, THRESHOLD_SHARE * darkest))
