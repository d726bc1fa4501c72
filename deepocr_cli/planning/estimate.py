"""How much text a page holds: counted in its text layer, else judged from its ink.

Ink is counted in connected pieces. At a resolution at which text can be read, a printed letter is about one piece;
a piece wider than letters are stands for several that touch.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from deepocr_cli.document import EstimateOrigin, PageImage, TextEstimate
from deepocr_cli.layout.ink import find_ink
from deepocr_cli.layout.lines import PageLines
from deepocr_cli.layout.strips import cut_rows
from deepocr_cli.modes import Fit, Mode

IDEOGRAPH_COST = 2.0
"""Tokens of a Chinese character, in those of a letter: 0.6 against 0.3 ("Token & Token Usage", DeepSeek's API docs)."""

_FAINT_CONTRAST = 20
"""Grey levels, of 255, by which print that people can just see differs from the paper."""
_SMALLEST_PIECE = 4
"""Pixels: lower pieces are dots, dust and noise."""
_LARGEST_LETTER_INCHES = 0.5
_LETTER_WIDTH = 0.75
"""Width of an average letter and its share of space, in heights of the page's median piece."""


def estimate_text(
    page: PageImage, tokens_per_character: float, modes: Sequence[Mode] = (), lines: PageLines | None = None
) -> TextEstimate:
    """Estimate a page's text from its visible text layer, else from its ink.

    Args:
        tokens_per_character: what a letter costs the model on average; 1 for a model that reads by characters.
        modes: those of the model.
        lines: those that were found on the page, whose rows are counted in the modes that have strips.
    """
    layer = page.text_layer
    if layer is not None and layer.has_visible_text:
        text = layer.visible_text
        ideographs, characters, origin = sum(map(_is_ideograph, text)), len(text), EstimateOrigin.TEXT_LAYER
    else:
        ideographs, characters, origin = 0, count_inked_characters(page.image, page.dpi), EstimateOrigin.INK
    tokens_per_ideograph = min(1.0, IDEOGRAPH_COST * tokens_per_character)
    tokens = tokens_per_character * (characters - ideographs) + tokens_per_ideograph * ideographs
    return TextEstimate(round(tokens), characters, origin, _row_counts(lines, modes))


def count_inked_characters(image: Image.Image, dpi: float) -> int:
    """About how many characters are printed on an image of `dpi` dots per inch, spaces included."""
    heights, widths = _piece_sizes(find_ink(image).mask)
    largest = _LARGEST_LETTER_INCHES * max(dpi, 72)
    is_letter = (heights >= _SMALLEST_PIECE) & (heights <= largest) & (widths <= 2 * largest)
    if not is_letter.any():
        return 0
    median_height = float(np.median(heights[is_letter]))
    is_letter &= (heights > 0.4 * median_height) & (heights < 3 * median_height)
    return round(float(np.maximum(1, widths[is_letter] / (_LETTER_WIDTH * median_height)).sum()))


def _row_counts(page: PageLines | None, modes: Sequence[Mode]) -> tuple[tuple[float, int], ...]:
    if page is None:
        return ()
    by_letter_size = {mode.letter_size: mode for mode in modes if mode.fit is Fit.STRIPS}
    return tuple((size, len(cut_rows(page.lines, mode))) for size, mode in by_letter_size.items())


def is_blank(image: Image.Image) -> bool:
    """Whether the paper is empty: nothing on it but dust, not even a faint letter."""
    ink = find_ink(image)
    differs = np.abs(ink.grey.astype(np.int16) - ink.paper) > _FAINT_CONTRAST
    heights, _ = _piece_sizes(differs.astype(np.uint8))
    return not (heights >= _SMALLEST_PIECE).any()


def _piece_sizes(ink: NDArray[np.uint8]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Heights and widths, in pixels, of the connected pieces of ink."""
    import cv2

    _, _, statistics, _ = cv2.connectedComponentsWithStats(ink, connectivity=8)
    pieces = np.asarray(statistics[1:], dtype=np.int32)
    return pieces[:, cv2.CC_STAT_HEIGHT], pieces[:, cv2.CC_STAT_WIDTH]


def _is_ideograph(character: str) -> bool:
    """True for the scripts of China, Japan and Korea, whose characters cost about twice the tokens."""
    return "\u2e80" <= character <= "\u9fff" or "\uac00" <= character <= "\ud7af" or "\uf900" <= character <= "\ufaff"
