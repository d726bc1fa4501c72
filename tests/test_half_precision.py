"""float16: where a plain network overflows, ours computes what float32 computes."""

import copy
from pathlib import Path

import pytest
import torch
from tiny_networks import WIDE, random_network
from torch import Tensor

from deepocr_cli.model.half_precision import in_range, keep_in_range
from deepocr_cli.model.network import DeepOcr
from deepocr_cli.model.weights import load_model, save_model

PAGE = torch.linspace(-1, 1, 3 * 128 * 128).view(3, 128, 128)

LOUD = {
    "the sums of SAM": (
        "encoder.sam.blocks.0.feed_forward.widen.weight",
        "encoder.sam.blocks.0.feed_forward.narrow.weight",
    ),
    "the sums of CLIP": (
        "encoder.clip.blocks.0.feed_forward.widen.weight",
        "encoder.clip.blocks.0.feed_forward.narrow.weight",
    ),
    "a gate and its values": ("decoder.layers.0.feed_forward.gate_and_up.weight",),
    "what experts answer": ("decoder.layers.1.feed_forward.experts.gate_and_up",),
    "the sums of the decoder": (
        "decoder.layers.0.feed_forward.gate_and_up.weight",
        "decoder.layers.0.feed_forward.down.weight",
    ),
}
"""Weights that are multiplied by 500, so that float16 cannot hold what comes of them."""


def logits(model: DeepOcr) -> Tensor:
    vision = model.encode(PAGE)
    return model.logits([0, *[model.config.prompt.image_id] * len(vision), 3, 4], vision)


@pytest.mark.parametrize("place", LOUD)
def test_what_overflows_in_float16_is_computed_all_the_same(place: str) -> None:
    exact = random_network(WIDE)
    for name in LOUD[place]:
        exact.get_parameter(name).mul_(500)
    # No norm follows on CLIP's sums: it is the projection that brings them to the size of embeddings.
    exact.encoder.projector.weight.div_(500)
    plain = copy.deepcopy(exact).half()
    assert not logits(plain).isfinite().all()
    keep_in_range(plain)
    expected = logits(exact)
    assert (logits(plain) - expected).abs().max() < 0.05 * expected.abs().max()


@pytest.mark.parametrize("kind", ["none", "int8", "int4"])
def test_loading_in_float16_minds_the_range(tmp_path: Path, kind: str) -> None:
    exact = random_network(WIDE)
    exact.get_parameter("decoder.layers.0.feed_forward.gate_and_up.weight").mul_(300)
    save_model(exact, tmp_path)
    expected = logits(load_model(tmp_path, quantize=kind))
    loaded = load_model(tmp_path, dtype="float16", quantize=kind)
    assert loaded.dtype is torch.float16
    assert (logits(loaded) - expected).abs().max() < 0.1 * expected.abs().max()


def test_features_out_of_range_have_products_of_their_size() -> None:
    features = torch.tensor([[3e5, -1e5], [0.5, 0.25]])
    weight = torch.tensor([[1.0, 0.5]])
    product = in_range(lambda scaled: scaled.float() @ weight.T, features)
    assert torch.allclose(product, features @ weight.T, rtol=1e-3)
