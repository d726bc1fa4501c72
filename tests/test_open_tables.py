"""Tables that no grid draws: which lines are cells, which cells are one, and what stands beside them and is none."""

import numpy as np
import pytest

from deepocr_cli.layout.blocks import TextBlock, lay_out
from deepocr_cli.layout.rows import Line
from deepocr_cli.layout.rules import NO_RULES, Rules

HEIGHT = 20
WIDTHS = dict.fromkeys("fijlrt.,' ", 5) | dict.fromkeys("mwMWO", 16) | dict.fromkeys("aces", 8)
"""Of letters that are not 10 wide: where all were, the page would be typewritten."""
WORDS = "words of a paragraph that go on and on for as long as there is room for them on the page"


def line(text: str, left: float, row: float, *, is_right: bool = False) -> Line:
    """A line that begins `left`, or ends there."""
    width, top = sum(WIDTHS.get(letter, 10) for letter in text), 100 + 28 * row
    start = left - width if is_right else left
    return Line(text, start, top, start + width, top + HEIGHT)


def prose(row: float) -> list[Line]:
    return [line(WORDS, 100, row + 0.8 * number) for number in range(3)]


def across(*rows: float) -> Rules:
    """Rules between rows, from edge to edge of the page."""
    heights = [100 + 28 * row - 4 for row in rows]
    return Rules(np.array([[height, 100, 980] for height in heights]), NO_RULES.down)


def cells_of(lines: list[Line], rules: Rules = NO_RULES) -> list[list[str]]:
    """The texts of the one table of a page, `=` after a cell for every further column and `|` for every further row."""
    (table,) = [block.table for block in blocks_of(lines, rules) if block.table is not None]
    return [
        [cell.text + "=" * (cell.column_span - 1) + "|" * (cell.row_span - 1) for cell in row] for row in table.rows
    ]


def blocks_of(lines: list[Line], rules: Rules = NO_RULES) -> list[TextBlock]:
    return lay_out(lines, 1400, rules)


FIELDS = [
    ("id", "integer", ["Unique number of the record, given when", "it is first stored."]),
    ("name", "string", ["Full name of the customer."]),
    (
        "created",
        "date",
        ["Day on which the record was made, never changed", "afterwards, not even when it and others", "are merged."],
    ),
    ("notes", "text", ["Whatever else there is to say about them", "and all others."]),
]


def fields(step: float) -> list[Line]:
    """The fields, with `step` rows more between them than between the lines of a cell."""
    lines, row = [], 5.0
    for name, kind, meaning in FIELDS:
        lines += [line(name, 100, row), line(kind, 260, row)]
        for text in meaning:
            lines.append(line(text, 420, row))
            row += 0.9
        row += step
    return lines


@pytest.mark.parametrize("step", [0.0, 0.4])
def test_cells_of_several_lines_are_whole_where_no_rule_parts_them(step: float) -> None:
    found = cells_of([*prose(0), *fields(step), *prose(20)])
    assert found == [[name, kind, " ".join(meaning)] for name, kind, meaning in FIELDS]


def test_an_entry_goes_on_in_small_letters_where_others_begin_with_capitals() -> None:
    """Rows are evenly apart: only their words tell that there are three."""
    rows = [["Harbour", "Grain", "Captain"], ["", "of the north", "and mate"], ["Rope", "Salt", "Cook"]]
    rows += [["Canvas", "Tide", "Pilot"], ["and tar", "", "of the port"], ["Copper", "Quay", "Cook"]]
    lines = [line(text, 100 + 260 * column, row) for row, own in enumerate(rows) for column, text in enumerate(own)]
    assert cells_of([line_ for line_ in lines if line_.text]) == [
        ["Harbour", "Grain of the north", "Captain and mate"],
        ["Rope", "Salt", "Cook"],
        ["Canvas and tar", "Tide", "Pilot of the port"],
        ["Copper", "Quay", "Cook"],
    ]


def figures(first: int) -> list[Line]:
    """Four rows of a name and four figures."""
    lines = []
    for row in range(4):
        lines.append(line(f"Harbour {'ABCD'[row]}", 100, first + row))
        lines += [line(f"{row + 1},{column}04", 420 + 180 * column, first + row, is_right=True) for column in range(4)]
    return lines


@pytest.mark.parametrize("is_left", [True, False])
def test_a_heading_reaches_over_the_blank_beside_it_that_has_a_heading_below(is_left: bool) -> None:
    """Over the first of its columns or over the last one, where it stands in neither's middle."""
    places = (370, 730) if is_left else (545, 905)
    heads = [line("Port", 100, 0), line("Ships", places[0], 0), line("Casks", places[1], 0)]
    below = [line(text, 420 + 180 * column, 1, is_right=True) for column, text in enumerate(["in", "out", "in", "out"])]
    found = cells_of([*heads, *below, *figures(2)])
    assert found[:3] == [
        ["Port|", "Ships=", "Casks="],
        ["in", "out", "in", "out"],
        ["Harbour A", "1,004", "1,104", "1,204", "1,304"],
    ]


def test_neither_a_caption_nor_the_heading_over_two_columns_hides_a_column() -> None:
    caption = [line("Table 1:", 100, 0), line("what was landed in the four harbours of the north, and what", 240, 0)]
    heads = [Line("Grain and salt", 400, 142, 570, 162), Line("Rope and tar", 760, 142, 930, 162)]
    found = cells_of([*caption, *heads, *figures(3)], across(1.3, 2.8, 7))
    assert found == [
        ["", "Grain and salt=", "Rope and tar="],
        *([f"Harbour {'ABCD'[row]}", *(f"{row + 1},{column}04" for column in range(4))] for row in range(4)),
    ]


def test_the_first_row_may_stand_above_the_first_rule() -> None:
    rows = [["Winter", "Channel pilot"], ["", "of the quay"], ["Spring", "Cook"], ["Summer", "Captain"]]
    lines = [line(text, 100 + 400 * column, row) for row, own in enumerate(rows) for column, text in enumerate(own)]
    found = cells_of([*prose(-6), *(own for own in lines if own.text)], across(2, 3, 4))
    assert found == [["Winter", "Channel pilot of the quay"], ["Spring", "Cook"], ["Summer", "Captain"]]
