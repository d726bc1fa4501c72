"""Fidelity: what its figures say of texts that were cut, padded, shuffled or dressed in markup."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deepocr_cli.document import Reader
from deepocr_cli.witness.fidelity import measure
from deepocr_cli.witness.plain_words import plain_form

words = st.text(st.characters(categories=["Ll"], max_codepoint=0x24F), min_size=2, max_size=9)
texts = st.lists(words, min_size=20, max_size=120, unique=True).map(" ".join)
any_text = st.text(max_size=300)


@given(texts)
def test_a_text_agrees_with_itself(text: str) -> None:
    fidelity = measure(text, text, Reader.OCR)
    assert (fidelity.score, fidelity.coverage, fidelity.invented) == pytest.approx((1, 1, 0))
    assert fidelity.witness is Reader.OCR


@given(texts)
def test_lost_words_show_in_coverage_alone(text: str) -> None:
    words = text.split()
    fidelity = measure(" ".join(words[: len(words) * 7 // 10]), text, Reader.TEXT_LAYER)
    assert 0.4 < fidelity.coverage < 0.9
    assert fidelity.invented == pytest.approx(0)
    assert fidelity.lost > 0.15
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
    assert (fidelity.coverage, fidelity.invented) == pytest.approx((1, 0), abs=0.1)
    assert fidelity.lost == fidelity.added == 0


@given(any_text, any_text)
def test_figures_stay_between_0_and_1(reading: str, witness: str) -> None:
    fidelity = measure(reading, witness, Reader.OCR)
    figures = (fidelity.score, fidelity.coverage, fidelity.invented, fidelity.order, fidelity.lost, fidelity.added)
    assert all(-1e-9 <= value <= 1 + 1e-9 for value in (*figures, fidelity.scored, fidelity.numbers or 0))


@given(texts, texts)
def test_the_two_texts_change_places(first: str, second: str) -> None:
    """What one lacks of the other, the other has too much of the one."""
    here, there = (measure(*pair, Reader.TEXT_LAYER) for pair in ((first, second), (second, first)))
    assert here.coverage == pytest.approx(1 - there.invented)
    assert here.lost == there.added


@given(texts, st.integers(1, 100), st.integers(1, 100))
def test_the_more_is_dropped_the_less_is_covered(text: str, first: int, second: int) -> None:
    words = text.split()
    less, more = sorted((first, second))
    kept = [
        measure(" ".join(words[: len(words) - len(words) * share // 100]), text, Reader.OCR) for share in (less, more)
    ]
    assert kept[1].coverage <= kept[0].coverage + 1e-9
    assert kept[1].lost >= kept[0].lost - 1e-9


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


PROSE = "The energy of a body at rest follows from its mass alone, as every child in this school has learned by now."


def test_formulas_are_not_scored_and_the_share_that_was_is_told() -> None:
    fidelity = measure(rf"{PROSE} \[ E = m c^2 + \frac{{pq}}{{2}} \]", f"{PROSE} E mc2 pq 2", Reader.TEXT_LAYER)
    assert (fidelity.coverage, fidelity.invented) == pytest.approx((1, 0))
    assert 0.9 < fidelity.scored < 1


def test_a_formula_excuses_no_prose() -> None:
    fidelity = measure(rf"\[ E = m c^2 \] {PROSE[:40]}", PROSE, Reader.TEXT_LAYER)
    assert fidelity.lost > 0.3


@pytest.mark.parametrize(
    "text",
    [
        "発行日二千二十年四月二日立法調査所の保険約款上の災害保険金支給問題及び改善課題を検討する必要がある",
        "ภาษาไทยเป็นภาษาที่มีระดับเสียงของคำแน่นอนหรือวรรณยุกต์เช่นเดียวกับภาษาจีนและออกเสียงแยกคำต่อคำ",
        "이 보고서는 코로나 십구 관련 보험 약관상 재해 보험금 지급 문제 및 개선 과제를 다룬다",
    ],
)
def test_scripts_without_spaces_are_compared_sign_by_sign(text: str) -> None:
    spaced = " ".join(text.replace(" ", ""))
    assert measure(spaced, text, Reader.TEXT_LAYER).coverage > 0.9
    cut = measure(text[: len(text) * 3 // 4], text, Reader.TEXT_LAYER)
    assert cut.coverage == pytest.approx(0.75, abs=0.08)
    assert cut.lost > 0.15
    assert measure(text[::-1], text, Reader.TEXT_LAYER).score < 0.5


def test_a_repeated_line_is_invented_though_every_word_of_it_is_known() -> None:
    line = "and the harbour master writes it down"
    fidelity = measure(f"{PROSE} {line} {line} {line}", f"{PROSE} {line}", Reader.TEXT_LAYER)
    assert fidelity.coverage == pytest.approx(1)
    assert fidelity.added > 0.3


def test_a_table_that_is_read_down_its_columns_is_covered() -> None:
    rows = [[f"{row}{column}.{row * 7 % 10}" for column in range(5)] for row in range(10, 30)]
    across = " ".join(" ".join(row) for row in rows)
    down = " ".join(" ".join(row[column] for row in rows) for column in range(5))
    fidelity = measure(down, across, Reader.TEXT_LAYER)
    assert (fidelity.coverage, fidelity.lost, fidelity.numbers) == pytest.approx((1, 0, 1), abs=0.02)
    assert fidelity.order < 0.95


def test_one_wrong_number_shows_among_the_numbers() -> None:
    numbers = [str(number * 137 % 9973) for number in range(1, 41)]
    fidelity = measure(" ".join([*numbers[:-1], "31415"]), " ".join(numbers), Reader.TEXT_LAYER)
    assert fidelity.numbers == 39 / 40
