"""Formulas and charts alone: views as in training, and only what several views and the picture's ink bear out."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from deepocr_cli.document import Ending
from deepocr_cli.engine.figure_reader import FigureReader, _agreed
from deepocr_cli.engine.request import Completion, Request
from deepocr_cli.figure_pass import plan_figure
from deepocr_cli.layout.figure_views import draw_chart, draw_formula, is_chart
from deepocr_cli.layout.formula_ink import agrees
from deepocr_cli.model.catalog import NANO_FIGURE_MODES, NANO_MODES
from deepocr_cli.modes import Fit
from deepocr_cli.settings import Dial, Task

FORMULA, CHART = NANO_FIGURE_MODES
PICTURES = Path(__file__).parent / "data" / "formulas"
TYPESET = {
    r"a^2 + b^2 = c^2": [r"a2 + b2 = c2", r"a_2 + b^2 = c^2", r"a^2 + b^2 = c", r"a^2 + b^2 - c^2", r"a^2 + b = c^2"],
    r"\frac{1}{2} \sum_{i=1}^n x_i": [r"\sum_{i=1}^n x_i", r"\frac{1}{2} \sum_{i=1} x_i", r"12 \sum_{i=1}^n x_i"],
    r"\sqrt{x + y} \leq \int_0^1 f(t) dt": [r"x + y \leq \int_0^1 f(t) dt", r"\sqrt{x + y} < \int_0^1 f(t) dt"],
    r"\left( \frac{a_1}{b} \right)^2": [
        r"( a_1 b )^2",
        r"\left( \frac{a_1}{b} \right)_2",
        r"\left( \frac{a}{b} \right)^2",
    ],
    r"\hat{x} = \lim_{n \to \infty} x_n": [r"x = \lim_{n \to \infty} x_n", r"\hat{x} = \lim n \to \infty x_n"],
    r"\frac{x^2 + 1}{y - 1} = z": [r"x^2 + 1 = z", r"\frac{x^2 + 1}{y} = z", r"\frac{x2 + 1}{y - 1} = z"],
}
"""What was typeset by TeX at 240 dots per inch in tests/data/formulas, and what a network could take it for."""


def picture(latex: str) -> Image.Image:
    with Image.open(PICTURES / f"formula-{list(TYPESET).index(latex) + 1}.png") as image:
        return image.convert("RGB")


def drawn_chart(letter_size: int = 30) -> Image.Image:
    chart = Image.new("RGB", (576, 384), "white")
    pen, font = ImageDraw.Draw(chart), ImageFont.load_default(letter_size)
    pen.line([(60, 20), (60, 330), (560, 330)], fill="black", width=3)
    for place, (label, value, height) in enumerate((("North", "12", 110), ("South", "30", 240))):
        left = 110 + 230 * place
        pen.rectangle([left, 330 - height, left + 130, 330], fill="steelblue")
        pen.text((left + 40, 290 - height), value, "black", font)
        pen.text((left + 20, 340), label, "black", font)
    return chart


def table(*rows: tuple[str, str]) -> str:
    cells = "".join(f"<tr><td>{label}</td><td>{value}</td></tr>" for label, value in (("", ""), *rows))
    return f"<table>{cells}</table>"


class Network:
    """Gives the answers of views in turn, and the words of a chart where it is asked for text."""

    def __init__(self, *answers: str, words: str = "") -> None:
        self.answers, self.words = answers, words
        self.asked: list[Request] = []

    def run(self, requests: Iterable[Request]) -> Iterator[Completion]:
        answers = iter(self.answers)
        for request in list(requests):
            self.asked.append(request)
            is_view = request.mode.fit is Fit.FIGURE
            yield Completion(request.number, next(answers) if is_view else self.words, Ending.COMPLETE, 12, 9, 0.1)


def read(network: Network, image: Image.Image) -> Completion:
    (mode,) = plan_figure(image, NANO_FIGURE_MODES, Dial()).modes
    request = Request(7, image, mode, Task.FIGURE)
    (completion,) = FigureReader(FigureReader(network, FORMULA), CHART, NANO_MODES[-1]).run([request])
    assert completion.number == 7
    return completion


@pytest.mark.parametrize("latex", TYPESET)
def test_the_ink_of_a_formula_bears_out_that_formula_alone(latex: str) -> None:
    assert agrees(latex, picture(latex))
    for other in (*TYPESET[latex], *TYPESET, r"\notknown", "", "{", "a}", r"\frac{a}"):
        assert other == latex or not agrees(other, picture(latex)), other


@pytest.mark.parametrize("scale", [0.7, 1.5])
def test_the_size_of_a_picture_does_not_matter(scale: float) -> None:
    for latex in TYPESET:
        image = picture(latex)
        size = (round(scale * image.width), round(scale * image.height))
        assert agrees(latex, image.resize(size, Image.Resampling.BICUBIC)), latex


@pytest.mark.parametrize("latex", TYPESET)
def test_letters_have_the_size_of_training(latex: str) -> None:
    image = picture(latex)
    (view, *_), height = draw_formula(image, FORMULA), 240 * 10 / 72
    rows, columns = np.nonzero(np.asarray(view) < 128)
    inked, _ = np.nonzero(np.asarray(image.convert("L")) < 128)
    assert view.size == FORMULA.view_shape
    assert 19 <= height * np.ptp(rows) / np.ptp(inked) <= 40
    assert columns.min() > 3


def test_white_on_black_is_shown_black_on_white() -> None:
    image = picture(r"a^2 + b^2 = c^2")
    inverted = Image.eval(image, lambda value: 255 - value)
    for view in draw_formula(inverted, FORMULA):
        assert np.asarray(view).mean() > 200


def test_formulas_and_charts_are_told_apart() -> None:
    assert is_chart(drawn_chart())
    assert not any(is_chart(picture(latex)) for latex in TYPESET)


def test_a_formula_is_given_where_views_and_ink_agree() -> None:
    latex = r"\frac{x^2 + 1}{y - 1} = z"
    network = Network(rf"\[ {latex} \]", r"\[ x^2 + 1 = z \]", rf"\[ {latex} \]")
    completion = read(network, picture(latex))
    assert (completion.text, completion.ending) == (rf"\[ {latex} \]", Ending.COMPLETE)
    assert (completion.vision_tokens, completion.text_tokens) == (36, 27)


@pytest.mark.parametrize(
    "answers",
    [
        [r"\[ a^2 + b^2 = c^2 \]", r"\[ a_2 + b^2 = c^2 \]", r"\[ a + b = c^2 \]"],
        [r"\[ a2 + b2 = c2 \]"] * 3,
        ["a^2 + b^2 = c^2"] * 3,
        [""] * 3,
    ],
)
def test_what_is_not_borne_out_is_left_out(answers: list[str]) -> None:
    completion = read(Network(*answers), picture(r"a^2 + b^2 = c^2"))
    assert (completion.text, completion.ending) == ("", Ending.FAILED)
    assert completion.note is not None
    assert "formula is not sure" in completion.note


def test_a_chart_is_given_where_its_words_were_read_too() -> None:
    right = table(("North", "12"), ("South", "30"))
    words = "30\n\n12\n\nNorth South"
    assert read(Network(right, right, words=words), drawn_chart()).text == right
    for wrong in (table(("North", "12"), ("South", "25")), table(("North", "12"), ("North", "30")), table()):
        assert read(Network(wrong, wrong, words=words), drawn_chart()).ending is Ending.FAILED
    swapped = table(("North", "30"), ("South", "12"))
    assert read(Network(right, swapped, words=words), drawn_chart()).ending is Ending.FAILED


def test_what_does_not_fit_a_view_is_refused_before_anybody_is_asked() -> None:
    network = Network()
    wide = Image.new("RGB", (4000, 60), "white")
    ImageDraw.Draw(wide).text((10, 10), "a + b = c + d " * 20, "black", ImageFont.load_default(32))
    for image, reason in ((wide, "too large"), (Image.new("RGB", (90, 60), "white"), "nothing")):
        completion = read(network, image)
        assert completion.ending is Ending.FAILED
        assert completion.note is not None
        assert reason in completion.note
    with pytest.raises(ValueError, match="pixels high"):
        draw_chart(drawn_chart(letter_size=12), CHART)
    assert not network.asked


def test_pages_are_handed_on() -> None:
    network = Network(words="A page.")
    page = Request(3, Image.new("RGB", (300, 400), "white"), NANO_MODES[-1], Task.TEXT)
    (completion,) = FigureReader(network, FORMULA).run([page])
    assert (completion.number, completion.text) == (3, "A page.")


def test_names_of_functions_are_no_products_of_letters() -> None:
    latex = r"\hat{x} = \lim_{n \to \infty} x_n"
    assert read(Network(*[rf"\[ {latex} \]"] * 3), picture(latex)).text == rf"\[ {latex} \]"
    (answer,) = _agreed([r"\[ Acos(x) + \sin x + \mathrm{max} \]"] * 2)
    assert answer == r"\[ A\cos (x) + \sin x + \mathrm{max} \]"
