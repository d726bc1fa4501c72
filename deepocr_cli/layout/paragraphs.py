"""The rows of a region in, its paragraphs out, and where their lines were ended on purpose, as those of an address.

A paragraph begins where there is more room than between lines, where letters look otherwise, at an indent or a hanging
line, and after a line on which the next word would have had room. Edges are in the unit of the lines.
"""

import math
import re
from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

import numpy as np

from deepocr_cli.layout.contents import LEADER
from deepocr_cli.layout.prose import is_number
from deepocr_cli.layout.rows import Line, join_lines, row_text

ROOM = 0.15
"""Rows further apart than most of their region by this many line heights belong to different paragraphs."""
LEAST_PITCH, GREATEST_PITCH = 1.0, 1.75
"""How far apart, from baseline to baseline, lines of one paragraph are where nothing tells, in line heights."""
LIKE_HEIGHT, LIKE_STROKE = 1.25, 1.25
"""Rows of one paragraph have letters and strokes that differ by no more than these factors."""
INDENT, DEEPEST_INDENT = 0.6, 6.0
"""What is set further in than a line before it, in line heights."""
SLACK = 1.0
"""What is left of a line beside the word that would have fitted, in line heights."""
WIDE_GAP = 1.5
"""Words further apart on a row than this many line heights are of two columns."""
NARROW, FEW = 0.6, 6
"""Lines that were ended on purpose take less than this share of their column, and there are no more of them."""
LINE_BREAK = "  \n"
"""Two blanks make a break within a paragraph of markdown."""

_ENDS = re.compile(r"[.!?:;][)\]\"'”’»]*\d{0,2}\Z")

Row = Sequence[Line]


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Rows of print, and the numbers of those whose line was ended on purpose."""

    rows: tuple[Row, ...]
    ended: frozenset[int] = frozenset()

    @property
    def lines(self) -> list[Line]:
        return [line for row in self.rows for line in row]

    @property
    def left(self) -> float:
        return self.rows[0][0].left

    @property
    def height(self) -> float:
        return median(line.height for line in self.lines)

    @property
    def stroke(self) -> float:
        return _stroke(self.lines)

    @property
    def words(self) -> str:
        """All its words in one line."""
        return join_lines(map(row_text, self.rows))

    def text(self, write: Callable[[str], str] = str) -> str:
        """Its words, through `write`, with the breaks that were made on purpose."""
        stretches: list[list[str]] = [[]]
        for number, row in enumerate(self.rows):
            stretches[-1].append(row_text(row))
            if number in self.ended:
                stretches.append([])
        return LINE_BREAK.join(write(join_lines(texts)) for texts in stretches if texts)


def split_paragraphs(
    page_rows: Sequence[Row], starts: Set[int] = frozenset(), right: float | None = None
) -> list[Paragraph]:
    """The paragraphs of a region; rows with the numbers in `starts` begin one, whatever speaks against it.

    The region reaches to `right`, or to the end of its longest row; where it is endless all lines end on purpose.
    """
    if not page_rows:
        return []
    edges = min(map(_left, page_rows)), max(map(_right, page_rows)) if right is None else right
    column = _Column(*edges, usual_pitch(page_rows))
    cuts = [0, *(number for number in range(1, len(page_rows)) if column.parts(*page_rows[number - 1 : number + 1]))]
    found = []
    for start, end in pairwise([*cuts, len(page_rows)]):
        found += _split(page_rows[start:end], {number - start for number in starts}, column)
    return found


def usual_pitch(page_rows: Sequence[Row]) -> float:
    """How far apart lines of a paragraph are, from baseline to baseline, in line heights."""
    steps = [
        (_bottom(row) - _bottom(before)) / _height(before)
        for before, row in pairwise(page_rows)
        if 1 / LIKE_HEIGHT < _height(row) / _height(before) < LIKE_HEIGHT
    ]
    steps = [step for step in steps if 0.7 < step < 2 * GREATEST_PITCH]
    # Of few rows each may be a paragraph: then only rows that stand close tell how far apart lines are.
    usual = float(np.percentile(steps, 30)) if steps else GREATEST_PITCH - ROOM
    return max(LEAST_PITCH, usual if len(steps) >= 6 else min(usual, GREATEST_PITCH - ROOM))


def has_gap(row: Row) -> bool:
    """Whether a row holds more than one piece of text, or a leader between two."""
    return LEADER.search(row_text(row)) is not None or any(
        line.left - before.right > WIDE_GAP * line.height for before, line in pairwise(row)
    )


@dataclass(frozen=True, slots=True)
class _Column:
    """The edges of a region, and how far apart its lines are, in line heights."""

    left: float
    right: float
    pitch: float

    def parts(self, before: Row, row: Row) -> bool:
        """Whether room or look part two rows."""
        if _bottom(row) - _bottom(before) > (self.pitch + ROOM) * max(_height(row), _height(before)):
            return True
        if not 1 / LIKE_HEIGHT < _height(row) / _height(before) < LIKE_HEIGHT:
            return True
        strokes = _stroke(before), _stroke(row)
        is_unlike = min(strokes) > 0 and max(strokes) > LIKE_STROKE * min(strokes)
        return is_unlike and not row_text(row)[:1].islower()


def _split(page_rows: Sequence[Row], starts: Set[int], column: _Column) -> list[Paragraph]:
    """The paragraphs of rows that neither room nor look parts."""
    ended = _ended(page_rows, column)
    is_sunk = _is_sunk(page_rows)
    parts: list[list[int]] = []
    for number in range(len(page_rows)):
        if number and number not in starts and not _begins(page_rows, number, parts[-1], ended, is_sunk=is_sunk):
            parts[-1].append(number)
        else:
            parts.append([number])
    return [
        Paragraph(
            tuple(page_rows[number] for number in part),
            frozenset(place for place, number in enumerate(part[:-1]) if number in ended),
        )
        for part in parts
    ]


def _begins(page_rows: Sequence[Row], number: int, part: Sequence[int], ended: Set[int], *, is_sunk: bool) -> bool:
    """Whether a row begins a paragraph and does not go on with the rows of `part`."""
    before, row = page_rows[number - 1], page_rows[number]
    height, ends = _height(row), _ENDS.search(row_text(before)) is not None
    shift = (_left(row) - _left(before)) / height
    if number - 1 in ended:
        return not has_gap(before) and (ends or INDENT < shift < DEEPEST_INDENT)
    if INDENT < shift < DEEPEST_INDENT:
        comes_back = number + 1 < len(page_rows) and _left(page_rows[number + 1]) < _left(row) - INDENT * height
        return comes_back and is_sunk and ends
    return shift < -INDENT and ends and len(part) > 1 and _left(page_rows[part[1]]) > _left(row) + INDENT * height


def _is_sunk(page_rows: Sequence[Row]) -> bool:
    """Whether first lines are set in, and not all others: most rows are flush with the leftmost."""
    left, height = min(map(_left, page_rows)), _height(page_rows[0])
    return sum(_left(row) < left + INDENT * height for row in page_rows) > 0.5 * len(page_rows)


def _ended(page_rows: Sequence[Row], column: _Column) -> set[int]:
    """The numbers of the rows on which the first word of the next row would have had room."""
    early = _early(page_rows, min(map(_left, page_rows)), max(map(_right, page_rows)))
    # Lines of an address are of any length, those of a narrow paragraph are as long as there is room.
    if len(early) > 0.3 * (len(page_rows) - 1) or _are_short(page_rows, column) or _is_set_off(page_rows):
        early = _early(page_rows, column.left, column.right)
    return early | _with_gaps(page_rows)


def _are_short(page_rows: Sequence[Row], column: _Column) -> bool:
    """Whether a few rows at the left of their column leave much of it free, and none goes on with the one before."""
    left, right, height = min(map(_left, page_rows)), max(map(_right, page_rows)), _height(page_rows[0])
    is_narrow = right - left < NARROW * (column.right - column.left) or len(page_rows) < 3
    is_flush = left < column.left + INDENT * height and len({round(_left(row) / height) for row in page_rows}) < 3
    return math.isinf(column.right) or (
        is_narrow
        and is_flush
        and len(page_rows) <= FEW
        and not any(row_text(row)[:1].islower() for row in page_rows[1:])
    )


def _with_gaps(page_rows: Sequence[Row]) -> set[int]:
    """The numbers of the rows of several pieces; a gap in a line as long as the others may be one between words that
    were spaced out to make it so."""
    right, height = max(map(_right, page_rows)), _height(page_rows[0])
    figured = {number for number, row in enumerate(page_rows) if has_gap(row) and is_number(row[-1].text.split()[-1])}
    goes_on = [row_text(row)[:1].islower() for row in (*page_rows[1:], ())]
    found = {number for number, row in enumerate(page_rows) if has_gap(row) and not goes_on[number]} | figured
    if 2 * len(found) > len(page_rows):
        return found
    return figured | {number for number in found if _right(page_rows[number]) < right - 0.5 * height}


def _early(page_rows: Sequence[Row], left: float, right: float) -> set[int]:
    is_set_off = _is_set_off(page_rows)
    found = set()
    for number, (row, following) in enumerate(pairwise(page_rows)):
        text = row_text(following)
        word = (text.split() or [""])[0]
        width = (_right(following) - _left(following)) * len(word) / max(1, len(text))
        room = right - left - _right(row) + _left(row) if is_set_off else right - _right(row)
        if room > width + SLACK * _height(row) and not text[:1].islower():
            found.add(number)
    return found


def _is_set_off(page_rows: Sequence[Row]) -> bool:
    """Whether rows are centred or flush right, and not flush left."""
    height = _height(page_rows[0])
    lefts, rights = np.array([_left(row) for row in page_rows]), np.array([_right(row) for row in page_rows])
    return (
        len(page_rows) > 1 and np.ptp(lefts) > height and min(np.ptp(rights), np.ptp(lefts + rights) / 2) < 0.5 * height
    )


def _left(row: Row) -> float:
    return row[0].left


def _right(row: Row) -> float:
    return max(line.right for line in row)


def _bottom(row: Row) -> float:
    return median(line.bottom for line in row)


def _height(row: Row) -> float:
    return median(line.height for line in row)


def _stroke(lines: Sequence[Line]) -> float:
    """The mean stroke of lines, long ones counting more; 0 where it is not known."""
    known = [(line.stroke, line.right - line.left) for line in lines if line.stroke is not None]
    return float(np.average([stroke for stroke, _ in known], weights=[width for _, width in known])) if known else 0.0
