"""Training learns, goes on to the step where it stopped, and exports nothing but the network."""

import itertools
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from tiny_training import IDS, SMALL, WEIGHTS, make_batches, make_renderer, make_trainer, written

from deepocr_cli.errors import InputError
from deepocr_cli.model.config_json import write_config
from deepocr_cli.model.network import DeepOcr
from deepocr_cli.model.weights import load_model
from deepocr_cli.training.batches import make_batch
from deepocr_cli.training.beginnings import begin_from_nothing, grow_vocabulary
from deepocr_cli.training.checkpoints import Progress, TrainingOptions, load_run, save_run
from deepocr_cli.training.commands import export_run
from deepocr_cli.training.evaluate import read_samples
from deepocr_cli.training.held_out import HeldOut
from deepocr_cli.training.losses import LossWeights, compute_losses
from deepocr_cli.training.observe import observed
from deepocr_cli.training.optimizer import Optimizer, OptimizerOptions, orthogonalise, rate_share
from deepocr_cli.training.render import Renderer
from deepocr_cli.training.tokenizer import build_tokenizer, write_tokenizer

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.fixture
def renderer() -> Renderer:
    return make_renderer()


def test_the_ladder_and_the_text_are_learned_on_one_sample() -> None:
    trainer = make_trainer(TrainingOptions(optimizer=OptimizerOptions(learning_rate=3e-3, warmup_steps=5)))
    batch = make_batch([written("anchor")], IDS, SMALL.view)
    losses = []
    for step in range(45):
        loss, figures = compute_losses(trainer.model, trainer.heads, batch, WEIGHTS)
        loss.backward()
        trainer.optimizer.step(rate_share(step, 0.0, trainer.optimizer.options))
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
        model.decoder(features, torch.arange(7)[None], seen)
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
    drawn = make_batches(renderer)
    batches = drawn.drawn_aside(0)
    through = make_trainer()
    for _ in range(3):
        through.step(batches)
    save_run(tmp_path, through.options, through.progress, through.optimizer.state())
    expected = [through.step(batches) for _ in range(2)]

    run = load_run(tmp_path)
    resumed = make_trainer(run.options)
    resumed.resume(run)
    again = map(drawn.__getitem__, itertools.count(resumed.next_batch))
    assert [resumed.step(again) for _ in range(2)] == expected
    assert resumed.progress == replace(through.progress, seconds=resumed.progress.seconds)


def test_new_heads_do_not_move_the_network(renderer: Renderer) -> None:
    trainer = make_trainer()
    probes = LossWeights({8: 1.0, 16: 1.0, 32: 1.0, 64: 1.0}, text=0.0)
    batch = make_batches(renderer)[0]

    def moved(*, are_heads_new: bool) -> set[str]:
        loss, _ = compute_losses(trainer.model, trainer.heads, batch, probes, are_heads_new=are_heads_new)
        loss.backward()
        return {part for part in ("model", "heads") if has_gradients(getattr(trainer, part))}

    assert moved(are_heads_new=True) == {"heads"}
    assert moved(are_heads_new=False) == {"heads", "model"}


def has_gradients(module: torch.nn.Module) -> bool:
    return any(parameter.grad is not None for parameter in module.parameters())


def test_what_is_held_out_is_measured_with_the_averages_and_changes_nothing(renderer: Renderer) -> None:
    trainer = make_trainer()
    held_out = HeldOut([make_batches(renderer)[0]])
    begun = held_out.measure(trainer.model, trainer.optimizer)
    trainer.step(map(make_batches(renderer).__getitem__, itertools.count()))
    now = {name: parameter.detach().clone() for name, parameter in trainer.optimizer.parameters.items()}
    assert held_out.measure(trainer.model, trainer.optimizer) != begun
    assert all(torch.equal(now[name], parameter) for name, parameter in trainer.optimizer.parameters.items())


def test_an_export_loads_without_heads_and_reads(tmp_path: Path, renderer: Renderer) -> None:
    trainer = make_trainer()
    trainer.step(map(make_batches(renderer).__getitem__, itertools.count()))
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
    assert [rate_share(step, 9999.0, options) for step in (0, 9, 10, 100000)] == [0.1, 1.0, 1.0, 1.0]
    branch = replace(options, decay_from=500.0, decay_seconds=100.0, final_share=0.05)
    assert rate_share(50, 500.0, branch) == 1.0
    assert rate_share(50, 550.0, branch) == pytest.approx(0.525)
    assert rate_share(50, 600.0, branch) == rate_share(50, 900.0, branch) == pytest.approx(0.05)


@pytest.mark.parametrize("shape", [(24, 40), (40, 24), (3, 16, 20)])
def test_muon_steps_are_nearly_orthogonal(shape: tuple[int, ...]) -> None:
    generator = torch.Generator().manual_seed(3)
    values = torch.linalg.svdvals(orthogonalise(torch.randn(shape, generator=generator)))
    assert values.min() > 0.4 and values.max() < 1.4


def test_muon_moves_hidden_matrices_only() -> None:
    optimizer = make_trainer().optimizer
    hidden = {name for name in optimizer.parameters if optimizer.is_hidden(name)}
    assert {
        "encoder.projector.weight",
        "decoder.layers.1.feed_forward.experts.down",
        "encoder.sam.neck.mix.weight",
    } <= hidden
    assert "encoder.sam.patch_embedding.convolution2.weight" in hidden
    others = {
        "decoder.embedding",
        "decoder.head.weight",
        "decoder.layers.1.feed_forward.router.weight",
        "encoder.newline",
    }
    assert not hidden & others
    assert not any(name.startswith("heads.") or "positions" in name for name in hidden)


def test_a_gradient_that_is_not_finite_moves_nothing() -> None:
    parameter = torch.nn.Parameter(torch.ones(4, 4))
    optimizer = Optimizer({"weight": parameter}, OptimizerOptions())
    parameter.grad = torch.full((4, 4), torch.nan)
    optimizer.step(1.0)
    assert torch.equal(parameter, torch.ones(4, 4))
