"""The decoder: token embeddings become features that know all that came before, features become logits.

Shapes: B sequences, T new positions, S positions remembered, D width, N heads, M key-value heads, C head width,
V vocabulary.
Source: DeepSeek-V2's decoder with plain multi-head attention (`use_mla` false); RoPE pairs halves, as in Llama.
"""

from typing import Protocol

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from deepocr_cli.model.config import DecoderConfig
from deepocr_cli.model.feed_forward import GatedFeedForward
from deepocr_cli.model.moe import MixtureOfExperts


class Memory(Protocol):
    """What the attention layers remember of the sequences in a batch."""

    def attend(self, layer: int, queries: Tensor, keys: Tensor, values: Tensor) -> Tensor:
        """Remember keys and values (B, M, T, C) of new positions; what queries (B, N, T, C) see there: (B, N, T, C).

        A new position sees what its sequence had before, itself, and the new ones before it.
        """
        ...


class Decoder(nn.Module):
    """Embedding, layers, norm and output head."""

    def __init__(self, config: DecoderConfig) -> None:
        super().__init__()
        self.config = config
        # Not an nn.Embedding: made without memory, it would import torch's compiler, seconds at every start.
        self.embedding = nn.Parameter(torch.empty(config.vocabulary_size, config.width))
        self.layers = nn.ModuleList(DecoderLayer(config, layer) for layer in range(config.layer_count))
        self.norm = nn.RMSNorm(config.width, eps=config.norm_eps)
        self.head = nn.Linear(config.width, config.vocabulary_size, bias=False)

    def forward(self, features: Tensor, positions: Tensor, memory: Memory | None = None) -> Tensor:
        """Features (B, T, D) at `positions` (B, T) to normed features (B, T, D); without a memory nothing is before."""
        rotation = _rotation(positions, self.config, features.dtype)
        for layer in self.layers:
            features = layer(features, rotation, memory)
        normed: Tensor = self.norm(features)
        return normed

    def embed(self, token_ids: Tensor) -> Tensor:
        """Ids (...) to embeddings (..., D)."""
        return F.embedding(token_ids, self.embedding)

    def logits(self, features: Tensor) -> Tensor:
        """Normed features (..., D) to logits (..., V) in float32, so that they are compared and masked alike."""
        logits: Tensor = self.head(features)
        return logits.float()


class DecoderLayer(nn.Module):
    """Attention to what came before, then a dense feed-forward layer or a mixture of experts."""

    def __init__(self, config: DecoderConfig, layer: int) -> None:
        super().__init__()
        is_dense = layer in config.dense_layers
        self.norm1 = nn.RMSNorm(config.width, eps=config.norm_eps)
        self.attention = CausalAttention(config, layer)
        self.norm2 = nn.RMSNorm(config.width, eps=config.norm_eps)
        self.feed_forward = GatedFeedForward(config.width, config.dense_width) if is_dense else MixtureOfExperts(config)

    def forward(self, features: Tensor, rotation: tuple[Tensor, Tensor], memory: Memory | None) -> Tensor:
        features = features + self.attention(self.norm1(features), rotation, memory)  # (B, T, D)
        known: Tensor = features + self.feed_forward(self.norm2(features))
        return known


class CausalAttention(nn.Module):
    """Multi-head attention with rotary positions."""

    def __init__(self, config: DecoderConfig, layer: int) -> None:
        super().__init__()
        self.config, self.layer = config, layer
        head_count = config.head_count + 2 * config.key_value_head_count
        self.qkv = nn.Linear(config.width, head_count * config.head_width, bias=False)
        self.output = nn.Linear(config.width, config.width, bias=False)

    def forward(self, features: Tensor, rotation: tuple[Tensor, Tensor], memory: Memory | None) -> Tensor:
        batch, length, _ = features.shape
        heads = self.qkv(features).view(batch, length, -1, self.config.head_width).transpose(1, 2)  # (B, N+2M, T, C)
        shared = self.config.key_value_head_count
        turned, values = rotate(heads[:, :-shared], rotation), heads[:, -shared:]
        queries, keys = turned[:, :-shared], turned[:, -shared:]  # (B, N, T, C) and (B, M, T, C)
        if memory is None:
            attended = F.scaled_dot_product_attention(
                queries, keys, values, is_causal=True, enable_gqa=shared != self.config.head_count
            )  # (B, N, T, C)
        else:
            attended = memory.attend(self.layer, queries, keys, values)
        output: Tensor = self.output(attended.transpose(1, 2).reshape(features.shape))
        return output


def rotate(heads: Tensor, rotation: tuple[Tensor, Tensor]) -> Tensor:
    """Turn heads (B, N, T, C) by their positions; the first half of C is paired with the second."""
    cosines, sines = rotation  # 2 x (B, 1, T, C / 2)
    first, second = heads.chunk(2, dim=-1)
    return torch.cat([first * cosines - second * sines, second * cosines + first * sines], dim=-1)


def _rotation(positions: Tensor, config: DecoderConfig, dtype: torch.dtype) -> tuple[Tensor, Tensor]:
    """Cosines and sines of the angles at positions (B, T): 2 x (B, 1, T, C / 2)."""
    # Angles in float32: bfloat16 cannot tell position 257 from 258.
    halves = torch.arange(0, config.head_width, 2, device=positions.device, dtype=torch.float32)
    frequencies = 1.0 / config.rope_theta ** (halves / config.head_width)
    angles = positions[:, None, :, None].float() * frequencies
    return angles.cos().to(dtype), angles.sin().to(dtype)
