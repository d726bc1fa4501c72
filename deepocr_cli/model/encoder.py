"""DeepEncoder: the views of a page become one sequence of vision tokens, as the decoder reads them.

Shapes: B views, C channels, S pixels along a side, G tokens along a side, R and Q rows and columns of the tile grid,
D the decoder's width.
Source: arXiv 2510.18234, section 3.2; deepseek_ocr.py of the release for the layout.
"""

import torch
from torch import Tensor, nn

from deepocr_cli.model.clip import ClipEncoder
from deepocr_cli.model.config import ModelConfig
from deepocr_cli.model.sam import SamEncoder
from deepocr_cli.modes import TileGrid


class DeepEncoder(nn.Module):
    """SAM, compressor, CLIP, and a projection of both their tokens to the decoder's width."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        width = config.decoder.width
        self.sam = SamEncoder(config.sam, config.view.channel_count)
        self.clip = ClipEncoder(config.clip)
        self.projector = nn.Linear(config.clip.width + config.sam.compressor_widths[-1], width)
        self.newline = nn.Parameter(torch.empty(width))
        self.separator = nn.Parameter(torch.empty(width))

    def forward(self, pixels: Tensor) -> Tensor:
        """Views (B, C, S, S) to maps of vision tokens (B, G, G, D)."""
        compressed = self.sam(pixels)  # (B, E, G, G)
        batch, _, height, width = compressed.shape
        seen = self.clip(compressed)  # (B, G*G, E)
        both = torch.cat([seen, compressed.flatten(2).transpose(1, 2)], dim=-1)  # (B, G*G, 2E)
        projected: Tensor = self.projector(both)
        return projected.view(batch, height, width, -1)

    def assemble(self, overview: Tensor, tiles: Tensor | None = None, grid: TileGrid | None = None) -> Tensor:
        """The sequence of a page: its tiles as one large map, the overview, the separator.

        Args:
            overview: (G, G, D)
            tiles: (R*Q, G', G', D), row by row, or None
            grid: how the tiles lie; None without tiles

        Returns:
            (ids, D), a newline after every row of a map
        """
        parts = [self._with_newlines(overview), self.separator[None]]
        if tiles is not None and grid is not None:
            parts.insert(0, self._with_newlines(join_tiles(tiles, grid)))
        return torch.cat(parts)

    def _with_newlines(self, tokens: Tensor) -> Tensor:
        height, width, channels = tokens.shape
        lines = torch.cat([tokens, self.newline.expand(height, 1, channels)], dim=1)  # (G, G + 1, D)
        return lines.reshape(height * (width + 1), channels)


def join_tiles(tiles: Tensor, grid: TileGrid) -> Tensor:
    """Maps of tiles (R*Q, G, G, D) to the one map that they were cut from: (R*G, Q*G, D)."""
    _, height, width, channels = tiles.shape
    rows = tiles.view(grid.rows, grid.columns, height, width, channels).transpose(1, 2)
    return rows.reshape(grid.rows * height, grid.columns * width, channels)
