"""The OCR witness on drawn pages: it really reads, in order, the same way each time, and prints nothing."""

import math
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from deepocr_cli.document import PageImage, Source, SourceKind
from deepocr_cli.witness.light_ocr import LightOcr, _bounded, _on_sheet, straighten

LEFT = ["Tides follow the moon", "and the harbour master", "writes them down every", "morning in a large book"]
RIGHT = [
    "Currents follow the coast",
    "and the pilots of the port",
    "know them all by heart",
    "since they were children",
]


def drawn_page(angle: float = 0) -> PageImage:
    image = Image.new("RGB", (900, 420), "white")
    draw = ImageDraw.Draw(image)
    font = ImageFont.load_default(28)
    draw.text((60, 40), "Water in motion", fill="black", font=ImageFont.load_default(40))
    for left, lines in ((60, LEFT), (480, RIGHT)):
        for number, line in enumerate(lines):
            draw.text((left, 130 + 44 * number), line, fill="black", font=font)
    turned = image.rotate(angle, resample=Image.Resampling.BICUBIC, fillcolor="white")
    return PageImage(Source("drawn.png", SourceKind.IMAGE, 1), 1, turned, 144)


@pytest.fixture(scope="module")
def light_ocr() -> LightOcr:
    return LightOcr()


def letters(text: str) -> str:
    """The text without spaces, of which OCR is not sure, and without the mark of a heading."""
    return "".join(text.lstrip("# ").split())


@pytest.mark.parametrize("angle", [0, 1.5, -2])
def test_columns_are_read_in_order_even_on_a_slanted_page(light_ocr: LightOcr, angle: float) -> None:
    text = letters(" ".join(block.text for block in light_ocr.read(drawn_page(angle).image).blocks))
    assert text == letters(" ".join(["Water in motion", *LEFT, *RIGHT]))


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_a_page_on_its_side_or_its_head_is_turned(light_ocr: LightOcr, turn: int) -> None:
    page = drawn_page()
    blocks = light_ocr.read(page.image.rotate(turn, expand=True)).blocks
    assert letters(" ".join(block.text for block in blocks)) == letters(" ".join(["Water in motion", *LEFT, *RIGHT]))
    title = blocks[0].box
    assert title is not None
    assert {90: title.right < 0.3, 180: title.top > 0.7, 270: title.left > 0.7}[turn]


@pytest.mark.parametrize("turn", [90, 270])
def test_a_line_along_the_margin_is_read_whichever_way_it_runs(light_ocr: LightOcr, turn: int) -> None:
    stamp = Image.new("RGB", (340, 36), "white")
    ImageDraw.Draw(stamp).text((4, 2), "harbour-office-archive", fill="black", font=ImageFont.load_default(28))
    page = drawn_page()
    page.image.paste(stamp.rotate(turn, expand=True), (5, 40))
    blocks = [letters(block.text) for block in light_ocr.read(page.image).blocks]
    assert blocks[-1] == letters("harbour-office-archive")
    assert "".join(blocks[:-1]) == letters(" ".join(["Water in motion", *LEFT, *RIGHT]))


def test_a_page_is_read_the_same_way_each_time(light_ocr: LightOcr) -> None:
    assert light_ocr.read(drawn_page().image) == LightOcr(2).read(drawn_page().image)


def test_boxes_lie_where_the_text_is(light_ocr: LightOcr) -> None:
    title = light_ocr.read(drawn_page().image).blocks[0].box
    assert title is not None
    assert title.left == pytest.approx(60 / 900, abs=0.02)
    assert title.bottom < 0.3


def test_a_blank_page_has_no_blocks(light_ocr: LightOcr) -> None:
    blank = Image.new("L", (400, 400), "white")
    assert light_ocr.read(blank).blocks == ()


def test_straightening_puts_the_pieces_of_a_slanted_row_on_one_height() -> None:
    slant = math.radians(3)
    along, down = np.array([math.cos(slant), math.sin(slant)]), np.array([-math.sin(slant), math.cos(slant)])
    starts = [np.array([50.0, 60.0]) + 300 * place * along for place in range(3)]
    corners = np.array(
        [[start, start + 200 * along, start + 200 * along + 20 * down, start + 20 * down] for start in starts]
    )
    lines = straighten(corners, ["a", "b", "c"])
    assert [line.middle for line in lines] == pytest.approx([lines[0].middle] * 3)
    assert [line.right - line.left for line in lines] == pytest.approx([200] * 3)


def test_nothing_is_printed_or_fetched() -> None:
    program = (
        "import socket; socket.socket.connect = None\n"
        "from PIL import Image, ImageDraw, ImageFont\n"
        "from deepocr_cli.witness.light_ocr import LightOcr\n"
        "image = Image.new('RGB', (500, 100), 'white')\n"
        "ImageDraw.Draw(image).text((20, 20), 'harbour master', fill='black', font=ImageFont.load_default(36))\n"
        "blocks = LightOcr().read(image).blocks\n"
        "assert 'harbour' in blocks[0].text\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert (done.stdout, done.stderr) == (b"", b"")


@pytest.mark.parametrize("size", [(6000, 80), (12_000, 40), (65_000, 1)])
def test_a_thin_page_is_read_in_bounded_memory(light_ocr: LightOcr, size: tuple[int, int]) -> None:
    """The detector would enlarge it until its short side has hundreds of pixels, or fail on it."""
    page = Image.new("RGB", size, "white")
    font = ImageFont.load_default(60)
    ImageDraw.Draw(page).text((size[0] * 0.9, 4), "harbour", fill="black", font=font)
    sheet = _on_sheet(np.asarray(_bounded(page)))
    assert max(sheet.shape[:2]) <= 2000
    assert min(sheet.shape[:2]) >= 300
    assert [round(block.box.left, 1) for block in light_ocr.read(page).blocks if block.box] in ([], [0.9])
    assert light_ocr.read(page.rotate(90, expand=True)).blocks is not None
