"""The whole network: a page's views go in, logits of the next tokens come out.

Shapes: C channels, S pixels along a side of the overview, K of a tile, D the decoder's width, V vocabulary.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from deepocr_cli.model.config import ModelConfig
from deepocr_cli.model.decoder import Decoder
from deepocr_cli.model.encoder import DeepEncoder
from deepocr_cli.modes import TileGrid


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
        tile_count = 0 if tiles is None else len(tiles)
        if tile_count != (0 if grid is None else grid.tile_count):
            raise ValueError(f"{tile_count} tiles do not fill {grid}")
        features = self.encoder(self._placed(overview)[None])[0]
        if tiles is None or grid is None:
            return self.encoder.assemble(features)
        return self.encoder.assemble(features, self.encoder(self._placed(tiles)), grid)

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
