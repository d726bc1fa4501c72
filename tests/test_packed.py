"""Packed weights compute what plain ones do, and every row as if it were alone."""

from dataclasses import replace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny_networks import TINY, random_network
from torch import Tensor, nn

from deepocr_cli.engine.kv_cache import UNBOUNDED, KeyValueCache
from deepocr_cli.model.moe import MixtureOfExperts, ask_experts, ask_without_waiting
from deepocr_cli.model.network import DeepOcr
from deepocr_cli.model.packed import BlendedMixture, PackedExperts, PackedLinear, pack_network

pytestmark = pytest.mark.skipif(not torch.backends.mkldnn.is_available(), reason="this torch has no oneDNN")

HAS_BFLOAT16 = torch.backends.mkldnn.is_available() and torch.ops.mkldnn._is_mkldnn_bf16_supported()
DTYPES = [
    torch.float32,
    pytest.param(torch.bfloat16, marks=pytest.mark.skipif(not HAS_BFLOAT16, reason="no bfloat16 in this processor")),
]

IDS = [0, *[50] * 7, 3, 4]
"""A prompt with the image ids of a view of 128 pixels: two rows of two and a newline, and the separator."""


def random(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def answer(model: DeepOcr) -> Tensor:
    """Vision tokens and logits of a random page, in float32."""
    vision = model.encode(random(3, 128, 128))
    return torch.cat([vision.flatten(), model.logits(IDS, vision).flatten()]).float()


@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float32, 1e-5), (torch.bfloat16, 0.1)])
def test_a_packed_network_answers_as_before(dtype: torch.dtype, tolerance: float) -> None:
    model = random_network().to(dtype)
    before = answer(model)
    pack_network(model)
    assert not any(type(module) is nn.Linear for module in model.modules())
    assert (answer(model) - before).abs().max() < tolerance * before.abs().max()


def test_layers_of_another_kind_stay() -> None:
    model = random_network()
    model.decoder.head = nn.Identity()
    pack_network(model)
    assert isinstance(model.decoder.head, nn.Identity)
    assert isinstance(model.decoder.layers[1].feed_forward, BlendedMixture)


def test_a_precision_without_kernels_stays_plain() -> None:
    model = random_network().to(torch.float64)
    pack_network(model)
    assert type(model.decoder.head) is nn.Linear


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("width", [40, 1024, 1025, 1792])
def test_a_row_does_not_depend_on_the_others(width: int, dtype: torch.dtype) -> None:
    layer = PackedLinear(random(48, width).to(dtype), activation=("swish", ""))
    rows = random(65, width, seed=1).to(dtype)
    gates = random(65, 48, seed=2).to(dtype)
    for count in (1, 2, 3, 5, 16, 33):
        assert torch.equal(layer(rows[:count]), layer(rows)[:count])
        assert torch.equal(layer.times(rows[:count], gates[:count]), layer.times(rows, gates)[:count])


@given(st.integers(1, 12), st.integers(0, 1000))
@settings(max_examples=30, deadline=None)
def test_experts_answer_as_if_each_token_were_alone(token_count: int, seed: int) -> None:
    mixture = random_network().decoder.layers[1].feed_forward
    assert isinstance(mixture, MixtureOfExperts)
    tokens = random(token_count, 16, seed=seed)
    scores, chosen = mixture.route(tokens)
    by_token = [
        sum(
            score * mixture.experts._ask(int(expert), token[None])[0]
            for score, expert in zip(weights, names, strict=True)
        )
        for token, weights, names in zip(tokens, scores, chosen, strict=True)
    ]
    assert torch.allclose(ask_experts(tokens, scores, chosen, mixture.experts._ask), torch.stack(by_token), atol=1e-5)
    copies = ask_without_waiting(tokens, scores, chosen, mixture.experts._ask)
    assert torch.allclose(copies, torch.stack(by_token), atol=1e-5)
    assert torch.allclose(PackedExperts(mixture.experts)(tokens, scores, chosen), torch.stack(by_token), atol=1e-5)
    everything = torch.stack(by_token) + mixture.shared(tokens)
    assert torch.allclose(BlendedMixture(mixture)(tokens[None]), everything[None], atol=1e-5)


@pytest.mark.parametrize(("expert_width", "kind"), [(256, BlendedMixture), (257, MixtureOfExperts)])
def test_small_experts_are_blended(expert_width: int, kind: type) -> None:
    model = random_network(replace(TINY, decoder=replace(TINY.decoder, expert_width=expert_width)))
    pack_network(model)
    assert type(model.decoder.layers[1].feed_forward) is kind


@pytest.mark.parametrize("dtype", DTYPES)
@torch.inference_mode()
def test_a_sequence_does_not_depend_on_the_batch(dtype: torch.dtype) -> None:
    """Bit for bit: features of four steps, alone, and beside longer and shorter sequences."""
    model = random_network().to(dtype)
    pack_network(model)
    lengths = (9, 5, 14)
    together = decode(model, lengths)
    for slot, length in enumerate(lengths):
        assert torch.equal(decode(model, (length,))[:, 0], together[:, slot])


def decode(model: DeepOcr, lengths: tuple[int, ...]) -> Tensor:
    """Features (4, B, D) of four positions after prompts of these lengths."""
    cache: KeyValueCache[int] = KeyValueCache(model.config.decoder, UNBOUNDED, model.device, model.dtype)
    for row, length in enumerate(lengths):
        prompt = model.decoder.embed(torch.arange(length))[None]
        model.decoder(prompt, torch.arange(length)[None], cache.open_rows([row], length))
    steps = []
    for step in range(4):
        memory = cache.next_positions(range(len(lengths)))
        latest = torch.tensor([[length + step] for length in lengths])
        features = model.decoder(model.decoder.embed(latest), memory.positions[:, None], memory)
        cache.keep(range(len(lengths)))
        steps.append(features[:, 0])
    return torch.stack(steps)
