"""Linear layers and experts whose weights stay small integers, in the places of those with weights of full width.

Shapes: T tokens, R rows and K columns of a matrix, G groups of a row, X experts, D width, F expert width, A active
experts.
"""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from deepocr_cli.errors import UsageError
from deepocr_cli.model.devices import side_by_side
from deepocr_cli.model.moe import Experts, ask_experts
from deepocr_cli.model.network import DeepOcr
from deepocr_cli.model.quantize import (
    GROUP_SIZE,
    dequantize_groups,
    dequantize_rows,
    row_blocks,
    unpack_codes,
)
from deepocr_cli.model.replace_layers import replace_layers
from deepocr_cli.settings import Quantization

FAST_TOKEN_COUNT = 32
"""Tokens up to which the processor's int8 kernel is faster than widening the weights for a product of full width."""

KERNEL_ROWS, KERNEL_COLUMNS = 16, 32
"""The processor's kernels take multiples of as many; that for int8 reads past the end of a matrix of other sizes."""


def quantize_layers(model: DeepOcr, kind: Quantization) -> None:
    """Put quantised layers, not yet filled, in the places of a network's linear layers and experts.

    In int4 that is the decoder's layers alone, nine tenths of all weights; the rest is int8, which changes hardly a
    thing and multiplies a whole view's tokens faster. Norms, embeddings, convolutions and routers are left as they are.

    Raises:
        UsageError: a layer is too narrow for groups of int4.
    """

    def quantized(name: str, module: nn.Module) -> nn.Module | None:
        scheme = kind if name.startswith("decoder.layers.") else Quantization.INT8
        if isinstance(module, nn.Linear):
            return QuantizedLinear(module, scheme)
        return QuantizedExperts(module, scheme) if isinstance(module, Experts) else None

    replace_layers(model, quantized)


def pack_layers(model: DeepOcr) -> None:
    """Bring filled int4 layers into the order that the processor's kernel reads; elsewhere nothing changes."""
    matrices = [module for module in model.modules() if isinstance(module, Int4Matrix)]
    with side_by_side() as pool:
        for _ in pool.map(Int4Matrix.pack, matrices):
            pass


def is_quantized(model: DeepOcr) -> bool:
    return any(isinstance(module, Int8Matrix | Int4Matrix) for module in model.modules())


class QuantizedLinear(nn.Module):
    """A linear layer: a quantised matrix, and a bias in the network's dtype."""

    def __init__(self, linear: nn.Linear, scheme: Quantization) -> None:
        super().__init__()
        self.weight = _matrix(linear.weight, scheme)
        self.bias = linear.bias

    def forward(self, features: Tensor) -> Tensor:
        product: Tensor = self.weight(features.flatten(0, -2)).unflatten(0, features.shape[:-1])
        return product if self.bias is None else product + self.bias


class QuantizedExperts(nn.Module):
    """The routed experts, their matrices stacked; what `Experts` does, expert by expert."""

    def __init__(self, experts: Experts, scheme: Quantization) -> None:
        super().__init__()
        self.gate_and_up = _matrix(experts.gate_and_up, scheme)
        self.down = _matrix(experts.down, scheme)

    def forward(self, tokens: Tensor, scores: Tensor, chosen: Tensor) -> Tensor:
        """What the `chosen` experts (T, A) make of tokens (T, D), weighted with `scores` (T, A) and summed: (T, D)."""
        return ask_experts(tokens, scores, chosen, self._ask)

    def _ask(self, expert: int, tokens: Tensor) -> Tensor:
        gate, up = self.gate_and_up(tokens, expert).chunk(2, dim=-1)  # 2 x (T, F)
        known: Tensor = self.down(F.silu(gate) * up, expert)  # (T, D)
        return known


class Int8Matrix(nn.Module):
    """int8 values ([X,] R, K) with a scale for every row ([X,] R)."""

    def __init__(self, shape: torch.Size) -> None:
        super().__init__()
        self.values = _frozen(shape, torch.int8)
        self.scales = _frozen(shape[:-1], torch.bfloat16)

    def forward(self, features: Tensor, expert: int | None = None) -> Tensor:
        """Features (T, K) times the transposed matrix, or that of one expert: (T, R)."""
        values, scales = (part if expert is None else part[expert] for part in (self.values, self.scales))
        is_small = features.device.type == "cpu" and len(features) <= FAST_TOKEN_COUNT
        # The kernel computes in bfloat16, which is finer than the weights are.
        if is_small and features.dtype is not torch.float16 and _fits_kernel(values):
            return torch._weight_int8pack_mm(features.bfloat16(), values, scales).to(features.dtype)
        # A scale may be too small for float16.
        width = torch.bfloat16 if features.dtype is torch.bfloat16 else torch.float32
        return _multiply(features, values.shape, lambda rows: dequantize_rows(values[rows], scales[rows], width))


class Int4Matrix(nn.Module):
    """int4 values ([X,] R, K / 2), two in a byte, with scales and offsets for groups of columns ([X,] R, G).

    Once packed for the kernel, the values have an order of its own, and scales and offsets lie as (G, R, 2).
    """

    def __init__(self, shape: torch.Size) -> None:
        super().__init__()
        *stack, rows, columns = shape
        if columns % GROUP_SIZE:
            raise UsageError(
                f"--quantize int4: {columns} columns of a layer are no groups of {GROUP_SIZE}",
                hint="try --quantize int8",
            )
        self.values = _frozen((*stack, rows, columns // 2), torch.uint8)
        self.scales = _frozen((*stack, rows, columns // GROUP_SIZE), torch.bfloat16)
        self.offsets = _frozen((*stack, rows, columns // GROUP_SIZE), torch.bfloat16)
        self.is_packed = False

    def forward(self, features: Tensor, expert: int | None = None) -> Tensor:
        """Features (T, K) times the transposed matrix, or that of one expert: (T, R)."""
        values, scales = (part if expert is None else part[expert] for part in (self.values, self.scales))
        if self.is_packed:
            product: Tensor = torch.ops.aten._weight_int4pack_mm_for_cpu(
                features.bfloat16(), values, GROUP_SIZE, scales
            )
            return product.to(features.dtype)
        offsets = self.offsets if expert is None else self.offsets[expert]
        shape = torch.Size((len(values), 2 * values.shape[-1]))
        return _multiply(features, shape, lambda rows: dequantize_groups(values[rows], scales[rows], offsets[rows]))

    def pack(self) -> None:
        """Bring the values into the kernel's order, matrix by matrix, where there is a kernel for them."""
        if self.values.device.type != "cpu" or self.values.shape[-2] % KERNEL_ROWS:
            return
        for values in self.values.view(-1, *self.values.shape[-2:]):
            values.copy_(torch.ops.aten._convert_weight_to_int4pack_for_cpu(unpack_codes(values).int(), 1))
        both = torch.stack([self.scales, self.offsets], dim=-1).transpose(-3, -2)  # ([X,] G, R, 2)
        self.scales = nn.Parameter(both.contiguous(), requires_grad=False)
        del self.offsets
        self.is_packed = True


def _fits_kernel(values: Tensor) -> bool:
    rows, columns = values.shape[-2:]
    return rows % KERNEL_ROWS == 0 and columns % KERNEL_COLUMNS == 0


def _multiply(features: Tensor, shape: torch.Size, widen: Callable[[slice], Tensor]) -> Tensor:
    """The plain product with a matrix of this shape, widened some rows at a time: what every kernel must agree with."""
    products = [F.linear(features, widen(rows).to(features.dtype)) for rows in row_blocks(*shape)]
    return torch.cat(products, dim=-1)


def _matrix(weight: Tensor, scheme: Quantization) -> nn.Module:
    return Int4Matrix(weight.shape) if scheme is Quantization.INT4 else Int8Matrix(weight.shape)


def _frozen(shape: tuple[int, ...], dtype: torch.dtype) -> nn.Parameter:
    return nn.Parameter(torch.empty(shape, dtype=dtype, device="meta"), requires_grad=False)
