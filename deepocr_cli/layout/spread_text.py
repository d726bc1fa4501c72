"""Texts that another reader found on a page in, the same as lines where the page's own pixels show them, out.

A reader that knows no tables reads across their cells: its text is then cut at the spaces nearest to where they end.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import replace
from itertools import accumulate

from deepocr_cli.layout.lines import PageLines
from deepocr_cli.layout.lists import with_bullet
from deepocr_cli.layout.page_text import to_line
from deepocr_cli.layout.rows import Line, shares_baseline

COVERED = 0.6
"""A line of the page that lies within a text by this share of its width was read with it."""
BEYOND = 4
"""A text that reaches further beyond a line than so many line heights holds more than the line."""
ASTRAY = 3
"""A space further than so many letters from where a cell should end is another one."""


def spread_text(found: Sequence[Line], page: PageLines) -> list[Line]:
    """The texts as the print beneath them stands, those that run through several cells cut; none is lost."""
    printed = sorted(((to_line(line, "", page.slope), line.has_bullet) for line in page.lines), key=_top)
    tallest = max((line.height for line, _ in printed), default=0.0)
    return [part for text in found for part in _parts(text, _near(text, printed, tallest))]


def _near(text: Line, printed: Sequence[tuple[Line, bool]], tallest: float) -> Sequence[tuple[Line, bool]]:
    """The lines of print, which go down the page, that may stand beneath a text: a newspaper has thousands."""
    return printed[bisect_left(printed, text.top - tallest, key=_top) : bisect_right(printed, text.bottom, key=_top)]


def _top(printed: tuple[Line, bool]) -> float:
    return printed[0].top


def _parts(text: Line, printed: Sequence[tuple[Line, bool]]) -> list[Line]:
    beneath = sorted((pair for pair in printed if _covers(text, pair[0])), key=lambda pair: pair[0].left)
    if not beneath:
        return [text]
    words = _cut(text.text, [line.right - line.left for line, _ in beneath])
    if words is None:
        (line, _), *others = beneath
        is_all = not others and text.right - text.left < line.right - line.left + BEYOND * line.height
        if not is_all:
            return [text if others else replace(text, top=line.top, bottom=line.bottom)]
        words = [text.text]
    return [
        replace(line, text=with_bullet(part) if has_bullet else part)
        for (line, has_bullet), part in zip(beneath, words, strict=True)
    ]


def _covers(text: Line, line: Line) -> bool:
    overlap = min(text.right, line.right) - max(text.left, line.left)
    return shares_baseline(text, line) and overlap > COVERED * (line.right - line.left)


def _cut(text: str, widths: Sequence[float]) -> list[str] | None:
    """The text in as many parts as there are widths, their lengths in proportion; None where no spaces allow it."""
    if len(widths) < 2:
        return None
    spaces = [place for place, letter in enumerate(text) if letter == " "]
    letters = [len(text[:space].replace(" ", "")) for space in [*spaces, len(text)]]
    ends = [letters[-1] * width / sum(widths) for width in accumulate(widths)][:-1]
    chosen = _nearest(ends, letters[:-1])
    if chosen is None or any(abs(letters[number] - end) > ASTRAY for number, end in zip(chosen, ends, strict=True)):
        return None
    cuts = [spaces[number] for number in chosen]
    return [text[start:end].strip() for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True)]


def _nearest(ends: Sequence[float], places: Sequence[int]) -> tuple[int, ...] | None:
    """For each of the ends another of the places, in order, so that together they are nearest; None for too few."""
    ways: list[tuple[float, tuple[int, ...]]] = [(0.0, ())]
    for end in ends:
        longer = []
        for number, place in enumerate(places):
            before = [way for way in ways if not way[1] or way[1][-1] < number]
            if before:
                cost, chosen = min(before)
                longer.append((cost + abs(place - end), (*chosen, number)))
        ways = longer
    return min(ways)[1] if ways else None
