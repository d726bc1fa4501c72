"""Formulas of PDFs with a text layer, as they come out as blocks."""

from itertools import groupby
from pathlib import Path
from typing import Any

from deepocr_cli.document import Block, Reader, Source, SourceKind, text_of
from deepocr_cli.layout.math.atoms import Glyph
from deepocr_cli.structures import Formula
from deepocr_cli.witness.fidelity import measure
from deepocr_cli.witness.formula_letters import Letter
from deepocr_cli.witness.formula_lines import Region, read_formula_lines
from deepocr_cli.witness.formula_prose import prose_among
from deepocr_cli.witness.text_layer import read_text_layer

PAPER = Path(__file__).parent / "data" / "formulas.pdf"
"""Made for this test: a page of formulas in sentences and displayed, with a note and numbers."""


def blocks() -> tuple[Block, ...]:
    return read_text_layer(Source(PAPER.name, SourceKind.PDF, 1, PAPER), 1)


def test_formulas_in_a_sentence_are_latex_and_the_sentence_is_whole() -> None:
    assert blocks()[0].text == (
        r"A sum \(s_n = \sum_{k=1}^n a_k\) of \(n\) terms is less than \(x^2 + 1\) for all \(x \in X\), "
        r"and so is \(\sqrt{a}\), as is shown in 2001 (see part 2, note 1a).¹ Hence we have"
    )


def test_displayed_formulas_are_blocks_with_their_numbers() -> None:
    equations = [block for block in blocks() if block.kind == "equation"]

    assert [block.text for block in equations] == [
        r"\[x = \frac{-b\pm\sqrt{b^2-4ac}}{2a} \tag{1}\]",
        r"\[a_n = \sum_{k=0}^n\binom{n}{k}x^k \tag{2}\]",
        r"\[= \left(1 + \frac{x}{n}\right)^n \tag{3}\]",
        r"\[A = \begin{pmatrix} a & b \\ c & d \end{pmatrix}, \qquad "
        r"|x| = \begin{cases} x & \text{if }x \ge 0, \\ -x & \text{else.} \end{cases}\]",
    ]
    assert all(isinstance(block.data, Formula) and block.data.is_valid and block.data.mathml for block in equations)


def test_blocks_stay_in_reading_order() -> None:
    assert [block.kind for block in blocks()][:4] == ["text", "equation", "text", "equation"]


def line(text: str, left: float, top: float, font: str = "CMR10") -> dict[str, Any]:
    """A line as MuPDF has them, in letters of 10 points; x, y and z are of a font for formulas."""
    spans = [
        {
            "font": "CMMI10" if is_formula else font,
            "size": 10.0,
            "alpha": 255,
            "flags": 0,
            "chars": [_char(char, left + 5 * place, top) for place, char in chars],
        }
        for is_formula, chars in (
            (key, list(group)) for key, group in groupby(enumerate(text), key=lambda char: char[1] in "xyz")
        )
    ]
    return {"spans": spans, "bbox": (left, top, left + 5 * len(text), top + 10), "dir": (1.0, 0.0)}


def _char(char: str, left: float, top: float) -> dict[str, Any]:
    return {"c": char, "origin": (left, top + 8), "bbox": (left, top, left + 5, top + 10), "synthetic": char == " "}


def letters_of(lines: list[dict[str, Any]]) -> list[Letter]:
    return [
        Letter(Glyph(char["c"], span["font"], 10.0, *char["bbox"], char["origin"][1]), char, span, number)
        for number, line in enumerate(lines)
        for span in line["spans"]
        for char in span["chars"]
        if char["c"] != " "
    ]


def test_words_among_displayed_formulas_are_prose_and_those_of_a_case_are_not() -> None:
    lines = [
        line("4.2 If x are calculated", 50, 100),
        line("x=y", 120, 120),
        line("and so on and on", 50, 140),
        line("z", 120, 160),
        line("if x is even", 150, 160),
    ]

    assert prose_among(letters_of(lines), lines) == {0, 2}


def test_the_number_of_a_formula_with_words_in_it_is_no_prose() -> None:
    lines = [line("pH = x", 120, 100), line("(3)", 300, 100)]

    assert prose_among(letters_of(lines), lines) == set()


def test_what_cannot_be_read_stays_as_it_was() -> None:
    class Page:
        def get_text(self, form: str, flags: int) -> dict[str, list[Any]]:
            return {"blocks": []}

        def get_texttrace(self) -> list[Any]:
            return []

        def get_bboxlog(self) -> list[Any]:
            return []

    # A large letter stands above another, with no rule between them.
    lines = [line("x", 100, 100), line("=y", 105, 106)]

    found = read_formula_lines(Page(), lines, [Region((0, 0, 200, 200), is_formula=True)])

    assert found.displays == []
    assert found.lines == lines


def test_a_page_with_formulas_agrees_with_its_own_words() -> None:
    import pymupdf

    with pymupdf.open(PAPER) as document:
        words = document[0].get_text()

    assert measure(text_of(blocks()), words, Reader.TEXT_LAYER).score > 0.9
