"""A paragraph in, whether it is a heading out: a few words in larger or bolder letters than most of the page."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import median
from types import MappingProxyType

from deepocr_cli.layout.code_rows import is_typewritten
from deepocr_cli.layout.paragraphs import Paragraph, Row, has_gap
from deepocr_cli.layout.rows import Line

TITLE, SUB_TITLE = 1.5, 1.15
"""Letters of a heading are at least this many times as high as those of most of the text."""
BOLD = 1.2
"""Strokes of bold letters are this many times as thick as those of others of their height."""
LEAST_BOLD = 0.9
"""Letters of a heading that is bold may be a little lower than those of the text, as it is measured."""
LONGEST, FEWEST_LETTERS = 200, 2
"""Letters of a heading."""
MOST_ROWS = 3
MARKS: Mapping[int, str] = MappingProxyType({1: "title", 2: "sub_title", 3: "sub_title"})
"""What headings of a level are called."""

_SENTENCE = re.compile(r"[.,;:]\Z")
_NUMBER = re.compile(r"(?:\d{1,2}|[A-Z])(?:\.\d{1,2})*\.?")


@dataclass(frozen=True, slots=True)
class Body:
    """How most of a page's text looks: the height of its lines, the strokes of its letters, and whether it was typed.

    Where a heading is bold, `has_bold_headings`, what is larger than the text and not bold is a name or a date.
    """

    height: float
    stroke: float | None
    is_typewritten: bool = False
    has_bold_headings: bool = False


def find_body(lines: Sequence[Line]) -> Body:
    """The look of the lines that hold most of the text."""
    weighted = [line for line in lines for _ in range(1 + len(line.text) // 8)]
    strokes = [line.stroke for line in weighted if line.stroke is not None]
    height = median([line.height for line in weighted] or [1.0])
    body = Body(height, median(strokes) if strokes else None, is_typewritten(lines))
    are_bold = (is_bold([line], body) for line in lines if line.height >= SUB_TITLE * height)
    return replace(body, has_bold_headings=any(are_bold))


def heading_level(paragraph: Paragraph, body: Body) -> int | None:
    """1 for a title, 2 for a heading in large letters, 3 for one in bold; None where it is no heading."""
    words = paragraph.words
    if len(paragraph.rows) > MOST_ROWS or len(words) > LONGEST or any(map(_is_parted, paragraph.rows)):
        return None
    if sum(map(str.isalpha, words)) < FEWEST_LETTERS:
        return None
    height = paragraph.height / body.height
    if height >= TITLE:
        return 1
    is_heavy = is_bold(paragraph.lines, body)
    if height >= SUB_TITLE and (is_heavy or not (body.has_bold_headings or _SENTENCE.search(words))):
        return 2
    return 3 if is_heavy and height >= LEAST_BOLD and not _SENTENCE.search(words) else None


def _is_parted(row: Row) -> bool:
    """Whether a row holds several pieces, but for the number before a heading."""
    return has_gap(row) and not (len(row) == 2 and _NUMBER.fullmatch(row[0].text) and not has_gap(row[1:]))


def is_bold(lines: Sequence[Line], body: Body) -> bool | None:
    """Whether letters are bolder than those of the text; None where that is not known."""
    if body.stroke is None or any(line.stroke is None for line in lines):
        return None
    height = median(line.height for line in lines)
    stroke = median(line.stroke or 0.0 for line in lines)
    return stroke / body.stroke >= BOLD * max(1.0, height / body.height)


def looks_like_heading(row: Row, body: Body) -> bool:
    """Whether a row by itself looks as headings do."""
    return heading_level(Paragraph((row,)), body) is not None
