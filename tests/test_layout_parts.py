"""Boxes of the layout model that hold more than one thing, or overlap, are taken apart; addresses keep their lines."""

from collections.abc import Sequence
from types import SimpleNamespace

import pymupdf
import pytest

from deepocr_cli.document import Source, SourceKind
from deepocr_cli.layout.runs import Run
from deepocr_cli.witness.layout_blocks import LayoutPage
from deepocr_cli.witness.layout_parts import Part, edges_of, paragraph_text, split_sizes, with_lines
from deepocr_cli.witness.outline import read_outline
from deepocr_cli.witness.page_lines import PageLine
from deepocr_cli.witness.text_layer import in_order, read_text_layer


def line(text: str, top: float, *, left: float = 70, size: float = 11) -> PageLine:
    return PageLine((Run(text),), (left, top, left + 0.5 * size * len(text), top + 1.2 * size), size)


def part(*lines: PageLine) -> Part:
    own = tuple((each,) for each in lines)
    return Part("text", own, edges_of(own))


def layout_page(boxes: Sequence[object], lines: Sequence[PageLine]) -> LayoutPage:
    return LayoutPage(
        number=1,
        width=600,
        height=800,
        turn=0,
        boxes=boxes,
        lines=lines,
        words=[],
        is_right_to_left=False,
        body_size=11,
        compounds=frozenset(),
        outline=read_outline([]),
    )


ADDRESS = part(
    line("Frau", 100), line("Dr. Käthe Müßig", 114), line("Grünewaldstraße 12", 128), line("10823 Berlin", 142)
)
LETTER = part(line("vielen Dank für Ihre Bestellung, die wir am Montag bekommen haben. Leider können", 200))


def text_of(which: Part, parts: list[Part]) -> str:
    return paragraph_text(with_lines(parts)[parts.index(which)], frozenset())


def test_an_address_keeps_its_lines() -> None:
    assert text_of(ADDRESS, [ADDRESS, LETTER]).split("  \n") == [row[0].text for row in ADDRESS.rows]


def test_a_block_that_stands_alone_keeps_its_lines() -> None:
    head = ("Statement 11/2026", "Page 1 of 1", "Sort code 00-99-12", "Account 01234567")
    block = part(*(line(text, 40 + 14 * row, left=380) for row, text in enumerate(head)))
    assert text_of(block, [block, LETTER]).split("  \n") == list(head)


def test_a_paragraph_in_a_narrow_column_has_none() -> None:
    column = part(line("Mr Pell of Ashby", 100), line("The Mill at Ashby", 114), line("Ashby Bridge, N.", 128))
    assert "\n" not in text_of(column, [column])


def test_lines_that_go_on_within_a_sentence_are_a_paragraph() -> None:
    note = part(line("The gate is kept", 100), line("by the warden, who", 114), line("Has the only key", 128))
    assert "\n" not in text_of(note, [note, LETTER])


def test_a_heading_in_one_box_with_its_text_is_parted_from_it() -> None:
    box = part(line("Heating the glasshouse", 60, size=28), line("Options for the winter", 110), line("of 2026", 124))
    assert [piece.text for piece in split_sizes(box)] == ["Heating the glasshouse", "Options for the winter of 2026"]


def test_a_capital_that_begins_a_chapter_is_not_parted_from_it() -> None:
    rows = (
        (line("T", 100, size=30), line("he ferry leaves the pier", 104, left=90)),
        (line("at seven.", 118, left=90),),
    )
    box = Part("text", rows, edges_of(rows))
    assert list(split_sizes(box)) == [box]


def test_a_line_in_two_boxes_is_written_once() -> None:
    lines = [line("School choir wins cup", 126, size=14), line("The parish council met", 152), line("on Monday.", 166)]
    heading = SimpleNamespace(boxclass="section-header", x0=60, y0=129, x1=300, y1=160)
    text = SimpleNamespace(boxclass="text", x0=60, y0=153, x1=300, y1=180)
    assert [piece.text for piece in in_order(layout_page([heading, text], lines))] == [
        "School choir wins cup",
        "The parish council met on Monday.",
    ]


def test_text_in_no_box_stands_where_it_was_found() -> None:
    lines = [line("The lease", 60, size=20), line("The Council lets the plot.", 100), line("__________", 400)]
    boxes = [
        SimpleNamespace(boxclass="title", x0=60, y0=55, x1=300, y1=90),
        SimpleNamespace(boxclass="text", x0=60, y0=95, x1=300, y1=120),
    ]
    assert [piece.text for piece in in_order(layout_page(boxes, lines))] == [line.text for line in lines]


@pytest.mark.parametrize("dots", [" . . . . . . . .", "........", " .  .  .  .  .  .  ."])
def test_a_table_of_contents_is_lines_and_no_table(dots: str) -> None:
    document = pymupdf.open()
    page = document.new_page()
    page.insert_text((72, 80), "Contents", fontsize=20)
    for row, entry in enumerate(("Ferries", "Tides and currents", "Harbours of the north", "Lights", "Pilots")):
        page.insert_text((72, 120 + 16 * row), entry)
        page.insert_text((230, 120 + 16 * row), dots)
        page.insert_text((420, 120 + 16 * row), str(3 + 4 * row))
    found = read_text_layer(Source("made.pdf", SourceKind.PDF, 1, data=document.tobytes()), 1)
    text = "\n".join(block.text for block in found)
    assert all(block.kind != "table" for block in found)
    assert "Ferries … 3  \nTides and currents … 7  \nHarbours of the north … 11" in text


def test_columns_in_one_box_are_read_one_after_the_other() -> None:
    words = (
        "The council met in",
        "the old mill and was",
        "told of the bridge,",
        "which has moved by",
        "four inches since",
    )
    lines = [line(text, 100 + 14 * row, left=left) for left in (60, 250, 440) for row, text in enumerate(words)]
    box = SimpleNamespace(boxclass="text", x0=55, y0=95, x1=600, y1=180)
    assert [piece.text for piece in in_order(layout_page([box], lines))] == [" ".join(words)] * 3
