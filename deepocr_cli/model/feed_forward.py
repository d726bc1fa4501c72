"""The two feed-forward layers: plain for the encoder, gated (SwiGLU) for the decoder.

Shapes: ... any leading sizes, D width, F hidden width.
"""

from collections.abc import Callable, Mapping

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from deepocr_cli.model.config import Activation


class FeedForward(nn.Module):
    """Widen, bend, narrow."""

    def __init__(self, width: int, hidden_width: int, activation: Activation) -> None:
        super().__init__()
        self.widen = nn.Linear(width, hidden_width)
        self.narrow = nn.Linear(hidden_width, width)
        self.activate = ACTIVATIONS[activation]

    def forward(self, features: Tensor) -> Tensor:
        hidden = self.activate(self.widen(features))  # (..., F)
        narrowed: Tensor = self.narrow(hidden)  # (..., D)
        return narrowed


class GatedFeedForward(nn.Module):
    """SwiGLU, the gate and the values computed in one product."""

    def __init__(self, width: int, hidden_width: int) -> None:
        super().__init__()
        self.gate_and_up = nn.Linear(width, 2 * hidden_width, bias=False)
        self.down = nn.Linear(hidden_width, width, bias=False)

    def forward(self, features: Tensor) -> Tensor:
        gate, up = self.gate_and_up(features).chunk(2, dim=-1)  # 2 x (..., F)
        known: Tensor = self.down(F.silu(gate) * up)  # (..., D)
        return known


def gated_feed_forward(features: Tensor, gate_and_up: Tensor, down: Tensor) -> Tensor:
    """SwiGLU of features (..., D) with weights (..., 2F, D), the gate's rows first, and (..., D, F)."""
    gate, up = (features @ gate_and_up.mT).chunk(2, dim=-1)  # 2 x (..., F)
    return F.silu(gate) * up @ down.mT  # (..., D)


def _gelu_tanh(features: Tensor) -> Tensor:
    return F.gelu(features, approximate="tanh")


def _quick_gelu(features: Tensor) -> Tensor:
    return features * torch.sigmoid(1.702 * features)


ACTIVATIONS: Mapping[Activation, Callable[[Tensor], Tensor]] = {
    Activation.GELU: F.gelu,
    Activation.GELU_TANH: _gelu_tanh,
    Activation.QUICK_GELU: _quick_gelu,
}
"""The function of each activation, on tensors of any shape."""
