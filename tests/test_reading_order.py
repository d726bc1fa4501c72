"""Reading order on layouts drawn as data: nothing is lost, columns are read one by one, tables row by row."""

import math

from hypothesis import given, settings
from hypothesis import strategies as st

from deepocr_cli.layout.paragraphs import split_paragraphs
from deepocr_cli.layout.reading_order import read_regions
from deepocr_cli.layout.rows import Line, join_lines, rows
from deepocr_cli.places import box_within

WIDTH, HEIGHT = 1000.0, 1400.0
PITCH = 26.0


def column(name: str, count: int, left: float, top: float, width: float, pitch: float = PITCH) -> list[Line]:
    """A column of running text: every line says whose it is and which."""
    return [
        Line(f"{name}{number} goes on and on", left, top + number * pitch, left + width, top + number * pitch + 20)
        for number in range(count)
    ]


def arrange(lines: list[Line]) -> list[str]:
    """The paragraphs of a page in reading order."""
    regions = read_regions(lines, HEIGHT)
    return [paragraph.words for region in regions for paragraph in split_paragraphs(region)]


def words_in_order(lines: list[Line]) -> list[str]:
    """The first words of the lines, as they are read."""
    text = " ".join(arrange(lines))
    return [word for word in text.split() if any(letter.isdigit() for letter in word)]


def names(prefix: str, count: int) -> list[str]:
    return [f"{prefix}{number}" for number in range(count)]


def test_one_column_is_read_from_top_to_bottom() -> None:
    assert words_in_order(column("a", 12, 100, 200, 800)[::-1]) == names("a", 12)


def test_a_headline_then_two_columns_then_a_foot() -> None:
    lines = [
        *column("right", 20, 520, 300, 380),
        Line("Headline0 over both", 100, 220, 900, 260),
        *column("left", 20, 100, 300, 380),
        Line("foot0", 480, 1350, 520, 1370),
    ]
    assert words_in_order(lines) == ["Headline0", *names("left", 20), *names("right", 20), "foot0"]


def test_three_columns_of_unlike_pitch() -> None:
    lines = column("a", 20, 60, 300, 270) + column("b", 17, 365, 300, 270, 30) + column("c", 20, 670, 310, 270)
    assert words_in_order(lines) == names("a", 20) + names("b", 17) + names("c", 20)


def test_a_column_goes_on_below_its_neighbour_with_lines_longer_than_those_beside_it() -> None:
    """The lines beside the neighbour are narrower: a strip that ends with it is as long as the true gutter."""
    lines = column("a", 10, 60, 300, 250) + column("b", 10, 365, 300, 270)
    lines += column("c", 5, 60, 300 + 11 * PITCH, 270)
    assert words_in_order(lines) == names("a", 10) + names("c", 5) + names("b", 10)


def test_a_headline_in_the_middle_parts_two_pairs_of_columns() -> None:
    lines = column("a", 8, 100, 200, 380) + column("b", 8, 520, 200, 380)
    lines += [Line("Middle0 of the page", 100, 460, 900, 500)]
    lines += column("c", 8, 100, 560, 380) + column("d", 8, 520, 560, 380)
    assert words_in_order(lines) == [*names("a", 8), *names("b", 8), "Middle0", *names("c", 8), *names("d", 8)]


def test_a_caption_that_both_columns_flow_around_does_not_mix_them() -> None:
    left = column("a", 8, 100, 200, 380) + column("b", 3, 100, 408, 280) + column("c", 8, 100, 486, 380)
    right = column("d", 8, 520, 200, 380) + column("e", 3, 620, 408, 280) + column("f", 8, 520, 486, 380)
    caption = [Line("caption0 of it", 420, 410, 580, 430), Line("caption1", 450, 438, 550, 458)]
    order = words_in_order(left + right + caption)
    body = [word for word in order if not word.startswith("caption")]
    assert body == names("a", 8) + names("b", 3) + names("c", 8) + names("d", 8) + names("e", 3) + names("f", 8)


def test_the_cells_of_a_table_are_read_row_by_row() -> None:
    cells = [
        Line(f"r{row}c{place}", 100.0 + 250 * place, 300.0 + 30 * row, 200.0 + 250 * place, 320.0 + 30 * row)
        for place in range(3)
        for row in range(6)
    ]
    assert words_in_order(cells) == [f"r{row}c{place}" for row in range(6) for place in range(3)]


def test_labels_and_values_stay_together() -> None:
    lines = [Line(f"Label{row}", 100, 300 + 40 * row, 220, 320 + 40 * row) for row in range(5)]
    lines += [Line(f"{row}.50", 700, 302 + 40 * row, 780, 322 + 40 * row) for row in range(5)]
    assert words_in_order(lines) == [word for row in range(5) for word in (f"Label{row}", f"{row}.50")]


def test_notes_beside_the_text_are_no_part_of_its_lines() -> None:
    lines = column("text", 20, 100, 300, 560)
    lines += [Line(f"note{number} small", 700, 309 + 17 * number, 880, 323 + 17 * number) for number in range(4)]
    assert words_in_order(lines) == names("text", 20) + names("note", 4)


def test_a_running_head_on_both_sides_comes_before_the_columns() -> None:
    lines = column("a", 20, 100, 200, 380) + column("b", 20, 520, 200, 380)
    lines += [Line("Head0", 100, 60, 300, 80), Line("7", 880, 60, 900, 80)]
    assert words_in_order(lines) == ["Head0", "7", *names("a", 20), *names("b", 20)]


def test_pieces_of_a_line_are_joined_in_their_row() -> None:
    lines = [Line("third", 500, 103, 600, 121), Line("first", 100, 100, 200, 120), Line("second", 220, 98, 480, 122)]
    assert arrange(lines)[0] == "first second third"


def test_a_gap_begins_a_paragraph() -> None:
    lines = column("a", 3, 100, 200, 800) + column("b", 3, 100, 330, 800)
    texts = arrange(lines)
    assert [text.split()[0] for text in texts] == ["a0", "b0"]


def test_boxes_are_fractions_of_the_page() -> None:
    box = box_within((100, 140, 500, 280), WIDTH, HEIGHT)
    assert (box.left, box.top, box.right, box.bottom) == (0.1, 0.1, 0.5, 0.2)


def test_a_word_cut_at_the_end_of_a_line_is_made_whole() -> None:
    assert join_lines(["an exam-", "ple of a Franco-", "German pages 3-", "4 and -", "dash"]) == (
        "an example of a Franco- German pages 3- 4 and - dash"
    )


def test_no_lines_no_blocks() -> None:
    assert arrange([]) == []


edges = st.floats(0, 1000, allow_nan=False)
sizes = st.floats(0.5, 400)
shapes = st.lists(st.tuples(edges, edges, sizes, sizes, st.sampled_from(["", "many words here ", "X "])), max_size=40)


@settings(deadline=None)
@given(shapes)
def test_no_line_is_lost_or_doubled(boxes: list[tuple[float, float, float, float, str]]) -> None:
    lines = [
        Line(f"{text}w{index}w", left, top, left + width, top + height)
        for index, (left, top, width, height, text) in enumerate(boxes)
    ]
    found = [word for text in arrange(lines) for word in text.split() if word.startswith("w") and word.endswith("w")]
    assert sorted(found) == sorted(f"w{index}w" for index in range(len(boxes)))


@given(st.floats(-0.2, 0.2))
def test_rows_hold_on_a_page_that_is_hardly_straight(slope: float) -> None:
    """A row of three pieces that drops by a fifth of a line from piece to piece stays a row."""
    lines = [
        Line(f"{row}{place}", 300.0 * place, 30.0 * row + 20 * slope * place, 300.0 * place + 200, 30.0 * row + 20)
        for row in range(4)
        for place in range(3)
    ]
    assert [[line.text for line in row] for row in rows(lines)] == [
        [f"{row}{place}" for place in range(3)] for row in range(4)
    ]
    assert math.isfinite(sum(line.middle for line in lines))


def test_pieces_of_two_lines_are_no_columns() -> None:
    """The words of a typewriter stand far apart, and now and then one gap is above another."""
    above = Line("Jorvik. It is rarely said that the invoices of Ravensholm are", 130, 1106, 1042, 1127)
    first = [
        Line("frozen,", 130, 1138, 227, 1158),
        Line("but the quarry is not.", 248, 1138, 651, 1158),
        Line("What Professor Zhou called a", 669, 1138, 1012, 1155),
    ]
    second = [
        Line("bottle -", 128, 1170, 246, 1186),
        Line("see page 87", 265, 1169, 425, 1190),
        Line('- was slowly a jagged engine. "No jacket', 445, 1169, 1041, 1190),
    ]
    below = Line('is patient beside the well," Miss Quill said; "we lifted it on', 130, 1200, 1057, 1221)
    assert read_regions([above, *first, *second, below], 1684) == [[[above], first, second, [below]]]


def test_a_narrow_column_of_facts_beside_a_life_is_read_by_itself() -> None:
    facts = [Line(f"Fact{number}", 40, 100 + 31 * number, 160, 120 + 31 * number) for number in range(9)]
    life = [Line(f"Year{number} in Ashby", 300, 114 + 31 * number, 600, 134 + 31 * number) for number in range(8)]
    found = [line.text for region in read_regions([*life, *facts], HEIGHT) for row in region for line in row]
    assert found == [line.text for line in (*facts, *life)]


def test_terms_beside_what_they_mean_are_read_row_by_row() -> None:
    terms = [Line(f"Term{number}", 40, 100 + 60 * number, 160, 120 + 60 * number) for number in range(7)]
    meanings = [Line(f"Word{number}", 300, 100 + 30 * number, 400, 120 + 30 * number) for number in range(14)]
    found = [line.text for region in read_regions([*meanings, *terms], HEIGHT) for row in region for line in row]
    assert found[:3] == ["Term0", "Word0", "Word1"]
