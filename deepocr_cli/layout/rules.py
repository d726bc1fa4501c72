"""Ink in, the straight rules that are drawn on a page out: those across it and those down it.

Shapes: N rules, H and W pixels.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from deepocr_cli.layout.ink import Ink

FAINTEST = 0.4
"""Rules may be fainter than letters: what counts as a rule's ink, as a share of what counts as ink."""
RUN = 2.5
"""Pixels in a row longer than this many heights of a small letter are no part of a letter."""
SHORTEST_ACROSS, SHORTEST_DOWN = 3.5, 2.0
"""Rules are at least this long, in the same unit: shorter ones are dashes, and strokes of large letters."""
THICKNESS = 0.6
"""Rules are thinner than this, in the same unit."""
GAP = 0.6
"""The gaps in dotted and dashed rules are less wide than this, in the same unit."""
BROKEN_ACROSS, BROKEN_DOWN = 5.0, 1.4
"""Such rules are at least this long, in the same unit: the dots of an ellipsis stand beside one another, and where
dashes cross is a gap."""
STEEPEST = 0.07
"""How far a rule may fall for a pixel of its length."""


@dataclass(frozen=True, slots=True)
class Rules:
    """Rules `across` a page (N, 3): their height, left and right ends; and `down` it (N, 3): place, top, bottom."""

    across: NDArray[np.float64] = field(repr=False)
    down: NDArray[np.float64] = field(repr=False)

    def level(self, slope: float) -> "Rules":
        """The rules as they would stand on a level page, where baselines now fall by `slope` for a pixel across."""
        height, left, right = self.across.T
        place, top, bottom = self.down.T
        return Rules(
            np.stack([height - slope * (left + right) / 2, left + slope * height, right + slope * height], axis=1),
            np.stack([place + slope * (top + bottom) / 2, top - slope * place, bottom - slope * place], axis=1),
        )

    def and_also(self, others: "Rules") -> "Rules":
        return Rules(np.concatenate([self.across, others.across]), np.concatenate([self.down, others.down]))

    def with_edges_of(self, bars: NDArray[np.int32]) -> "Rules":
        """These and the upper and lower edges of coloured bars, boxes (N, 4), which part rows as rules do."""
        left, top, right, bottom = bars.T.astype(np.float64)
        edges = np.concatenate([np.stack([height, left, right], axis=1) for height in (top, bottom)])
        return Rules(np.concatenate([self.across, edges]), self.down)


NO_RULES = Rules(np.zeros((0, 3)), np.zeros((0, 3)))


def find_rules(ink: Ink, letter_height: float) -> Rules:
    """The rules on a page whose small letters are `letter_height` pixels high; faint and slanted ones too."""
    import cv2

    # Darker ones alone: where a blurred page was sharpened, letters have faint light rims.
    is_dark = np.asarray(cv2.subtract(ink.paper, ink.grey)) > FAINTEST * ink.threshold
    mask = np.asarray(is_dark | (ink.mask > 0), dtype=np.uint8)
    down = _runs(np.ascontiguousarray(mask.T), letter_height, SHORTEST_DOWN)
    return Rules(_runs(mask, letter_height, SHORTEST_ACROSS), down)


def find_broken_rules(dots: NDArray[np.uint8], letter_height: float) -> Rules:
    """The dotted and dashed rules on a page; `dots` (H, W) is 1 where there is ink that they may be made of."""
    bridge = round(GAP * letter_height)
    down = _runs(np.ascontiguousarray(dots.T), letter_height, BROKEN_DOWN, bridge)
    return Rules(_runs(dots, letter_height, BROKEN_ACROSS, bridge), down)


def _runs(mask: NDArray[np.uint8], unit: float, shortest: float, bridge: int = 1) -> NDArray[np.float64]:
    """Thin runs across a mask (H, W), over gaps of less than `bridge` pixels: height, left and right of each (N, 3)."""
    import cv2

    # A slanted rule is a stair of short runs: made thicker, its steps overlap.
    thick = cv2.dilate(mask, np.ones((3, 1), np.uint8))
    thick = cv2.morphologyEx(thick, cv2.MORPH_CLOSE, np.ones((1, bridge), np.uint8)) if bridge > 1 else thick
    run = np.asarray(cv2.morphologyEx(thick, cv2.MORPH_OPEN, np.ones((1, round(min(RUN, shortest) * unit)), np.uint8)))
    _, _, statistics, centres = cv2.connectedComponentsWithStats(run, connectivity=8)
    left, _, width, height, area = np.asarray(statistics[1:], dtype=np.float64).T
    is_rule = (width >= shortest * unit) & (area <= (THICKNESS * unit + 2) * width)
    is_rule &= height <= THICKNESS * unit + 2 + STEEPEST * width
    found = np.stack([np.asarray(centres, dtype=np.float64)[1:, 1], left, left + width], axis=1)
    return np.asarray(found[is_rule])
