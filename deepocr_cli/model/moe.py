"""Mixture of experts: every token goes to its best experts, and to the shared ones.

Shapes: T tokens, D width, X routed experts, F expert width, A active experts.
Source: DeepSeekMoE (arXiv 2401.06066); scores are softmax probabilities, not renormalised after the choice.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from deepocr_cli.model.config import DecoderConfig
from deepocr_cli.model.feed_forward import GatedFeedForward, gated_feed_forward


class MixtureOfExperts(nn.Module):
    """A router, the experts that it chooses from, and the shared experts merged into one."""

    def __init__(self, config: DecoderConfig) -> None:
        super().__init__()
        self.active_expert_count = config.active_expert_count
        self.routed_scaling = config.routed_scaling
        self.router = nn.Parameter(torch.empty(config.expert_count, config.width))
        self.experts = Experts(config)
        self.shared = GatedFeedForward(config.width, config.expert_width * config.shared_expert_count)

    def forward(self, features: Tensor) -> Tensor:
        tokens = features.reshape(-1, features.shape[-1])  # (T, D)
        scores, chosen = self.route(tokens)  # 2 x (T, A)
        mixed: Tensor = self.shared(tokens) + self.experts(tokens, scores, chosen)
        return mixed.view(features.shape)

    def route(self, tokens: Tensor) -> tuple[Tensor, Tensor]:
        """The active experts of every token and their weights: 2 x (T, A), the weights in float32 and first."""
        # In float32, because near ties decide which experts a token sees.
        probabilities = F.linear(tokens.float(), self.router.float()).softmax(dim=-1)  # (T, X)
        scores, chosen = probabilities.topk(self.active_expert_count, dim=-1)
        return scores * self.routed_scaling, chosen


class Experts(nn.Module):
    """The routed experts, their weights stacked."""

    def __init__(self, config: DecoderConfig) -> None:
        super().__init__()
        experts, width, hidden = config.expert_count, config.width, config.expert_width
        self.gate_and_up = nn.Parameter(torch.empty(experts, 2 * hidden, width))
        self.down = nn.Parameter(torch.empty(experts, width, hidden))

    def forward(self, tokens: Tensor, scores: Tensor, chosen: Tensor) -> Tensor:
        """What the `chosen` experts (T, A) make of tokens (T, D), weighted with `scores` (T, A) and summed: (T, D).

        Each expert sees all of its tokens at once; experts without tokens are not touched.
        """
        order = chosen.flatten().argsort(stable=True)  # (T*A), grouped by expert
        rows = order // chosen.shape[1]  # (T*A), the token of each entry
        counts = chosen.flatten().bincount(minlength=len(self.down)).tolist()
        outputs = [
            gated_feed_forward(group, self.gate_and_up[expert], self.down[expert])
            for expert, group in enumerate(torch.split(tokens[rows], counts))
            if len(group)
        ]
        weighted = torch.cat(outputs) * scores.flatten()[order, None]  # (T*A, D), float32
        return torch.zeros_like(tokens).index_add_(0, rows, weighted.to(tokens.dtype))
