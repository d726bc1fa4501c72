"""Position tables made for one view size, fitted to another.

Shapes: H, W rows and columns of patches, D width, L rows of a relative table.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

from deepocr_cli.model.config import Positions


def fit_positions(table: Tensor, height: int, width: int, fitting: Positions) -> Tensor:
    """An absolute table (1, H0, W0, D) for a view of `height` x `width` patches: (1, H, W, D).

    A table to be sliced that is too small is resized as well.
    """
    rows, columns = table.shape[1:3]
    if (rows, columns) == (height, width):
        return table
    if fitting is Positions.SLICED and height <= rows and width <= columns:
        return table[:, :height, :width]
    # In float32 whatever the weights' dtype, as the released encoder does: antialiasing is coarse in bfloat16.
    resized = F.interpolate(
        table.permute(0, 3, 1, 2).float(), (height, width), mode="bicubic", antialias=True, align_corners=False
    )  # (1, D, H, W)
    return resized.permute(0, 2, 3, 1).to(table.dtype)


def relative_scores(
    queries: Tensor, row_table: Tensor, column_table: Tensor, height: int, width: int
) -> tuple[Tensor, Tensor]:
    """What decomposed relative positions add to attention scores (segment-anything, image_encoder.py), by rows apart.

    Args:
        queries: (B, N, H*W, C), N heads of width C, not scaled.
        row_table, column_table: (L, C); of another view size they are interpolated.

    Returns:
        for every query, the scores of the rows of keys (B, N, H, W, H) and of their columns (B, N, H, W, W)
    """
    grid = queries.view(*queries.shape[:2], height, width, -1)  # (B, N, H, W, C)
    by_row = torch.einsum("bnhwc,hkc->bnhwk", grid, _distances(row_table, height))
    by_column = torch.einsum("bnhwc,wkc->bnhwk", grid, _distances(column_table, width))
    return by_row.contiguous(), by_column.contiguous()


def _distances(table: Tensor, size: int) -> Tensor:
    """The rows of a relative table for every pair of a query's and a key's place along a side: (size, size, C)."""
    length = 2 * size - 1
    if table.shape[0] != length:
        # In float32 for the same reason as above.
        table = F.interpolate(table.T[None].float(), length, mode="linear")[0].T.to(table.dtype)
    places = torch.arange(size, device=table.device)
    return table[places[:, None] - places[None, :] + size - 1]
