"""Check boxes of PDFs, typed, drawn or fields of a form, are items that say whether they are ticked."""

import pymupdf
import pytest

from deepocr_cli.document import Source, SourceKind
from deepocr_cli.witness.text_layer import read_text_layer


def texts(document: pymupdf.Document) -> list[str]:
    source = Source("form.pdf", SourceKind.PDF, document.page_count, data=document.tobytes())
    return [block.text for block in read_text_layer(source, 1)]


def test_check_boxes_that_are_typed_are_items() -> None:
    document = pymupdf.open()
    html = "<p>Send me the list<br>☒ by post<br>☐ by mail<br>☑ not at all</p>"
    document.new_page().insert_htmlbox((60, 60, 540, 780), html)
    assert texts(document) == ["Send me the list", "- ☒ by post", "- ☐ by mail", "- ☑ not at all"]


@pytest.mark.parametrize("tick", ["drawn", "field"])
def test_check_boxes_that_are_drawn_are_items(tick: str) -> None:
    document = pymupdf.open()
    page = document.new_page()
    page.insert_text((60, 110), "Send me the list of plants, as I told you in the spring, please:")
    for row, (item, is_ticked) in enumerate((("by post", True), ("by mail", False), ("not at all", True))):
        place = pymupdf.Rect(76, 131 + 18 * row, 86, 141 + 18 * row)
        page.draw_rect(place)
        if is_ticked:
            {"drawn": _cross, "field": _tick_field}[tick](page, place)
        page.insert_text((90, 140 + 18 * row), item)
    assert texts(document)[1:] == ["- ☑ by post", "- ☐ by mail", "- ☑ not at all"]


@pytest.mark.parametrize("radius", [2, 4, 6])
def test_a_round_bullet_of_any_size_is_no_check_box(radius: float) -> None:
    document = pymupdf.open()
    page = document.new_page()
    for row, item in enumerate(("bread for two days", "water", "a map of the islands")):
        page.insert_text((90, 140 + 18 * row), item)
        page.draw_circle((80, 136 + 18 * row), radius)
    assert not {"☐", "☑", "☒"} & set("".join(texts(document)))


def _cross(page: pymupdf.Page, place: pymupdf.Rect) -> None:
    page.draw_line(place.tl, place.br)
    page.draw_line(place.tr, place.bl)


def _tick_field(page: pymupdf.Page, place: pymupdf.Rect) -> None:
    widget = pymupdf.Widget()
    widget.field_type, widget.field_name = pymupdf.PDF_WIDGET_TYPE_CHECKBOX, f"box at {place.y0}"
    widget.rect, widget.field_value = place, True
    page.add_widget(widget)


def test_a_number_in_a_square_is_no_tick() -> None:
    document = pymupdf.open()
    page = document.new_page()
    for row, item in enumerate(("Unpack the heater", "Put it on the floor", "Plug it in")):
        page.insert_text((79, 140 + 18 * row), str(row + 1), fontsize=8)
        page.draw_rect(pymupdf.Rect(76, 131 + 18 * row, 86, 141 + 18 * row))
        page.insert_text((90, 140 + 18 * row), item)
    assert not {"☐", "☑", "☒"} & set("".join(texts(document)))
