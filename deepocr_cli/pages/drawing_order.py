"""A PDF page into the order in which it draws its text and its opaque images, to find text that lies beneath one."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from deepocr_cli.pages.libraries import load_mupdf

if TYPE_CHECKING:
    import pymupdf

_PAINTED_TEXT = {"fill-text", "stroke-text"}
_IMAGE = "fill-image"


@dataclass(frozen=True, slots=True)
class DrawingOrder:
    """What a page draws, in points of the page before its rotation: rows of left, top, right, bottom, place in order.

    A scan with the recognised text beneath it (drawn first, then covered by the picture) is the case in mind.
    """

    texts: np.ndarray
    covers: np.ndarray

    def is_covered(self, word: tuple[float, float, float, float]) -> bool:
        """Whether an opaque image was drawn over the middle of a word, in the same points, after all text there."""
        left, top, right, bottom = word
        x, y = (left + right) / 2, (top + bottom) / 2
        texts, covers = _at(self.texts, x, y), _at(self.covers, x, y)
        return len(texts) > 0 and len(covers) > 0 and bool(covers[:, 4].max() > texts[:, 4].max())


def drawing_order(page: "pymupdf.Page") -> DrawingOrder | None:
    """The drawing order of `page`; None where no image is drawn after text, or where it cannot be known to cover it.

    An image that is blended with its ground, that has a mask, or that is half transparent covers nothing.
    """
    log = page.get_bboxlog()
    texts = [(*box, place) for place, (kind, box) in enumerate(log) if kind in _PAINTED_TEXT]
    images = [(*box, place) for place, (kind, box) in enumerate(log) if kind == _IMAGE]
    if not texts or not images or images[-1][4] < texts[0][4] or _is_blended(page):
        return None
    shown = _opaque_images(page)
    covers = [(*shown[whole], place) for *box, place in images if (whole := _rounded(box)) in shown]
    return DrawingOrder(np.array(texts), np.array(covers)) if covers else None


def _at(rows: np.ndarray, x: float, y: float) -> np.ndarray:
    return rows[(rows[:, 0] <= x) & (x <= rows[:, 2]) & (rows[:, 1] <= y) & (y <= rows[:, 3])]


def _opaque_images(page: "pymupdf.Page") -> dict[tuple[int, ...], tuple[float, ...]]:
    """The part that its clip leaves of each image that has no mask, by the box of the whole image.

    MuPDF leaves out images of less than half opacity.
    """
    pymupdf = load_mupdf()
    images = page.get_textpage(flags=pymupdf.TEXT_PRESERVE_IMAGES | pymupdf.TEXT_CLIP).extractIMGINFO()
    unit = pymupdf.Rect(0, 0, 1, 1)
    shown: dict[tuple[int, ...], tuple[float, ...]] = {}
    for image in images:
        if not image["has-mask"] and _is_upright(image["transform"]):
            whole = _rounded(unit * pymupdf.Matrix(image["transform"]))
            # Of an image that is drawn several times in one place, what every time shows.
            shown[whole] = tuple(pymupdf.Rect(image["bbox"]) & shown.get(whole, image["bbox"]))
    return shown


def _is_upright(transform: Sequence[float]) -> bool:
    """Whether an image is turned by quarters only, so that its box has no empty corners."""
    a, b, c, d, *_ = transform
    return min(abs(a) + abs(d), abs(b) + abs(c)) < 0.01 * max(abs(a) + abs(d), abs(b) + abs(c))


def _rounded(box: Sequence[float]) -> tuple[int, ...]:
    return tuple(round(side) for side in box)


def _is_blended(page: "pymupdf.Page") -> bool:
    """Whether the page's resources ask for a blend mode, such as the multiplication of a highlighter."""
    return bool(page._pdf_page().m_internal.transparency)
