"""Formulas are checked, drawn as MathML that holds nothing but mathematics, and told from prices."""

import re
import xml.etree.ElementTree as ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deepocr_cli.latex import find_fault, read_formula


@pytest.mark.parametrize(
    "latex",
    [
        r"\frac{a}{b}", r"\left( x \right]", r"\begin{cases} a & b \\ c & d \end{cases}", r"\{ x \mid x > 0 \}",
        r"\sum_{i=1}^{n} \mathbb{R}", r"a \tag{3}", r"\left. \frac{dx}{dt} \right|_{t=0}",
    ],
)  # fmt: skip
def test_sound_formulas_are_drawn(latex: str) -> None:
    formula = read_formula(latex)
    assert formula.is_valid
    assert formula.mathml is not None
    ElementTree.fromstring(formula.mathml)


@pytest.mark.parametrize(
    ("latex", "parts"),
    [
        (r"\mathrm{word}", "<mi>word</mi>"),
        (r"x_{\mathrm{max}}", "<msub><mi>x</mi><mrow><mi>max</mi></mrow></msub>"),
        (r"\mathrm{d}x", '<mi mathvariant="normal">d</mi></mrow><mi>x</mi>'),
        (r"\mathbf{Ax}", "<mi>𝐀</mi><mi>𝐱</mi>"),
        (r"\boldsymbol{\alpha}", "<mi>𝜶</mi>"),
        (r"\mathscr{L}", "<mi>ℒ</mi>"),
        (r"\mathit{if}", '<mi mathvariant="italic">i</mi>'),
        (r"a = b \tag{3.2}", '<mi>b</mi><mspace width="2em"></mspace><mtext>(3.2)</mtext>'),
    ],
)
def test_browsers_are_given_words_and_the_letters_of_alphabets(latex: str, parts: str) -> None:
    """MathML Core knows no alphabet but the plain upright one, and a word of letters has gaps and slants."""
    assert parts in str(read_formula(latex).mathml)


@pytest.mark.parametrize(
    ("latex", "fault"),
    [
        (r"\frac{a}{b", "{ is not closed"),
        ("a}", "} closes nothing that is open"),
        (r"\left( a", r"\left is not closed"),
        (r"a \right)", r"\right closes nothing that is open"),
        (r"\begin{matrix} a", r"\begin{matrix} is not closed"),
        (r"\begin{matrix} a \end{cases}", r"\end{cases} closes nothing that is open"),
        (r"\unheardof x", r"unknown command \unheardof"),
        ("", "it is empty"),
        ("{" * 50 + "}" * 50, "it is nested deeper than 40 braces"),
        ("x" * 5000, "it is longer than 4000 characters"),
    ],
)
def test_what_is_wrong_is_said(latex: str, fault: str) -> None:
    assert find_fault(latex) == fault
    assert read_formula(latex).mathml is None


@pytest.mark.parametrize(
    "latex",
    [
        r"\text{<script>alert(1)</script>}", r"\text{&lt;script&gt;}", r'\color{red" onload="x}{y}', "<img src=x>",
        r"\text{&#x3c;script&#x3e;}", r"\text{</math><script>}", r"\mathrm{<b>}",
    ],
)  # fmt: skip
def test_mathml_never_holds_markup_of_the_page(latex: str) -> None:
    mathml = read_formula(latex).mathml or ""
    assert not re.search(r"<(?!/?m|/?none\b)|\bon\w+=|javascript", mathml)


@given(
    st.lists(st.sampled_from(["\\frac", "{", "}", "^", "_", "\\left(", "\\right)", "a", "&", "\\\\", "<b>", "\\text{"]))
)
def test_any_formula_is_checked_and_drawn_or_not(pieces: list[str]) -> None:
    mathml = read_formula(" ".join(pieces)).mathml
    if mathml is not None:
        ElementTree.fromstring(mathml)
