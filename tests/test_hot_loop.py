"""What a GPU is made to wait for: shown on torch's meta device, which has no numbers that could be asked for."""

from typing import Any

import pytest
import torch
from tiny_networks import TINY
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

from deepocr_cli.engine.kv_cache import UNBOUNDED, KeyValueCache
from deepocr_cli.engine.sampler import RepeatGuard, choose_tokens
from deepocr_cli.model.half_precision import keep_in_range
from deepocr_cli.model.network import DeepOcr
from deepocr_cli.model.weights import build_without_memory

META = torch.device("meta")


class Moves(TorchDispatchMode):
    """Notes what is brought from the processor to the device."""

    def __init__(self) -> None:
        super().__init__()
        self.shapes: list[tuple[int, ...]] = []

    def __torch_dispatch__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = function(*args, **(kwargs or {}))
        if isinstance(result, Tensor) and result.device == META:
            given = [part for part in args if isinstance(part, Tensor) and part.dim()]
            self.shapes += [tuple(part.shape) for part in given if part.device.type == "cpu"]
        return result


def network(dtype: torch.dtype) -> DeepOcr:
    model = build_without_memory(TINY).to(dtype)
    if dtype is torch.float16:
        keep_in_range(model)
    return model


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
@torch.inference_mode()
def test_a_step_of_the_decoder_asks_the_device_for_nothing(dtype: torch.dtype) -> None:
    """Any `item` or `tolist` would raise here; the only one is that for the tokens themselves."""
    model = network(dtype)
    cache: KeyValueCache[int] = KeyValueCache(TINY.decoder, UNBOUNDED, META, dtype)
    cache.open_rows(range(3), 10)
    memory = cache.next_positions(range(3))
    latest = torch.empty((3, 1), dtype=torch.long, device=META)
    with Moves() as moves:
        features = model.decoder(model.decoder.embed(latest), memory.positions[:, None], memory)
        logits = model.decoder.logits(features[:, 0])
    cache.keep(range(3))
    assert logits.shape == (3, TINY.decoder.vocabulary_size)
    assert moves.shapes == []


def test_tokens_come_back_in_one_transfer(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    for name in ("tolist", "item", "__bool__", "__int__", "__float__"):
        plain = getattr(Tensor, name)
        monkeypatch.setattr(Tensor, name, lambda self, plain=plain, name=name: asked.append(name) or plain(self))
    guards = [RepeatGuard(2, 10), RepeatGuard(2, 10)]
    for token_id in (4, 5, 4):
        guards[0].append(token_id)
    assert choose_tokens(torch.eye(8)[:2] + torch.eye(8)[[5, 5]], guards) == [0, 1]
    assert asked == ["tolist"]


@torch.inference_mode()
def test_the_encoder_makes_what_it_needs_where_it_computes() -> None:
    pixels = torch.empty((2, 3, 192, 192), dtype=torch.bfloat16, device=META)
    with Moves() as moves:
        network(torch.bfloat16).encoder(pixels)
    assert moves.shapes == []
