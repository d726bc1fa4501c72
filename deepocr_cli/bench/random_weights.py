"""A network of any shape with weights that cost nothing to make: finite, random enough, never on the disk."""

import torch
from torch import Tensor, nn

from deepocr_cli.model.config import ModelConfig
from deepocr_cli.model.network import DeepOcr
from deepocr_cli.model.weights import build_without_memory

BLOCK = 1_000_003
"""Random values that are written over and over; a prime, so that no two rows or experts are alike."""
SPREAD = 0.02
"""The deviation with which such networks are initialised before training."""


def random_network(config: ModelConfig, device: torch.device, dtype: torch.dtype) -> DeepOcr:
    """A network in which every matrix is noise and every scale of a norm about one."""
    model = build_without_memory(config)
    noise = SPREAD * torch.randn(BLOCK, generator=torch.Generator().manual_seed(0))
    noise = noise.to(device=device, dtype=dtype)
    for module in model.modules():
        for name, parameter in module.named_parameters(recurse=False):
            values = _fill(torch.empty(parameter.shape, device=device, dtype=dtype), noise)
            if parameter.dim() == 1 and name == "weight":
                values += 1
            setattr(module, name, nn.Parameter(values, requires_grad=False))
    return model


def _fill(values: Tensor, noise: Tensor) -> Tensor:
    for piece in torch.split(values.view(-1), len(noise)):
        piece.copy_(noise[: len(piece)])
    return values
