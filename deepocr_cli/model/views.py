"""A page's pixels become the square views that the encoder looks at: one overview, and tiles where the mode has them.

Shapes: C channels, S pixels along the overview's side, K along a tile's.
Source: process/image_process.py of the release; Pillow's bicubic does all resizing.
"""

from dataclasses import dataclass

import numpy as np
import torch
from PIL import Image, ImageOps
from torch import Tensor

from deepocr_cli.model.config import ViewConfig
from deepocr_cli.modes import Fit, Mode, TileGrid


@dataclass(frozen=True, slots=True)
class PageViews:
    """The overview (C, S, S), the tiles (tiles, C, K, K) row by row or None, and how the tiles lie."""

    overview: Tensor
    tiles: Tensor | None = None
    grid: TileGrid | None = None


def prepare_views(image: Image.Image, mode: Mode, config: ViewConfig) -> PageViews:
    """The views of a page in a mode, as float32 values."""
    image = image.convert("L" if config.channel_count == 1 else "RGB")
    overview = to_tensor(draw_overview(image, mode, config), config)
    grid = mode.grid_for(*image.size)
    if grid is None:
        return PageViews(overview)
    return PageViews(overview, torch.stack([to_tensor(tile, config) for tile in cut_tiles(image, mode, grid)]), grid)


def draw_overview(image: Image.Image, mode: Mode, config: ViewConfig) -> Image.Image:
    """The whole page in the shape of the mode's view, stretched, or padded with the config's background."""
    size = mode.view_shape
    if mode.fit is Fit.STRETCH:
        return image.resize(size, Image.Resampling.BICUBIC)
    background = (config.background,) * len(image.getbands())
    centre = 0.5 if config.is_centred else 0.0
    return ImageOps.pad(image, size, color=background, centering=(centre, centre))


def cut_tiles(image: Image.Image, mode: Mode, grid: TileGrid) -> list[Image.Image]:
    """The page resized to the grid, without regard to its aspect, and cut row by row."""
    assert mode.tile_size is not None, "a mode without tiles gives no grid"
    side = mode.tile_size
    resized = image.resize((side * grid.columns, side * grid.rows), Image.Resampling.BICUBIC)
    corners = [(column * side, row * side) for row in range(grid.rows) for column in range(grid.columns)]
    return [resized.crop((left, top, left + side, top + side)) for left, top in corners]


def to_tensor(view: Image.Image, config: ViewConfig) -> Tensor:
    """Pixels 0..255 to (C, S, S) in float32: (pixel / 255 - mean) / deviation."""
    pixels = torch.from_numpy(np.array(view, dtype=np.uint8).reshape(view.height, view.width, -1))  # (S, S, C)
    values = pixels.permute(2, 0, 1).to(torch.float32).contiguous()
    return values.div_(255).sub_(config.mean).div_(config.deviation)
