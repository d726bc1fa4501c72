"""A picture of one formula or chart in, the views in which a small network is shown it out.

Geometry as in training: a formula's letters have about the size that the mode says, on white paper with a margin; a
chart fills the view. Shapes: N pieces, H and W pixels.
"""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from deepocr_cli.layout.ink import find_ink
from deepocr_cli.layout.lines import find_lines
from deepocr_cli.layout.pieces import connected_pieces, usual_height
from deepocr_cli.layout.strips import full_contrast
from deepocr_cli.modes import Mode

SIZES = (1.0, 0.88, 1.14)
"""A formula is shown so large, in letter sizes of the mode: how large its letters are is known to a tenth or two."""
SMALLEST_FORMULA = 19
"""Pixels of a view: formulas of smaller letters (em) were never seen in training."""
CHART_SIZES = (1.0, 0.93)
"""A chart is shown so large, as a share of the view."""
CHART_LETTERS = (14.0, 27.0)
"""Least and greatest letters (em) of a chart, in pixels of a view."""
MARGIN = 6
"""Pixels of paper around a formula, at least."""
EQUALS_WIDTH = 0.667
"""How wide the strokes of an equals sign are, in letter heights (em), in most faces for formulas."""
LETTER_PERCENTILE, LETTER_HEIGHT = 60, 0.66
"""Where there is none: the percentile of the letters' heights that is about this high, in letter heights."""
DUST = 0.12
"""Ink with less than the square of this is dust, in heights of a small letter."""
DRAWING_HEIGHT, DRAWING_WIDTH = 7, 3.5
"""Connected ink that is higher and wider than this is a drawing's, in heights of a small letter: tall brackets are
narrow, rules of fractions low."""


def is_chart(image: Image.Image) -> bool:
    """Whether a figure is a drawing with words in it and no formula: its axes, bars or wedges are large."""
    boxes = _pieces(find_ink(image).mask)
    unit = usual_height(boxes)
    widths, heights = boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1]
    return bool(((heights > DRAWING_HEIGHT * unit) & (widths > DRAWING_WIDTH * unit)).any())


def draw_formula(image: Image.Image, mode: Mode, letter_size: float | None = None) -> list[Image.Image]:
    """A formula at up to three sizes around the mode's letter size, black on white.

    Args:
        letter_size: that of the picture (em, pixels), where it is known.

    Raises:
        ValueError: there is nothing on the picture, or more than a view has room for.
    """
    ink = find_ink(image)
    boxes = _pieces(ink.mask)
    if not len(boxes):
        raise ValueError("there is nothing on the picture")
    left, top = boxes[:, :2].min(axis=0)
    right, bottom = boxes[:, 2:].max(axis=0)
    size = letter_size or _letter_size(boxes)
    print_ = Image.fromarray(full_contrast(ink.paper, ink.grey)[top:bottom, left:right])
    room = min((side - 2 * MARGIN) / own for side, own in zip(mode.view_shape, print_.size, strict=True))
    if room * size < SMALLEST_FORMULA:
        raise ValueError(f"too large for one formula: its letters would be {room * size:.0f} pixels high in a view")
    scales = dict.fromkeys(min(room, share * mode.letter_size / size) for share in SIZES)
    return [_lay(print_, scale, mode) for scale in scales]


def draw_chart(image: Image.Image, mode: Mode) -> list[Image.Image]:
    """A chart in grey, as large as a view is and a little smaller.

    Raises:
        ValueError: it has no words, or larger or smaller ones than the network knows.
    """
    lines = find_lines(image).lines
    if not lines:
        raise ValueError("there are no words on the picture")
    scale = min(side / own for side, own in zip(mode.view_shape, image.size, strict=True))
    size = scale * float(np.median([line.size for line in lines]))
    least, most = CHART_LETTERS
    if not least <= size <= most:
        raise ValueError(
            f"the letters of the chart would be {size:.0f} pixels high in a view; {least:.0f} to {most:.0f} are read"
        )
    return [_lay(image.convert("L"), share * scale, mode) for share in CHART_SIZES]


def _pieces(mask: NDArray[np.uint8]) -> NDArray[np.int32]:
    """The boxes (N, 4) of connected ink on a mask (H, W), without dust."""
    _, boxes, areas = connected_pieces(mask)
    return boxes[areas >= max(2.0, (DUST * usual_height(boxes)) ** 2)]


def _letter_size(boxes: NDArray[np.int32]) -> float:
    """The letter height (em) of a formula in pixels, from the pieces (N, 4) of its ink."""
    widths, heights = boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1]
    equals = [
        float(widths[upper]) for upper in np.flatnonzero(widths > 3 * heights).tolist() if _is_doubled(boxes, upper)
    ]
    if equals:
        return max(equals) / EQUALS_WIDTH
    is_letter = (heights >= 4) & (widths < 4 * heights) & (heights < 6 * widths)
    return float(np.percentile(heights[is_letter] if is_letter.any() else heights, LETTER_PERCENTILE)) / LETTER_HEIGHT


def _is_doubled(boxes: NDArray[np.int32], upper: int) -> bool:
    """Whether a flat piece stands close above its like, as the strokes of an equals sign do."""
    left, _, right, bottom = boxes[upper]
    width = right - left
    is_below = (boxes[:, 1] >= bottom) & (boxes[:, 1] - bottom < 0.45 * width)
    is_like = (np.abs(boxes[:, 0] - left) <= 0.12 * width + 1) & (np.abs(boxes[:, 2] - right) <= 0.12 * width + 1)
    is_flat = boxes[:, 3] - boxes[:, 1] < width / 3
    return bool((is_below & is_like & is_flat).any())


def _lay(print_: Image.Image, scale: float, mode: Mode) -> Image.Image:
    """A picture in the middle of a view."""
    size = (max(1, round(scale * print_.width)), max(1, round(scale * print_.height)))
    view = Image.new("L", mode.view_shape, 255)
    view.paste(
        print_.resize(size, Image.Resampling.BICUBIC), ((view.width - size[0]) // 2, (view.height - size[1]) // 2)
    )
    return view
