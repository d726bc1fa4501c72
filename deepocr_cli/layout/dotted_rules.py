"""The connected pieces of ink on a page in, the dotted and dashed rules that some are parts of out.

Shapes: N pieces, H and W pixels.
"""

import numpy as np
from numpy.typing import NDArray

from deepocr_cli.layout.rules import NO_RULES, Rules, find_broken_rules

THICKEST, LONGEST = 0.35, 0.9
"""The dots and dashes of rules are no larger, in heights of a small letter."""
FEWEST = 12
"""Dots and dashes on a page that has such rules."""
FEWEST_SHARE = 0.35
"""The share of what may be dots that is part of rules: specks on a grainy page lie in rows by chance."""
REACH, FALL = 0.25, 0.012
"""A piece this near to a rule is part of it, in heights of a small letter; and more, as a share of a slanted rule."""
LED = 1.2
"""Dots that begin so near to a letter on whose baseline they stand lead the eye, and are no rule, in the same unit."""


def find_dotted_rules(
    labels: NDArray[np.int32], boxes: NDArray[np.int32], letter_height: float
) -> tuple[Rules, NDArray[np.bool_]]:
    """The rules, and which pieces (N) they are made of; `labels` (H, W) are the numbers of pieces, from 1."""
    widths, heights = boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1]
    thickness, length = np.minimum(widths, heights), np.maximum(widths, heights)
    are_dots = (thickness <= THICKEST * letter_height) & (length <= LONGEST * letter_height)
    if are_dots.sum() < FEWEST:
        return NO_RULES, np.zeros(len(boxes), dtype=np.bool_)
    dots = np.r_[False, are_dots][labels].astype(np.uint8)
    found = find_broken_rules(dots, letter_height)
    letters = boxes[heights > 2 * THICKEST * letter_height]
    left, top, right, bottom = boxes.T
    is_on_down = _stand_on(found.down, (left + right) / 2, (top + bottom) / 2, letter_height)
    # A cross on a dashed rule is no sign where another goes down through it.
    signs = boxes[~are_dots & ~is_on_down & (heights <= widths + LED * THICKEST * letter_height)]
    across = np.array(
        [
            rule
            for rule in found.across
            if not (_is_leader(rule, letters, letter_height) or _is_typed(rule, signs, letter_height))
        ]
    )
    rules = Rules(across.reshape(-1, 3), found.down)
    are_parts = are_dots & (is_on_down | _stand_on(rules.across, (top + bottom) / 2, (left + right) / 2, letter_height))
    if are_parts.sum() < FEWEST_SHARE * are_dots.sum():
        return NO_RULES, np.zeros(len(boxes), dtype=np.bool_)
    return rules, are_parts


def _is_leader(rule: NDArray[np.float64], letters: NDArray[np.int32], unit: float) -> bool:
    """Whether a letter (N, 4) stands right before a row of dots, on the same baseline."""
    height, start, _ = rule
    is_before = (letters[:, 2] > start - LED * unit) & (letters[:, 0] < start)
    return bool((is_before & (np.abs(letters[:, 3] - height) < THICKEST * unit)).any())


def _is_typed(rule: NDArray[np.float64], signs: NDArray[np.int32], unit: float) -> bool:
    """Whether signs (N, 4) stand on it, each with its middle: the crosses of a table that is drawn with characters."""
    height, start, end = rule
    middles, left, right = signs[:, (1, 3)].mean(axis=1), signs[:, 0], signs[:, 2]
    is_on = (np.abs(middles - height) < REACH * unit) & (right > start - unit) & (left < end + unit)
    return int(is_on.sum()) > 1


def _stand_on(
    rules: NDArray[np.float64], places: NDArray[np.float64], along: NDArray[np.float64], unit: float
) -> NDArray[np.bool_]:
    """Which pieces (N) with their middles at `places` across the rules and `along` them lie on one, or at its end."""
    found = np.zeros(len(places), dtype=np.bool_)
    for place, start, end in rules:
        is_near = np.abs(places - place) < REACH * unit + FALL * (end - start)
        found |= is_near & (along >= start - unit) & (along <= end + unit)
    return found
