"""Lines of text are found in pixels: none lost, none doubled, none cut through; strips bring them to one size."""

import cv2
import numpy as np
import pytest
from drawn_pages import DrawnPage
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageFilter

from deepocr_cli.layout.cells import cut_lines
from deepocr_cli.layout.ink_line import InkLine
from deepocr_cli.layout.lines import find_lines
from deepocr_cli.layout.page_text import arrange_text, write_grounded, write_plain
from deepocr_cli.layout.rules import Rules
from deepocr_cli.layout.strips import cut_rows, draw_strips
from deepocr_cli.model.catalog import NANO_MODES
from deepocr_cli.modes import Mode
from deepocr_cli.reading.grounding import parse_blocks

A4 = (1191, 1684)
MODE = next(mode for mode in NANO_MODES if mode.name == "strips-4")

SIZES = st.integers(14, 40)
PARAGRAPHS = st.lists(
    st.tuples(SIZES, st.integers(1, 6), st.integers(2, 9), st.integers(0, 60)), min_size=1, max_size=5
)


def assert_found(page: DrawnPage, found: tuple[InkLine, ...]) -> None:
    """Every line that was written is found once, where it stands."""
    assert len(found) == len(page.lines)
    for text, (left, top, right, bottom) in page.lines:
        here = [
            line for line in found if top <= line.baseline <= bottom + 2 and line.left < right and line.right > left
        ]
        assert len(here) == 1, text
        assert abs(here[0].left - left) <= 4, text
        assert abs(here[0].right - right) <= 4, text
        assert here[0].top >= top - 3, text
        assert here[0].bottom <= bottom + 3, text


@settings(max_examples=12, deadline=None)
@given(PARAGRAPHS)
def test_paragraphs_are_found_line_by_line(paragraphs: list[tuple[int, int, int, int]]) -> None:
    page, top = DrawnPage(), 60.0
    for size, rows, words, start in paragraphs:
        page.write_paragraph(90, top, rows, size, words=min(words, 260 // size), start=start)
        top += rows * 1.35 * size + 1.2 * size
    assert_found(page, find_lines(page.image).lines)


def test_columns_are_not_joined_across_their_gutter() -> None:
    page = DrawnPage()
    page.write("A headline over both of the columns", 90, 60, 30)
    for column in (0, 1):
        page.write_paragraph(90 + 420 * column, 140, rows=14, size=20, words=6, start=5 * column)
    assert_found(page, find_lines(page.image).lines)


@pytest.mark.parametrize(("paper", "ink"), [("#d8d0b8", "black"), ("#203040", "white"), ("#f0f0f0", "#888888")])
def test_the_colours_of_paper_and_ink_do_not_matter(paper: str, ink: str) -> None:
    page = DrawnPage(paper=paper, ink=ink)
    page.write_paragraph(90, 100, rows=8)
    found = find_lines(page.image)
    assert_found(page, found.lines)
    (strip, *_) = draw_strips(found, cut_rows(found.lines, MODE), MODE)
    pixels = np.asarray(strip.image)
    assert pixels[:, :4].min() > 230, "paper is white"
    assert np.percentile(pixels, 2) < 60, "ink is black"


@pytest.mark.parametrize(("size", "blur", "grain"), [(15, 1.6, 0), (15, 2.0, 2), (22, 0.6, 40)])
def test_blur_and_grain_leave_lines_and_letters_their_size(size: int, blur: float, grain: int) -> None:
    """Letters that run together, or fall to pieces, were taken for letters half as high again, or for dust."""
    page = DrawnPage()
    page.write_paragraph(90, 100, rows=12, size=size, words=10)
    clean = find_lines(page.image).lines
    pixels = np.asarray(page.image.filter(ImageFilter.GaussianBlur(blur)), dtype=float)
    pixels += np.random.default_rng(1).normal(0, grain, pixels.shape[:2])[..., None]
    worn = find_lines(Image.fromarray(pixels.clip(0, 255).astype(np.uint8))).lines
    assert len(worn) == len(clean)
    sizes = [np.median([line.size for line in lines]) for lines in (worn, clean)]
    assert sizes[0] == pytest.approx(sizes[1], rel=0.25)
    for line, other in zip(worn, clean, strict=True):
        assert line.baseline == pytest.approx(other.baseline, abs=2.5)
        assert line.right - line.left == pytest.approx(other.right - other.left, abs=12)


def test_the_grain_of_a_blurred_scan_is_not_sharpened_into_specks() -> None:
    """A page at 300 dots per inch became one of twenty thousand lines, and took a minute."""
    page = DrawnPage()
    page.write_paragraph(90, 100, rows=6, size=44, words=5)
    clean = find_lines(page.image).lines
    pixels = np.asarray(page.image.convert("L").filter(ImageFilter.GaussianBlur(2)), dtype=float)
    pixels += np.random.default_rng(1).normal(0, 20, pixels.shape)
    scan = cv2.imencode(".jpg", pixels.clip(0, 255).astype(np.uint8), [cv2.IMWRITE_JPEG_QUALITY, 60])[1]
    worn = find_lines(Image.fromarray(cv2.imdecode(scan, cv2.IMREAD_GRAYSCALE))).lines
    assert len(worn) == len(clean)


def test_rules_and_frames_are_no_lines() -> None:
    page = DrawnPage()
    page.write_paragraph(120, 100, rows=6)
    pen = ImageDraw.Draw(page.image)
    pen.rectangle((100, 80, 900, 320), outline="black", width=2)
    pen.line((120, 126, 600, 126), fill="black", width=1)
    for down in range(600, 900, 60):
        pen.line((100, down, 900, down), fill="black", width=2)
    assert_found(page, find_lines(page.image).lines)


def test_print_on_a_coloured_bar_is_found() -> None:
    page = DrawnPage()
    ImageDraw.Draw(page.image).rectangle((80, 92, 800, 134), fill="#304060")
    page.ink = "white"
    page.write("Quantity and price of each", 100, 100)
    page.ink = "black"
    page.write_paragraph(100, 160, rows=5)
    assert_found(page, find_lines(page.image).lines)


@pytest.mark.parametrize("degrees", [-1.5, 0.8, 2.5])
def test_slanted_pages_are_levelled(degrees: float) -> None:
    page = DrawnPage()
    page.write_paragraph(150, 200, rows=12, words=9)
    slanted = page.image.rotate(degrees, fillcolor="white", expand=False, resample=3)
    found = find_lines(slanted)
    assert len(found.lines) == 12
    assert np.degrees(np.arctan(-found.slope)) == pytest.approx(degrees, abs=0.25)
    straight, level = find_lines(page.image), MODE
    rows = [cut_rows(lines.lines, MODE) for lines in (straight, found)]
    assert abs(len(rows[0]) - len(rows[1])) <= 2
    (strip, *_) = draw_strips(found, rows[1], level)
    dark = (np.asarray(strip.image) < 128).sum(axis=1)
    assert dark[[0, 31, 32, 63, 64, 95, 96, 127]].max() < 0.3 * dark.max(), "rows do not run into one another"


def test_lines_that_touch_are_told_apart() -> None:
    page = DrawnPage()
    page.write_paragraph(90, 100, rows=6)
    pen = ImageDraw.Draw(page.image)
    for number, (_, (_, _, _, bottom)) in enumerate(page.lines[:5]):
        pen.line((200 + 9 * number, bottom - 8, 200 + 9 * number, bottom + 16), fill="black", width=2)
    assert len(find_lines(page.image).lines) == 6


@pytest.mark.parametrize(("bottom", "count"), [(101, 1), (130, 2)])
def test_strokes_of_a_large_heading_are_no_rules_of_a_table(bottom: float, count: int) -> None:
    heading = InkLine(100, 70, 200, 105, baseline=100, size=45, inked=((100, 148), (152, 200)))
    down = Rules(np.zeros((0, 3)), np.array([[150.0, 70.0, bottom]]))
    assert len(cut_lines([heading], down, slope=0.0)) == count


def test_commas_and_quotation_marks_are_no_lines_of_their_own() -> None:
    page = DrawnPage()
    page.write_paragraph(90, 100, rows=6)
    for left, top in ((700, 200), (800, 150), (806, 150)):
        ImageDraw.Draw(page.image).rectangle((left, top, left + 3, top + 7), fill="black")
    assert_found(page, find_lines(page.image).lines)


def test_an_ellipsis_may_stand_alone() -> None:
    page = DrawnPage()
    page.write_paragraph(90, 100, rows=4)
    page.write(". . .", 120, 240)
    page.write_paragraph(90, 290, rows=4)
    assert len(find_lines(page.image).lines) == 9


def test_dust_is_no_text() -> None:
    page = DrawnPage()
    page.write_paragraph(150, 200, rows=6)
    dots = np.random.default_rng(1).integers(0, [1191, 1684], size=(150, 2))
    for x, y in dots.tolist():
        page.image.putpixel((x, y), (0, 0, 0))
    assert len(find_lines(page.image.filter(ImageFilter.MedianFilter(1))).lines) == 6


def test_a_blank_page_has_no_lines() -> None:
    found = find_lines(DrawnPage().image)
    assert (found.lines, cut_rows(found.lines, MODE)) == ((), [])


@settings(max_examples=12, deadline=None)
@given(st.sampled_from(NANO_MODES), SIZES, st.integers(3, 30), st.integers(0, 40))
def test_rows_cover_their_line_and_cut_no_letter(mode: Mode, size: int, words: int, start: int) -> None:
    page = DrawnPage(size=(6000, 300))
    page.write_paragraph(50, 100, rows=1, size=size, words=words, start=start)
    found = find_lines(page.image)
    rows = cut_rows(found.lines, mode)
    inked = [(line, stretch) for number, line in enumerate(found.lines) for stretch in line.inked]
    for line, (left, right) in inked:
        holders = [r for r in rows if found.lines[r.line] == line and r.left <= left and right <= r.right]
        assert len(holders) == 1, "every letter stands whole on one row"
    assert not any(row.is_mid_word for row in rows)
    assert all((row.right - row.left) * mode.letter_size / found.lines[row.line].size <= 632 for row in rows)


def test_strips_hold_every_row_once() -> None:
    page = DrawnPage()
    page.write_paragraph(90, 100, rows=9, size=24, words=10)
    found = find_lines(page.image)
    for mode in NANO_MODES:
        rows = cut_rows(found.lines, mode)
        strips = draw_strips(found, rows, mode)
        assert [row for strip in strips for row in strip.rows] == rows
        assert {strip.image.size for strip in strips} == {(640, 128)}
        assert len(strips) == mode.strips_for(len(rows)).tile_count


def test_blocks_come_in_reading_order_with_their_places() -> None:
    page = DrawnPage()
    page.write("The harbour", 90, 60, 44)
    page.write_paragraph(90, 160, rows=5)
    page.write_paragraph(90, 400, rows=4, start=9)
    found = find_lines(page.image)
    assert [line.baseline for line in found.lines] == sorted(line.baseline for line in found.lines)
    texts = [text for text, _ in page.lines]
    blocks = arrange_text(found, texts)
    assert write_plain(blocks) == "\n\n".join([texts[0], " ".join(texts[1:6]), " ".join(texts[6:])])
    read = parse_blocks(write_grounded(blocks, found))
    assert [block.kind for block in read] == ["title", "text", "text"]
    assert read[0].box is not None
    assert read[0].box.top * A4[1] == pytest.approx(page.lines[0][1][1], abs=12)
