"""The embedded network: its real weights read a rendered line."""

import pytest
from PIL import Image, ImageDraw, ImageFont
from rapidfuzz.distance import Levenshtein

from deepocr_cli.document import Ending
from deepocr_cli.engine.engine import Engine, load_engine
from deepocr_cli.engine.request import Request
from deepocr_cli.model.catalog import find_model

BOUND = 0.1
"""Character error rate that is not exceeded; about .03 is usual for clean text with letters of 26 pixels."""

LINES = ("Reading is the art of", "seeing words on paper.", "Paper is patient, and", "the reader is not.")


@pytest.fixture(scope="module")
def engine() -> Engine:
    return load_engine(find_model("nano"), device="cpu", dtype="float32")


def drawn(*lines: str) -> Image.Image:
    image = Image.new("RGB", (256, 256), "white")
    # The font that Pillow carries, so that every machine draws the same.
    font = ImageFont.load_default(24)
    for number, line in enumerate(lines):
        ImageDraw.Draw(image).text((8, 6 + 32 * number), line, font=font, fill="black")
    return image


def test_it_reads_lines_of_text(engine: Engine) -> None:
    mode = find_model("nano").modes[0]
    pages = [LINES[:1], LINES[:2], LINES]
    wrong = total = 0
    for done in engine.run(Request(number, drawn(*lines), mode) for number, lines in enumerate(pages)):
        truth = " ".join(pages[done.number])
        assert done.ending is Ending.COMPLETE
        wrong += Levenshtein.distance(" ".join(done.text.split()), truth)
        total += len(truth)
    assert wrong / total < BOUND
