"""The encoder's attention in blocks and in plain products, against one product with the whole bias."""

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from deepocr_cli.model import attention
from deepocr_cli.model.attention import attend, attend_with_relative_positions
from deepocr_cli.model.positions import relative_scores

HEIGHT, WIDTH, HEAD_WIDTH = 6, 5, 8


def random(*shape: int, seed: int = 0) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def heads(seed: int) -> Tensor:
    return random(2, 3, HEIGHT * WIDTH, HEAD_WIDTH, seed=seed)


def expected(queries: Tensor, keys: Tensor, values: Tensor, rows: Tensor, columns: Tensor) -> Tensor:
    """Query by query and key by key, in float32."""
    bias = torch.zeros(2, 3, HEIGHT * WIDTH, HEIGHT * WIDTH)
    for query in range(HEIGHT * WIDTH):
        for key in range(HEIGHT * WIDTH):
            down, right = query // WIDTH - key // WIDTH, query % WIDTH - key % WIDTH
            distance = rows[down + HEIGHT - 1] + columns[right + WIDTH - 1]
            bias[:, :, query, key] = queries[:, :, query] @ distance
    return F.scaled_dot_product_attention(queries, keys, values, attn_mask=bias)


@pytest.mark.parametrize("block", [1, 400, 1800, 1 << 22], ids=["row by row", "some rows", "two heads", "at once"])
@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float32, 1e-5), (torch.bfloat16, 0.1)])
def test_relative_positions_in_blocks(
    monkeypatch: pytest.MonkeyPatch, block: int, dtype: torch.dtype, tolerance: float
) -> None:
    monkeypatch.setattr(attention, "BLOCK", block)
    queries, keys, values = (heads(seed).to(dtype) for seed in range(3))
    rows, columns = (random(2 * size - 1, HEAD_WIDTH, seed=size).to(dtype) for size in (HEIGHT, WIDTH))
    scores = relative_scores(queries, rows, columns, HEIGHT, WIDTH)
    seen = attend_with_relative_positions(queries, keys, values, *scores)
    wanted = expected(*(tensor.float() for tensor in (queries, keys, values, rows, columns)))
    assert (seen - wanted).abs().max() < tolerance


def test_plain_products_are_attention() -> None:
    queries, keys, values = (heads(seed).bfloat16() for seed in range(3))
    wanted = F.scaled_dot_product_attention(queries.float(), keys.float(), values.float())
    assert (attend(queries, keys, values) - wanted).abs().max() < 0.02
