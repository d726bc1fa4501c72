"""A line of print in, how its letters look out: how thick their strokes are, and whether all are equally wide.

Shapes: H and W pixels.
"""

import math
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from deepocr_cli.layout.ink_line import InkLine

ABOVE, BELOW = 0.75, 0.22
"""What is looked at above and below the baseline, in letter heights (em)."""
STRAYED = 0.15
"""A slanted line is looked at in pieces whose baseline rises or falls by no more than this, in letter heights."""

NARROWEST, WIDEST, FINENESS = 0.42, 0.75, 0.006
"""How far apart letters of one width are, in letter heights; which distances are tried, one larger than another by this
share."""
FEWEST, MOST = 8, 40
"""So many pieces of ink tell whether letters are equally wide; more are not looked at."""
IN_STEP = 0.7
"""How well the middles of letters agree with equal steps, from 0 to 1, where letters are equally wide: of others eight
agree by .6 at most, and more of them by less."""


def stroke_width(mask: NDArray[np.uint8], line: InkLine, slope: float) -> float:
    """The mean length, in pixels, of the runs of ink across a line: `mask` (H, W) is 1 where there is ink."""
    left, right = max(0, int(line.left)), int(line.right) + 1
    count = math.ceil(abs(slope) * (right - left) / (STRAYED * line.size)) or 1
    edges = np.linspace(left, right, count + 1).astype(int)
    ink = runs = 0
    for start, end in pairwise(edges):
        baseline = line.baseline + slope * (start + end) / 2
        top, bottom = (max(0, round(baseline + share * line.size)) for share in (-ABOVE, BELOW))
        part = mask[top:bottom, start:end]
        ink += int(np.count_nonzero(part))
        runs += int(np.count_nonzero(part[:, 1:] > part[:, :-1]))
    return ink / max(1, runs)


def letter_pitch(line: InkLine) -> float | None:
    """How far apart letters are, in pixels, that are equally wide, as those of code; None where they are not.

    Pieces of ink are letters, or several that touch: then their middle lies half a step between two.
    """
    if len(line.inked) < FEWEST:
        return None
    middles = np.array([(left + right) / 2 for left, right in line.inked[:MOST]])
    steps = line.size * np.exp(np.arange(math.log(NARROWEST), math.log(WIDEST), FINENESS))
    agreement = np.abs(np.exp(4j * math.pi * middles / steps[:, None]).mean(axis=1))
    best = int(np.argmax(agreement))
    return float(steps[best]) if agreement[best] > IN_STEP else None
