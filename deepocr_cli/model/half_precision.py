"""A network in float16 that overflows nowhere: what may pass 65504 is kept in float32, products stay in float16.

In danger are the sums that run through all layers, the squares in their norms, a gate times its values, and what the
layers add to the sums; queries, keys and values come right after a norm and are safe. Products whose features are out
of range are computed of features divided by their largest, token by token.

Shapes: T tokens, R rows and K columns of a matrix, D width, A active experts.
"""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from deepocr_cli.model.moe import Experts, ask_experts
from deepocr_cli.model.network import DeepOcr
from deepocr_cli.model.quantized_layers import QuantizedExperts, QuantizedLinear
from deepocr_cli.model.replace_layers import replace_layers

_SAFE_PRODUCTS = ("qkv", "head")
"""Linear layers that see what a norm has just made and whose results are not added up."""


def keep_in_range(model: DeepOcr) -> None:
    """Put layers that mind the range around those of a filled float16 network."""
    replace_layers(model, _wrapped)


class WideNorm(nn.Module):
    """A norm computed in float32; what it makes is in range, and goes on in float16."""

    def __init__(self, norm: nn.Module) -> None:
        super().__init__()
        self.norm = norm.float()

    def forward(self, features: Tensor) -> Tensor:
        normed: Tensor = self.norm(features.float()).to(torch.float16)
        return normed


class WideLinear(nn.Module):
    """A linear layer, or a convolution of one pixel, with a result in float32."""

    def __init__(self, layer: nn.Linear | nn.Conv2d | QuantizedLinear) -> None:
        super().__init__()
        # The bias is added after the result has its size again.
        self.bias, layer.bias = layer.bias, None
        self.layer = layer
        self.channel_dimension = 1 if isinstance(layer, nn.Conv2d) else -1

    def forward(self, features: Tensor) -> Tensor:
        product = in_range(self.layer, features, self.channel_dimension)
        return product if self.bias is None else product + self.bias.float()


class WideExperts(nn.Module):
    """The routed experts, with gates, values and answers in float32."""

    def __init__(self, experts: Experts | QuantizedExperts) -> None:
        super().__init__()
        self.experts = experts

    def forward(self, tokens: Tensor, scores: Tensor, chosen: Tensor) -> Tensor:
        """What the `chosen` experts (T, A) make of tokens (T, D), weighted and summed: (T, D)."""
        ask_copies = self._ask if isinstance(self.experts, Experts) else None
        return ask_experts(tokens.float(), scores, chosen, self._ask, ask_copies)

    def _ask(self, experts: int | Tensor, tokens: Tensor) -> Tensor:
        gate, up = in_range(_product(self.experts.gate_and_up, experts), tokens).chunk(2, dim=-1)
        return in_range(_product(self.experts.down, experts), F.silu(gate) * up)


def in_range(multiply: Callable[[Tensor], Tensor], features: Tensor, dimension: int = -1) -> Tensor:
    """A product in float16 of features of any size, as float32."""
    wide = features.float()
    sizes = wide.abs().amax(dim=dimension, keepdim=True).clamp_min_(1)
    return multiply((wide / sizes).to(torch.float16)).float() * sizes


def _wrapped(name: str, module: nn.Module) -> nn.Module | None:
    if isinstance(module, nn.LayerNorm | nn.RMSNorm):
        return WideNorm(module)
    if isinstance(module, nn.Linear | QuantizedLinear) and name.rpartition(".")[2] not in _SAFE_PRODUCTS:
        return WideLinear(module)
    if isinstance(module, nn.Conv2d) and module.kernel_size == (1, 1):
        return WideLinear(module)
    return WideExperts(module) if isinstance(module, Experts | QuantizedExperts) else None


def _product(stack: nn.Module | Tensor, experts: int | Tensor) -> Callable[[Tensor], Tensor]:
    if isinstance(stack, Tensor):
        return lambda features: features @ stack[experts].mT
    return lambda features: stack(features, experts)
