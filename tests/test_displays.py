"""Formulas that stand alone on a scanned page: where they are looked for, and how they stand in its text."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from drawn_pages import DrawnPage
from PIL import Image, ImageDraw, ImageFont

from deepocr_cli.document import Ending
from deepocr_cli.engine.request import Completion, Request
from deepocr_cli.engine.strip_reader import StripReader
from deepocr_cli.layout.displays import find_displays, is_formula
from deepocr_cli.layout.lines import find_lines
from deepocr_cli.model.catalog import NANO_FIGURE_MODES, NANO_MODES
from deepocr_cli.modes import Fit
from deepocr_cli.settings import Task

FORMULA, _ = NANO_FIGURE_MODES
LATEX = r"\[ \frac{x^2 + 1}{y - 1} = z \]"
PICTURE = Path(__file__).parent / "data" / "formulas" / "formula-6.png"


def page_with(middle: Image.Image | None, *, left: int = 300, number: str = "") -> Image.Image:
    """Prose, something between, prose; the letters of the picture are as large as those of the prose."""
    page = DrawnPage()
    page.write_paragraph(90, 100, rows=5, size=28, words=11)
    top = 320
    if middle is not None:
        page.image.paste(middle, (left, top))
    page.write_paragraph(90, 450, rows=5, size=28, words=11, start=3)
    if number:
        right = max(box[2] for _, box in page.lines)
        page.write(number, right - 60, top + 25, size=28)
    return page.image


def formula() -> Image.Image:
    with Image.open(PICTURE) as image:
        return image.convert("RGB")


def words(text: str, size: int = 28) -> Image.Image:
    image = Image.new("RGB", (16 * len(text), 50), "white")
    ImageDraw.Draw(image).text((8, 4), text, "black", ImageFont.load_default(size))
    return image


class Network:
    """Reads every strip as rows of one word, and formulas as it is told to; None fails."""

    def __init__(self, latex: str | None = None, row: str = "words") -> None:
        self.latex, self.row = latex, row
        self.asked: list[Request] = []

    def run(self, requests: Iterable[Request]) -> Iterator[Completion]:
        for request in list(requests):
            is_formula_view = request.mode.fit is Fit.FIGURE
            if is_formula_view:
                self.asked.append(request)
            text = self.latex if is_formula_view else "\n".join([self.row] * 4)
            yield Completion(request.number, text or "", Ending.COMPLETE if text else Ending.FAILED, 12, 9, 0.1)


def read(network: Network, image: Image.Image, task: Task = Task.DOCUMENT) -> str:
    mode = next(mode for mode in NANO_MODES if mode.name == "strips-4")
    (completion,) = StripReader(network, FORMULA).run([Request(1, image, mode, task)])
    assert completion.ending is Ending.COMPLETE
    return completion.text


def test_a_formula_between_lines_of_prose_is_found_whole() -> None:
    (display,) = find_displays(find_lines(page_with(formula(), number="(12)")))
    left, top, right, bottom = display.box
    assert (left, top) < (310, 330)
    assert (right, bottom) > (300 + formula().width - 20, 320 + formula().height - 20)
    assert bottom - top < formula().height + 15
    assert display.tag is not None
    assert 24 < display.letter_size < 40


@pytest.mark.parametrize("angle", [-0.4, 0.4])
def test_a_page_may_lie_a_little_slanted(angle: float) -> None:
    image = page_with(formula()).rotate(angle, Image.Resampling.BICUBIC, fillcolor="white")
    assert len(find_displays(find_lines(image))) == 1


def test_nothing_is_looked_for_at_the_margin_or_without_prose() -> None:
    assert find_displays(find_lines(page_with(None))) == []
    assert find_displays(find_lines(page_with(words("a line at the margin"), left=84))) == []
    assert find_displays(find_lines(formula())) == []


def test_a_formula_takes_the_place_of_the_lines_that_it_was_read_as() -> None:
    network = Network(LATEX)
    text = read(network, page_with(formula()))
    (request,) = network.asked
    assert request.letter_size is not None
    assert text.count(LATEX) == 1
    before, after = text.split(LATEX)
    assert before.count("words") == 5
    assert after.count("words") >= 5
    assert "<|ref|>equation<|/ref|>" in before


def test_its_number_is_a_tag() -> None:
    assert r" = z \tag{2.1} \]" in read(Network(LATEX, row="(2.1)"), page_with(formula(), number="(12)"))
    assert r"\tag" not in read(Network(LATEX, row="words"), page_with(formula(), number="(12)"))


@pytest.mark.parametrize("latex", [None, r"\[ Abstract \]", r"\[ \alpha \]", r"\[ First item = 2 \]"])
def test_what_is_no_formula_stays_lines_of_text(latex: str | None) -> None:
    assert "equation" not in read(Network(latex), page_with(formula()))


def test_no_formula_is_asked_about_where_text_is_asked_for() -> None:
    network = Network(LATEX)
    read(network, page_with(formula()), Task.TEXT)
    assert not network.asked


@pytest.mark.parametrize(
    ("latex", "expected"),
    [
        (LATEX, True),
        (r"\[ x \leq y \]", True),
        (r"\[ T_{\mathrm{kinetic}} = 0 \]", True),
        (r"\[ 28(3):312 - 313, 2007. \]", False),
        (r"\[ Home Page: \]", False),
        (r"\[ \mathrm{Abstract} \]", False),
    ],
)
def test_formulas_are_told_from_short_lines_of_words(latex: str, expected: bool) -> None:
    assert is_formula(latex) is expected
