"""A network of any shape with weights that cost nothing to make: finite, random enough, never on the disk."""

import torch
from torch import Tensor, nn

from deepocr_cli.model.config import ModelConfig
from deepocr_cli.model.network import DeepOcr
from deepocr_cli.model.quantized_layers import pack_layers
from deepocr_cli.model.weights import build_without_memory
from deepocr_cli.settings import Quantization

BLOCK = 1_000_003
"""Random values that are written over and over; a prime, so that no two rows or experts are alike."""
SPREAD = 0.02
"""The deviation with which such networks are initialised before training."""


def random_network(
    config: ModelConfig, device: torch.device, dtype: torch.dtype, quantize: Quantization = Quantization.NONE
) -> DeepOcr:
    """A network in which every matrix is noise and every scale of a norm about one."""
    model = build_without_memory(config, quantize)
    generator = torch.Generator().manual_seed(0)
    noise = (SPREAD * torch.randn(BLOCK, generator=generator)).to(device=device, dtype=dtype)
    codes = torch.randint(256, (BLOCK,), generator=generator, dtype=torch.uint8).to(device)
    for module in model.modules():
        for name, parameter in module.named_parameters(recurse=False):
            values = _values(name, parameter, noise, codes)
            setattr(module, name, nn.Parameter(values, requires_grad=False))
    pack_layers(model)
    return model


def _values(name: str, parameter: Tensor, noise: Tensor, codes: Tensor) -> Tensor:
    """What fills a parameter, by its name and shape; quantised matrices have codes, and scales that keep them small."""
    if not parameter.is_floating_point():
        return _fill(parameter, codes.view(parameter.dtype))
    if name in ("scales", "offsets"):
        return torch.full(parameter.shape, SPREAD / 64 * (name == "scales"), dtype=parameter.dtype, device=noise.device)
    values = _fill(parameter, noise)
    return values.add_(1) if parameter.dim() == 1 and name == "weight" else values


def _fill(parameter: Tensor, block: Tensor) -> Tensor:
    values = torch.empty(parameter.shape, dtype=block.dtype, device=block.device)
    for piece in torch.split(values.view(-1), len(block)):
        piece.copy_(block[: len(piece)])
    return values
