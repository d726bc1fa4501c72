"""The rows of a paragraph in, the items of a list among them out: what begins with a bullet, or numbers that count.

Edges are in the unit of the lines.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from deepocr_cli.layout.rows import Line, join_lines, row_text

INDENT = 0.8
"""Items that begin further to the right than others by this many line heights are within them."""

BULLETS = "•◦▪‣●○■□➢✓"
"""Signs that are made to begin an item; dashes, asterisks and dots do, too."""
_BULLET = re.compile(rf"(?P<sign>[{BULLETS}∙·*–—-])\s+(?=\S)")
_PLAIN_SIGNS = frozenset("·*–—-○□")
"""Signs that a line may begin with and be no item: one alone makes no list."""
_NUMBER = re.compile(r"\(?(?P<number>\d{1,3})[.)]\s+(?=\S)")

Rows = Sequence[Sequence[Line]]


@dataclass(frozen=True, slots=True)
class Item:
    """An item: how deep it stands, from 0; its bullet, or none where a number is part of its text; and its text."""

    level: int
    bullet: str | None
    text: str


def find_items(paragraph: Rows) -> tuple[int, list[Item]]:
    """The number of rows before the first item, and the items; none where the paragraph has no list."""
    texts = [row_text(row) for row in paragraph]
    starts = [number for number, text in enumerate(texts) if _BULLET.match(text)] or _counted(texts)
    signs = [match["sign"] for match in map(_BULLET.match, texts) if match]
    # One sign within a paragraph is dust that was read.
    if not starts or (len(starts) == 1 and (starts[0] > 0 or not signs or signs[0] in _PLAIN_SIGNS)):
        return len(paragraph), []
    lefts = [paragraph[start][0].left for start in starts]
    height = paragraph[starts[0]][0].height
    parts = [texts[start:end] for start, end in zip(starts, [*starts[1:], len(texts)], strict=True)]
    return starts[0], [_item(part, _level(lefts, left, height)) for part, left in zip(parts, lefts, strict=True)]


def _counted(texts: Sequence[str]) -> list[int]:
    """The rows that begin with numbers, if these are two at least and count up by one."""
    found = [(row, int(match["number"])) for row, match in enumerate(map(_NUMBER.match, texts)) if match]
    counts_up = all(after == before + 1 for (_, before), (_, after) in pairwise(found))
    return [row for row, _ in found] if len(found) > 1 and counts_up else []


def _item(texts: Sequence[str], level: int) -> Item:
    text = join_lines(texts)
    match = _BULLET.match(text)
    return Item(level, match["sign"], text[match.end() :]) if match else Item(level, None, text)


def _level(lefts: Sequence[float], left: float, height: float) -> int:
    """How many indents lie left of an item."""
    steps: list[float] = []
    for edge in sorted(lefts):
        if not steps or edge > steps[-1] + INDENT * height:
            steps.append(edge)
    return sum(step < left - INDENT * height for step in steps)
