"""Pages on their sides, on their heads and askew: found, righted, and every box told on the page as it was given."""

import io
import json
from contextlib import closing
from pathlib import Path

import numpy as np
import pymupdf
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageFont

from deepocr_cli.cli.main import main
from deepocr_cli.document import PageImage, Source, SourceKind, TextLayer, Word
from deepocr_cli.isolation.crew import Crew
from deepocr_cli.isolation.paper import open_paper
from deepocr_cli.pages.upright import right, turn_of_layer, turn_of_pixels
from deepocr_cli.places import Box, Righting, Turn
from deepocr_cli.witness.line_reader import RapidLineReader

LINES = [
    "The harbour master writes down the tides every morning",
    "and reads them aloud to whoever happens to be passing.",
    "In winter there is nobody, and so he reads to the gulls,",
    "who have heard it before and look politely out to sea.",
    "On the first of March the book is closed and a new one",
    "is begun, with a pen that must not leave the building.",
]
CLOCKWISE = {1: Image.Transpose.ROTATE_270, 2: Image.Transpose.ROTATE_180, 3: Image.Transpose.ROTATE_90}


@pytest.fixture(scope="module")
def line_reader() -> RapidLineReader:
    return RapidLineReader()


def page_of_text() -> Image.Image:
    image = Image.new("RGB", (1000, 800), "white")
    draw = ImageDraw.Draw(image)
    for number in range(14):
        draw.text((110, 70 + 46 * number), LINES[number % len(LINES)], "black", ImageFont.load_default(29))
    return image


def scanned(image: Image.Image, quarters: int, degrees: float = 0) -> Image.Image:
    """`image` as somebody would scan it who turned it so far clockwise."""
    image = image.transpose(CLOCKWISE[quarters]) if quarters else image
    return image.rotate(-degrees, Image.Resampling.BICUBIC, expand=True, fillcolor="white") if degrees else image


def paper(image: Image.Image) -> PageImage:
    return PageImage(Source("scan.png", SourceKind.IMAGE, 1), 1, image, 144)


def test_a_straight_page_keeps_its_pixels(line_reader: RapidLineReader) -> None:
    page = paper(page_of_text())
    turn = turn_of_pixels(page.image, line_reader)
    assert turn == Turn(0, 0.0)
    assert right(page, turn) is page


@pytest.mark.parametrize("quarters", [1, 2, 3])
def test_quarter_turns_are_undone_to_the_pixel(line_reader: RapidLineReader, quarters: int) -> None:
    page = paper(scanned(page_of_text(), quarters))
    turn = turn_of_pixels(page.image, line_reader)
    assert turn == Turn(4 - quarters, 0.0)
    assert np.array_equal(np.asarray(right(page, turn).image), np.asarray(page_of_text()))


@pytest.mark.parametrize(("quarters", "degrees"), [(0, -10), (0, 1), (0, 10), (1, 4), (2, -7), (3, 3)])
def test_skew_is_found_to_a_fifth_of_a_degree_and_taken_out(
    line_reader: RapidLineReader, quarters: int, degrees: float
) -> None:
    page = paper(scanned(page_of_text(), quarters, degrees))
    turn = turn_of_pixels(page.image, line_reader)
    assert turn.quarter_turns == -quarters % 4
    assert turn.degrees == pytest.approx(-degrees, abs=0.2)
    assert turn_of_pixels(right(page, turn).image, line_reader) == Turn()


def test_ink_in_the_corners_of_a_skewed_page_finds_room(line_reader: RapidLineReader) -> None:
    image = page_of_text()
    ImageDraw.Draw(image).rectangle((4, 4, 40, 40), fill="red")
    turned = right(paper(image), Turn(0, 8.0)).image
    red = (np.asarray(turned)[:, :, 0].astype(int) - np.asarray(turned)[:, :, 1] > 100).sum()
    assert red == pytest.approx(37 * 37, rel=0.05)


def columns_of_japanese() -> Image.Image:
    image, draw = (created := Image.new("RGB", (800, 1000), "white")), ImageDraw.Draw(created)
    font = ImageFont.truetype(io.BytesIO(pymupdf.Font("cjk").buffer), 30)
    text = "吾輩は猫である名前はまだ無いどこで生れたかとんと見当がつかぬ何でも薄暗いじめじめした所で"
    for place in range(14 * 22):
        column, row = divmod(place, 22)
        draw.text((720 - column * 50, 60 + row * 40), text[place % len(text)], "black", font)
    return image


def grain() -> Image.Image:
    return Image.fromarray(np.random.default_rng(1).integers(0, 256, (700, 900, 3), dtype=np.uint8))


@pytest.mark.parametrize("image", [columns_of_japanese(), grain(), Image.new("RGB", (600, 400), "white")])
def test_what_only_looks_turned_is_left_alone(line_reader: RapidLineReader, image: Image.Image) -> None:
    assert turn_of_pixels(image, line_reader) == Turn()


# ------------------------------------------------------------------------------------------------ boxes

fractions = st.floats(0, 1)


@st.composite
def boxes(draw: st.DrawFn) -> Box:
    xs, ys = sorted((draw(fractions), draw(fractions))), sorted((draw(fractions), draw(fractions)))
    return Box(xs[0], ys[0], xs[1], ys[1])


@st.composite
def rightings(draw: st.DrawFn) -> Righting:
    turn = Turn(draw(st.integers(0, 3)), draw(st.just(0.0) | st.floats(-12, 12)))
    width, height = draw(st.integers(50, 3000)), draw(st.integers(50, 3000))
    before = (height, width) if turn.quarter_turns % 2 else (width, height)
    grown = draw(st.floats(1, 1.3)) if turn.degrees else 1
    return Righting(turn, (width, height), (round(before[0] * grown), round(before[1] * grown)))


def holds(outer: Box, inner: Box) -> bool:
    slack = 1e-9
    return (
        outer.left <= inner.left + slack
        and outer.top <= inner.top + slack
        and outer.right >= inner.right - slack
        and outer.bottom >= inner.bottom - slack
    )


@given(rightings(), boxes())
def test_boxes_stay_on_the_page_and_come_back_where_there_is_no_skew(righting: Righting, box: Box) -> None:
    there = righting.to_given(box)
    assert 0 <= there.left <= there.right <= 1
    assert 0 <= there.top <= there.bottom <= 1
    if righting.turn.degrees == 0:
        back = righting.to_upright(there)
        assert all(abs(getattr(back, edge) - getattr(box, edge)) < 1e-9 for edge in Box.__slots__)


@given(rightings(), boxes())
def test_there_and_back_a_box_never_shrinks_on_the_page(righting: Righting, box: Box) -> None:
    there = righting.to_upright(box)
    is_cut = min(there.left, there.top) <= 0 or max(there.right, there.bottom) >= 1
    assert is_cut or holds(righting.to_given(there), box)


@given(st.integers(0, 3), st.floats(-12, 12), st.floats(0.1, 0.9), st.floats(0.1, 0.9))
def test_a_dot_is_carried_to_where_it_shows(quarters: int, degrees: float, across: float, down: float) -> None:
    """The arithmetic of boxes and the turning of pixels are two; a dot drawn on the page must agree with both."""
    image = Image.new("RGB", (300, 200), "white")
    x, y = 20 + int(across * 260), 20 + int(down * 160)
    ImageDraw.Draw(image).rectangle((x - 2, y - 2, x + 2, y + 2), fill="black")
    page = right(paper(image), Turn(quarters, round(degrees, 1)))
    if page.righting is None:
        return
    dark = np.argwhere(np.asarray(page.image.convert("L")) < 128)
    found = (dark.mean(axis=0)[::-1] + 0.5) / page.image.size
    place = page.righting.to_upright(Box((x - 2) / 300, (y - 2) / 200, (x + 3) / 300, (y + 3) / 200))
    assert (place.left + place.right) / 2 == pytest.approx(found[0], abs=1 / 200)
    assert (place.top + place.bottom) / 2 == pytest.approx(found[1], abs=1 / 200)


# ------------------------------------------------------------------------------------------ text layers


@pytest.mark.parametrize(
    ("slant", "turn"),
    [
        (0, Turn()),
        (0.3, Turn()),
        (90, Turn(3)),
        (-90, Turn(1)),
        (180, Turn(2)),
        (-180, Turn(2)),
        (5, Turn(0, -5)),
        (93, Turn(3, -3)),
        (-86, Turn(1, -4)),
        (45, Turn()),
    ],
)
def test_the_direction_of_a_text_layer_says_how_to_turn(slant: float, turn: Turn) -> None:
    assert turn_of_layer(TextLayer((Word("quay", Box(0, 0, 1, 1)),), slant)) == turn


def pdf_with_text(rotation: int, turned_by: int) -> bytes:
    document = pymupdf.open()
    sheet = document.new_page(width=500, height=400)
    for number in range(10):
        starts = {0: (60, 60 + 30 * number), 90: (60 + 30 * number, 340), 180: (440, 60 + 30 * number)}
        start = starts.get(turned_by, (60 + 30 * number, 60))
        sheet.insert_text(start, "The tide table of the harbour", rotate=turned_by, fontsize=14)
    sheet.set_rotation(rotation)
    data: bytes = document.tobytes()
    return data


@pytest.mark.parametrize(("rotation", "turned_by"), [(0, 0), (0, 270), (90, 0), (90, 90), (180, 0), (270, 0), (0, 180)])
def test_a_born_digital_page_is_righted_and_so_are_its_words(tmp_path: Path, rotation: int, turned_by: int) -> None:
    path = tmp_path / "table.pdf"
    path.write_bytes(pdf_with_text(rotation, turned_by))
    with closing(Crew(60)) as crew:
        opened = open_paper(crew, str(path))
        page, _ = opened.draw(1, dpi=72, max_pixels=10**7)
        blocks = opened.read_text_layer(1, page.righting)
    # PyMuPDF counts the turns of inserted text against the clock, /Rotate with it.
    is_upright = (rotation - turned_by) % 360 == 0
    assert (page.righting is None) == is_upright
    assert page.text_layer is not None
    words = [word.box for word in page.text_layer.words if word.text == "harbour"]
    width, height = page.image.size
    assert all(box.width * width > box.height * height for box in words)
    for box in (*words, *(block.box for block in blocks if block.box is not None)):
        edges = int(box.left * width), int(box.top * height), round(box.right * width), round(box.bottom * height)
        assert page.image.crop(edges).convert("L").getextrema()[0] < 100, "there is ink where the words are said to be"


# ------------------------------------------------------------------------------------------ the program


def test_boxes_in_the_result_lie_on_the_page_as_it_was_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scan = scanned(page_of_text(), 1, 5)
    scan.save(tmp_path / "scan.png")
    monkeypatch.chdir(tmp_path)
    assert main(["convert", "scan.png", "-o", "scan.json", "--model", "nano", "--quiet"]) == 0
    (page,) = json.loads((tmp_path / "scan.json").read_text())["pages"]
    assert (page["width"], page["height"]) == scan.size
    assert page["turn"]["quarter_turns"] == 3
    assert page["turn"]["degrees"] == pytest.approx(-5, abs=0.2)
    assert "reads them aloud to whoever" in " ".join(block["text"] for block in page["blocks"])
    grey = np.asarray(scan.convert("L")).copy()
    for block in page["blocks"]:
        box = block["box"]
        rows = slice(int(box["top"] * scan.height) - 3, int(box["bottom"] * scan.height) + 3)
        grey[rows, int(box["left"] * scan.width) - 3 : int(box["right"] * scan.width) + 3] = 255
    assert (grey < 128).mean() < 0.02 * (np.asarray(scan.convert("L")) < 128).mean(), "no ink is left outside the boxes"
