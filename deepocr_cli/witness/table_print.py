"""The words and drawings of a PDF page in, the pieces of lines and the rules that its tables are made of out.

Lengths are in points. Shapes: N rules.
"""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deepocr_cli.layout.rows import Line, rows
from deepocr_cli.layout.rules import NO_RULES, Rules

THICKEST = 3.0
"""What is drawn thicker than this is a bar; the edges of a bar part rows, as rules do."""
JOINED = 1.5
"""Rules on one height that are no further apart are one: many programs draw one for each cell."""
CELL_GAP = 0.6
"""Words further apart are of two cells, in heights of a line; on a typewriter they are nearly so."""
CURRENCIES = frozenset("$€£¥")
"""Balances have the sign flush left and its amount flush right, however far apart."""
MOST_DRAWINGS = 20000
"""More than this are a map or a plan, and not the rules of a table."""

Edges = tuple[float, float, float, float]


def read_rules(page: Any) -> Rules:
    """The rules that are drawn on a pymupdf page without rotation."""
    boxes = [box for drawing in page.get_cdrawings() for box in _boxes(drawing)]
    if not boxes or len(boxes) > MOST_DRAWINGS:
        return NO_RULES
    left, top, right, bottom = np.array(boxes, dtype=np.float64).T
    width, height = right - left, bottom - top
    is_across, is_down = (height <= THICKEST) & (width > THICKEST), (width <= THICKEST) & (height > THICKEST)
    across = np.stack([(top + bottom) / 2, left, right], axis=1)[is_across]
    down = np.stack([(left + right) / 2, top, bottom], axis=1)[is_down]
    bars = np.stack([left, top, right, bottom], axis=1)[(width > THICKEST) & (height > THICKEST)]
    with_bars = Rules(across, down).with_edges_of(bars)
    return Rules(_joined(with_bars.across), _joined(with_bars.down))


def pieces_of(words: Sequence[Any], rules: Rules) -> list[Line]:
    """The words of a page as they follow one another on its lines, parted where cells are: at wide gaps and rules."""
    return [piece for row in rows([Line(word[4], *word[:4]) for word in words]) for piece in _pieces(row, rules)]


def _boxes(drawing: Any) -> Iterator[Edges]:
    """The lines and rectangles of a drawing, four lines where a rectangle is not filled; white is not seen."""
    is_filled = "f" in drawing["type"]
    if is_filled and min(drawing.get("fill") or (1.0,)) > 0.99:
        return
    for kind, *places in drawing["items"]:
        if kind == "l":
            (left, top), (right, bottom) = places[0], places[1]
            yield min(left, right), min(top, bottom), max(left, right), max(top, bottom)
        elif kind == "re":
            left, top, right, bottom = places[0]
            is_thin = min(right - left, bottom - top) <= THICKEST
            if is_filled or is_thin:
                yield left, top, right, bottom
            else:
                yield from ((left, top, right, top), (left, bottom, right, bottom))
                yield from ((left, top, left, bottom), (right, top, right, bottom))


def _joined(rules: NDArray[np.float64]) -> NDArray[np.float64]:
    """The rules (N, 3), those that go on where another ends as one."""
    joined: list[list[float]] = []
    for _, own in groupby(sorted(rules.tolist(), key=lambda rule: round(rule[0])), key=lambda rule: round(rule[0])):
        for place, start, end in sorted(own, key=lambda rule: rule[1]):
            if joined and abs(joined[-1][0] - place) < 1 and start - joined[-1][2] <= JOINED:
                joined[-1][2] = max(joined[-1][2], end)
            else:
                joined.append([place, start, end])
    return np.array(joined, dtype=np.float64).reshape(-1, 3)


def _pieces(row: Sequence[Line], rules: Rules) -> Iterator[Line]:
    words = [row[0]]
    for word in row[1:]:
        is_far = word.left - words[-1].right > CELL_GAP * word.height and words[-1].text not in CURRENCIES
        if is_far or _is_between(words[-1], word, rules.down):
            yield _piece(words)
            words = []
        words.append(word)
    yield _piece(words)


def _is_between(before: Line, after: Line, down: NDArray[np.float64]) -> bool:
    """Whether a rule down the page (N, 3) parts two words."""
    place, top, bottom = down.T
    is_beside = (top < after.middle) & (bottom > after.middle)
    return bool((is_beside & (place > before.right - 1) & (place < after.left + 1)).any())


def _piece(words: Sequence[Line]) -> Line:
    text = " ".join(word.text for word in words)
    top, bottom = min(word.top for word in words), max(word.bottom for word in words)
    return Line(text, words[0].left, top, words[-1].right, bottom)
