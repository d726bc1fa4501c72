"""What the network's parts see on their way to an answer, noted by forward hooks: features, attention, choices.

Shapes: B views, D width, H and W patches along the sides, T positions, C head width, X experts.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle

from deepocr_cli.model.decoder import CausalAttention, rotate
from deepocr_cli.model.moe import MixtureOfExperts
from deepocr_cli.model.network import DeepOcr
from deepocr_cli.model.sam import ConvStem

ALIGNED_LAYERS = (1, 2)
"""Decoder layers whose first head is taught where to look."""


@dataclass(slots=True)
class Observations:
    """What one pass through the network showed."""

    maps: dict[int, Tensor] = field(default_factory=dict)
    """Features (B, H, W, D) by the pixels between two of them: 8, 16, 32 and 64; 8 only with a ConvStem."""
    first_heads: list[tuple[Tensor, Tensor]] = field(default_factory=list)
    """Queries and keys 2 x (B, T, C) of the first head of each aligned layer."""
    early: Tensor | None = None
    """The decoder's features (B, T, D) after its first layer."""
    imbalances: list[Tensor] = field(default_factory=list)
    """Of each mixture of experts: 1 where all experts are used alike, X where one does all the work."""


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
    attentions = [module for module in layers.modules() if isinstance(module, CausalAttention)]

    def note_early(_module: nn.Module, _inputs: Any, output: Tensor) -> None:
        seen.early = output

    yield layers[0].register_forward_hook(note_early)
    for attention in attentions:
        if attention.layer in ALIGNED_LAYERS:
            yield from _watch_attention(attention, seen)
    for module in layers.modules():
        if isinstance(module, MixtureOfExperts):
            yield _watch_experts(module, seen)


def _watch_attention(attention: CausalAttention, seen: Observations) -> Iterator[RemovableHandle]:
    """The first head's queries and keys, made from the projection and the rotation that the layer used itself."""
    projected: list[Tensor] = []

    def note_projection(_module: nn.Module, _inputs: Any, output: Tensor) -> None:
        projected[:] = [output]

    def note_heads(_module: nn.Module, inputs: Any, _output: Tensor) -> None:
        width, first_key = attention.config.head_width, attention.config.head_count
        heads = projected[0].view(*projected[0].shape[:2], -1, width)  # (B, T, heads, C)
        both = heads[:, :, [0, first_key]].transpose(1, 2)  # (B, 2, T, C)
        queries, keys = rotate(both, inputs[1]).unbind(1)
        seen.first_heads.append((queries, keys))

    yield attention.qkv.register_forward_hook(note_projection)
    yield attention.register_forward_hook(note_heads)


def _watch_experts(experts: MixtureOfExperts, seen: Observations) -> RemovableHandle:
    def note(_module: nn.Module, inputs: Any, _output: Tensor) -> None:
        tokens = inputs[0].flatten(0, -2).float()  # (T, D)
        probabilities = experts.router(tokens).softmax(dim=-1)  # (T, X)
        chosen = probabilities.topk(experts.active_expert_count, dim=-1).indices
        expert_count = probabilities.shape[-1]
        shares = chosen.flatten().bincount(minlength=expert_count) / chosen.numel()
        seen.imbalances.append(expert_count * (probabilities.mean(dim=0) * shares).sum())

    return experts.register_forward_hook(note)
