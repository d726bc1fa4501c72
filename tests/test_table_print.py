"""Tables of a PDF's text layer are made of its words and drawings: where pieces end, which drawings are rules."""

import numpy as np
import pymupdf
import pytest

from deepocr_cli.layout.page_tables import find_tables
from deepocr_cli.table_markup import table_to_html
from deepocr_cli.witness.table_print import pieces_of, read_rules

ROWS = [["Arvik", "120", "98"], ["Dale", "77", "80"], ["Mandal", "209", "190"]]
PLACES = (100, 200, 300)


def page_of(rows: list[list[str]], top: float = 200) -> pymupdf.Page:
    page = pymupdf.open().new_page()
    for number, row in enumerate(rows):
        for place, text in zip(PLACES, row, strict=True):
            page.insert_text((place, top + 20 * number), text, fontsize=10)
    return page


def html_of(page: pymupdf.Page) -> str:
    rules = read_rules(page)
    (table,) = find_tables(pieces_of(page.get_text("words"), rules), rules)
    return table_to_html(table.table)


def test_rules_drawn_cell_by_cell_are_one_and_what_is_white_is_none() -> None:
    page = page_of([])
    for left, right in ((100, 150), (150, 220), (220.5, 300)):
        page.draw_line((left, 50), (right, 50), width=0.5)
    page.draw_rect((100, 80, 300, 80.7), color=None, fill=(0, 0, 0))
    page.draw_rect((100, 90, 300, 110), color=None, fill=(0.8, 0.8, 0.8))
    page.draw_rect((100, 120, 300, 140), color=None, fill=(1, 1, 1))
    rules = read_rules(page)
    assert rules.across[:, 0] == pytest.approx([50, 80.35, 90, 110], abs=0.1)
    assert np.ptp(rules.across[:, 1:], axis=1) == pytest.approx([200] * 4, abs=1)
    assert len(rules.down) == 0


def test_words_are_parted_at_rules_however_near_they_stand() -> None:
    page = page_of([])
    page.insert_text((100, 100), "Net price", fontsize=10)
    assert [piece.text for piece in pieces_of(page.get_text("words"), read_rules(page))] == ["Net price"]
    (_, _, end, *_), (start, *_) = page.get_text("words")
    page.draw_line(((start + end) / 2, 80), ((start + end) / 2, 120), width=0.5)
    assert [piece.text for piece in pieces_of(page.get_text("words"), read_rules(page))] == ["Net", "price"]


def test_the_sign_of_a_currency_is_with_its_amount_however_far_off() -> None:
    page = page_of([])
    for place, text in ((100, "Sum"), (200, "¥"), (260, "1,204")):
        page.insert_text((place, 100), text, fontsize=10)
    assert [piece.text for piece in pieces_of(page.get_text("words"), read_rules(page))] == ["Sum", "¥ 1,204"]


def test_a_heading_over_two_columns_and_the_title_of_a_part_span_them() -> None:
    """As `\\multicolumn` sets them; neither caption nor note is a row."""
    page = page_of([["", "", ""], ["Port", "in", "out"], ["", "", ""], *ROWS])
    page.insert_text((100, 170), "Table 1: What was landed in the harbours of the north, and in the south", fontsize=10)
    page.insert_text((215, 200), "Grain and salt, in tons", fontsize=10)
    page.insert_text((100, 240), "Part A: the harbours of the north, all of them", fontsize=10)
    page.insert_text(
        (90, 320), "Note: without coal. * Not the whole year, and only what was counted on land.", fontsize=8
    )
    for height in (187, 227, 307):
        page.draw_line((95, height), (340, height), width=0.5)
    page.draw_line((195, 206), (340, 206), width=0.3)
    assert html_of(page) == (
        '<table><tr><th rowspan="2">Port</th><th colspan="2">Grain and salt, in tons</th></tr>'
        "<tr><th>in</th><th>out</th></tr>"
        '<tr><td colspan="3">Part A: the harbours of the north, all of them</td></tr>'
        + "".join(f"<tr>{''.join(f'<td>{text}</td>' for text in row)}</tr>" for row in ROWS)
        + "</table>"
    )


def test_a_label_half_way_down_its_rows_spans_them() -> None:
    """As `\\multirow` sets it: on no line of its rows where these are two."""
    rows = [["Region", "2019", "2020"], *(["", *row[1:]] for row in ROWS), ["Sum", "406", "368"]]
    page = page_of(rows)
    page.insert_text((100, 240), "North", fontsize=10)
    for height in (187, 207, 267, 287):
        page.draw_line((95, height), (340, height), width=0.5)
    assert '<tr><td rowspan="3">North</td><td>120</td><td>98</td></tr><tr><td>77</td>' in html_of(page)
