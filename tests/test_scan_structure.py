"""What a page of pixels says beyond its words: headings, paragraphs, items, code, notes, captions, dotted tables."""

from itertools import pairwise

import numpy as np
import pytest
from drawn_pages import WORDS, DrawnPage
from PIL import ImageDraw, ImageFont
from test_page_structure import (
    EDGES,
    PITCH,
    PRICES,
    TOP,
    page_between_paragraphs,
    print_cells,
    read,
    tables,
    texts_of,
)

from deepocr_cli.layout.blocks import lay_out
from deepocr_cli.layout.contents import without_leaders
from deepocr_cli.layout.lists import with_bullet
from deepocr_cli.layout.paragraphs import split_paragraphs
from deepocr_cli.layout.rows import Line, rows
from deepocr_cli.layout.rules import NO_RULES, Rules

PROSE = "the words of a paragraph that goes on and on and on"


def line(text: str, left: float, row: float, height: float = 20) -> Line:
    return Line(text, left, 100 + 26 * row, left + 11 * len(text), 100 + 26 * row + height)


def full(row: float, left: float = 100, text: str = PROSE, right: float = 700) -> Line:
    """A line that is as long as there is room."""
    return Line(text, left, 100 + 26 * row, right, 120 + 26 * row)


def words(lines: list[Line]) -> list[str]:
    return [paragraph.text() for paragraph in split_paragraphs(rows(lines))]


def test_paragraphs_begin_at_indents_and_after_short_lines() -> None:
    novel = [
        full(0, 130),
        full(1),
        line("end of it.", 100, 2),
        full(3, 130),
        full(4, text=f"{PROSE}."),
        full(5, 130),
        full(6),
    ]
    assert len(words(novel)) == 3
    flush = [full(0), line("ends here.", 100, 1), full(2, text=PROSE.capitalize()), full(3)]
    assert len(words(flush)) == 2


def test_hanging_entries_are_one_paragraph_each() -> None:
    entries = [full(0), full(1, 150), line("its end.", 150, 2), full(3), line("short.", 150, 4), full(5), full(6, 150)]
    assert [text.count("words") for text in words(entries)] == [2, 1, 2]


def test_double_spaced_lines_are_one_paragraph() -> None:
    assert len(words([full(2 * row) for row in range(8)])) == 1


def test_lines_of_an_address_stay_lines() -> None:
    address = [line("Ada Crane", 100, 0), line("Harbour Office", 100, 1), line("3 Signal Hill", 100, 2)]
    (text, prose) = words([*address, *(full(row) for row in range(5, 9))])
    assert text == "Ada Crane  \nHarbour Office  \n3 Signal Hill"
    assert "\n" not in prose


def test_addresses_side_by_side_are_read_one_by_one() -> None:
    left = ["Bill to", "Ada Crane", "3 Signal Hill", "Larkmouth LK2"]
    right = ["Deliver to", "Northern Timber", "Custom Quay 7", "Saltmarsh SM4"]
    lines = [line(text, 100, row) for row, text in enumerate(left)]
    lines += [line(text, 500, row) for row, text in enumerate(right)]
    found = lay_out([*lines, *(full(row) for row in range(7, 10))], 3000)
    assert [block.text.split("  \n") for block in found[:2]] == [left, right]


def test_labels_with_their_values_stay_rows() -> None:
    rows_ = [("Name:", "Ada Crane"), ("Vessel:", "Herring 4"), ("Cargo:", "Rope and tar"), ("Season:", "Winter 1912")]
    lines = [
        line(text, left, row) for row, pair in enumerate(rows_) for text, left in zip(pair, (100, 400), strict=True)
    ]
    (block,) = lay_out(lines, 3000)
    assert block.text.split("  \n") == [" ".join(pair) for pair in rows_]


def test_contents_are_entries_with_one_sign_for_their_dots() -> None:
    entries = ["1 Of ropes . . . . . . . . . 3", "2 Of tar . . . . . . . . . . 17", "3 Of sails . . . . . . . . . 29"]
    (block,) = lay_out([full(row, text=text) for row, text in enumerate(entries)], 3000)
    assert block.text.split("  \n") == ["1 Of ropes … 3", "2 Of tar … 17", "3 Of sails … 29"]


@pytest.mark.parametrize(
    ("read", "written"),
    [
        ("Of tar.......... 17", "Of tar … 17"),
        ("Of tar . 17", "Of tar … 17"),
        ("Of tar · · 17", "Of tar … 17"),
        ("Harbour Press · 2024", "Harbour Press · 2024"),
        ("a length of 3 · 10", "a length of 3 · 10"),
        ("and so on....", "and so on...."),
    ],
)
def test_leaders_are_told_from_other_dots(read: str, written: str) -> None:
    assert without_leaders(read) == written


def test_a_large_first_letter_is_put_before_its_word() -> None:
    letter = Line("N", 100, 96, 150, 172)
    lines = [
        letter,
        full(0, 158, "orthern winds blow over all of the quay and on"),
        full(1, 158),
        full(2, 158),
        full(3),
    ]
    (block,) = lay_out(lines, 3000)
    assert block.text.startswith("Northern winds")


def test_captions_and_notes_are_called_so() -> None:
    text = [full(row) for row in range(60)]
    note = [line("1 Of hemp, and of the", 100, 62, 15), line("best.", 100, 63, 15), line("2 Of flax.", 100, 64, 15)]
    rule = Rules(np.array([[100 + 26 * 61.5, 100.0, 220.0]]), NO_RULES.down)
    caption = line("Figure 3. The quay in winter.", 200, -4, 17)
    found = lay_out([caption, *text, *note], 1900, rule)
    assert [(block.kind, block.text) for block in found if block.kind != "text"] == [
        ("image_caption", "Figure 3. The quay in winter."),
        ("page_footnote", "¹ Of hemp, and of the best."),
        ("page_footnote", "² Of flax."),
    ]


def test_rules_of_one_table_are_no_rules_of_another() -> None:
    """The second table is narrower than the first, whose rules must not bound a third."""
    page = page_between_paragraphs()
    for top, edges in ((TOP, EDGES), (TOP + 700, EDGES[:3])):
        print_cells(page, [row[: len(edges) - 1] for row in PRICES], top)
        for row in range(6):
            ImageDraw.Draw(page.image).line(
                (edges[0], top - 12 + row * PITCH, edges[-1], top - 12 + row * PITCH), "black", 2
            )
        for edge in edges:
            ImageDraw.Draw(page.image).line((edge, top - 12, edge, top - 12 + 5 * PITCH), "black", 2)
    assert [len(table.rows[0]) for table in tables(read(page)[1])] == [3, 2]


def test_bold_words_by_themselves_are_a_heading() -> None:
    page = DrawnPage()
    page.write_paragraph(150, 100, rows=5)
    ImageDraw.Draw(page.image).text(
        (150, 260), "Reading is the art", fill="black", font=ImageFont.load_default(22), stroke_width=1
    )
    page.lines.append(("Reading is the art", (150, 262, 350, 284)))
    page.write_paragraph(150, 310, rows=5, start=3)
    kinds = [(block.kind, block.markdown[:6]) for block in read(page)[1]]
    assert [kind for kind, _ in kinds] == ["text", "sub_title", "text"]
    assert kinds[1][1] == "### Re"


def test_letters_at_equal_steps_are_code_with_its_indents() -> None:
    code = ["def light(lamp, colour):", "    if lamp.is_broken:", "        return mend(lamp)", "    lamp.show(colour)"]
    page = page_between_paragraphs()
    pen, font = ImageDraw.Draw(page.image), ImageFont.load_default(20)
    for row, text in enumerate(code):
        for column, letter in enumerate(text):
            pen.text((150 + 13 * (column + 0.5), 400 + 28 * row), letter, fill="black", font=font, anchor="ms")
        start = len(text) - len(text.lstrip())
        top = 400 + 28 * row
        page.lines.append((text.strip(), (150 + 13 * start, top - 18, 150 + 13 * len(text), top)))
    found = [block for block in read(page)[1] if block.kind == "code"]
    assert [block.text for block in found] == ["\n".join(code)]
    assert found[0].markdown.startswith("```\ndef")


def test_bullets_are_seen_that_no_reader_reads() -> None:
    page = DrawnPage()
    page.write_paragraph(150, 100, rows=4)
    for row in range(3):
        top = 260 + 40 * row
        ImageDraw.Draw(page.image).ellipse((160, top + 10, 167, top + 17), fill="black")
        page.write(" ".join(WORDS[4 * row : 4 * row + 5]), 190, top)
    assert [block.markdown.count("- ") for block in read(page)[1]] == [0, 3]
    assert with_bullet("· oak") == with_bullet("oak") == with_bullet("o oak") == "• oak"


@pytest.mark.parametrize(("length", "step"), [(1, 5), (7, 10)])
def test_a_dotted_grid_is_a_table(length: int, step: int) -> None:
    """A dashed one too, with crosses where its dashes meet."""
    page = page_between_paragraphs()
    print_cells(page, PRICES)
    pen = ImageDraw.Draw(page.image)
    tops = [TOP - 12 + row * PITCH for row in range(6)]
    for top in tops:
        for place in _dashes(EDGES, length, step):
            pen.rectangle((place, top, place + length, top + 1), fill="black")
    for edge in EDGES:
        for place in _dashes(tops, length, step):
            pen.rectangle((edge, place, edge + 1, place + length), fill="black")
    (table,) = tables(read(page)[1])
    assert texts_of(table) == PRICES


def _dashes(edges: list[int], length: int, step: int) -> list[int]:
    """Where dashes of a rule begin: one on each edge with its middle, others between them."""
    between = [place for left, right in pairwise(edges) for place in range(left + step, right - step, step)]
    return [*between, *(edge - length // 2 for edge in edges)]


def test_rules_that_are_typed_are_words() -> None:
    page = DrawnPage()
    page.write_paragraph(150, 100, rows=4)
    typed = ["+------------+--------+", "| oak           |   12   |", "| birch         |    7    |"]
    for number, text in enumerate([typed[0], typed[1], typed[0], typed[2], typed[0]]):
        page.write(text, 150, 300 + 32 * number)
    found = [block.markdown for block in read(page)[1]]
    assert sum(text.count(typed[0]) for text in found) == 3
