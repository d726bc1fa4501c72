"""Matrices become small integers with scales, and come back nearly as they were.

int8 has one scale a row: weight = value * scale, values from -127 to 127. int4 has a scale and an offset for every 32
columns: weight = (code - 8) * scale + offset, codes from 0 to 15, two of them in a byte, the even column in the lower
half. Scales and offsets are bfloat16, and integers are chosen for them as they are after that rounding.

Shapes: R rows, K columns, G groups of a row.
"""

from collections.abc import Callable, Iterator, Mapping

import torch
from torch import Tensor

from deepocr_cli.settings import Quantization

GROUP_SIZE = 32
"""Columns that share a scale in int4, the fewest that the processor's kernel takes."""
LARGEST_BYTE = 127
MIDDLE_CODE, LARGEST_CODE = 8, 15

BLOCK_SIZE = 2_000_000
"""Numbers that are widened at once: as float32 they fit into a processor's cache."""

FIELDS: Mapping[Quantization, tuple[tuple[str, str], ...]] = {
    Quantization.INT8: (("values", ""), ("scales", "_scale")),
    Quantization.INT4: (("values", ""), ("scales", "_scale"), ("offsets", "_offset")),
}
"""What a matrix consists of, and what a file appends to its name for each of them."""


def quantize_matrix(matrix: Tensor, kind: Quantization) -> tuple[Tensor, ...]:
    """A matrix (R, K) of any floating dtype as its `FIELDS`.

    Returns:
        int8: values (R, K) int8, scales (R) bfloat16
        int4: values (R, K / 2) uint8, scales and offsets (R, G) bfloat16
    """
    blocks = [_QUANTIZERS[kind](matrix[rows].to(torch.float32, copy=True)) for rows in row_blocks(*matrix.shape)]
    return tuple(torch.cat(parts) for parts in zip(*blocks, strict=True))


def dequantize_rows(values: Tensor, scales: Tensor, dtype: torch.dtype = torch.float32) -> Tensor:
    """int8 values (R, K) with scales (R) to a matrix (R, K) in float32, or in bfloat16, rounded as if from float32."""
    return values.to(dtype).mul_(scales.to(dtype)[:, None])


def dequantize_groups(values: Tensor, scales: Tensor, offsets: Tensor) -> Tensor:
    """int4 values (R, K / 2) with scales and offsets (R, G) to float32 (R, K)."""
    codes = unpack_codes(values).view(*scales.shape, GROUP_SIZE).float()  # (R, G, 32)
    return codes.sub_(MIDDLE_CODE).mul_(scales.float()[..., None]).add_(offsets.float()[..., None]).flatten(1)


def unpack_codes(values: Tensor) -> Tensor:
    """Bytes (R, K / 2) to codes (R, K)."""
    return torch.stack([values & LARGEST_CODE, values >> 4], dim=-1).flatten(-2)


def _pack_codes(codes: Tensor) -> Tensor:
    """Codes (R, K) to bytes (R, K / 2)."""
    # As numbers of two bytes, the odd column in the upper one: several times faster than taking every other column.
    pairs = codes.view(torch.int16)
    return (pairs | pairs >> 4).to(torch.uint8)


def row_blocks(row_count: int, column_count: int) -> Iterator[slice]:
    """All rows of a matrix, a few at a time."""
    step = max(1, BLOCK_SIZE // column_count)
    return (slice(start, start + step) for start in range(0, row_count, step))


def _quantize_rows(matrix: Tensor) -> tuple[Tensor, Tensor]:
    # Not aminmax, which takes ten times as long along a dimension.
    low, high = matrix.amin(dim=-1), matrix.amax(dim=-1)  # 2 x (R)
    scales = _bfloat16_scales(torch.maximum(-low, high) / LARGEST_BYTE)  # (R)
    # Not above the largest byte, since scales are rounded up.
    return matrix.div_(scales.float()[:, None]).round_().to(torch.int8), scales


def _quantize_groups(matrix: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    groups = matrix.view(len(matrix), -1, GROUP_SIZE)  # (R, G, 32)
    low, high = groups.amin(dim=-1), groups.amax(dim=-1)  # 2 x (R, G)
    scales = _bfloat16_scales((high - low) / LARGEST_CODE)
    # Codes reach from 8 steps below the offset to 7 above it.
    offsets = ((low + high + scales.float()) / 2).to(torch.bfloat16)
    steps = groups.sub_(offsets.float()[..., None]).div_(scales.float()[..., None])
    codes = steps.round_().clamp_(-MIDDLE_CODE, LARGEST_CODE - MIDDLE_CODE).add_(MIDDLE_CODE).to(torch.uint8)
    return _pack_codes(codes.flatten(1)), scales, offsets


def _bfloat16_scales(scales: Tensor) -> Tensor:
    """Scales rounded up, so that the largest number is still within reach; none is zero, since they divide."""
    rounded = scales.clamp_min(torch.finfo(torch.bfloat16).tiny).to(torch.bfloat16)
    above = torch.nextafter(rounded, torch.full_like(rounded, torch.inf))
    return torch.where(rounded.float() < scales, above, rounded)


_QUANTIZERS: Mapping[Quantization, Callable[[Tensor], tuple[Tensor, ...]]] = {
    Quantization.INT8: _quantize_rows,
    Quantization.INT4: _quantize_groups,
}
