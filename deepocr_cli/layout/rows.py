"""Runs of text with their boxes in, the rows that they stand in and what these say out."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Line:
    """A run of text on one baseline; edges in any unit that is the same on both axes, origin top left.

    `stroke` is how thick the strokes of its letters are, where that was looked at; `pitch` how far apart they are,
    where all are equally wide.
    """

    text: str
    left: float
    top: float
    right: float
    bottom: float
    stroke: float | None = None
    pitch: float | None = None

    @property
    def height(self) -> float:
        return self.bottom - self.top

    @property
    def middle(self) -> float:
        return (self.top + self.bottom) / 2


def rows(lines: Sequence[Line]) -> list[list[Line]]:
    """Lines that share a baseline together, left to right; the rows from top to bottom."""
    result: list[list[Line]] = []
    for line in sorted(lines, key=lambda line: (line.middle, line.left)):
        if result and shares_baseline(result[-1][0], line):
            result[-1].append(line)
        else:
            result.append([line])
    return [sorted(row, key=lambda line: line.left) for row in result]


def row_text(row: Sequence[Line]) -> str:
    """The texts of a row, joined by spaces."""
    return " ".join(line.text for line in row)


def join_lines(texts: Iterable[str]) -> str:
    """The lines of a paragraph as one text; a word that was cut at the end of a line is made whole."""
    result = ""
    for text in texts:
        if len(result) > 1 and result[-1] in "-\u00ad" and result[-2].isalpha() and text[:1].islower():
            result = result[:-1] + text
        else:
            result = f"{result} {text}" if result else text
    return result


def shares_baseline(line: Line, other: Line) -> bool:
    overlap = min(line.bottom, other.bottom) - max(line.top, other.top)
    return overlap > 0.5 * min(line.height, other.height)
