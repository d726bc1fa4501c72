"""Lines are drawn as pages have them, and their text says what stands there."""

import random
from dataclasses import replace

import numpy as np
import pytest
from tiny_training import CORPUS, FACE, IDS, SMALL, make_renderer

from deepocr_cli.latex import read_formula
from deepocr_cli.training.alphabet import CHARACTERS
from deepocr_cli.training.batches import make_batch
from deepocr_cli.training.chart_scores import ChartScore, score_charts
from deepocr_cli.training.chart_views import draw_chart_view
from deepocr_cli.training.charts import ChartKind, invent_chart
from deepocr_cli.training.formula_views import draw_formula_view
from deepocr_cli.training.formulas import invent_formula
from deepocr_cli.training.inventions import invent
from deepocr_cli.training.sample import Canvas, Lettering, make_sample
from deepocr_cli.training.strips import draw_strips
from deepocr_cli.training.styles import Case, Style, curl_quotes
from deepocr_cli.training.tokenizer import build_tokenizer, decode_ids, encode_sample
from deepocr_cli.training.typefaces import Typeface
from deepocr_cli.training.words import TextKind, choose_words


def test_formulas_are_latex_that_the_program_draws() -> None:
    chance = random.Random(5)
    for _ in range(200):
        latex = invent_formula(chance).latex
        assert set(latex) <= {" ", *CHARACTERS}
        assert read_formula(latex).mathml is not None, latex


def test_the_glyphs_of_a_formula_lie_where_its_latex_says() -> None:
    pytest.importorskip("matplotlib")
    chance = random.Random(1)
    for _ in range(12):
        sample = draw_formula_view(384, 128, chance)
        assert sample.text.startswith(r"\[ ") and sample.text.endswith(r" \]")
        assert sample.is_glyph is not None and len(sample.text) == len(sample.positions) == len(sample.is_glyph)
        for character, (across, down), is_glyph in zip(sample.text, sample.positions, sample.is_glyph, strict=True):
            if is_glyph and character.isalnum():
                x, y = round(float(across)), round(float(down))
                assert sample.image[max(0, y - 9) : y + 10, max(0, x - 7) : x + 8].min() < 128, (sample.text, character)


def test_only_glyphs_of_a_formula_are_probed() -> None:
    pytest.importorskip("matplotlib")
    sample = draw_formula_view(384, 128, random.Random(2))
    batch = make_batch([sample], IDS, SMALL.view)
    assert sample.is_glyph is not None
    assert len(batch.probed_classes) == sample.is_glyph.sum() < len(sample.text)


def test_no_text_is_drawn_beyond_the_right_edge() -> None:
    renderer = make_renderer()
    for seed in range(30):
        sample = draw_strips(renderer.writer, 640, 128, 32.0, random.Random(seed))
        is_letter = np.array([not character.isspace() for character in sample.text], dtype=bool)
        assert sample.positions[is_letter, 0].max(initial=0.0) < 640


def test_a_leader_is_told_by_the_dots_at_its_ends() -> None:
    text = "Index . . . . . . . . . 12 ... of"
    sample = make_sample(
        np.zeros((1, 1), dtype=np.uint8), list(text), [(float(place), 0.0) for place in range(len(text))]
    )
    assert sample.text == "Index ...... 12 ... of"
    assert [text[int(across)] for across, _ in sample.positions] == list(sample.text)
    assert sample.positions[6:12, 0].tolist() == [6, 8, 10, 18, 20, 22]


def test_closer_strips_have_smaller_letters() -> None:
    writer = make_renderer().writer
    sizes = [writer.choose_style(random.Random(seed), scale=0.5).size for seed in range(40)]
    assert max(sizes) <= 0.5 * 1.25 * writer.sizes[1] < writer.sizes[1]


def test_small_capitals_are_capitals_of_two_sizes() -> None:
    writer = replace(make_renderer().writer, mix=((TextKind.NATURAL, 1.0),))
    lettering = Lettering(FACE, 26.0, small=0.8)
    words = writer.words(
        Style(lettering, lettering, TextKind.NATURAL, Case.SMALL_CAPITALS, is_plain=False), 5, random.Random(1)
    )
    assert all(word == word.upper() for word in words)
    assert [size for _, _, size in lettering.pieces("TIDE")] == [26.0, 20.8, 20.8, 20.8]


def test_marks_after_a_word_may_be_in_another_face() -> None:
    other = Typeface(family="another")
    assert Lettering(FACE, 26.0, marks=other).pieces("tide.),") == [("tide", FACE, 26.0), (".),", other, 26.0)]
    assert Lettering(FACE, 26.0, marks=other).pieces("tide") == [("tide", FACE, 26.0)]
    assert Lettering(FACE, 26.0, marks=other).pieces("...") == [("...", other, 26.0)]


def test_letters_stand_apart_as_far_as_they_are_tracked() -> None:
    def places(tracking: float) -> np.ndarray:
        canvas = Canvas(256, 64)
        canvas.line([("tide", Lettering(FACE, 26.0, tracking))], 10.0, 40.0, 9.0)
        return np.diff(canvas.finish().positions[:, 0])

    assert np.allclose(places(3.0) - places(0.001), 3.0, atol=0.01)


def test_white_on_black_changes_the_picture_alone() -> None:
    canvas = Canvas(256, 64)
    canvas.line([("tide", Lettering(FACE, 26.0))], 10.0, 40.0, 9.0)
    before = canvas.finish()
    canvas.invert(0, 64)
    after = canvas.finish()
    assert np.array_equal(after.image, 255 - before.image)
    assert after.text == before.text == "tide"


@pytest.mark.parametrize("kind", list(TextKind))
def test_words_of_every_kind_can_be_written(kind: TextKind) -> None:
    words = choose_words(CORPUS.texts, kind, 60, random.Random(3), signs="é")
    assert len(words) >= 60
    assert all(word and " " not in word for word in words)


def test_inventions_are_in_the_alphabet() -> None:
    chance = random.Random(2)
    made = "".join(invent(lambda: "tide", chance) for _ in range(3000))
    assert set(made) <= {" ", *CHARACTERS}
    assert {"@", "€", "²", "0"} <= set(made)


def test_quotes_are_curled_as_printers_do() -> None:
    words = ['"Oars,"', "he", "said,", "don't", "go--stay", "('tis)", "--all"]
    assert [curl_quotes(word) for word in words] == ["“Oars,”", "he", "said,", "don’t", "go—stay", "(‘tis)", "--all"]


def test_a_chart_s_table_has_its_labels_where_they_are_drawn() -> None:
    pytest.importorskip("matplotlib")
    writer, chance = make_renderer().writer, random.Random(3)
    for _ in range(6):
        sample = draw_chart_view(writer, 384, 256, chance)
        assert sample.text.startswith("<table><tr><td>") and sample.text.endswith("</td></tr></table>")
        assert sample.is_glyph is not None and len(sample.text) == len(sample.positions) == len(sample.is_glyph)
        encoded, places = encode_sample(sample, IDS)
        assert len(encoded) == len(places) < len(sample.text) / 2
        assert decode_ids(encoded, build_tokenizer()) == sample.text


def test_invented_charts_have_a_label_for_every_value() -> None:
    chance = random.Random(4)
    for _ in range(40):
        chart = invent_chart(CORPUS.texts, chance)
        assert len(chart.labels) == len(set(chart.labels)) == len(chart.values) == len(chart.numbers)
        if chart.kind is ChartKind.PIE:
            assert sum(chart.numbers) == 100 and min(chart.numbers) >= 6


def test_a_chart_is_scored_by_its_labels_and_values() -> None:
    truth = (
        "<table><tr><td></td><td></td></tr><tr><td>Oars</td><td>10</td></tr><tr><td>Tar</td><td>40%</td></tr></table>"
    )
    assert score_charts([(truth, truth)]) == ChartScore(2, 2, (0.0, 0.0))
    score = score_charts([(truth.replace("40%", "30%").replace("Oars", "Oats"), truth)])
    assert (score.points, score.labels_right, score.value_errors) == (2, 1, (1.0, 0.25))
    assert score_charts([("", truth)]).mean_error == 1.0
