"""The dial: what a page is thought to hold, and which mode that leads to."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageFont

from deepocr_cli.document import (
    Box,
    EstimateOrigin,
    PageImage,
    Source,
    SourceKind,
    TextEstimate,
    TextLayer,
    Word,
)
from deepocr_cli.errors import UsageError
from deepocr_cli.modes import DEEPSEEK_OCR_MODES
from deepocr_cli.planning.calibration import make_monotone, predict_precision
from deepocr_cli.planning.choose_mode import choose_mode
from deepocr_cli.planning.estimate import estimate_text
from deepocr_cli.settings import Dial

A4 = (1191, 1684)
CURVE = ((7.0, 0.98), (10.0, 0.96), (20.0, 0.6))
SOURCE = Source("page.png", SourceKind.IMAGE, page_count=1)


def estimate(text_tokens: int) -> TextEstimate:
    return TextEstimate(text_tokens, characters=text_tokens * 3, origin=EstimateOrigin.TEXT_LAYER)


def plan(dial: Dial, text_tokens: int = 1000, size: tuple[int, int] = A4):
    return choose_mode(size, estimate(text_tokens), DEEPSEEK_OCR_MODES, lambda mode: CURVE, dial)


# ------------------------------------------------------------------------------------------ the dial


@pytest.mark.parametrize(
    ("tokens", "mode", "spent"),
    [
        (64, "tiny", 64),
        (99, "tiny", 64),
        (100, "small", 100),
        (399, "base", 256),
        (400, "large", 400),
        (900, "gundam", 856),
    ],
)
def test_tokens_take_the_most_capable_mode_within_the_limit(tokens: int, mode: str, spent: int) -> None:
    chosen = plan(Dial(tokens=tokens))
    assert chosen.modes[0].name == mode
    assert chosen.vision_tokens == spent
    assert len(chosen.modes) == 1, "a limit is never stepped over"


def test_tokens_give_gundam_as_many_tiles_as_fit() -> None:
    chosen = plan(Dial(tokens=660))
    assert chosen.modes[0].name == "gundam"
    assert chosen.vision_tokens <= 660
    assert chosen.modes[0].max_tiles == 4


@given(tokens=st.integers(64, 3000), width=st.integers(1, 5000), height=st.integers(1, 5000))
def test_tokens_are_never_exceeded(tokens: int, width: int, height: int) -> None:
    assert plan(Dial(tokens=tokens), size=(width, height)).vision_tokens <= tokens


def test_too_few_tokens_name_the_cheapest_mode() -> None:
    with pytest.raises(UsageError) as refused:
        plan(Dial(tokens=63))
    assert refused.value.hint == "try --tokens 64"


@pytest.mark.parametrize(
    ("ratio", "mode"), [(20, "tiny"), (15, "small"), (10, "small"), (9, "base"), (4, "large"), (2, "gundam")]
)
def test_ratio_takes_the_cheapest_mode_that_compresses_no_further(ratio: float, mode: str) -> None:
    chosen = plan(Dial(ratio=ratio))
    assert chosen.modes[0].name == mode
    assert chosen.ratio <= ratio


def test_a_ratio_out_of_reach_takes_the_most_capable_mode_and_says_so() -> None:
    chosen = plan(Dial(ratio=0.1))
    assert [mode.name for mode in chosen.modes] == ["gundam"]
    assert chosen.ratio > 0.1
    assert "no mode" in chosen.reason


def test_auto_is_a_predicted_precision_of_97_percent() -> None:
    assert plan(Dial()).modes == plan(Dial(precision=0.97)).modes
    chosen = plan(Dial())
    assert chosen.precision is not None
    assert chosen.precision >= 0.97


def test_the_ladder_climbs_from_the_chosen_mode() -> None:
    names = [mode.name for mode in plan(Dial(precision=0.97)).modes]
    assert names == ["base", "large", "gundam"]


def test_an_empty_page_takes_the_cheapest_mode() -> None:
    assert plan(Dial(), text_tokens=0).modes[0].name == "tiny"


def test_an_unknown_mode_lists_those_there_are() -> None:
    with pytest.raises(UsageError) as refused:
        plan(Dial(mode="huge"))
    assert "tiny, small, base, large, gundam" in str(refused.value.hint)


@pytest.mark.parametrize("dial", [{"tokens": 100, "ratio": 10.0}, {"mode": "tiny", "precision": 0.9}])
def test_wishes_that_contradict_each_other_are_refused(dial: dict[str, object]) -> None:
    with pytest.raises(UsageError, match="contradict"):
        Dial(**dial)


# ------------------------------------------------------------------------------------------ calibration

curves = st.lists(st.tuples(st.floats(0.1, 50), st.floats(0, 1)), min_size=1, max_size=8).map(tuple)


@given(curve=curves, ratios=st.tuples(st.floats(0, 100), st.floats(0, 100)))
def test_a_denser_page_is_never_expected_to_read_better(curve, ratios: tuple[float, float]) -> None:
    sparse, dense = sorted(ratios)
    assert predict_precision(curve, sparse) >= predict_precision(curve, dense) - 1e-9


@given(curve=curves)
def test_a_measured_point_is_never_promised_more_than_it_measured(curve) -> None:
    for ratio, precision in curve:
        assert predict_precision(curve, ratio) <= precision + 1e-9


def test_between_points_precision_is_linear() -> None:
    assert predict_precision(CURVE, 8.5) == pytest.approx(0.97)
    assert predict_precision(CURVE, 1) == 0.98
    assert make_monotone(((2, 0.5), (1, 0.4))) == ((1, 0.4), (2, 0.4))


# ------------------------------------------------------------------------------------------ estimates


def page(image: Image.Image, words: tuple[Word, ...] = ()) -> PageImage:
    return PageImage(SOURCE, 1, image, dpi=144, text_layer=TextLayer(words) if words else None)


def printed(text: str, size: int, paper: str = "white", ink: str = "black") -> Image.Image:
    image = Image.new("RGB", (1000, 1400), paper)
    draw = ImageDraw.Draw(image)
    font = ImageFont.load_default(size)
    words, line, top = text.split(), "", 60
    for word in words:
        if draw.textlength(f"{line} {word}", font) > 880:
            draw.text((60, top), line, ink, font)
            line, top = "", top + int(1.5 * size)
        line = f"{line} {word}".strip()
    draw.text((60, top), line, ink, font)
    return image


PROSE = "The keeper trimmed the lamp at dusk and wrote the direction of the wind into the book before supper. " * 12


@pytest.mark.parametrize("size", [18, 24, 32])
@pytest.mark.parametrize(("paper", "ink"), [("white", "black"), ("#d8cfa8", "#303030"), ("#101020", "#f0f0e0")])
def test_ink_is_counted_within_a_fifth(size: int, paper: str, ink: str) -> None:
    found = estimate_text(page(printed(PROSE, size, paper, ink)), 0.3)
    assert found.origin is EstimateOrigin.INK
    assert found.characters == pytest.approx(len(PROSE), rel=0.2)


def test_blank_paper_holds_nothing() -> None:
    assert estimate_text(page(Image.new("RGB", (800, 1100), "#eeeeee")), 0.3).text_tokens == 0


def test_a_photograph_is_not_taken_for_pages_of_text() -> None:
    gradient = Image.radial_gradient("L").resize((1000, 1400)).convert("RGB")
    assert estimate_text(page(gradient), 0.3).characters < 50


def test_visible_words_are_counted_and_hidden_ones_are_not() -> None:
    box = Box(0, 0, 0.1, 0.1)
    words = (Word("seen", box), Word("hidden", box, is_visible=False), Word("also", box))
    found = estimate_text(page(Image.new("RGB", (100, 100), "white"), words), 0.3)
    assert found.origin is EstimateOrigin.TEXT_LAYER
    assert found.characters == len("seen also")


def test_ideographs_cost_twice_the_tokens_of_letters() -> None:
    box = Box(0, 0, 1, 1)
    latin = estimate_text(page(Image.new("RGB", (9, 9)), (Word("a" * 100, box),)), 0.3)
    han = estimate_text(page(Image.new("RGB", (9, 9)), (Word("字" * 100, box),)), 0.3)
    assert (latin.text_tokens, han.text_tokens) == (30, 60)


def test_a_model_of_characters_counts_characters() -> None:
    words = (Word("abc", Box(0, 0, 1, 1)),)
    assert estimate_text(page(Image.new("RGB", (9, 9)), words), tokens_per_character=1.0).text_tokens == 3


def test_an_invisible_layer_alone_leaves_the_ink_to_speak() -> None:
    hidden = replace(Word("hidden", Box(0, 0, 1, 1)), is_visible=False)
    assert estimate_text(page(printed(PROSE, 24), (hidden,)), 0.3).origin is EstimateOrigin.INK
