"""Formulas of PDFs with a text layer, as they come out as blocks."""

from pathlib import Path

from deepocr_cli.document import Block, Reader, Source, SourceKind, text_of
from deepocr_cli.structures import Formula
from deepocr_cli.witness.fidelity import measure
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


def test_a_page_with_formulas_agrees_with_its_own_words() -> None:
    import pymupdf

    with pymupdf.open(PAPER) as document:
        words = document[0].get_text()

    assert measure(text_of(blocks()), words, Reader.TEXT_LAYER).score > 0.9
