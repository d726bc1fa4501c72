"""Fidelity: what its figures say of texts that were cut, padded, shuffled or dressed in markup."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deepocr_cli.document import Reader
from deepocr_cli.witness.fidelity import measure, plain_form

words = st.text(st.characters(categories=["Ll"], max_codepoint=0x24F), min_size=2, max_size=9)
texts = st.lists(words, min_size=20, max_size=120).map(" ".join)


@given(texts)
def test_a_text_agrees_with_itself(text: str) -> None:
    fidelity = measure(text, text, Reader.OCR)
    assert (fidelity.score, fidelity.coverage, fidelity.invented) == pytest.approx((1, 1, 0))
    assert fidelity.witness is Reader.OCR


@given(texts)
def test_lost_words_show_in_coverage_alone(text: str) -> None:
    kept = " ".join(word for index, word in enumerate(text.split()) if index % 10 >= 3)
    fidelity = measure(kept, text, Reader.TEXT_LAYER)
    assert 0.55 < fidelity.coverage < 0.88
    assert fidelity.invented == pytest.approx(0)
    assert fidelity.score < 0.95


@given(texts)
def test_added_words_show_in_invented_alone(text: str) -> None:
    padded = text + " " + " ".join(f"{index}#{index}" for index in range(len(text.split())))
    fidelity = measure(padded, text, Reader.TEXT_LAYER)
    assert fidelity.coverage == pytest.approx(1)
    assert fidelity.invented > 0.25
    assert fidelity.score < 0.9


@given(texts, st.integers(0, 9))
def test_shuffled_paragraphs_are_covered_but_score_less_than_the_text_itself(text: str, seed: int) -> None:
    parts = text.split()
    paragraphs = [" ".join(parts[start : start + 5]) for start in range(0, len(parts), 5)]
    random.Random(seed).shuffle(paragraphs)
    fidelity = measure("\n\n".join(paragraphs), text, Reader.OCR)
    assert (fidelity.coverage, fidelity.invented) == pytest.approx((1, 0))
    assert fidelity.score <= 1


@given(st.text(max_size=300), st.text(max_size=300))
def test_figures_stay_between_0_and_1(reading: str, witness: str) -> None:
    fidelity = measure(reading, witness, Reader.OCR)
    assert all(-1e-9 <= value <= 1 + 1e-9 for value in (fidelity.score, fidelity.coverage, fidelity.invented))


@pytest.mark.parametrize(
    ("reading", "witness", "figures"),
    [("", " \n", (1, 1, 0)), ("", "words", (0, 0, 0)), ("words", "", (0, 1, 1)), ("abc", "xyz", (0, 0, 1))],
)
def test_empty_and_foreign_texts(reading: str, witness: str, figures: tuple[float, float, float]) -> None:
    fidelity = measure(reading, witness, Reader.OCR)
    assert (fidelity.score, fidelity.coverage, fidelity.invented) == pytest.approx(figures)


def test_markup_ligatures_and_cut_words_do_not_count() -> None:
    reading = "# The ﬁrst\n\n- **bold** exam-\nple\n\n<table><tr><td>one</td><td>two</td></tr></table>\n\n![](a.png)"
    assert plain_form(reading) == "the first bold example one two"
    assert measure(reading, "The first bold example one two", Reader.OCR).score == pytest.approx(1)
