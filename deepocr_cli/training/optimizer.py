"""Gradients become better weights: float32 masters of bfloat16 parameters, Muon for hidden matrices, else AdamW.

Muon (Jordan et al. 2024) steps along the nearest orthogonal matrix of the momentum. The masters are averaged over
time; the average is what is evaluated and exported.
"""

import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor, nn

NEWTON_SCHULZ = (3.4445, -4.7750, 2.0315)
"""Coefficients of the quintic iteration, as published with Muon."""
MUON_MOMENTUM = 0.95
MUON_SCALE = 0.2
"""Makes a step of Muon as large as one of Adam (Liu et al. 2025), before `muon_factor`."""
ADAM_DECAYS = (0.9, 0.98)
NOT_HIDDEN = ("decoder.embedding", "decoder.head", "positions", "router", "heads.")
"""Parameters that are matrices and yet no hidden layers."""


@dataclass(frozen=True, slots=True)
class OptimizerOptions:
    """The learning rate is Adam's; Muon's steps are scaled to it and `muon_factor` times as large.

    The training heads learn `heads_factor` times as fast, so that new ones soon teach more than they disturb.
    """

    learning_rate: float = 6e-4
    muon_factor: float = 1.67
    heads_factor: float = 5.0
    warmup_steps: int = 30
    decay_from: float = 0.0
    decay_seconds: float = 0.0
    """From when on in a run, and how long, the rate falls to `final_share` of itself; 0: it never falls."""
    final_share: float = 0.05
    weight_decay: float = 0.05
    average_decay: float = 0.998
    average_ramp: int = 20
    """Steps in which the average forgets fast, so that the beginning does not stay in it; 0 where that is good."""
    gradient_limit: float = 1.0


def rate_share(step: int, seconds: float, options: OptimizerOptions) -> float:
    """Share of the learning rate at a step from 0, so many seconds into the run: it warms up, stays, and may fall."""
    warm = min(1.0, (step + 1) / max(1, options.warmup_steps))
    if not options.decay_seconds:
        return warm
    fallen = min(1.0, max(0.0, seconds - options.decay_from) / options.decay_seconds)
    return warm * (1 - fallen * (1 - options.final_share))


class Optimizer:
    """The state of every parameter, by name: master, average, and momentum or both of Adam's moments."""

    def __init__(self, parameters: Mapping[str, nn.Parameter], options: OptimizerOptions) -> None:
        self.parameters, self.options, self.step_count = dict(parameters), options, 0
        self.masters = {name: parameter.detach().float().clone() for name, parameter in self.parameters.items()}
        self.averages = {name: master.clone() for name, master in self.masters.items()}
        self.first = {name: torch.zeros_like(master) for name, master in self.masters.items()}
        self.second = {name: torch.zeros_like(self.masters[name]) for name in self.masters if not self.is_hidden(name)}

    def is_hidden(self, name: str) -> bool:
        """Whether Muon moves it: a matrix, stack of matrices or convolution within the network."""
        return self.parameters[name].dim() >= 2 and not any(part in name for part in NOT_HIDDEN)

    @torch.no_grad()
    def step(self, share: float) -> float:
        """Move every parameter against its gradient at `share` of the learning rate; gives the gradient's norm.

        The gradients are taken away. One that is not finite moves nothing.
        """
        gradients = {name: p.grad.float() for name, p in self.parameters.items() if p.grad is not None}
        for parameter in self.parameters.values():
            parameter.grad = None
        norm = math.sqrt(sum(float(gradient.square().sum()) for gradient in gradients.values()))
        self.step_count += 1
        if math.isfinite(norm):
            scale = min(1.0, self.options.gradient_limit / (norm + 1e-6))
            for name, gradient in gradients.items():
                self._move(name, gradient.mul_(scale), self.options.learning_rate * share)
            self._average()
        return norm

    @contextmanager
    def averaged(self) -> Iterator[None]:
        """Within the block the parameters are the averages."""
        try:
            self._show(self.averages)
            yield
        finally:
            self._show(self.masters)

    def state(self) -> dict[str, Tensor]:
        """Everything that `load` needs but the count of steps, by prefixed name."""
        groups = {"master": self.masters, "average": self.averages, "first": self.first, "second": self.second}
        return {f"{group}.{name}": tensor for group, named in groups.items() for name, tensor in named.items()}

    @torch.no_grad()
    def load(self, state: Mapping[str, Tensor], step_count: int) -> None:
        """Take up a state; the parameters follow their masters."""
        self.step_count = step_count
        for name, tensor in self.state().items():
            tensor.copy_(state[name])
        self._show(self.masters)

    @torch.no_grad()
    def _show(self, tensors: Mapping[str, Tensor]) -> None:
        for name, parameter in self.parameters.items():
            parameter.copy_(tensors[name])

    def _move(self, name: str, gradient: Tensor, rate: float) -> None:
        master = self.masters[name]
        is_hidden = self.is_hidden(name)
        if is_hidden:
            rate *= self.options.muon_factor
        elif name.startswith("heads."):
            rate *= self.options.heads_factor
        if master.dim() >= 2:
            master.mul_(1 - rate * self.options.weight_decay)
        update = self._muon(name, gradient) if is_hidden else self._adam(name, gradient)
        master.sub_(update, alpha=rate)
        self.parameters[name].copy_(master)

    def _muon(self, name: str, gradient: Tensor) -> Tensor:
        momentum = self.first[name].mul_(MUON_MOMENTUM).add_(gradient)
        ahead = gradient.add(momentum, alpha=MUON_MOMENTUM)
        matrix = ahead.flatten(1) if ahead.dim() == 4 else ahead
        scale = MUON_SCALE * math.sqrt(max(matrix.shape[-2:]))
        return orthogonalise(matrix).mul_(scale).view_as(gradient)

    def _adam(self, name: str, gradient: Tensor) -> Tensor:
        fast, slow = ADAM_DECAYS
        mean = self.first[name].lerp_(gradient, 1 - fast)
        square = self.second[name].lerp_(gradient.square(), 1 - slow)
        bias = math.sqrt(1 - slow**self.step_count) / (1 - fast**self.step_count)
        return mean * bias / square.sqrt().add_(1e-8)

    def _average(self) -> None:
        decay = min(self.options.average_decay, self.step_count / (self.step_count + self.options.average_ramp))
        for name, master in self.masters.items():
            self.averages[name].lerp_(master, 1 - decay)


def orthogonalise(matrix: Tensor, iteration_count: int = 5) -> Tensor:
    """About the nearest matrix (..., rows, columns) whose singular values are all 1, by Newton-Schulz in bfloat16."""
    first, third, fifth = NEWTON_SCHULZ
    is_tall = matrix.shape[-2] > matrix.shape[-1]
    current = (matrix.mT if is_tall else matrix).bfloat16().contiguous()
    current = current / (current.norm(dim=(-2, -1), keepdim=True) + 1e-7)
    for _ in range(iteration_count):
        gram = current @ current.mT
        current = first * current + (third * gram + fifth * (gram @ gram)) @ current
    nearest: Tensor = current.mT if is_tall else current
    return nearest.float().contiguous()
