"""PDFs with boxes drawn and with an invisible text layer: the right place on every page, the right order."""

import io
from dataclasses import replace

import pymupdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from deepocr_cli.document import Block, Box, Ending, Page, Reader
from deepocr_cli.places import Turn
from deepocr_cli.writers.pdf_layers import overlay_pdf, pdf_of_images, searchable_pdf
from deepocr_cli.writers.to_json import plain_page

UPPER = Box(0.1, 0.1, 0.9, 0.15)
LEFT, RIGHT = Box(0.1, 0.3, 0.45, 0.4), Box(0.55, 0.3, 0.9, 0.4)


def page(*blocks: Block, number: int = 1) -> Page:
    return Page(number, (612, 792), blocks, Ending.COMPLETE, Reader.OCR)


def paper(rotation: int = 0, crop: tuple[int, int, int, int] | None = None, **saving: object) -> bytes:
    document = pymupdf.open()
    sheet = document.new_page(width=612, height=792)
    if crop is not None:
        sheet.set_cropbox(pymupdf.Rect(crop))
    sheet.set_rotation(rotation)
    data: bytes = document.tobytes(**saving)
    return data


def words_with_places(pdf: bytes) -> dict[str, pymupdf.Rect]:
    with pymupdf.open(stream=pdf) as document:
        sheet = document[0]
        return {word[4]: pymupdf.Rect(word[:4]) * sheet.rotation_matrix for word in sheet.get_text("words")}


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
@pytest.mark.parametrize("crop", [None, (100, 50, 500, 700)])
def test_words_lie_in_their_boxes_on_turned_and_cropped_pages(
    rotation: int, crop: tuple[int, int, int, int] | None
) -> None:
    written = searchable_pdf(
        paper(rotation, crop), [page(Block("title", "# Harbour", UPPER), Block("text", "quay", LEFT))]
    )
    with pymupdf.open(stream=written) as document:
        width, height = document[0].rect.width, document[0].rect.height
    for word, box in (("Harbour", UPPER), ("quay", LEFT)):
        place = words_with_places(written)[word]
        middle = (place.x0 + place.x1) / 2 / width, (place.y0 + place.y1) / 2 / height
        assert box.left < middle[0] < box.right
        assert box.top < middle[1] < box.bottom


@pytest.mark.parametrize("rotation", [0, 90])
@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_on_a_page_that_was_turned_to_be_read_the_text_runs_as_its_own(rotation: int, quarters: int) -> None:
    read = replace(page(Block("text", "harbourmaster", RIGHT)), turn=Turn(quarters))
    original = paper(rotation)
    written = searchable_pdf(original, [read])
    with pymupdf.open(stream=written) as document, pymupdf.open(stream=original) as before:
        assert document[0].rect == before[0].rect
        width, height = document[0].rect.width, document[0].rect.height
        (line,) = document[0].get_text("dict")["blocks"][0]["lines"]
        a, b, c, d, _, _ = document[0].rotation_matrix
        across, down = pymupdf.Point(line["dir"]) * pymupdf.Matrix(a, b, c, d, 0, 0)
    assert (round(across), round(down)) == {1: (0, -1), 2: (-1, 0), 3: (0, 1)}[quarters]
    place = words_with_places(written)["harbourmaster"]
    assert RIGHT.left < (place.x0 + place.x1) / 2 / width < RIGHT.right
    assert RIGHT.top < (place.y0 + place.y1) / 2 / height < RIGHT.bottom


def test_the_layer_is_invisible_and_in_reading_order() -> None:
    blocks = (Block("text", "first column here", LEFT), Block("text", "second column there", RIGHT))
    written = searchable_pdf(paper(), [page(*blocks)])
    with pymupdf.open(stream=written) as document:
        assert {span["type"] for span in document[0].get_texttrace()} == {3}
        assert document[0].get_text().split() == ["first", "column", "here", "second", "column", "there"]
        assert document[0].get_pixmap().is_unicolor


@pytest.mark.parametrize("words", ["北港 Ærø λόγος", "Москва 5 €"])
@pytest.mark.parametrize("box", [UPPER, None])
def test_text_beyond_ascii_is_found_and_so_is_text_without_a_place(words: str, box: Box | None) -> None:
    written = searchable_pdf(paper(), [page(Block("text", words, box))])
    assert set(words_with_places(written)) == set(words.split())


def test_formulas_are_found_by_their_plain_letters() -> None:
    """The font has neither raised nor lowered letters, and nobody types them to search."""
    written = searchable_pdf(paper(), [page(Block("text", r"so \(x_1 - y^2 \le \mathbb{R}\) ﬁlled", UPPER))])
    assert set(words_with_places(written)) == {"so", "x1", "-", "y2", "\u2264", "R", "filled"}


def test_a_page_with_text_of_its_own_is_left_alone() -> None:
    own = Page(1, (612, 792), (Block("text", "again", UPPER),), Ending.COMPLETE, Reader.TEXT_LAYER)
    assert words_with_places(searchable_pdf(paper(), [own])) == {}


def test_boxes_are_drawn_around_what_was_read() -> None:
    written = overlay_pdf(paper(90), [page(Block("table", "", UPPER))])
    with pymupdf.open(stream=written) as document:
        (drawing,) = document[0].get_drawings()
        width, height = document[0].rect.width, document[0].rect.height
        assert (width, height) == (792, 612)
        assert drawing["rect"].x0 == pytest.approx(0.1 * width, abs=1)
        assert drawing["rect"].y1 == pytest.approx(0.15 * height, abs=1)
        assert "1 table" in document[0].get_text()


def test_an_encrypted_original_stays_encrypted() -> None:
    locked = paper(encryption=pymupdf.PDF_ENCRYPT_AES_256, user_pw="lantern", owner_pw="keeper")
    written = searchable_pdf(locked, [page(Block("text", "quay", LEFT))], "lantern")
    with pymupdf.open(stream=written) as document:
        assert document.needs_pass
        assert document.authenticate("lantern")
        assert "quay" in document[0].get_text()


def test_pictures_become_pages_of_their_own_size() -> None:
    written = pdf_of_images([(Image.new("RGB", (300, 150), "navy"), 150), (Image.new("RGB", (72, 72)), 72)])
    with pymupdf.open(stream=written) as document:
        assert [(sheet.rect.width, sheet.rect.height) for sheet in document] == [(144, 72), (72, 72)]
        drawn = Image.open(io.BytesIO(document[0].get_pixmap().tobytes("png")))
    assert drawn.getpixel((70, 36))[2] > 100  # type: ignore[index]


@settings(max_examples=8, deadline=None)
@given(st.text(max_size=80), st.floats(0, 1), st.floats(0, 1), st.floats(0, 1), st.floats(0, 1))
def test_any_text_goes_into_any_box(text: str, x1: float, y1: float, x2: float, y2: float) -> None:
    box = Box(min(x1, x2), min(y1, y2), max(x1, x2), max(y1, y2))
    pages = [page(Block("text", text.replace("\ud800", ""), box))]
    overlay_pdf(paper(), pages)
    searchable_pdf(paper(), pages)


@given(
    st.integers(0, 999),
    st.integers(0, 999),
    st.integers(100, 4000),
    st.integers(100, 4000),
    st.sampled_from([72, 144, 300]),
)
def test_points_and_fractions_are_the_same_place(x: int, y: int, width: int, height: int, dpi: int) -> None:
    box = Box(x / 999, y / 999, 1, 1)
    plain = plain_page(
        Page(1, (width, height), (Block("text", "a", box),), Ending.COMPLETE, Reader.MODEL, dpi=dpi), None
    )
    block = plain["blocks"][0]
    assert block["points"]["left"] == pytest.approx(box.left * width * 72 / dpi, abs=0.06)
    assert block["points"]["bottom"] == pytest.approx(height * 72 / dpi, abs=0.06)
    assert round(block["box"]["left"] * 999) == x
    assert round(block["box"]["top"] * 999) == y
