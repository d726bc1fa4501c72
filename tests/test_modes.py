"""The arithmetic of modes: the paper's counts, and the tile grid against a slow twin of its published rule."""

import math
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deepocr_cli.modes import DEEPSEEK_OCR_MODES, Fit, Mode, TileGrid

MODES = {mode.name: mode for mode in DEEPSEEK_OCR_MODES}
A4_AT_144_DPI = (1191, 1684)

sides = st.integers(min_value=1, max_value=6000)


@pytest.mark.parametrize(
    ("name", "vision_tokens", "sequence_length"),
    [("tiny", 64, 73), ("small", 100, 111), ("base", 256, 273), ("large", 400, 421)],
)
def test_published_counts(name: str, vision_tokens: int, sequence_length: int) -> None:
    assert MODES[name].vision_token_count() == vision_tokens
    assert MODES[name].sequence_length() == sequence_length


def test_published_valid_tokens_of_a4() -> None:
    """The paper's average pages are near A4: 182 of 256 and 285 of 400 tokens are valid."""
    assert MODES["base"].valid_token_count(2100, 2970) == 182
    assert MODES["large"].valid_token_count(2100, 2970) == 283
    assert MODES["small"].valid_token_count(2100, 2970) == 100, "a stretched view has no border"


def test_gundam_counts_tiles_and_overview() -> None:
    gundam = MODES["gundam"]
    grid = gundam.grid_for(*A4_AT_144_DPI)
    assert grid == TileGrid(2, 3)
    assert gundam.vision_token_count(grid) == 6 * 100 + 256
    assert gundam.sequence_length(grid) == 273 + (10 * 2 + 1) * (10 * 3)


@pytest.mark.parametrize("size", [(640, 640), (1, 1), (640, 3)])
def test_a_page_that_fits_into_one_tile_gets_none(size: tuple[int, int]) -> None:
    assert MODES["gundam"].grid_for(*size) is None


@pytest.mark.parametrize("size", [(641, 640), (1, 641)])
def test_a_larger_page_gets_tiles(size: tuple[int, int]) -> None:
    assert MODES["gundam"].grid_for(*size) is not None


@given(width=sides, height=sides, max_tiles=st.integers(min_value=2, max_value=9))
def test_grid_against_an_exhaustive_twin(width: int, height: int, max_tiles: int) -> None:
    mode = Mode("twin", 1024, Fit.PAD, tile_size=640, max_tiles=max_tiles)
    grid = mode.grid_for(width, height)
    if max(width, height) <= 640:
        assert grid is None
        return
    assert grid is not None
    grids = [grid for grid in product(range(1, 10), repeat=2) if 2 <= grid[0] * grid[1] <= max_tiles]
    nearest = min(abs(width / height - columns / rows) for columns, rows in grids)
    tied = [grid for grid in grids if abs(width / height - grid[0] / grid[1]) == nearest]
    assert (grid.columns, grid.rows) in tied
    if width * height > 0.5 * 640**2 * max(columns * rows for columns, rows in tied):
        assert grid.tile_count == max(columns * rows for columns, rows in tied), (
            "a large page takes the finest of equals"
        )


@given(width=sides, height=sides)
def test_valid_tokens_are_never_more_than_all(width: int, height: int) -> None:
    for mode in DEEPSEEK_OCR_MODES:
        total = mode.vision_token_count(mode.grid_for(width, height))
        valid = mode.valid_token_count(width, height)
        assert 1 <= valid <= total
        if mode.fit is Fit.PAD and width == height:
            assert valid == total
        if mode.fit is Fit.PAD and mode.tile_size is None:
            assert valid == math.ceil(total * min(width, height) / max(width, height))
