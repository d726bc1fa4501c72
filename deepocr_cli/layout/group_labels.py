"""Rows of print between two rules in, the label of all of them out: it stands alone in the first column, half way down.

Edges are in the unit of the lines.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from deepocr_cli.layout.columns import Column, place
from deepocr_cli.layout.filled_cells import FilledCell
from deepocr_cli.layout.rows import Line

OFF_CENTRE = 0.4
"""How far a label stands from the middle of its rows, at most, in line heights."""

PrintRows = Sequence[Sequence[Line]]


@dataclass(frozen=True, slots=True)
class GroupLabel:
    """A label, and the rows of the table that it names, from `top` to `bottom`, the latter excluded."""

    line: Line
    top: int
    bottom: int


def find_label(band: PrintRows, columns: Sequence[Column]) -> Line | None:
    """The label of the rows of a band; None where the first column holds none, or holds what is of one row."""
    first = [line for row in band for line in row if place(line, columns) == (0, 1)]
    others = [line.middle for row in band for line in row if line not in first]
    if len(first) != 1 or not others or max(others) - min(others) < first[0].height:
        return None
    return first[0] if abs(first[0].middle - (min(others) + max(others)) / 2) < OFF_CENTRE * first[0].height else None


def without_label(band: PrintRows, label: Line) -> list[list[Line]]:
    rest = [[line for line in row if line is not label] for row in band]
    return [row for row in rest if row]


def with_labels(cells: Sequence[FilledCell], labels: Sequence[GroupLabel]) -> Iterator[FilledCell]:
    """The cells, those of the first column beside which labels stand as one."""
    for cell, lines in cells:
        label = next((label for label in labels if label.top <= cell.top < label.bottom and cell.left == 0), None)
        if label is None:
            yield cell, lines
        elif cell.top == label.top:
            yield replace(cell, bottom=label.bottom), [label.line]
