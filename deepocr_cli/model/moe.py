"""Mixture of experts: every token goes to its best experts, and to the shared ones.

Shapes: T tokens, D width, X routed experts, F expert width, A active experts.
Source: DeepSeekMoE (arXiv 2401.06066); scores are softmax probabilities, not renormalised after the choice.
"""

from collections.abc import Callable
from itertools import groupby

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from deepocr_cli.model.config import DecoderConfig
from deepocr_cli.model.feed_forward import GatedFeedForward, gated_feed_forward

MOST_COPIES = 32
"""Choices of experts, of all tokens together, up to which each gets a copy of its weights, 7 MB in the released
network: five pages at once."""


class MixtureOfExperts(nn.Module):
    """A router, the experts that it chooses from, and the shared experts merged into one."""

    def __init__(self, config: DecoderConfig) -> None:
        super().__init__()
        self.active_expert_count = config.active_expert_count
        self.routed_scaling = config.routed_scaling
        self.router = Router(config)
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
        return choose_experts(self.router(tokens.float()), self.active_expert_count, self.routed_scaling)


class Router(nn.Module):
    """How well every expert suits a token."""

    def __init__(self, config: DecoderConfig) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(config.expert_count, config.width))

    def forward(self, tokens: Tensor) -> Tensor:
        """Tokens (T, D) in float32 to logits (T, X)."""
        return F.linear(tokens, self.weight.float())


class Experts(nn.Module):
    """The routed experts, their weights stacked."""

    def __init__(self, config: DecoderConfig) -> None:
        super().__init__()
        experts, width, hidden = config.expert_count, config.width, config.expert_width
        self.gate_and_up = nn.Parameter(torch.empty(experts, 2 * hidden, width))
        self.down = nn.Parameter(torch.empty(experts, width, hidden))

    def forward(self, tokens: Tensor, scores: Tensor, chosen: Tensor) -> Tensor:
        """What the `chosen` experts (T, A) make of tokens (T, D), weighted with `scores` (T, A) and summed: (T, D)."""
        return ask_experts(tokens, scores, chosen, self._ask, self._ask)

    def _ask(self, experts: int | Tensor, tokens: Tensor) -> Tensor:
        return gated_feed_forward(tokens, self.gate_and_up[experts], self.down[experts])


def choose_experts(logits: Tensor, active_count: int, scaling: float) -> tuple[Tensor, Tensor]:
    """The best experts by their logits (T, X), and their weights: 2 x (T, A), the weights first."""
    scores, chosen = logits.softmax(dim=-1).topk(active_count, dim=-1)
    return scores * scaling, chosen


def ask_experts(
    tokens: Tensor,
    scores: Tensor,
    chosen: Tensor,
    ask: Callable[[int, Tensor], Tensor],
    ask_copies: Callable[[Tensor, Tensor], Tensor] | None = None,
) -> Tensor:
    """Each expert answers for all of its tokens at once; experts without tokens are not asked.

    Who has tokens is asked back from the device, which a GPU with few tokens waits for longer than it computes: there
    every choice gets a copy of its expert's weights instead.

    Answers are weighted and summed in float32, in the order of a token's choices, so that other tokens change nothing.

    Args:
        tokens: (T, D)
        scores, chosen: (T, A), the weights in float32
        ask: an expert's number and some tokens (t, D) to its answers (t, D)
        ask_copies: experts (T*A) and a token for each (T*A, 1, D) to their answers (T*A, 1, D), where they can do so

    Returns:
        (T, D)
    """
    if ask_copies is not None and tokens.device.type != "cpu" and chosen.numel() <= MOST_COPIES:
        return ask_without_waiting(tokens, scores, chosen, ask_copies)
    sorted_experts, order = chosen.flatten().sort(stable=True)  # 2 x (T*A), grouped by expert
    rows = tokens[order // chosen.shape[1]]  # (T*A, D)
    groups, start = [], 0
    for expert, entries in groupby(sorted_experts.tolist()):
        count = len(list(entries))
        groups.append(ask(expert, rows[start : start + count]))
        start += count
    return _blend(torch.empty_like(rows).index_copy(0, order, torch.cat(groups)), scores, tokens.dtype)


def ask_without_waiting(
    tokens: Tensor, scores: Tensor, chosen: Tensor, ask_copies: Callable[[Tensor, Tensor], Tensor]
) -> Tensor:
    """As `ask_experts`, every choice answered by itself: nothing comes back from the device."""
    each = tokens[:, None].expand(-1, chosen.shape[1], -1).flatten(0, 1)[:, None]  # (T*A, 1, D)
    return _blend(ask_copies(chosen.flatten(), each), scores, tokens.dtype)


def _blend(answers: Tensor, scores: Tensor, dtype: torch.dtype) -> Tensor:
    """Answers (T*A, ..., D) to every choice, weighted with `scores` (T, A) and summed: (T, D)."""
    return (answers.view(*scores.shape, -1) * scores[..., None]).sum(dim=1).to(dtype)
