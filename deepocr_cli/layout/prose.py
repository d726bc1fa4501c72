"""Lines of text in, whether they are running text or the entries of something out."""

import re
from collections.abc import Sequence

import numpy as np

from deepocr_cli.layout.rows import Line

FEWEST_LETTERS, FEWEST_SPELLED = 4, 3
"""What it takes to know a fixed pitch: so many lines with so many letters; figures are all equally wide in any type."""
EVEN = 0.3
"""By how many letters lines of fixed pitch may be longer or shorter than they should, half of them less."""

_NUMBER = re.compile(
    r"[-+−–±(<>~≈$€£¥]*\s?\d[\d.,:/'’ %°×x()+−–-]*\s?(?:[^\W\d]{1,4}|[%€$£])?\)?\*{0,3}|[-–—−]|n/?a", re.I
)


def goes_on(text: str) -> bool:
    """Whether a line may go on with a sentence of the line before: cells and entries of lists begin otherwise."""
    return text[:1].isalpha() and not text[0].isupper()


def is_number(text: str) -> bool:
    """Whether a cell holds a number, an amount, a date in figures, or the dash that stands for none."""
    return _NUMBER.fullmatch(text.strip()) is not None


def is_prose(side: Sequence[Line]) -> bool:
    """Whether most of a side's text is in lines that run on: several words each, and about equally long."""
    length = sum(len(line.text) for line in side)
    running = [line for line in side if len(line.text.split()) >= 3]
    if sum(len(line.text) for line in running) < 0.6 * length:
        return False
    if sum(goes_on(line.text) for line in running) < 0.2 * len(running):
        return False
    widths = sorted(line.right - line.left for line in running)
    usual = widths[int(0.9 * (len(widths) - 1))]
    return sum(width > 0.7 * usual for width in widths) >= 0.4 * len(widths)


def is_fixed_pitch(lines: Sequence[Line]) -> bool:
    """Whether all letters are equally wide, as on a typewriter and in code: a line is as long as it has letters."""
    spelled = [line for line in lines if sum(map(str.isalpha, line.text)) >= FEWEST_LETTERS]
    if len(spelled) < FEWEST_SPELLED:
        return False
    counts = np.array([len(line.text) for line in spelled], dtype=float)
    widths = np.array([line.right - line.left for line in spelled])
    pitch = float(np.median(widths / (counts - 0.2)))
    return float(np.median(np.abs(widths / pitch - (counts - 0.2)))) < EVEN
