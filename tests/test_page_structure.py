"""Tables, lists and headings are found on pages by rules, white space and the places of words; nothing else is one."""

from collections.abc import Sequence
from itertools import pairwise

import pytest
from drawn_pages import WORDS, DrawnPage
from PIL import Image, ImageDraw

from deepocr_cli.document import Table
from deepocr_cli.layout.blocks import TextBlock, lay_out
from deepocr_cli.layout.lines import PageLines, find_lines
from deepocr_cli.layout.page_text import arrange_text, to_line, write_grounded
from deepocr_cli.layout.rows import Line
from deepocr_cli.layout.spread_text import spread_text
from deepocr_cli.reading.grounding import parse_blocks
from deepocr_cli.table_markup import table_to_html

PRICES = [
    ["Good", "Quantity", "Price"],
    ["Rope and canvas", "12", "1,204.50"],
    ["Lanterns", "7", "86.00"],
    ["Salted herring", "140", "99.95"],
    ["Copper", "3", "12,000.00"],
]
LEFT, TOP, PITCH = 150, 300, 44
EDGES = [LEFT - 14, 430, 620, 840]


def print_cells(page: DrawnPage, rows: Sequence[Sequence[str]], top: int = TOP) -> None:
    """The rows one below another, the first column flush left, the others flush right."""
    pen = ImageDraw.Draw(page.image)
    for number, row in enumerate(rows):
        for column, text in enumerate(row):
            width = pen.textlength(text, font_size=22)
            place = LEFT if column == 0 else EDGES[column + 1] - 16 - width
            page.write(text, place, top + number * PITCH)


def rule_across(page: DrawnPage, row: float, left: int = EDGES[0], right: int = EDGES[-1]) -> None:
    height = TOP - 12 + round(row * PITCH)
    ImageDraw.Draw(page.image).line((left, height, right, height), fill=page.ink, width=2)


def rule_down(page: DrawnPage, edge: int, first: int, last: int) -> None:
    ImageDraw.Draw(page.image).line(
        (edge, TOP - 12 + first * PITCH, edge, TOP - 12 + last * PITCH), fill=page.ink, width=2
    )


def page_between_paragraphs() -> DrawnPage:
    page = DrawnPage()
    page.write_paragraph(150, 90, rows=4)
    page.write_paragraph(150, 700, rows=4, start=11)
    return page


def page_with_grid() -> DrawnPage:
    """The prices in a ruled table between two paragraphs."""
    page = page_between_paragraphs()
    print_cells(page, PRICES)
    for row in range(6):
        rule_across(page, row)
    for edge in EDGES:
        rule_down(page, edge, 0, 5)
    return page


def read(page: DrawnPage, image: Image.Image | None = None) -> tuple[PageLines, list[TextBlock]]:
    """The blocks of a page whose reader makes no mistakes: it sees which of the written words stand in a line."""
    found = find_lines(image or page.image)
    texts = []
    for line in found.lines:
        here = [text for text, box in page.lines if box[1] < line.baseline < box[3] + 4]
        boxes = [box for text, box in page.lines if box[1] < line.baseline < box[3] + 4]
        within = [text for text, box in zip(here, boxes, strict=True) if box[0] < line.right and box[2] > line.left]
        texts.append(" ".join(within))
    return found, arrange_text(found, texts)


def tables(blocks: Sequence[TextBlock]) -> list[Table]:
    return [block.table for block in blocks if block.table is not None]


def texts_of(table: Table) -> list[list[str]]:
    return [[cell.text for cell in row] for row in table.rows]


@pytest.mark.parametrize("kind", ["grid", "booktabs", "lines", "white", "bar", "frames"])
def test_a_table_is_found_between_paragraphs(kind: str) -> None:
    page = page_between_paragraphs()
    if kind == "bar":
        ImageDraw.Draw(page.image).rectangle((EDGES[0], TOP - 12, EDGES[-1], TOP - 12 + PITCH), fill="#b0c4d8")
    print_cells(page, PRICES)
    for row in {"grid": range(6), "lines": range(6), "booktabs": (0, 1, 5)}.get(kind, ()):
        rule_across(page, row)
    for edge in EDGES if kind == "grid" else ():
        rule_down(page, edge, 0, 5)
    for row in range(5) if kind == "frames" else ():
        for left, right in pairwise(EDGES):
            box = (left + 2, TOP - 6 + row * PITCH, right - 2, TOP - 10 + (row + 1) * PITCH)
            ImageDraw.Draw(page.image).rectangle(box, outline="black", width=3)
    _, blocks = read(page)
    assert [block.kind for block in blocks] == ["text", "table", "text"]
    assert texts_of(tables(blocks)[0]) == PRICES


def test_a_slanted_grid_is_found() -> None:
    page = page_with_grid()
    found = find_lines(page.image.rotate(1.4, resample=Image.Resampling.BICUBIC, fillcolor="white"))
    (table,) = tables(arrange_text(found, [str(number) for number in range(len(found.lines))]))
    assert [len(row) for row in table.rows] == [3] * 5
    assert all(cell.text.isdigit() for row in table.rows for cell in row)


def test_cells_span_what_no_rule_parts_and_empty_ones_stay() -> None:
    page = page_between_paragraphs()
    print_cells(page, [["Port", "Ships & crews"], ["", "in", "out"], ["North", "", "9"], ["South", "4", ""]])
    for row in (0, 2, 3, 4):
        rule_across(page, row)
    rule_across(page, 1, left=EDGES[1])
    for edge in (EDGES[0], EDGES[1], EDGES[3]):
        rule_down(page, edge, 0, 4)
    rule_down(page, EDGES[2], 1, 4)
    found, blocks = read(page)
    (table,) = tables(blocks)
    assert table_to_html(table) == (
        '<table><tr><td rowspan="2">Port</td><td colspan="2">Ships &amp; crews</td></tr>'
        "<tr><td>in</td><td>out</td></tr><tr><td>North</td><td></td><td>9</td></tr>"
        "<tr><td>South</td><td>4</td><td></td></tr></table>"
    )
    (block,) = [block for block in parse_blocks(write_grounded(blocks, found)) if block.kind == "table"]
    assert isinstance(block.data, Table)
    assert texts_of(block.data) == texts_of(table)
    assert block.box is not None
    assert block.box.left == pytest.approx(EDGES[0] / 1191, abs=0.01)
    assert block.box.bottom == pytest.approx((TOP - 12 + 4 * PITCH) / 1684, abs=0.01)


def test_cells_of_several_lines_are_one() -> None:
    page = page_between_paragraphs()
    for number, (name, lines) in enumerate(
        [("Rope", "spun of hemp by|hand in the yard"), ("Tar", "boiled at night|behind the hill")]
    ):
        page.write(name, LEFT, TOP + 2 * number * PITCH)
        for row, text in enumerate(lines.split("|")):
            page.write(text, 450, TOP + (2 * number + 0.8 * row) * PITCH)
    for row in (0, 2, 4):
        rule_across(page, row)
    for edge in (EDGES[0], EDGES[1], EDGES[3]):
        rule_down(page, edge, 0, 4)
    _, blocks = read(page)
    assert texts_of(tables(blocks)[0]) == [
        ["Rope", "spun of hemp by hand in the yard"],
        ["Tar", "boiled at night behind the hill"],
    ]


def test_columns_of_prose_are_no_table() -> None:
    page = DrawnPage()
    for column in (0, 1):
        page.write_paragraph(90 + 500 * column, 140, rows=14, size=20, words=6, start=5 * column)
    for height in (100, 600):
        ImageDraw.Draw(page.image).line((90, height, 1000, height), fill="black", width=2)
    assert tables(read(page)[1]) == []


def test_contents_labels_and_lists_are_no_tables() -> None:
    page = DrawnPage()
    for row in range(6):
        page.write(f"{row + 1}", 150, 100 + row * PITCH)
        page.write(" ".join(WORDS[row : row + 3]).capitalize(), 220, 100 + row * PITCH)
        page.write(f"{2 + 5 * row}", 800, 100 + row * PITCH)
    for row in range(4):
        page.write(f"{WORDS[row].capitalize()}:", 150, 500 + row * PITCH)
        page.write(f"{31 * row + 7}", 500, 500 + row * PITCH)
    for row in range(4):
        page.write(f"{row + 1}.", 150, 900 + row * PITCH)
        page.write(" ".join(WORDS[row : row + 5]), 220, 900 + row * PITCH)
    assert tables(read(page)[1]) == []


def test_a_frame_around_text_is_no_table() -> None:
    page = DrawnPage()
    page.write_paragraph(150, 310, rows=4)
    ImageDraw.Draw(page.image).rectangle((120, 290, 900, 450), outline="black", width=2)
    assert tables(read(page)[1]) == []


def test_text_that_was_read_across_cells_is_cut_at_its_spaces() -> None:
    page = page_with_grid()
    found = find_lines(page.image)
    whole = [
        Line(" ".join(row), LEFT, TOP + number * PITCH, EDGES[-1], TOP + number * PITCH + 24)
        for number, row in enumerate(PRICES)
    ]
    stray = Line("margin", 1000, 1200, 1080, 1224)
    parts = spread_text([*whole, stray], found)
    assert [part.text for part in parts] == [text for row in PRICES for text in row] + ["margin"]
    printed = {to_line(line, "", found.slope).left for line in found.lines}
    assert all(part.left in printed for part in parts[:-1])


def line(text: str, left: float, row: float, height: float = 20) -> Line:
    return Line(text, left, 100 + 26 * row, left + 11 * len(text), 100 + 26 * row + height)


def test_items_are_told_apart_and_nested_by_their_indent() -> None:
    lines = [
        line("What is to be done before the winter comes:", 100, 0),
        line("• mend the roof and the", 120, 1),
        line("gutters", 140, 2),
        line("• cut wood", 120, 3),
        line("• oak, for the stove", 160, 4),
        line("• fill the *big* lamp and the *small* one", 120, 5),
    ]
    lead, items = lay_out(lines, 2000)
    assert lead.markdown == "What is to be done before the winter comes:"
    assert items.markdown == (
        "- mend the roof and the gutters\n- cut wood\n   - oak, for the stove\n"
        "- fill the \\*big\\* lamp and the \\*small\\* one"
    )


def test_numbers_that_count_are_a_list_and_others_are_not() -> None:
    counting = [line("1. lower the boat", 100, 0), line("2. row to the light", 100, 1)]
    years = [
        line("It was rebuilt in the year", 100, 0),
        line("1897) and again in the year", 100, 1),
        line("12. That was all.", 100, 2),
    ]
    assert lay_out(counting, 2000)[0].markdown == "1. lower the boat\n2. row to the light"
    assert len(lay_out(years, 2000)) == 1
    assert "\n" not in lay_out(years, 2000)[0].markdown


def test_a_heading_close_above_its_text_is_a_heading() -> None:
    body = [line("the words of a paragraph that goes on and on and on", 100, row) for row in range(1, 5)]
    blocks = lay_out([line("2 Visitors", 100, -0.2, height=25), *body], 2000)
    assert [block.kind for block in blocks] == ["sub_title", "text"]
    assert blocks[0].markdown == "## 2 Visitors"
