"""Second stage of the encoder: every compressed token sees every other.

Shapes: B views, E width, G tokens along a side, T tokens in all (with the class token), N heads.
Source: deepencoder/clip_sdpa.py of the release; the compressor's map stands where CLIP has its patch embedding.
"""

import torch
from torch import Tensor, nn

from deepocr_cli.model.attention import attend
from deepocr_cli.model.config import ClipConfig
from deepocr_cli.model.feed_forward import FeedForward
from deepocr_cli.model.positions import fit_positions


class ClipEncoder(nn.Module):
    """Compressed tokens to tokens that know their page."""

    def __init__(self, config: ClipConfig) -> None:
        super().__init__()
        self.config = config
        if config.has_class_token:
            self.class_token = nn.Parameter(torch.empty(config.width))
        position_count = config.grid_size**2 + config.has_class_token
        self.positions = nn.Parameter(torch.empty(position_count, config.width))
        self.norm = nn.LayerNorm(config.width, eps=config.norm_eps)
        self.blocks = nn.ModuleList(ClipBlock(config) for _ in range(config.layer_count))

    def forward(self, tokens: Tensor) -> Tensor:
        """Tokens (B, E, G, G) of the compressor to (B, G*G, E), without the class token."""
        batch, _, height, width = tokens.shape
        sequence = tokens.flatten(2).transpose(1, 2)  # (B, G*G, E)
        if self.config.has_class_token:
            sequence = torch.cat([self.class_token.expand(batch, 1, -1), sequence], dim=1)  # (B, T, E)
        sequence = self.norm(sequence + self._positions(height, width))
        for block in self.blocks:
            sequence = block(sequence)
        seen: Tensor = sequence[:, self.config.has_class_token :]
        return seen

    def _positions(self, height: int, width: int) -> Tensor:
        """The position table for a map of `height` x `width` tokens: (T, E), the class token's row first."""
        class_rows = int(self.config.has_class_token)
        side = self.config.grid_size
        table = self.positions[class_rows:].view(1, side, side, -1)
        fitted = fit_positions(table, height, width, self.config.positions).reshape(height * width, -1)
        return torch.cat([self.positions[:class_rows], fitted])


class ClipBlock(nn.Module):
    """Full attention, then a feed-forward layer."""

    def __init__(self, config: ClipConfig) -> None:
        super().__init__()
        self.head_count = config.head_count
        self.norm1 = nn.LayerNorm(config.width, eps=config.norm_eps)
        self.qkv = nn.Linear(config.width, 3 * config.width)
        self.output = nn.Linear(config.width, config.width)
        self.norm2 = nn.LayerNorm(config.width, eps=config.norm_eps)
        self.feed_forward = FeedForward(config.width, config.mlp_width, config.activation)

    def forward(self, sequence: Tensor) -> Tensor:
        sequence = sequence + self._attend(self.norm1(sequence))  # (B, T, E)
        seen: Tensor = sequence + self.feed_forward(self.norm2(sequence))
        return seen

    def _attend(self, sequence: Tensor) -> Tensor:
        batch, length, _ = sequence.shape
        projected = self.qkv(sequence).view(batch, length, 3, self.head_count, -1)  # (B, T, 3, N, E/N)
        queries, keys, values = projected.permute(2, 0, 3, 1, 4)  # 3 x (B, N, T, E/N)
        attended = attend(queries, keys, values)
        output: Tensor = self.output(attended.transpose(1, 2).reshape(sequence.shape))
        return output
