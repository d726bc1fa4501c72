"""What the network's parts see on their way to an answer, noted beside them: features, attention, choices.

Shapes: B views, D width, H and W patches along the sides, T positions, N heads, C head width, X experts.
"""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle

from deepocr_cli.model.moe import MixtureOfExperts
from deepocr_cli.model.network import DeepOcr
from deepocr_cli.model.sam import ConvStem

ALIGNED_LAYERS = (1, 2)
"""Decoder layers whose first head is taught where to look."""


@dataclass(slots=True)
class Observations:
    """What one pass through the network showed; as the decoder's memory it attends, and remembers the first heads."""

    maps: dict[int, Tensor] = field(default_factory=dict)
    """Features (B, H, W, D) by the pixels between two of them: 8, 16, 32 and 64; 8 only with a ConvStem."""
    first_heads: list[tuple[Tensor, Tensor]] = field(default_factory=list)
    """Queries and keys 2 x (B, T, C) of the first head of each aligned layer."""
    early: Tensor | None = None
    """The decoder's features (B, T, D) after its first layer."""
    imbalances: list[Tensor] = field(default_factory=list)
    """Of each mixture of experts: 1 where all experts are used alike, X where one does all the work."""

    def attend(self, layer: int, queries: Tensor, keys: Tensor, values: Tensor) -> Tensor:
        """Queries, keys and values (B, N, T, C) to what each position sees of those up to itself: (B, N, T, C).

        In plain products: torch's fused attention computes bfloat16 in float32 on a CPU, and is slower backwards.
        """
        if layer in ALIGNED_LAYERS:
            self.first_heads.append((queries[:, 0], keys[:, 0]))
        length = queries.shape[2]
        future = torch.full((length, length), -torch.inf, dtype=queries.dtype).triu(1)
        scores = queries / math.sqrt(queries.shape[-1]) @ keys.transpose(2, 3) + future  # (B, N, T, T)
        return scores.softmax(dim=-1) @ values

    def from_afar(self) -> "Observations":
        """The same, but that features cannot be moved by what is made of them."""
        early = None if self.early is None else self.early.detach()
        return replace(self, maps={stride: features.detach() for stride, features in self.maps.items()}, early=early)


@contextmanager
def observed(model: DeepOcr) -> Iterator[Observations]:
    """Note what passes of `model` show, until the block ends; meant for one pass."""
    seen = Observations()
    handles = [*_watch_encoder(model, seen), *_watch_decoder(model, seen)]
    try:
        yield seen
    finally:
        for handle in handles:
            handle.remove()


def _watch_encoder(model: DeepOcr, seen: Observations) -> Iterator[RemovableHandle]:
    sam = model.encoder.sam
    if isinstance(sam.patch_embedding, ConvStem):
        yield _note_map(sam.patch_embedding.norm2, 8, seen, is_channels_first=True)
    yield _note_map(sam.blocks[-1], 16, seen)
    yield _note_map(sam.compressor.halve1, 32, seen, is_channels_first=True)
    yield _note_map(model.encoder, 64, seen)


def _note_map(module: nn.Module, stride: int, seen: Observations, is_channels_first: bool = False) -> RemovableHandle:
    def note(_module: nn.Module, _inputs: Any, output: Tensor) -> None:
        seen.maps[stride] = output.permute(0, 2, 3, 1) if is_channels_first else output

    return module.register_forward_hook(note)


def _watch_decoder(model: DeepOcr, seen: Observations) -> Iterator[RemovableHandle]:
    layers = model.decoder.layers

    def note_early(_module: nn.Module, _inputs: Any, output: Tensor) -> None:
        seen.early = output

    yield layers[0].register_forward_hook(note_early)
    for module in layers.modules():
        if isinstance(module, MixtureOfExperts):
            yield _watch_router(module, seen)


def _watch_router(experts: MixtureOfExperts, seen: Observations) -> RemovableHandle:
    def note(_module: nn.Module, _inputs: Any, logits: Tensor) -> None:
        probabilities = logits.softmax(dim=-1)  # (T, X)
        chosen = probabilities.topk(experts.active_expert_count, dim=-1).indices
        expert_count = probabilities.shape[-1]
        shares = chosen.flatten().bincount(minlength=expert_count) / chosen.numel()
        seen.imbalances.append(expert_count * (probabilities.mean(dim=0) * shares).sum())

    return experts.router.register_forward_hook(note)
