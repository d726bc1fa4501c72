"""A page's pixels in, its letters as rectangles out: what is darker than the paper around it and as large as they."""

from dataclasses import dataclass

import numpy as np
from PIL import Image

WORKING_SIDE = 1200
"""Pixels of the longer side at which letters are looked for: an A4 page then has 100 dots per inch."""
_SMALLEST, _LARGEST, _LEAST_AREA = 3, 60, 6
"""Pixels of a letter's longer side, and how many of them are ink: smaller is grain, larger is a picture or a rule."""
_ALIKE = 0.5, 2.5
"""How large letters are beside the usual one: smaller are dots and grain, larger are headings and pictures."""
_NEIGHBOURHOOD = 31
_LEAST_CONTRAST = 24
"""Ink is darker than the mean of this many pixels each way by so many grey levels."""


@dataclass(frozen=True, slots=True)
class Letters:
    """The letters of a page that is shown as `grey` pixels, (H, W), `scale` times as large as the page.

    `boxes` (N, 4) are left, top, width, height in pixels of `grey`; `ink` likewise, of everything that is not paper.
    """

    grey: np.ndarray
    scale: float
    boxes: np.ndarray
    ink: np.ndarray

    def __len__(self) -> int:
        return len(self.boxes)


def find_letters(image: Image.Image) -> Letters:
    """The letters of a page; a few milliseconds."""
    import cv2

    grey = np.asarray(image.convert("L"))
    # Of a page as thin as a thread a pixel is left.
    scale = min(1.0, max(WORKING_SIDE / max(grey.shape), 1 / min(grey.shape)))
    if scale < 1:
        grey = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    boxes = _components(ink_of(grey))
    longer = boxes[:, 2:4].max(axis=1, initial=0)
    are_letters = (longer >= _SMALLEST) & (longer <= _LARGEST) & (boxes[:, 4] >= _LEAST_AREA)
    usual = float(np.median(longer[are_letters])) if are_letters.any() else 0.0
    are_letters &= (longer >= usual * _ALIKE[0]) & (longer <= usual * _ALIKE[1])
    is_inside = (boxes[:, 0] > 0) & (boxes[:, 1] > 0)
    is_inside &= (boxes[:, 0] + boxes[:, 2] < grey.shape[1]) & (boxes[:, 1] + boxes[:, 3] < grey.shape[0])
    return Letters(grey, scale, boxes[are_letters, :4], boxes[is_inside & (longer >= _SMALLEST), :4])


def ink_of(grey: np.ndarray) -> np.ndarray:
    """1 where a pixel is darker than its neighbourhood, else 0, (H, W)."""
    import cv2

    around = cv2.blur(grey, (_NEIGHBOURHOOD, _NEIGHBOURHOOD))
    return (cv2.subtract(around, grey) > _LEAST_CONTRAST).astype(np.uint8)


def _components(ink: np.ndarray) -> np.ndarray:
    """Left, top, width, height and area of everything that hangs together, (N, 5)."""
    import cv2

    statistics: np.ndarray = cv2.connectedComponentsWithStats(ink, connectivity=8)[2]
    return statistics[1:]
