"""The rows of a region in, those that are footnotes out: small print at its end, under a short rule or with a mark."""

import re
from collections.abc import Sequence
from statistics import median

import numpy as np
from numpy.typing import NDArray

from deepocr_cli.layout.captions import caption_kind
from deepocr_cli.layout.headings import Body
from deepocr_cli.layout.paragraphs import Row
from deepocr_cli.layout.rows import row_text

NOTE_SIZE = 0.93
"""Footnotes are set at most so large beside the text."""
HIGHEST = 0.4
"""No notes stand above this share of the page's height."""
SHORT, SHORTEST = 0.5, 2.0
"""The rule above footnotes is no longer than this share of their column, and no shorter than so many line heights."""

_MARK = re.compile(r"(?P<mark>[⁰¹²³⁴-⁹*†‡§]+|\d{1,2}(?=[\s\"“(]*[^\W\d_]))[.)]?\s*(?=\S)")
_RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def find_notes(page_rows: Sequence[Row], across: NDArray[np.float64], body: Body, height: float) -> int:
    """The number of the first row of the notes, which go on to the end; the count of rows where there are none.

    `across` (N, 3) are the rules on the page, whose height is `height`: each one's height, left and right end.
    """
    first = len(page_rows)
    while first and _is_small(page_rows[first - 1], body):
        first -= 1
    for number in range(first, len(page_rows)):
        if page_rows[number][0].top < HIGHEST * height or caption_kind(row_text(page_rows[number])):
            continue
        is_marked = _MARK.match(row_text(page_rows[number])) is not None
        if _is_below_rule(page_rows, number, across) or (is_marked and number and number == first):
            return number
    return len(page_rows)


def note_starts(page_rows: Sequence[Row]) -> set[int]:
    """The numbers of the rows that begin a note: those with a mark, and numbers that count."""
    starts, last = set(), None
    for number, row in enumerate(page_rows):
        match = _MARK.match(row_text(row))
        if match is None:
            continue
        value = int(match["mark"]) if match["mark"].isascii() and match["mark"].isdigit() else None
        if value is None or last is None or value == last + 1:
            starts.add(number)
            last = value if value is not None else last
    return starts


def with_raised_mark(text: str) -> str:
    """The text of a note, the number before it raised as on paper."""
    match = _MARK.match(text)
    return text if match is None else f"{match['mark'].translate(_RAISED)} {text[match.end() :]}"


def _is_small(row: Row, body: Body) -> bool:
    return median(line.height for line in row) <= NOTE_SIZE * body.height


def _is_below_rule(page_rows: Sequence[Row], number: int, across: NDArray[np.float64]) -> bool:
    """Whether a short rule stands right above a row, at the left of its column."""
    row = page_rows[number]
    height = row[0].height
    left, right = min(row[0].left for row in page_rows), max(row[-1].right for row in page_rows)
    top = page_rows[number - 1][0].bottom if number else row[0].top - 2 * height
    is_above = (across[:, 0] > top - 0.5 * height) & (across[:, 0] < row[0].top + 0.5 * height)
    widths = across[:, 2] - across[:, 1]
    is_short = (widths < SHORT * (right - left)) & (widths > SHORTEST * height)
    return bool((is_above & is_short & (np.abs(across[:, 1] - left) < 1.5 * height)).any())
