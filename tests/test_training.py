"""Samples say exactly what is drawn where, and texts, fonts and tokens are what they should be."""

import random
from pathlib import Path

import numpy as np
import pytest
import torch
from tiny_training import IDS, SENTENCES, SMALL, make_renderer, make_sampler, written
from tokenizers import Tokenizer

from deepocr_cli.errors import InputError
from deepocr_cli.training.alphabet import CHARACTERS, clean, spell
from deepocr_cli.training.batches import NO_LABEL, make_batch
from deepocr_cli.training.beginnings import begin_from
from deepocr_cli.training.corpus import write_corpus
from deepocr_cli.training.real_pages import RealPage, load_page, read_page
from deepocr_cli.training.real_strips import cut_runs, paste_runs
from deepocr_cli.training.render import Renderer
from deepocr_cli.training.sample import Sample
from deepocr_cli.training.sources import html_paragraphs, manual_paragraphs
from deepocr_cli.training.strips import draw_block, draw_strips
from deepocr_cli.training.tokenizer import build_tokenizer, decode_ids, encode_sample
from deepocr_cli.training.typefaces import Typeface

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture
def renderer() -> Renderer:
    return make_renderer()


@pytest.mark.parametrize("scale", [1, 3])
def test_a_single_character_lies_where_the_sample_says(scale: int) -> None:
    sample = written("x", scale=scale)
    rows, columns = np.nonzero(sample.image < 128)
    across, down = sample.positions[0]
    assert sample.text == "x"
    assert abs(columns.mean() - across) < 1.5
    assert abs(rows.mean() - down) < 2.5


def test_letters_advance_and_spaces_lie_on_bare_paper() -> None:
    sample = written("two words")
    assert sample.text == "two words"
    assert (np.diff(sample.positions[:, 0]) > 0).all()
    space = round(float(sample.positions[3, 0]))
    assert (sample.image[:, space] == 255).all()


@pytest.mark.parametrize("seed", range(12))
def test_every_position_of_a_drawn_sample_is_near_ink(renderer: Renderer, seed: int) -> None:
    chance = random.Random(seed)
    strips = draw_strips(renderer.writer, 320, 128, 32.0, chance)
    block = draw_block(renderer.writer, 256, 256, chance)
    for sample in (strips, block):
        assert len(sample.text) == len(sample.positions)
        assert not sample.text.endswith("\n")
        for character, (across, down) in zip(sample.text, sample.positions, strict=True):
            if character.isalnum():
                column, row = round(float(across)), round(float(down))
                assert sample.image[max(0, row - 14) : row + 15, max(0, column - 8) : column + 9].min() < 128


def test_a_batch_s_samples_depend_on_its_number_alone(renderer: Renderer) -> None:
    first = [make_sampler(renderer).samples(step) for step in (4, 0, 4)]
    again = make_sampler(make_renderer()).samples(4)
    assert [sample.text for sample in first[0]] == [sample.text for sample in first[2]]
    assert [sample.text for sample in first[0]] == [sample.text for sample in again]
    assert all(np.array_equal(one.image, other.image) for one, other in zip(first[0], again, strict=True))
    assert [sample.text for sample in first[0]] != [sample.text for sample in first[1]]


def test_every_character_is_one_token_and_comes_back() -> None:
    tokenizer = build_tokenizer()
    for character in (*CHARACTERS, " ", "\n"):
        assert tokenizer.encode(character).ids == [IDS[character]]
        assert decode_ids([IDS[character]], tokenizer) == character


def test_the_tokenizer_extends_the_shipped_one() -> None:
    shipped = Path(__file__).parents[1] / "deepocr_cli" / "weights" / "nano" / "tokenizer.json"
    ours = build_tokenizer().get_vocab()
    assert all(ours.get(token) == number for token, number in Tokenizer.from_file(str(shipped)).get_vocab().items())


def test_text_becomes_ids_with_places_and_text_again() -> None:
    text = "one\ntwo\n\nthrée"
    positions = np.arange(2 * len(text), dtype=np.float32).reshape(-1, 2)
    ids, places = encode_sample(Sample(np.zeros((8, 8), np.uint8), text, positions), IDS)
    assert decode_ids(ids, build_tokenizer()) == text
    assert len(ids) == len(places) == len(text) - 1
    assert places[7].tolist() == positions[7].tolist()
    assert places[8].tolist() == positions[9].tolist()


def test_labels_are_the_inputs_one_position_later() -> None:
    batch = make_batch([written("long enough"), written("short")], IDS, SMALL.view)
    has_next = batch.labels[:, :-1] != NO_LABEL
    following = batch.inputs[:, 1:]
    ended = batch.labels[:, :-1] == SMALL.prompt.eos_id
    assert torch.equal(batch.labels[:, :-1][has_next & ~ended], following[has_next & ~ended])
    assert batch.pixels.min() == 0 and batch.pixels.max() == 3


def test_a_real_page_keeps_its_text_and_places(tmp_path: Path) -> None:
    pymupdf = pytest.importorskip("pymupdf")
    with pymupdf.open() as document:
        page = document.new_page(width=400, height=500)
        lines = [f"{number} {SENTENCES[number % 3][:40]}" for number in range(12)]
        for number, line in enumerate(lines):
            page.insert_text((40, 60 + 20 * number), line, fontsize=11)
        drawn = read_page(page)
    assert drawn is not None
    drawn.save(tmp_path / "page.npz")
    loaded = load_page(tmp_path / "page.npz")
    runs = [run for line in range(int(loaded.lines[-1]) + 1) for run in cut_runs(loaded, line, 640, 25.0)]
    assert " ".join(run.text for run in runs).split() == " ".join(lines).split()
    sample = paste_runs(runs[:4], (640, 128), 32.0)
    _check_ink(sample)
    _check_run_widths(loaded, runs[0].scale)


def test_a_word_that_runs_backwards_is_left_out() -> None:
    boxes = np.array([(10, 20, 15, 12), (20, 30, 15, 12), (60, 70, 15, 12), (50, 55, 15, 12)], dtype=np.float32)
    page = RealPage(
        np.full((30, 90), 255, np.uint8), "ab cd", np.insert(boxes, 2, (30, 60, 15, 12), 0), np.zeros(5, int)
    )
    assert [run.text for run in cut_runs(page, 0, 640, 12.0)] == ["ab"]


def _check_ink(sample: Sample) -> None:
    assert len(sample.text) == len(sample.positions)
    for character, (across, down) in zip(sample.text, sample.positions, strict=True):
        if character.isalnum():
            column, row = round(float(across)), round(float(down))
            assert sample.image[row - 12 : row + 13, column - 7 : column + 8].min() < 128, character


def _check_run_widths(page: RealPage, scale: float) -> None:
    for run in cut_runs(page, 0, 200, 25.0):
        boxes = page.boxes[[index for index in run.indices if index is not None]]
        assert (boxes[-1, 1] - boxes[0, 0]) * scale <= 200


def test_texts_are_cleaned_of_markup() -> None:
    assert [clean(text) for text in html_paragraphs("<head>x</head><p>a &amp; <b>b</b></p><p>c</p>")][1] == "a & b"
    assert clean(" ".join(manual_paragraphs(".TH LS 1\n\\fBls\\fR lists\nfiles\\-names\n"))) == "ls lists files-names"
    assert spell("\ufb01") == "fi" and spell("\u4e2d") is None and spell("\u00a0") == " "


def test_the_same_texts_are_held_out_wherever_a_package_lies(tmp_path: Path) -> None:
    def held(root: Path) -> str:
        fortunes = root / "games" / "fortunes"
        fortunes.mkdir(parents=True)
        for number in range(200):
            (fortunes / f"file{number}").write_text(
                f"Number {number} is a fortune of at least forty letters, and more."
            )
        with pytest.raises(InputError, match="too few"):
            write_corpus(tmp_path / "corpus", root)
        return (tmp_path / "corpus" / "english.held.txt").read_text()

    assert held(tmp_path / "here") == held(tmp_path / "elsewhere" / "deeper") != ""


def test_held_out_families_are_known_by_their_names() -> None:
    assert Typeface("/usr/share/fonts/truetype/karla/Karla-Regular.ttf", "karla/Karla").is_held_out
    assert not Typeface("/usr/share/fonts/truetype/lato/Lato-Regular.ttf", "lato/Lato").is_held_out


def test_training_begins_from_the_shipped_weights() -> None:
    folder = Path(__file__).parents[1] / "deepocr_cli" / "weights" / "nano"
    model = begin_from(folder, 433)
    assert model.config.decoder.vocabulary_size == 433
    assert all(parameter.requires_grad and parameter.dtype == torch.bfloat16 for parameter in model.parameters())
