"""Attention of the encoder: every query sees every key, nearer ones differently where there are relative positions.

Shapes: B views or windows, N heads, G = B*N heads of all views, H and W patches along the sides, S = H*W of them,
T queries, C head width.
"""

import math

import torch
import torch.nn.functional as F
from torch import Tensor

BLOCK = 1 << 21
"""Scores that a processor computes at once, so that they stay in its cache."""


def attend(queries: Tensor, keys: Tensor, values: Tensor) -> Tensor:
    """Queries (B, N, T, C) to the values (B, N, S, C) of the keys (B, N, S, C) that suit them: (B, N, T, C)."""
    if queries.device.type == "cpu" and queries.dtype is torch.bfloat16:
        # torch's fused attention does not use the processor's products of bfloat16.
        scaled = queries / math.sqrt(queries.shape[-1])
        return _attend_in_blocks(scaled, keys, values)
    return F.scaled_dot_product_attention(queries, keys, values)


def attend_with_relative_positions(
    queries: Tensor, keys: Tensor, values: Tensor, by_row: Tensor, by_column: Tensor
) -> Tensor:
    """`attend` with the bias of decomposed relative positions.

    The bias is never made: a query carries its scores of all rows and columns as further channels, a key has a one
    in the channels of its own row and column, and so the product of both adds what it should.

    Args:
        queries, keys, values: (B, N, S, C)
        by_row, by_column: (B, N, H, W, H) and (B, N, H, W, W), as `relative_scores` gives them

    Returns:
        (B, N, S, C)
    """
    batch, heads, height, width, _ = by_row.shape
    scaled = queries / math.sqrt(queries.shape[-1])
    queries = torch.cat([scaled, by_row.flatten(2, 3), by_column.flatten(2, 3)], dim=-1)  # (B, N, S, C + H + W)
    places = _places(height, width, keys).expand(batch, heads, -1, -1)
    return _attend_in_blocks(queries, torch.cat([keys, places], dim=-1), values)


def _places(height: int, width: int, like: Tensor) -> Tensor:
    """For every patch a one at its row and one at its column: (S, H + W), where and as `like` is."""
    rows = torch.eye(height, dtype=like.dtype, device=like.device).repeat_interleave(width, dim=0)
    columns = torch.eye(width, dtype=like.dtype, device=like.device).repeat(height, 1)
    return torch.cat([rows, columns], dim=-1)


def _attend_in_blocks(queries: Tensor, keys: Tensor, values: Tensor) -> Tensor:
    """Scaled queries (B, N, T, ...), keys (B, N, S, ...) and values (B, N, S, C) to (B, N, T, C).

    As many whole heads at once as a block has, else as many queries of one head.
    """
    batch, heads, length, _ = queries.shape
    key_count = keys.shape[2]
    head_count, query_count = max(1, BLOCK // (length * key_count)), max(1, BLOCK // key_count)
    groups = zip(*(torch.split(part.flatten(0, 1), head_count) for part in (queries, keys, values)), strict=True)
    attended = [
        _attend_in_products(some, group_keys, group_values)
        for group_queries, group_keys, group_values in groups
        for some in torch.split(group_queries, query_count, dim=1)
    ]
    return torch.cat([block.flatten(0, 1) for block in attended]).view(batch, heads, length, -1)


def _attend_in_products(queries: Tensor, keys: Tensor, values: Tensor) -> Tensor:
    """Scaled queries (G, T, ...), keys (G, S, ...) and values (G, S, C) to (G, T, C)."""
    scores = torch.bmm(queries, keys.transpose(1, 2))  # (G, T, S)
    return torch.bmm(scores.softmax(dim=-1), values)
