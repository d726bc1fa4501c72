"""A line of MuPDF's with Hebrew or Arabic in it in, the same line with its letters in the order of reading out.

MuPDF turns the letters of words round, and leaves words, numbers and signs as they stand from left to right.
"""

import unicodedata
from collections.abc import Iterator, Sequence, Set
from itertools import groupby, pairwise
from typing import Any

_STRAIGHT = {"L", "EN", "AN"}
_TURNED = {"R", "AL"}
"""Letters and digits that are read from left to right, and letters that are read from right to left (UAX 9)."""

Letter = tuple[Any, Any]
"""A character of MuPDF's, and the span that it belongs to."""


def is_turned(text: str) -> bool:
    """Whether there is a letter in the text that is read from right to left."""
    return any(unicodedata.bidirectional(letter) in _TURNED for letter in text)


def in_reading_order(line: Any) -> Any:
    """The line, from `rawdict`, with its letters in the order of reading, in as many spans as that takes."""
    letters = sorted(_letters_with_marks(line), key=_middle)
    kinds = [unicodedata.bidirectional(letter[0][0]["c"]) for letter in letters]
    is_base_turned = sum(kind in _TURNED for kind in kinds) > kinds.count("L")
    pieces = list(_pieces(kinds, _STRAIGHT if is_base_turned else _TURNED))
    order = (
        [number for piece in reversed(pieces) for number in piece]
        if is_base_turned
        else [number for piece in pieces for number in reversed(piece)]
    )
    read = [letter for number in order for letter in letters[number]]
    spans = (list(own) for _, own in groupby(read, key=lambda letter: id(letter[1])))
    return {**line, "spans": [_span([char for char, _ in own], own[0][1]) for own in spans]}


def _letters_with_marks(line: Any) -> list[list[Letter]]:
    """The letters of a line, each with the points or vowel signs that belong to it."""
    letters: list[list[Letter]] = []
    for span in line["spans"]:
        for char in span["chars"]:
            if letters and unicodedata.combining(char["c"]):
                letters[-1].append((char, span))
            else:
                letters.append([(char, span)])
    return letters


def _middle(letter: Sequence[Letter]) -> float:
    left, _, right, _ = letter[0][0]["bbox"]
    return float(left + right)


def _pieces(kinds: Sequence[str], members: Set[str]) -> Iterator[range]:
    """Stretches from left to right that are read as a whole: runs of `members`, and whatever else by itself.

    Signs within a run belong to it, and so do blanks, but for those between numbers.
    """
    runs: list[tuple[int, int]] = []
    for number in (number for number, kind in enumerate(kinds) if kind in members):
        start, end = runs[-1] if runs else (0, 0)
        between = kinds[end:number]
        is_neutral = not any(kind in _STRAIGHT | _TURNED for kind in between)
        if runs and is_neutral and ("WS" not in between or not {"EN", "AN"} >= set(kinds[start:end])):
            runs[-1] = start, number + 1
        else:
            runs.append((number, number + 1))
    ends = [0, *(end for run in runs for end in run), len(kinds)]
    for place, (start, end) in enumerate(pairwise(ends)):
        yield from [range(start, end)] if place % 2 else (range(number, number + 1) for number in range(start, end))


def _span(chars: list[Any], span: Any) -> Any:
    edges = list(zip(*(char["bbox"] for char in chars), strict=True))
    return {**span, "chars": chars, "bbox": (min(edges[0]), min(edges[1]), max(edges[2]), max(edges[3]))}
