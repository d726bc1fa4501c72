"""Weights in the order that the processor's kernels read: what a network computes is the same, in half the time.

A plain product of few rows brings its weights into that order first, every time; from packed ones a token streams at
the speed of the memory. A packed network is for reading: it has no parameters to save or train.

Shapes: ... any leading sizes, T tokens, D width, F hidden width, X experts, A active experts.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from deepocr_cli.model.config import Activation
from deepocr_cli.model.feed_forward import ACTIVATIONS, FeedForward, GatedFeedForward
from deepocr_cli.model.moe import Experts, MixtureOfExperts, Router, ask_experts, choose_experts
from deepocr_cli.model.network import DeepOcr
from deepocr_cli.model.replace_layers import replace_layers

FUSED = {
    ACTIVATIONS[Activation.GELU]: ("gelu", "none"),
    ACTIVATIONS[Activation.GELU_TANH]: ("gelu", "tanh"),
}
"""Activations that a product can apply to its sums, before they are rounded."""

BLENDED_WIDTH = 1024
"""Hidden channels of all experts together, up to which all of them are asked about every token."""

WIDE = 1024
"""Above this width one float32 row alone would be summed in another order than beside others."""


def pack_network(model: DeepOcr) -> None:
    """Replace the layers of a network that is on the CPU by packed ones, one by one; elsewhere nothing happens.

    Their plain weights are given up, so that little more than the network is ever in memory.
    """
    if model.device.type == "cpu" and _has_kernels(model.dtype):
        replace_layers(model, _packed)


def _has_kernels(dtype: torch.dtype) -> bool:
    if not torch.backends.mkldnn.is_available():  # type: ignore[no-untyped-call]
        return False
    return dtype is torch.float32 or (dtype is torch.bfloat16 and torch.ops.mkldnn._is_mkldnn_bf16_supported())


def _packed(_name: str, module: nn.Module) -> nn.Module | None:
    """The packed twin of a layer; None if it has none. Layers replaced before, such as quantised ones, are left."""
    match module:
        case nn.Linear():
            return PackedLinear(module.weight, module.bias)
        case Router():
            # In float32 once and for all: a plain one is widened for every token.
            return PackedLinear(module.weight.float())
        case MixtureOfExperts(router=Router(), experts=Experts(), shared=GatedFeedForward(gate_and_up=nn.Linear())):
            return BlendedMixture(module) if _hidden_width(module.experts) <= BLENDED_WIDTH else None
        case Experts():
            return PackedExperts(module)
        case FeedForward(widen=nn.Linear()) if module.activate in FUSED:
            return PackedFeedForward(module)
        case GatedFeedForward(gate_and_up=nn.Linear()):
            return PackedGatedFeedForward(module.gate_and_up.weight, module.down.weight)
        case nn.Conv2d():
            return _with_channels_together(module)
    return None


def _with_channels_together(layer: nn.Conv2d) -> nn.Conv2d:
    """The same layer; it writes the channels of a pixel side by side, as norms and the next convolution read them."""
    weight = layer.weight.detach().contiguous(memory_format=torch.channels_last)
    layer.weight = nn.Parameter(weight, requires_grad=False)
    return layer


class PackedLinear(nn.Module):
    """A linear layer, with or without an activation of its sums; what a row becomes does not depend on other rows."""

    def __init__(self, weight: Tensor, bias: Tensor | None = None, activation: tuple[str, str] = ("none", "")) -> None:
        super().__init__()
        self.bias, self.activation = bias, activation
        self.operator = torch.ops.mkldnn._linear_pointwise
        self.register_buffer("weight", torch.ops.mkldnn._reorder_linear_weight(weight.detach(), None))
        self.needs_company = weight.dtype is torch.float32 and weight.shape[1] > WIDE

    def forward(self, features: Tensor) -> Tensor:
        if self._is_lonely(features):
            return self.forward(torch.cat([features, features]))[:1]
        kind, algorithm = self.activation
        product: Tensor = self.operator.default(features, self.weight, self.bias, kind, (), algorithm)
        return product

    def times(self, features: Tensor, factors: Tensor) -> Tensor:
        """The product with features (..., D), without an activation, times factors of its own shape (..., F)."""
        if self._is_lonely(features):
            return self.times(torch.cat([features, features]), torch.cat([factors, factors]))[:1]
        product: Tensor = self.operator.binary(features, factors, self.weight, self.bias, "mul")
        return product

    def _is_lonely(self, features: Tensor) -> bool:
        return self.needs_company and features.shape[:-1].numel() == 1


class PackedFeedForward(nn.Module):
    """Widen, bend, narrow; bent where it is widened."""

    def __init__(self, plain: FeedForward) -> None:
        super().__init__()
        self.widen = PackedLinear(plain.widen.weight, plain.widen.bias, FUSED[plain.activate])
        self.narrow = PackedLinear(plain.narrow.weight, plain.narrow.bias)

    def forward(self, features: Tensor) -> Tensor:
        narrowed: Tensor = self.narrow(self.widen(features))  # (..., D)
        return narrowed


class PackedGatedFeedForward(nn.Module):
    """SwiGLU; the gate is bent, and multiplied with the values, where they are computed."""

    def __init__(self, gate_and_up: Tensor, down: Tensor) -> None:
        super().__init__()
        gate, up = gate_and_up.chunk(2)
        self.gate = PackedLinear(gate, activation=("swish", ""))
        self.up, self.down = PackedLinear(up), PackedLinear(down)

    def forward(self, features: Tensor) -> Tensor:
        known: Tensor = self.down(self.up.times(features, self.gate(features)))  # (..., D)
        return known


class PackedExperts(nn.Module):
    """The routed experts, each packed by itself."""

    def __init__(self, plain: Experts) -> None:
        super().__init__()
        pairs = zip(plain.gate_and_up, plain.down, strict=True)
        self.experts = nn.ModuleList(PackedGatedFeedForward(gate_and_up, down) for gate_and_up, down in pairs)

    def forward(self, tokens: Tensor, scores: Tensor, chosen: Tensor) -> Tensor:
        """As `Experts`: (T, D)."""
        return ask_experts(tokens, scores, chosen, self._ask)

    def _ask(self, expert: int, tokens: Tensor) -> Tensor:
        answers: Tensor = self.experts[expert](tokens)
        return answers


class BlendedMixture(nn.Module):
    """Small experts, the shared ones among them, as one feed-forward layer in which who was not chosen weighs nothing.

    Three larger products take less time than three small ones for every expert, and nothing has to be sorted.
    """

    def __init__(self, plain: MixtureOfExperts) -> None:
        super().__init__()
        self.active_expert_count, self.routed_scaling = plain.active_expert_count, plain.routed_scaling
        self.expert_count, _, width = plain.experts.down.shape
        self.shared_count = plain.shared.down.in_features // width
        gate, up = (part.flatten(0, 1) for part in plain.experts.gate_and_up.chunk(2, dim=1))  # 2 x (X*F, D)
        shared_gate, shared_up = plain.shared.gate_and_up.weight.chunk(2)
        down = plain.experts.down.transpose(0, 1).flatten(1)  # (D, X*F)
        self.router = PackedLinear(plain.router.weight.float())
        self.gate = PackedLinear(torch.cat([gate, shared_gate]), activation=("swish", ""))
        self.up = PackedLinear(torch.cat([up, shared_up]))
        self.down = PackedLinear(torch.cat([down, plain.shared.down.weight], dim=1))

    def forward(self, features: Tensor) -> Tensor:
        """As `MixtureOfExperts`."""
        tokens = features.reshape(-1, features.shape[-1])  # (T, D)
        weights = self._weigh(tokens)
        hidden = self.up.times(tokens, self.gate(tokens)).view(*weights.shape, -1)  # (T, X + shared, F)
        blended: Tensor = self.down((hidden * weights[..., None]).to(tokens.dtype).flatten(1))
        return blended.view(features.shape)

    def _weigh(self, tokens: Tensor) -> Tensor:
        """What every expert weighs for every token, the shared ones last, in full: (T, X + shared), in float32."""
        scores, chosen = choose_experts(self.router(tokens.float()), self.active_expert_count, self.routed_scaling)
        routed = scores.new_zeros(len(tokens), self.expert_count).scatter_(1, chosen, scores)  # (T, X)
        return F.pad(routed, (0, self.shared_count), value=1.0)


def _hidden_width(experts: Experts) -> int:
    return experts.down.shape[0] * experts.down.shape[2]
