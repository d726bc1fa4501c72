"""Pages to pixels: the views are, bit for bit, what the released scripts make of the same picture."""

import hashlib

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from deepocr_cli.model.config import ViewConfig
from deepocr_cli.model.views import PageViews, cut_tiles, draw_overview, prepare_views
from deepocr_cli.modes import DEEPSEEK_OCR_MODES, Fit, Mode, TileGrid

MODES = {mode.name: mode for mode in DEEPSEEK_OCR_MODES}

GOLDEN = {
    ("tiny", 1, 1): ("7f49430039bde85b", None),
    ("tiny", 1, 5000): ("634949f9a5eccbeb", None),
    ("tiny", 641, 640): ("4b644711f5f03e35", None),
    ("small", 5000, 1): ("80aa3ee9073a6a27", None),
    ("small", 640, 640): ("3226c661603ad383", None),
    ("small", 1191, 1684): ("b8a711a3b736ed8f", None),
    ("base", 1, 5000): ("80ae9d7d41b7e428", None),
    ("base", 5000, 1): ("80ae9d7d41b7e428", None),
    ("base", 640, 641): ("bf9200b38deb83e3", None),
    ("base", 100, 37): ("c785284fce5ca2a1", None),
    ("base", 1191, 1684): ("069e659de1f3c029", None),
    ("large", 1, 1): ("4d72b099f85be5b9", None),
    ("large", 3000, 900): ("353ce8a7d6682259", None),
    ("gundam", 640, 640): ("9268621ebf2a80e6", None),
    ("gundam", 641, 640): ("95287cff8f611fec", (2, 2)),
    ("gundam", 640, 641): ("2736edf96f5d321a", (2, 2)),
    ("gundam", 1, 5000): ("1f24b0d6497c8c5d", (1, 6)),
    ("gundam", 5000, 1): ("e5af1815064bb24f", (6, 1)),
    ("gundam", 1191, 1684): ("7a396f6c4dea35b7", (2, 3)),
    ("gundam", 3000, 900): ("b6aa00c0aa5915db", (3, 1)),
}
"""Digests and (columns, rows), computed with the released scripts' own functions on `picture(width, height)`."""


def picture(width: int, height: int) -> Image.Image:
    x, y = np.meshgrid(np.arange(width), np.arange(height))
    channels = [(x * 7 + y * 13) % 256, (x * x // 5 + y * 3) % 256, (x + y * y // 7) % 256]
    return Image.fromarray(np.stack(channels, axis=-1).astype(np.uint8))


def digest(views: PageViews) -> str:
    found = hashlib.sha256(views.overview.numpy().tobytes())
    if views.tiles is not None:
        found.update(views.tiles.numpy().tobytes())
    return found.hexdigest()[:16]


@pytest.mark.parametrize(("name", "width", "height"), GOLDEN)
def test_views_are_those_of_the_release(name: str, width: int, height: int) -> None:
    views = prepare_views(picture(width, height), MODES[name], ViewConfig())
    grid = None if views.grid is None else (views.grid.columns, views.grid.rows)
    assert (digest(views), grid) == GOLDEN[name, width, height]


@pytest.mark.parametrize(("size", "corner"), [((200, 100), (0, 64)), ((100, 200), (64, 0))])
def test_a_padded_page_is_centred_on_grey(size: tuple[int, int], corner: tuple[int, int]) -> None:
    view = draw_overview(Image.new("RGB", size, "white"), Mode("test", 256, Fit.PAD), ViewConfig())
    assert view.getpixel(corner) == (255, 255, 255)
    assert view.getpixel((0, 0)) == view.getpixel((255, 255)) == (127, 127, 127)


def test_nano_sees_ink_on_white_from_the_upper_left_corner() -> None:
    config = ViewConfig(channel_count=1, mean=1.0, deviation=-1 / 3, background=255, is_centred=False)
    views = prepare_views(Image.new("RGB", (64, 32), "black"), Mode("test", 64, Fit.PAD), config)
    assert views.overview.shape == (1, 64, 64)
    torch.testing.assert_close(views.overview[0, :32], torch.full((32, 64), 3.0))
    torch.testing.assert_close(views.overview[0, 32:], torch.zeros(32, 64))


@settings(max_examples=30, deadline=None)
@given(columns=st.integers(1, 4), rows=st.integers(1, 4), width=st.integers(1, 90), height=st.integers(1, 90))
def test_tiles_make_up_the_resized_page(columns: int, rows: int, width: int, height: int) -> None:
    image, mode, grid = picture(width, height), Mode("test", 64, Fit.PAD, tile_size=16), TileGrid(columns, rows)
    whole = np.array(image.resize((16 * columns, 16 * rows), Image.Resampling.BICUBIC))
    lines = np.split(np.stack([np.array(tile) for tile in cut_tiles(image, mode, grid)]), rows)
    assert np.array_equal(np.vstack([np.hstack(list(line)) for line in lines]), whole)


@settings(max_examples=30, deadline=None)
@given(width=st.integers(1, 300), height=st.integers(1, 300))
def test_the_sequence_has_as_many_ids_as_the_mode_says(width: int, height: int) -> None:
    mode = Mode("test", 128, Fit.PAD, tile_size=64, max_tiles=6)
    views = prepare_views(picture(width, height), mode, ViewConfig())
    assert views.grid == mode.grid_for(width, height)
    assert (views.tiles is None) == (views.grid is None)
    if views.tiles is not None and views.grid is not None:
        assert views.tiles.shape == (views.grid.tile_count, 3, 64, 64)
