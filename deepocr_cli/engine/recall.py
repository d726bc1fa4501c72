"""Queries, keys and values in, what was attended to out: for a whole prompt, and for one more position.

Shapes: B sequences, T new positions, S positions remembered, N heads, M key-value heads, C head width.
"""

import torch
import torch.nn.functional as F
from torch import Tensor


def attend(queries: Tensor, keys: Tensor, values: Tensor, mask: Tensor | None) -> Tensor:
    """Attention (B, N, T, C) of queries (B, N, T, C) to keys and values (B, M, S, C).

    Where T is S, a position sees itself and those before it. Where T is 1, it sees everything but what the mask (B, S)
    has at minus infinity.
    """
    if queries.shape[2] == 1 and queries.device.type == "cpu":
        return _attend_by_products(queries, keys, values, mask)
    return F.scaled_dot_product_attention(
        queries,
        keys,
        values,
        attn_mask=None if mask is None else mask[:, None, None].to(queries.dtype),
        is_causal=queries.shape[2] > 1,
        enable_gqa=queries.shape[1] != keys.shape[1],
    )


def _attend_by_products(queries: Tensor, keys: Tensor, values: Tensor, mask: Tensor | None) -> Tensor:
    """One new position, as products of matrix and vector: torch's own attention takes four times as long in bfloat16.

    Every sequence and head is a product of its own, so that none depends on the others of the batch.
    """
    batch, heads, _, width = queries.shape
    shared, length = keys.shape[1:3]
    grouped = (queries * width**-0.5).view(batch * shared, heads // shared, width)  # (B*M, N/M, C)
    scores = _scores(grouped, keys.flatten(0, 1)).float()  # (B*M, N/M, S)
    if mask is not None:
        scores.view(batch, shared, -1, length).add_(mask[:, None, None])
    weights = scores.softmax(dim=-1).to(values.dtype)
    return torch.bmm(weights, values.flatten(0, 1)).view(batch, heads, 1, width)


def _scores(queries: Tensor, keys: Tensor) -> Tensor:
    """Queries (G, T, C) times keys (G, S, C): (G, T, S); in the order in which the processor's kernels are fast."""
    if queries.dtype is torch.bfloat16:
        return torch.bmm(queries, keys.transpose(1, 2))
    return torch.bmm(keys, queries.transpose(1, 2)).transpose(1, 2)
