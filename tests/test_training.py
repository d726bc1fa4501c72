"""Training learns from exact samples, goes on to the step where it stopped, and exports nothing but the network."""

import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from tokenizers import Tokenizer

from deepocr_cli.errors import InputError
from deepocr_cli.model.config import (
    ClipConfig,
    DecoderConfig,
    ModelConfig,
    PatchEmbedding,
    Positions,
    PromptConfig,
    SamConfig,
    ViewConfig,
)
from deepocr_cli.model.config_json import write_config
from deepocr_cli.model.network import DeepOcr
from deepocr_cli.model.weights import load_model
from deepocr_cli.training.alphabet import CHARACTERS, clean, spell
from deepocr_cli.training.batches import NO_LABEL, make_batch
from deepocr_cli.training.beginnings import begin_from, begin_from_nothing, grow_vocabulary
from deepocr_cli.training.checkpoints import Progress, TrainingOptions, load_run, save_run
from deepocr_cli.training.commands import export_run
from deepocr_cli.training.corpus import Corpus, html_paragraphs, manual_paragraphs
from deepocr_cli.training.evaluate import read_samples
from deepocr_cli.training.losses import LossWeights, TrainingHeads, compute_losses
from deepocr_cli.training.observe import observed
from deepocr_cli.training.optimizer import Optimizer, OptimizerOptions, orthogonalise, rate_share
from deepocr_cli.training.real_pages import RealPage, load_page, read_page
from deepocr_cli.training.real_strips import cut_runs, paste_runs
from deepocr_cli.training.render import BatchSampler, Renderer, Shape, training_renderer
from deepocr_cli.training.sample import Canvas, Sample
from deepocr_cli.training.strips import draw_block, draw_strips
from deepocr_cli.training.tokenizer import build_tokenizer, character_ids, decode_ids, encode_sample, write_tokenizer
from deepocr_cli.training.train import Trainer
from deepocr_cli.training.typefaces import Typeface
from deepocr_cli.training.words import Texts

SENTENCES = (
    "The harbour master counted the boats twice before the tide turned.",
    "Nobody had written down how many lanterns hung along the pier.",
    "A letter of 14 March 1987 mentions ropes, tar and two anchors.",
)
FACE = Typeface()
CORPUS = Corpus(Texts(SENTENCES), ((FACE,),), ())
SHAPE = Shape(128, 64, 32.0)
IDS = character_ids(build_tokenizer())
WEIGHTS = LossWeights({8: 0.2, 16: 0.5, 32: 0.5, 64: 1.0})

SMALL = ModelConfig(
    sam=SamConfig(
        width=32,
        layer_count=2,
        head_count=2,
        mlp_width=48,
        image_size=128,
        window_size=4,
        global_layers=(1,),
        neck_width=16,
        compressor_widths=(24, 40),
        patch_embedding=PatchEmbedding.CONV_STEM,
        stem_widths=(8, 16),
        has_relative_positions=False,
        positions=Positions.SLICED,
    ),
    clip=ClipConfig(
        width=40,
        layer_count=1,
        head_count=2,
        mlp_width=48,
        grid_size=2,
        has_class_token=False,
        positions=Positions.SLICED,
    ),
    decoder=DecoderConfig(
        vocabulary_size=433,
        width=32,
        layer_count=3,
        head_count=2,
        key_value_head_count=2,
        dense_width=48,
        expert_count=4,
        active_expert_count=2,
        shared_expert_count=1,
        expert_width=16,
        position_count=512,
    ),
    view=ViewConfig(channel_count=1, mean=1.0, deviation=-1 / 3, background=255, is_centred=False),
    prompt=PromptConfig(image_id=0, bos_id=1, eos_id=2, has_words=False),
)


@pytest.fixture
def renderer() -> Renderer:
    return training_renderer(CORPUS, (20.0, 26.0))


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def make_trainer(options: TrainingOptions | None = None) -> Trainer:
    options = options or TrainingOptions(
        pixel_count=3 * 128 * 64, batch_count=2, optimizer=OptimizerOptions(warmup_steps=2)
    )
    model = begin_from_nothing(SMALL, options.seed)
    torch.manual_seed(options.seed)
    return Trainer(model, TrainingHeads(SMALL).to(model.dtype), options, WEIGHTS, IDS)


def make_sampler(renderer: Renderer) -> BatchSampler:
    return BatchSampler(renderer, ((SHAPE, 1.0),), 3 * 128 * 64, seed=7)


def written(text: str, *, scale: int = 1) -> Sample:
    canvas = Canvas(256, 64, scale)
    canvas.line(text.split(" "), 10.0, 40.0, FACE, 26.0, 9.0)
    return canvas.finish()


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
    again = make_sampler(training_renderer(CORPUS, (20.0, 26.0))).samples(4)
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


def test_the_ladder_and_the_text_are_learned_on_one_sample() -> None:
    trainer = make_trainer(TrainingOptions(optimizer=OptimizerOptions(learning_rate=3e-3, warmup_steps=5)))
    batch = make_batch([written("anchor")], IDS, SMALL.view)
    losses = []
    for step in range(45):
        loss, figures = compute_losses(trainer.model, trainer.heads, batch, WEIGHTS)
        loss.backward()
        trainer.optimizer.step(rate_share(step, trainer.optimizer.options))
        losses.append((float(loss.detach()), figures))
    assert losses[-1][0] < 0.4 * losses[0][0]
    assert losses[-1][1]["probe_64"] > 0.9
    assert losses[-1][1]["text"] < 0.5
    assert losses[-1][1]["alignment"] < losses[0][1]["alignment"]


def test_the_observer_leaves_the_network_as_it_was() -> None:
    model = begin_from_nothing(SMALL, 1)
    batch = make_batch([written("anchor")], IDS, SMALL.view)
    with torch.no_grad(), observed(model) as seen:
        noted = model.encoder(batch.pixels.to(model.dtype))
    with torch.no_grad():
        assert torch.equal(noted, model.encoder(batch.pixels.to(model.dtype)))
    assert sorted(seen.maps) == [8, 16, 32, 64]
    assert [tuple(seen.maps[stride].shape[1:3]) for stride in (8, 16, 32, 64)] == [(8, 32), (4, 16), (2, 8), (1, 4)]
    assert not any(module._forward_hooks for module in model.modules())


def test_the_observed_head_is_the_one_that_the_network_uses() -> None:
    """Attention made of what was observed equals the attention of the layer itself, before its output matrix."""
    model = begin_from_nothing(SMALL, 1).float()
    attention = model.decoder.layers[1].attention
    attention.output.weight.data = torch.eye(SMALL.decoder.width)
    outputs = []
    handle = attention.register_forward_hook(lambda _module, _inputs, output: outputs.append(output))
    features = torch.randn(1, 7, SMALL.decoder.width)
    with torch.no_grad(), observed(model) as seen:
        model.decoder(features, torch.arange(7)[None])
        normed = model.decoder.layers[1].norm1(model.decoder.layers[0](features, *_no_memory(model)))
        values = attention.qkv(normed)[:, :, -2 * 16 : -16]
    handle.remove()
    queries, keys = seen.first_heads[0]
    expected = torch.nn.functional.scaled_dot_product_attention(queries, keys, values, is_causal=True)
    assert torch.allclose(outputs[0][:, :, :16], expected, atol=1e-5)


def _no_memory(model: DeepOcr) -> tuple[tuple[torch.Tensor, torch.Tensor], None]:
    """The rotation that the first layer was given, and no memory."""
    given = []
    handle = model.decoder.layers[0].register_forward_pre_hook(lambda _module, inputs: given.append(inputs[1]))
    model.decoder(torch.zeros(1, 7, SMALL.decoder.width), torch.arange(7)[None])
    handle.remove()
    return given[0], None


def test_training_resumed_goes_on_as_if_it_had_never_stopped(tmp_path: Path, renderer: Renderer) -> None:
    sampler = make_sampler(renderer)
    through = make_trainer()
    for _ in range(3):
        through.step(sampler)
    save_run(tmp_path, through.options, through.progress, through.optimizer.state())
    expected = [through.step(sampler) for _ in range(2)]

    run = load_run(tmp_path)
    resumed = make_trainer(run.options)
    resumed.resume(run)
    assert [resumed.step(sampler) for _ in range(2)] == expected
    assert resumed.progress == replace(through.progress, seconds=resumed.progress.seconds)


def test_new_heads_learn_before_the_network_moves(renderer: Renderer) -> None:
    options = TrainingOptions(pixel_count=128 * 64, batch_count=1, heads_alone_steps=1)
    trainer = make_trainer(options)
    sampler = make_sampler(renderer)
    begun = {name: parameter.detach().clone() for name, parameter in trainer.optimizer.parameters.items()}

    def has_moved(name: str) -> bool:
        return not torch.equal(trainer.optimizer.parameters[name], begun[name])

    trainer.step(sampler)
    assert has_moved("heads.place.weight")
    assert not any(has_moved(name) for name in begun if not name.startswith("heads."))
    trainer.step(sampler)
    assert has_moved("encoder.projector.weight")


def test_an_export_loads_without_heads_and_reads(tmp_path: Path, renderer: Renderer) -> None:
    trainer = make_trainer()
    trainer.step(make_sampler(renderer))
    run, folder = tmp_path / "run", tmp_path / "checkpoint"
    run.mkdir()
    write_config(SMALL, run)
    write_tokenizer(run)
    save_run(run, trainer.options, trainer.progress, trainer.optimizer.state())
    export_run(run, folder)
    model = load_model(folder, dtype="bfloat16")
    average = trainer.optimizer.averages["decoder.head.weight"].bfloat16()
    assert torch.equal(model.decoder.head.weight, average)
    assert sorted(path.name for path in folder.iterdir()) == ["config.json", "model.safetensors", "tokenizer.json"]
    assert isinstance(read_samples(model, build_tokenizer(), [written("anchor")])[0], str)


def test_a_damaged_state_is_refused_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no run"):
        load_run(tmp_path)
    save_run(tmp_path, TrainingOptions(), Progress(step=3), {"master.x": torch.zeros(4)})
    (tmp_path / "state-3.safetensors").write_bytes(b"torn")
    with pytest.raises(InputError, match="damaged"):
        load_run(tmp_path).state()


def test_a_grown_vocabulary_keeps_what_was_known(tmp_path: Path) -> None:
    small = begin_from_nothing(replace(SMALL, decoder=replace(SMALL.decoder, vocabulary_size=111)), 1)
    grown = grow_vocabulary(small, 433)
    assert torch.equal(grown.decoder.head.weight[:111], small.decoder.head.weight.float())
    assert grown.config.decoder.vocabulary_size == len(grown.decoder.embedding) == 433


def test_the_rate_warms_up_stays_and_falls_in_a_branch_alone() -> None:
    options = OptimizerOptions(warmup_steps=10)
    assert [rate_share(step, options) for step in (0, 9, 10, 100000)] == [0.1, 1.0, 1.0, 1.0]
    branch = replace(options, decay_steps=100, final_share=0.05)
    assert rate_share(500, branch, branched_at=500) == 1.0
    assert rate_share(550, branch, branched_at=500) == pytest.approx(0.525)
    assert rate_share(600, branch, branched_at=500) == rate_share(900, branch, branched_at=500) == pytest.approx(0.05)


@pytest.mark.parametrize("shape", [(24, 40), (40, 24), (3, 16, 20)])
def test_muon_steps_are_nearly_orthogonal(shape: tuple[int, ...]) -> None:
    generator = torch.Generator().manual_seed(3)
    values = torch.linalg.svdvals(orthogonalise(torch.randn(shape, generator=generator)))
    assert values.min() > 0.4 and values.max() < 1.4


def test_muon_moves_hidden_matrices_only() -> None:
    optimizer = make_trainer().optimizer
    hidden = {name for name in optimizer.parameters if optimizer.is_hidden(name)}
    assert {"encoder.projector.weight", "decoder.layers.1.feed_forward.down", "encoder.sam.neck.mix.weight"} <= hidden
    assert "encoder.sam.patch_embedding.convolution2.weight" in hidden
    others = {"decoder.embedding", "decoder.head.weight", "decoder.layers.1.feed_forward.router", "encoder.newline"}
    assert not hidden & others
    assert not any(name.startswith("heads.") or "positions" in name for name in hidden)


def test_a_gradient_that_is_not_finite_moves_nothing() -> None:
    parameter = torch.nn.Parameter(torch.ones(4, 4))
    optimizer = Optimizer({"weight": parameter}, OptimizerOptions())
    parameter.grad = torch.full((4, 4), torch.nan)
    optimizer.step(1.0)
    assert torch.equal(parameter, torch.ones(4, 4))


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


def test_held_out_families_are_known_by_their_names() -> None:
    assert Typeface("/usr/share/fonts/truetype/karla/Karla-Regular.ttf", "karla/Karla").is_held_out
    assert not Typeface("/usr/share/fonts/truetype/lato/Lato-Regular.ttf", "lato/Lato").is_held_out


def test_training_begins_from_the_shipped_weights() -> None:
    folder = Path(__file__).parents[1] / "deepocr_cli" / "weights" / "nano"
    model = begin_from(folder, 433)
    assert model.config.decoder.vocabulary_size == 433
    assert all(parameter.requires_grad and parameter.dtype == torch.bfloat16 for parameter in model.parameters())
