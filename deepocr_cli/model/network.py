"""The whole network: a page's views go in, logits of the next tokens come out.

Shapes: C channels, S pixels along a side of the overview, K of a tile, D the decoder's width, V vocabulary.
"""

from collections.abc import Iterator, Sequence
from itertools import islice

import torch
from torch import Tensor, nn

from deepocr_cli.model.config import ModelConfig
from deepocr_cli.model.decoder import Decoder
from deepocr_cli.model.encoder import DeepEncoder
from deepocr_cli.model.views import PageViews
from deepocr_cli.modes import TileGrid

PIXELS_AT_ONCE = 1 << 22
"""Of all views in a batch of the encoder: four of 1024 x 1024; more would take memory and save no time."""


class DeepOcr(nn.Module):
    """DeepEncoder and decoder; one class for the released network and its smaller relatives."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.config = config
        self.encoder = DeepEncoder(config)
        self.decoder = Decoder(config.decoder)
        self.parameter_count = sum(parameter.numel() for parameter in self.parameters())

    @property
    def device(self) -> torch.device:
        return self.encoder.separator.device

    @property
    def dtype(self) -> torch.dtype:
        return self.encoder.separator.dtype

    @torch.inference_mode()
    def encode(
        self, overview: Tensor, tiles: Tensor | None = None, grid: TileGrid | tuple[int, int] | None = None
    ) -> Tensor:
        """The vision tokens of a page, with newlines and separator, in the order that the decoder reads them.

        Args:
            overview: (C, S, S)
            tiles: (tiles, C, K, K), row by row, or None
            grid: how the tiles lie, as a `TileGrid` or (columns, rows)

        Returns:
            (ids, D)

        Raises:
            ValueError: the tiles do not fill the grid.
        """
        grid = TileGrid(*grid) if isinstance(grid, tuple) else grid
        return self.encode_many([PageViews(overview, tiles, grid)])[0]

    @torch.inference_mode()
    def encode_many(self, pages: Sequence[PageViews]) -> list[Tensor]:
        """The vision tokens (ids, D) of every page, as `encode`; views of equal size go through the encoder together.

        Raises:
            ValueError: the tiles of a page do not fill its grid.
        """
        for page in pages:
            tile_count = 0 if page.tiles is None else len(page.tiles)
            if tile_count != (0 if page.grid is None else page.grid.tile_count):
                raise ValueError(f"{tile_count} tiles do not fill {page.grid}")
        views = [view for page in pages for view in (page.overview, *(() if page.tiles is None else page.tiles))]
        maps = iter(self._encode_views(views))
        return [self._assemble(page, maps) for page in pages]

    def _encode_views(self, views: Sequence[Tensor]) -> list[Tensor]:
        """Views (C, S, S) of any sizes to maps (G, G, D), in the same order."""
        same_size: dict[torch.Size, list[int]] = {}
        for number, view in enumerate(views):
            same_size.setdefault(view.shape, []).append(number)
        maps: dict[int, Tensor] = {}
        for shape, numbers in same_size.items():
            at_once = max(1, PIXELS_AT_ONCE // (shape[1] * shape[2]))
            for start in range(0, len(numbers), at_once):
                some = numbers[start : start + at_once]
                pixels = torch.stack([self._placed(views[number]) for number in some])  # (B, C, S, S)
                maps.update(zip(some, self.encoder(pixels), strict=True))
        return [maps[number] for number in range(len(views))]

    def _assemble(self, page: PageViews, maps: Iterator[Tensor]) -> Tensor:
        """The sequence of a page from the next of the maps."""
        overview = next(maps)
        if page.tiles is None or page.grid is None:
            return self.encoder.assemble(overview)
        return self.encoder.assemble(overview, torch.stack(list(islice(maps, len(page.tiles)))), page.grid)

    @torch.inference_mode()
    def logits(self, token_ids: Sequence[int] | Tensor, vision: Tensor | None = None) -> Tensor:
        """Logits (positions, V) after every position; rows of `vision` (ids, D) take the places of the image ids."""
        features = self.embed_prompt(token_ids, vision)[None]  # (1, positions, D)
        positions = torch.arange(features.shape[1], device=self.device)[None]
        return self.decoder.logits(self.decoder(features, positions))[0]

    @torch.inference_mode()
    def embed_prompt(self, token_ids: Sequence[int] | Tensor, vision: Tensor | None = None) -> Tensor:
        """Embeddings (positions, D) of a prompt; rows of `vision` (ids, D) take the places of the image ids.

        Raises:
            ValueError: there are more or fewer image ids than rows.
        """
        ids = torch.as_tensor(token_ids, device=self.device)
        features = self.decoder.embed(ids)
        if vision is None:
            return features
        places = ids == self.config.prompt.image_id
        if int(places.sum()) != len(vision):
            raise ValueError(f"{int(places.sum())} image ids for {len(vision)} vision rows")
        features[places] = vision.to(features.dtype)
        return features

    def _placed(self, pixels: Tensor) -> Tensor:
        return pixels.to(device=self.device, dtype=self.dtype)
