"""Ink in, its connected pieces out, letters for the most part: rules and frames are wiped away before.

Shapes: N pieces, H and W pixels.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from deepocr_cli.layout.dotted_rules import find_dotted_rules
from deepocr_cli.layout.ink import Ink
from deepocr_cli.layout.rules import NO_RULES, Rules, find_rules

RULE_LENGTH = 8
"""A straight stroke longer than this many heights of a small letter is a rule and no letter."""
RULE_THICKNESS = 0.6
"""Rules are thinner than this, in the same unit."""
SOLID_SHARE = 0.5
"""A wide piece that fills this much of its box is a coloured bar, with its text left out of it."""
SLANTED_THICKNESS = 0.35
"""A piece that long with less ink than this for each pixel of its length, in the same unit, is a slanted rule."""
FRAME_SHARE = 0.12
"""A large piece that fills less of its box is a frame or a drawing of lines."""
FRAME_EDGE, FRAME_ROOM, FRAME_LENGTH = 0.5, 1.8, 3.0
"""The sides of a frame around a word are no thicker than this, it is no lower and no shorter, in the same unit."""
BLOCK_SHARE = 0.85
"""A piece larger than a small letter that fills more of its box is the bar of a chart, or a box to be ticked."""
TALLEST = 7
"""Pieces taller than this many heights of a small letter are drawings."""


@dataclass(frozen=True, slots=True)
class Pieces:
    """Boxes (N, 4) of connected ink, in pixels: left, top, right, bottom; the height of a small letter, or so; and the
    rules, which are no pieces."""

    boxes: NDArray[np.int32] = field(repr=False)
    letter_height: float
    rules: Rules = field(default=NO_RULES, repr=False)

    @property
    def heights(self) -> NDArray[np.int32]:
        return self.boxes[:, 3] - self.boxes[:, 1]

    @property
    def widths(self) -> NDArray[np.int32]:
        return self.boxes[:, 2] - self.boxes[:, 0]


def find_pieces(ink: Ink) -> Pieces:
    """The pieces of a page; rules are wiped from `ink`, and what stands on a coloured bar is shown in it."""
    labels, boxes, areas = connected_pieces(ink.mask)
    unit = usual_height(boxes)
    widths, heights = boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1]
    is_solid = (areas > SOLID_SHARE * widths * heights) & (heights > 1.5 * unit) & (widths > 5 * unit)
    for box in boxes[is_solid]:
        _show_bar(ink, box)
    longest = np.maximum(widths, heights)
    rules, are_dots = find_dotted_rules(labels, boxes, unit)
    _wipe(ink, np.r_[False, are_dots][labels])
    solid = find_rules(ink, unit)
    # Rules may be too faint for ink; short strokes down a page without any others are of its letters.
    if are_dots.any() or len(solid.across) or (longest > RULE_LENGTH * unit).any():
        rules = rules.and_also(solid.with_edges_of(boxes[is_solid]))
        is_stroke = areas < SLANTED_THICKNESS * unit * longest
        is_frame = (np.minimum(widths, heights) > 3 * unit) & (areas < FRAME_SHARE * widths * heights)
        is_drawn = (longest > RULE_LENGTH * unit) & (is_stroke | is_frame)
        _wipe(ink, np.r_[False, is_drawn | _are_frames(labels, boxes, unit)][labels])
        _wipe_rules(ink, unit)
        _, boxes, areas = connected_pieces(ink.mask)
    return Pieces(boxes[_may_be_print(boxes, areas, unit)], unit, rules)


def _may_be_print(boxes: NDArray[np.int32], areas: NDArray[np.int32], unit: float) -> NDArray[np.bool_]:
    """Which pieces (N) are neither dust nor drawings."""
    widths, heights = boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1]
    is_dust = areas < max(2.0, (0.12 * unit) ** 2)
    is_block = (areas > BLOCK_SHARE * widths * heights) & (np.minimum(widths, heights) > unit)
    return np.asarray(~is_dust & ~is_block & (heights <= TALLEST * unit), dtype=np.bool_)


def _are_frames(labels: NDArray[np.int32], boxes: NDArray[np.int32], unit: float) -> NDArray[np.bool_]:
    """Which pieces (N) have room for a line of letters, corners, which no O has, and ink at their edges alone."""
    edge = max(2, round(FRAME_EDGE * unit))
    sizes = boxes[:, 2:] - boxes[:, :2]
    found = (sizes.min(axis=1) > FRAME_ROOM * unit) & (sizes.max(axis=1) > FRAME_LENGTH * unit)
    for number in np.flatnonzero(found):
        left, top, right, bottom = boxes[number]
        own = labels[top:bottom, left:right] == number + 1
        corners = (own[:edge, :edge], own[:edge, -edge:], own[-edge:, :edge], own[-edge:, -edge:])
        found[number] = all(corner.any() for corner in corners) and not own[edge:-edge, edge:-edge].any()
    return np.asarray(found)


def connected_pieces(mask: NDArray[np.uint8]) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]:
    """The connected pieces of a mask (H, W): the number of each pixel's (H, W), from 1, boxes (N, 4), areas (N)."""
    import cv2

    _, labels, statistics, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    found = np.asarray(statistics[1:], dtype=np.int32)
    boxes = np.concatenate([found[:, :2], found[:, :2] + found[:, 2:4]], axis=1)
    return np.asarray(labels, dtype=np.int32), boxes, found[:, 4]


def usual_height(boxes: NDArray[np.int32]) -> float:
    """The median height of pieces that may be letters, wide ones counting more; 8 pixels where there are none."""
    widths, heights = boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1]
    may_be = (heights >= 4) & (widths >= 2) & (widths < 12 * heights) & (heights < 12 * widths)
    if not may_be.any():
        return 8.0
    return weighted_median(heights[may_be], np.minimum(widths[may_be], 4 * np.median(heights[may_be])))


def weighted_median(values: NDArray[np.generic], weights: NDArray[np.generic]) -> float:
    order = np.argsort(values)
    total = np.cumsum(weights[order])
    return float(values[order][np.searchsorted(total, total[-1] / 2)])


def _show_bar(ink: Ink, box: NDArray[np.int32]) -> None:
    """Take a coloured bar for paper, so that what is printed on it becomes ink."""
    left, top, right, bottom = box
    part = (slice(top, bottom), slice(left, right))
    inked = ink.mask[part] > 0
    ink.paper[part] = np.median(ink.grey[part][inked])
    difference = np.abs(ink.grey[part].astype(np.int16) - ink.paper[part])
    ink.mask[part] = difference > ink.threshold
    # The edge of the bar, and the page that shows at its rounded corners, are no print.
    for edge in (ink.mask[part][:2], ink.mask[part][-2:], ink.mask[part][:, :2], ink.mask[part][:, -2:]):
        edge[...] = 0


def _wipe_rules(ink: Ink, letter_height: float) -> None:
    """Make paper of long straight strokes that are thin, also where they touch letters."""
    import cv2

    length, thickness = round(RULE_LENGTH * letter_height), max(2, round(RULE_THICKNESS * letter_height))
    rules = np.zeros_like(ink.mask)
    for shape, across in (((1, length), (thickness, 1)), ((length, 1), (1, thickness))):
        strokes = np.asarray(cv2.morphologyEx(ink.mask, cv2.MORPH_OPEN, np.ones(shape, np.uint8)))
        thick = np.asarray(cv2.morphologyEx(strokes, cv2.MORPH_OPEN, np.ones(across, np.uint8)))
        rules[(strokes > 0) & (thick == 0)] = 1
    _wipe(ink, rules > 0)


def _wipe(ink: Ink, drawn: NDArray[np.bool_]) -> None:
    """Make paper of what was drawn there (H, W), with its soft edges."""
    import cv2

    if drawn.any():
        soft = cv2.dilate(drawn.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
        ink.mask[drawn] = 0
        ink.grey[soft] = ink.paper[soft]
