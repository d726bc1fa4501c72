"""Formulas that are typeset in a PDF become samples with their LaTeX and the place of each of their characters."""

import random
import shutil
from pathlib import Path

import numpy as np
import pymupdf
import pytest
from PIL import Image

from deepocr_cli.latex import read_formula
from deepocr_cli.layout.formula_ink import agrees
from deepocr_cli.layout.math.atoms import UnreadableFormula
from deepocr_cli.training.corpus import Part
from deepocr_cli.training.formula_dialect import write_dialect
from deepocr_cli.training.formula_pages import LETTER_SIZE, RealFormula, page_formulas
from deepocr_cli.training.real_formulas import draw_real_formula_view, load_formula, save_formula, write_formulas

PAPER = Path(__file__).parent / "data" / "formulas.pdf"
"""A page of formulas in sentences and displayed, with a note and numbers."""


@pytest.fixture(scope="module")
def formulas() -> list[RealFormula]:
    with pymupdf.open(PAPER) as document:
        return list(page_formulas(document[0]))


@pytest.mark.parametrize(
    ("latex", "expected"),
    [
        (r"x_{i}^2\le\alpha x", r"x_i^2 \leq \alpha x"),
        (r"\dfrac{a-b}{-c}", r"\frac{a - b}{-c}"),
        (r"\sum\limits_{i=1}^{n}x_{n+1}", r"\sum_{i=1}^n x_{n+1}"),
        (r"\bigl(a+\sqrt[3]{2}\bigr)^{2}", r"\left( a + \sqrt[3]{2} \right)^2"),
        (r"\lim_{x\rightarrow 0}f(x)\,dx", r"\lim_{x \to 0} f(x) dx"),
        (r"a\quad=\quad b", "a = b"),
        (r"y,\qquad\text{if }x", r"y, \quad \mathrm{if} x"),
        (r"f'(-x)=\hat{x}\sin\alpha x", r"f'(-x) = \hat{x}\sin\alpha x"),
    ],
)
def test_what_looks_alike_is_written_in_one_way(latex: str, expected: str) -> None:
    assert "".join(token.text for token in write_dialect(latex, {})) == expected
    again = "".join(token.text for token in write_dialect(expected, {}))
    assert again.replace(" ", "") == expected.replace(" ", "")


@pytest.mark.parametrize("latex", [r"\begin{matrix} a \end{matrix}", r"\mathtt{code}", "x_", r"\left"])
def test_what_the_dialect_has_no_words_for_is_refused(latex: str) -> None:
    with pytest.raises(UnreadableFormula):
        write_dialect(latex, {})


def test_formulas_of_a_page_are_found_without_their_numbers(formulas: list[RealFormula]) -> None:
    assert {formula.latex for formula in formulas} == {
        r"s_n = \sum_{k=1}^n a_k",
        "x^2 + 1",
        r"x \in X",
        r"\sqrt{a}",
        r"x = \frac{-b \pm \sqrt{b^2 - 4ac}}{2a}",
        r"a_n = \sum_{k=0}^n \binom{n}{k}x^k",
        r"= \left( 1 + \frac{x}{n} \right)^n",
    }


def test_a_formula_s_characters_are_at_its_ink(formulas: list[RealFormula]) -> None:
    for formula in formulas:
        assert read_formula(formula.latex).mathml is not None
        assert len(formula.latex) == len(formula.places) == len(formula.is_glyph)
        named = [place for place, is_glyph in zip(formula.places, formula.is_glyph, strict=True) if is_glyph]
        assert named
        for across, down in named:
            x, y, reach = round(float(across)), round(float(down)), round(LETTER_SIZE / 4)
            assert formula.image[max(0, y - reach) : y + reach, max(0, x - reach) : x + reach].min() < 128


def test_letters_of_a_fraction_are_above_and_below_its_rule(formulas: list[RealFormula]) -> None:
    (formula,) = (formula for formula in formulas if formula.latex.startswith(r"x = \frac"))
    heights = {character: formula.places[formula.latex.index(f"{character}"), 1] for character in "x4"}
    below = formula.places[formula.latex.rindex("2"), 1]
    assert heights["4"] < heights["x"] < below


def test_the_prose_beside_a_formula_is_not_in_its_picture(formulas: list[RealFormula]) -> None:
    for latex in (r"x \in X", "x^2 + 1", r"\sqrt{a}"):
        (formula,) = (formula for formula in formulas if formula.latex == latex)
        columns = np.flatnonzero((formula.image < 200).any(axis=0))
        assert columns[0] >= 2 and columns[-1] <= formula.image.shape[1] - 3
        assert agrees(latex, Image.fromarray(formula.image))


def test_formulas_go_to_a_corpus_once_and_come_back(tmp_path: Path) -> None:
    for package in ("glpk-doc", "pari-doc"):
        (tmp_path / package).mkdir()
        shutil.copy(PAPER, tmp_path / package)
    (tmp_path / "pari-doc" / "broken.pdf").write_bytes(b"%PDF-1.4 nothing")

    counts = write_formulas(tmp_path, tmp_path / "corpus")

    # The package that is held out has them all; its twin teaches none of them.
    assert counts == {Part.HELD.value: 7, Part.TRAIN.value: 0}
    paths = sorted((tmp_path / "corpus" / "formulas" / "held").iterdir())
    formula = load_formula(paths[0])
    save_formula(formula, tmp_path / "again.npz")
    assert np.array_equal(load_formula(tmp_path / "again.npz").image, formula.image)
    chance = random.Random(3)
    for _ in range(20):
        sample = draw_real_formula_view(paths, 384, 128, chance)
        assert sample.image.shape == (128, 384) and sample.image.min() < 128
        assert sample.is_glyph is not None and len(sample.text) == len(sample.positions) == len(sample.is_glyph)
        assert (sample.positions >= 0).all() and (sample.positions < (384, 128)).all()
        assert sample.text.startswith(r"\[ ") and sample.text.endswith(r" \]")
