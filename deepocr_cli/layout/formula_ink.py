"""A formula's LaTeX and its picture in, whether the picture has the ink of that formula out.

Pieces of connected ink are laid to those that a typesetter would make. Which letter a piece is, is not looked at: that
the network sees. What it makes up is scripts on the line, one side of a fraction, signs that are not there.
Shapes: N pieces.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from deepocr_cli.layout.formula_boxes import Box, UnknownSignError, lay_formula
from deepocr_cli.layout.ink import find_ink
from deepocr_cli.layout.pieces import connected_pieces
from deepocr_cli.layout.strips import full_contrast

DUST = 0.0025
"""Pieces with less ink than this are dust, in squares of the height of a tall letter: a dot has four times as much."""
LEVELS = (128, 170, 210)
"""Grey levels below which print is ink: letters of a scan touch at one, and fall to pieces at another."""
MOST_PIECES = 120
"""A view has room for fewer."""
NARROWEST, WIDEST = 0.72, 1.4
"""How wide a picture is beside the formula as it is laid here, where both are equally high."""
OFF_LINE, OFF_LINE_TALL = 0.1, 0.1
"""How far the middle of a piece may lie from where it should, in letter heights; the second is added for each letter
height that it is tall, as brackets and integrals differ by faces."""
HEIGHT_SHARE = 1.3
"""How far its height may be off, in what its middle may be."""
OFF_WIDTH, OFF_WIDTH_WIDE = 0.18, 0.25
"""How far its width may be off, and how much more for each letter height that it is wide: two letters that touch are
wider than one."""
OFF_SIDE = 0.9
"""How far it may lie from there across: letters are wider in one face than in another."""
LARGEST_REFIT = 1.1
"""How much larger or smaller a face may be than the whole formula says: of few pieces any three lie on some line."""
SIDE_WEIGHT = 0.03
"""Of pieces that fit equally well, the nearer one."""


def agrees(latex: str, picture: Image.Image) -> bool:
    """Whether a picture has as many pieces of ink as a formula, about where it has them and about as tall."""
    try:
        layouts = [_array(lay_formula(latex, is_displayed=is_displayed)) for is_displayed in (True, False)]
    except UnknownSignError:
        return False
    if not 0 < len(layouts[0]) <= MOST_PIECES:
        return False
    ink = find_ink(picture)
    print_ = full_contrast(ink.paper, ink.grey)
    found = [_pieces((print_ < level).astype(np.uint8)) for level in LEVELS]
    return any(len(boxes) == len(pieces) and _lie_alike(boxes, pieces) for pieces in found for boxes in layouts)


def _pieces(mask: NDArray[np.uint8]) -> NDArray[np.float64]:
    """The boxes (N, 4) of the ink on a mask (H, W), in pixels, without dust."""
    _, boxes, areas = connected_pieces(mask)
    if not len(boxes):
        return np.zeros((0, 4))
    heights = boxes[:, 3] - boxes[:, 1]
    tallest = min(float(heights.max()), 2.0 * float(np.median(heights)))
    return boxes[areas >= max(2.0, DUST * tallest**2)].astype(float)


def _array(boxes: Sequence[Box]) -> NDArray[np.float64]:
    return np.array(boxes, dtype=np.float64).reshape(-1, 4)


def _lie_alike(wanted: NDArray[np.float64], found: NDArray[np.float64]) -> bool:
    """Whether boxes (N, 4) in letter heights are those of pieces (N, 4) in pixels, in whatever order."""
    scale = _reach(wanted, 1) / _reach(found, 1)
    stretch = _reach(wanted, 0) / _reach(found, 0)
    if not NARROWEST <= scale / stretch <= WIDEST:
        return False
    laid = found * np.array([stretch, scale, stretch, scale])
    laid -= np.tile(laid[:, :2].min(axis=0) - wanted[:, :2].min(axis=0), 2)
    order = _assign(_distances(wanted, laid))
    return bool((_distances(wanted, _refit(wanted, laid[order])).diagonal() < 1.0).all())


def _reach(boxes: NDArray[np.float64], axis: int) -> float:
    return max(1e-6, float(boxes[:, axis + 2].max() - boxes[:, axis].min()))


def _refit(wanted: NDArray[np.float64], laid: NDArray[np.float64]) -> NDArray[np.float64]:
    """The pieces a little higher or lower, larger or smaller, so that edges lie best where they should."""
    for first in (0, 1):
        edges, goals = laid[:, first::2], wanted[:, first::2]
        slope = float(np.clip(np.polyfit(edges.ravel(), goals.ravel(), 1)[0], 1 / LARGEST_REFIT, LARGEST_REFIT))
        laid[:, first::2] = slope * edges + float((goals - slope * edges).mean())
    return laid


def _distances(wanted: NDArray[np.float64], laid: NDArray[np.float64]) -> NDArray[np.float64]:
    """How far each piece is from each box (N, N), 1 where it is just too far."""
    middles, heights = (wanted[:, 1] + wanted[:, 3]) / 2, wanted[:, 3] - wanted[:, 1]
    own_middles, own_heights = (laid[:, 1] + laid[:, 3]) / 2, laid[:, 3] - laid[:, 1]
    allowed = OFF_LINE + OFF_LINE_TALL * heights[:, None]
    off_line = np.abs(middles[:, None] - own_middles) / allowed
    off_height = np.abs(heights[:, None] - own_heights) / (HEIGHT_SHARE * allowed)
    widths, own_widths = wanted[:, 2:3] - wanted[:, :1], laid[:, 2] - laid[:, 0]
    off_width = np.abs(widths - own_widths) / (OFF_WIDTH + OFF_WIDTH_WIDE * widths)
    off_side = np.abs((wanted[:, :1] + wanted[:, 2:3]) / 2 - (laid[:, 0] + laid[:, 2]) / 2) / OFF_SIDE
    return np.asarray(np.maximum.reduce([off_line, off_height, off_width, off_side]) + SIDE_WEIGHT * off_side)


def _assign(costs: NDArray[np.float64]) -> NDArray[np.int64]:
    """The piece of every box so that the sum of the costs (N, N) squared is least (Jonker and Volgenant, 1987)."""
    count = len(costs)
    padded = np.minimum(costs, 20.0) ** 2
    rows, columns = np.zeros(count + 1), np.zeros(count + 1)
    owner, way = np.zeros(count + 1, dtype=np.int64), np.zeros(count + 1, dtype=np.int64)
    for row in range(1, count + 1):
        owner[0], column = row, 0
        least, is_used = np.full(count + 1, np.inf), np.zeros(count + 1, dtype=np.bool_)
        while owner[column]:
            is_used[column] = True
            reduced = padded[owner[column] - 1] - rows[owner[column]] - columns[1:]
            is_better = ~is_used[1:] & (reduced < least[1:])
            least[1:][is_better], way[1:][is_better] = reduced[is_better], column
            nearest = int(np.argmin(np.where(is_used[1:], np.inf, least[1:]))) + 1
            step = least[nearest]
            rows[owner[is_used]] += step
            columns[is_used] -= step
            least[~is_used] -= step
            column = nearest
        while column:
            owner[column] = owner[way[column]]
            column = int(way[column])
    order = np.zeros(count, dtype=np.int64)
    order[owner[1:] - 1] = np.arange(count)
    return order
