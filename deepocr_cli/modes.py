"""Compression modes: how large a page is shown to the encoder, and how many vision tokens that costs.

The arithmetic is the paper's (arXiv 2510.18234, section 3.2): a view of S pixels is cut into patches of
16 pixels and compressed 16 times, so that one vision token covers 64 x 64 pixels.
"""

import math
from dataclasses import dataclass
from enum import StrEnum

PIXELS_PER_TOKEN_SIDE = 64


class Fit(StrEnum):
    """How a page becomes a square view."""

    STRETCH = "stretch"
    """Resized to the square; the aspect is not kept, every token is valid."""
    PAD = "pad"
    """Scaled to fit and centred on grey; the tokens of the border are not valid."""
    STRIPS = "strips"
    """Its lines cut out, brought to one letter size and laid below one another, in as many views as they fill."""
    FIGURE = "figure"
    """A single formula or chart brought to the mode's letter size, on paper of its own."""


@dataclass(frozen=True, slots=True)
class TileGrid:
    """How a page is cut: `columns` x `rows` tiles of equal size; its strips are one column."""

    columns: int
    rows: int

    @property
    def tile_count(self) -> int:
        return self.columns * self.rows


@dataclass(frozen=True, slots=True)
class Mode:
    """A compression mode: one overview of the page, and tiles where the mode has them.

    Sizes are the sides of squares, in pixels, and multiples of 64; a view of strips is `view_size` wide, `view_height`
    high, and holds `line_count` lines whose letters are brought to `letter_size` pixels (em). One of a figure has that
    letter size too.
    """

    name: str
    view_size: int
    fit: Fit
    tile_size: int | None = None
    min_tiles: int = 2
    max_tiles: int = 0
    view_height: int | None = None
    line_count: int = 0
    letter_size: float = 0.0

    @property
    def view_shape(self) -> tuple[int, int]:
        """Width and height of a view, in pixels."""
        return self.view_size, self.view_height or self.view_size

    def strips_for(self, row_count: int) -> TileGrid:
        """The views that `row_count` rows of text fill; an empty page is shown one."""
        return TileGrid(1, max(1, math.ceil(row_count / self.line_count)))

    def grid_for(self, width: int, height: int) -> TileGrid | None:
        """The tile grid for a page of `width` x `height` pixels; None when the page gets no tiles.

        Among all grids of `min_tiles` to `max_tiles` tiles, ordered by area, the one whose aspect is nearest
        the page's; on a tie the later one if the page covers more than half of the grid's pixels.
        A page that fits into one tile gets none.
        """
        if self.tile_size is None or (width <= self.tile_size and height <= self.tile_size):
            return None
        aspect, area = width / height, width * height
        best, best_distance = TileGrid(1, 1), math.inf
        for grid in _grids(self.min_tiles, self.max_tiles):
            distance = abs(aspect - grid.columns / grid.rows)
            covers_half = area > 0.5 * self.tile_size**2 * grid.tile_count
            if distance < best_distance or (distance == best_distance and covers_half):
                best, best_distance = grid, distance
        return best

    def vision_token_count(self, grid: TileGrid | None = None) -> int:
        """Vision tokens as the paper counts them: those of the overview and of every tile, or of every strip."""
        overview = math.prod(side // PIXELS_PER_TOKEN_SIDE for side in self.view_shape)
        if self.fit is Fit.STRIPS:
            return overview * (1 if grid is None else grid.tile_count)
        if grid is None or self.tile_size is None:
            return overview
        return overview + grid.tile_count * (self.tile_size // PIXELS_PER_TOKEN_SIDE) ** 2

    def valid_token_count(self, width: int, height: int) -> int:
        """Vision tokens that show a page of `width` x `height` pixels, without those of the grey border."""
        grid = self.grid_for(width, height)
        total = self.vision_token_count(grid)
        if self.fit is not Fit.PAD:
            return total
        overview = self.vision_token_count(None)
        valid = math.ceil(overview * min(width, height) / max(width, height))
        return total - overview + valid

    def sequence_length(self, grid: TileGrid | None = None) -> int:
        """Positions in the decoder's sequence: the vision tokens, a newline after every row, one separator."""
        columns, rows = (side // PIXELS_PER_TOKEN_SIDE for side in self.view_shape)
        length = rows * (columns + 1) + 1
        if grid is None or self.tile_size is None:
            return length
        tile_side = self.tile_size // PIXELS_PER_TOKEN_SIDE
        return length + (tile_side * grid.columns + 1) * (tile_side * grid.rows)


def _grids(min_tiles: int, max_tiles: int) -> list[TileGrid]:
    """All grids of `min_tiles` to `max_tiles` tiles, fewest tiles first; two of one area are never equally near."""
    grids = (
        TileGrid(columns, rows)
        for columns in range(1, max_tiles + 1)
        for rows in range(1, max_tiles + 1)
        if min_tiles <= columns * rows <= max_tiles
    )
    return sorted(grids, key=lambda grid: grid.tile_count)


DEEPSEEK_OCR_MODES = (
    Mode("tiny", 512, Fit.STRETCH),
    Mode("small", 640, Fit.STRETCH),
    Mode("base", 1024, Fit.PAD),
    Mode("large", 1280, Fit.PAD),
    Mode("gundam", 1024, Fit.PAD, tile_size=640, max_tiles=6),
)
"""The modes of the released weights, cheapest first (gundam's cost depends on its tiles)."""
