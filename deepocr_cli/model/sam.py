"""First stage of the encoder: pixels become patches, patches see their window or the page, 16 become one.

Shapes: B views, C channels, S pixels along a side, H and W patches along the sides, D width, N heads, K window size,
E width of the compressed tokens.
Source: segment-anything's image encoder; neck and compressor as in deepencoder/sam_vary_sdpa.py of the release.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from deepocr_cli.model.attention import attend, attend_with_relative_positions
from deepocr_cli.model.config import PatchEmbedding, SamConfig
from deepocr_cli.model.feed_forward import ACTIVATIONS, FeedForward
from deepocr_cli.model.positions import fit_positions, relative_scores


class SamEncoder(nn.Module):
    """Pixels to compressed tokens."""

    def __init__(self, config: SamConfig, channel_count: int) -> None:
        super().__init__()
        self.config = config
        self.patch_embedding = _patch_embedding(config, channel_count)
        self.positions = nn.Parameter(torch.empty(1, config.grid_size, config.grid_size, config.width))
        self.blocks = nn.ModuleList(SamBlock(config, layer) for layer in range(config.layer_count))
        self.neck = Neck(config)
        self.compressor = Compressor(config)

    def forward(self, pixels: Tensor) -> Tensor:
        """Views (B, C, S, S) to tokens (B, E, H / 4, W / 4)."""
        patches = self.patch_embedding(pixels).permute(0, 2, 3, 1)  # (B, H, W, D)
        _, height, width, _ = patches.shape
        patches = patches + fit_positions(self.positions, height, width, self.config.positions)
        for block in self.blocks:
            patches = block(patches)
        tokens: Tensor = self.compressor(self.neck(patches.permute(0, 3, 1, 2)))
        return tokens


class SamBlock(nn.Module):
    """Attention within windows, or over the whole view in the global layers, then a feed-forward layer."""

    def __init__(self, config: SamConfig, layer: int) -> None:
        super().__init__()
        self.window_size = None if layer in config.global_layers else config.window_size
        self.norm1 = nn.LayerNorm(config.width, eps=config.norm_eps)
        self.attention = SamAttention(config, self.window_size or config.grid_size)
        self.norm2 = nn.LayerNorm(config.width, eps=config.norm_eps)
        self.feed_forward = FeedForward(config.width, config.mlp_width, config.activation)

    def forward(self, patches: Tensor) -> Tensor:
        patches = patches + self._attend(self.norm1(patches))  # (B, H, W, D)
        seen: Tensor = patches + self.feed_forward(self.norm2(patches))
        return seen

    def _attend(self, patches: Tensor) -> Tensor:
        if self.window_size is None:
            attended: Tensor = self.attention(patches)
            return attended
        _, height, width, _ = patches.shape
        windows = cut_windows(patches, self.window_size)
        return join_windows(self.attention(windows), height, width)


class SamAttention(nn.Module):
    """Multi-head attention over a square of patches, with decomposed relative positions where the config has them."""

    def __init__(self, config: SamConfig, table_size: int) -> None:
        super().__init__()
        self.head_count = config.head_count
        self.has_relative_positions = config.has_relative_positions
        self.qkv = nn.Linear(config.width, 3 * config.width)
        self.output = nn.Linear(config.width, config.width)
        if config.has_relative_positions:
            shape = (2 * table_size - 1, config.width // config.head_count)
            self.row_positions = nn.Parameter(torch.empty(shape))
            self.column_positions = nn.Parameter(torch.empty(shape))

    def forward(self, patches: Tensor) -> Tensor:
        batch, height, width, _ = patches.shape
        projected = self.qkv(patches).view(batch, height * width, 3, self.head_count, -1)  # (B, H*W, 3, N, D/N)
        queries, keys, values = projected.permute(2, 0, 3, 1, 4)  # 3 x (B, N, H*W, D/N)
        if self.has_relative_positions:
            scores = relative_scores(queries, self.row_positions, self.column_positions, height, width)
            attended = attend_with_relative_positions(queries, keys, values, *scores)  # (B, N, H*W, D/N)
        else:
            attended = attend(queries, keys, values)
        output: Tensor = self.output(attended.transpose(1, 2).reshape(patches.shape))  # (B, H, W, D)
        return output


class Neck(nn.Module):
    """Two convolutions that narrow the patches, each followed by a norm."""

    def __init__(self, config: SamConfig) -> None:
        super().__init__()
        width = config.neck_width
        self.narrow = nn.Conv2d(config.width, width, 1, bias=False)
        self.norm1 = ChannelNorm(width, config.neck_norm_eps)
        self.mix = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.norm2 = ChannelNorm(width, config.neck_norm_eps)

    def forward(self, patches: Tensor) -> Tensor:
        mixed: Tensor = self.norm2(self.mix(self.norm1(self.narrow(patches))))  # (B, neck width, H, W)
        return mixed


class Compressor(nn.Module):
    """Two convolutions of stride 2: sixteen patches become one token."""

    def __init__(self, config: SamConfig) -> None:
        super().__init__()
        middle, width = config.compressor_widths
        self.halve1 = nn.Conv2d(config.neck_width, middle, 3, stride=2, padding=1, bias=False)
        self.halve2 = nn.Conv2d(middle, width, 3, stride=2, padding=1, bias=False)

    def forward(self, patches: Tensor) -> Tensor:
        tokens: Tensor = self.halve2(self.halve1(patches))  # (B, E, H / 4, W / 4)
        return tokens


class ConvStem(nn.Module):
    """Overlapping convolutions to stride 4, 8 and 16, with two residual ones at stride 8."""

    def __init__(self, config: SamConfig, channel_count: int) -> None:
        super().__init__()
        fine, coarse = config.stem_widths
        self.activate = ACTIVATIONS[config.activation]
        self.convolution1 = nn.Conv2d(channel_count, fine, 8, stride=4, padding=2)
        self.convolution2 = nn.Conv2d(fine, coarse, 3, stride=2, padding=1)
        self.norm0 = ChannelNorm(coarse, config.neck_norm_eps)
        self.residual1 = nn.Conv2d(coarse, coarse, 3, padding=1)
        self.norm1 = ChannelNorm(coarse, config.neck_norm_eps)
        self.residual2 = nn.Conv2d(coarse, coarse, 3, padding=1)
        self.norm2 = ChannelNorm(coarse, config.neck_norm_eps)
        self.convolution3 = nn.Conv2d(coarse, config.width, 3, stride=2, padding=1)

    def forward(self, pixels: Tensor) -> Tensor:
        strokes = self.activate(self.convolution1(pixels))  # (B, fine, S / 4, S / 4)
        glyphs = self.norm0(self.convolution2(strokes))  # (B, coarse, S / 8, S / 8)
        glyphs = glyphs + self.residual1(self.activate(glyphs))
        glyphs = glyphs + self.residual2(self.activate(self.norm1(glyphs)))
        patches: Tensor = self.convolution3(self.activate(self.norm2(glyphs)))  # (B, D, S / 16, S / 16)
        return patches


class ChannelNorm(nn.Module):
    """Layer norm over the channels of a map (B, C, H, W)."""

    def __init__(self, width: int, eps: float) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width, eps=eps)

    def forward(self, features: Tensor) -> Tensor:
        normed: Tensor = self.norm(features.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)
        return normed


def cut_windows(patches: Tensor, size: int) -> Tensor:
    """Patches (B, H, W, D) to windows (B * windows, K, K, D); zeros fill up the right and the bottom."""
    batch, height, width, channels = patches.shape
    patches = F.pad(patches, (0, 0, 0, -width % size, 0, -height % size))
    rows, columns = patches.shape[1] // size, patches.shape[2] // size
    patches = patches.view(batch, rows, size, columns, size, channels).transpose(2, 3)
    return patches.reshape(-1, size, size, channels)


def join_windows(windows: Tensor, height: int, width: int) -> Tensor:
    """The reverse of `cut_windows`: (B, H, W, D) without what filled up."""
    size, channels = windows.shape[1], windows.shape[3]
    rows, columns = -(-height // size), -(-width // size)
    patches = windows.view(-1, rows, columns, size, size, channels).transpose(2, 3)
    return patches.reshape(-1, rows * size, columns * size, channels)[:, :height, :width]


def _patch_embedding(config: SamConfig, channel_count: int) -> nn.Module:
    if config.patch_embedding is PatchEmbedding.CONV_STEM:
        return ConvStem(config, channel_count)
    return nn.Conv2d(channel_count, config.width, config.patch_size, stride=config.patch_size)
