"""A network to train: from a checkpoint, its alphabet grown where it is smaller, or from nothing.

Shapes: D width, F hidden width, V vocabulary.
"""

import math
from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor, nn

from deepocr_cli.model.config import ModelConfig
from deepocr_cli.model.network import DeepOcr
from deepocr_cli.model.weights import load_model

POSITION_SCALE = 0.3
RESIDUAL_SCALE = 0.5
"""Matrices that add to the stream of features begin this much smaller."""
RESIDUAL = ("output.weight", "narrow.weight", "down.weight", "down")
VOCABULARY = ("decoder.embedding", "decoder.head.weight")


def begin_from(folder: Path, vocabulary_size: int) -> DeepOcr:
    """The network of a checkpoint in bfloat16, ready to be trained, with at least `vocabulary_size` ids.

    Raises:
        WeightsError: the checkpoint cannot be loaded.
    """
    model = load_model(folder, dtype="float32")
    if model.config.decoder.vocabulary_size < vocabulary_size:
        model = grow_vocabulary(model, vocabulary_size)
    return model.bfloat16().train().requires_grad_(True)


def begin_from_nothing(config: ModelConfig, seed: int) -> DeepOcr:
    """A network in bfloat16 with random weights, sines for positions."""
    torch.manual_seed(seed)
    model = DeepOcr(config)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            _fill(name, parameter)
    return model.bfloat16().train()


@torch.no_grad()
def grow_vocabulary(model: DeepOcr, size: int) -> DeepOcr:
    """The same network with more ids; the new ones begin like the average of the old, and a little apart."""
    config = replace(model.config, decoder=replace(model.config.decoder, vocabulary_size=size))
    grown = DeepOcr(config)
    old = dict(model.named_parameters())
    for name, parameter in grown.named_parameters():
        if name in VOCABULARY:
            known, count = old[name], len(old[name])
            parameter[:count] = known
            parameter[count:] = known.mean(dim=0) + 0.05 * known.std() * torch.randn_like(parameter[count:])
        else:
            parameter.copy_(old[name])
    return grown


def _fill(name: str, parameter: nn.Parameter) -> None:
    if name.endswith("positions") and parameter.dim() >= 2:
        parameter.copy_(_position_table(parameter) * POSITION_SCALE)
    elif parameter.dim() < 2 and "norm" in name and name.endswith("weight"):
        parameter.fill_(1.0)
    elif name.endswith("bias"):
        parameter.zero_()
    elif parameter.dim() < 2 or name == "decoder.embedding":
        nn.init.normal_(parameter, std=0.02 if parameter.dim() < 2 else 0.2)
    else:
        # A convolution's inputs are its channels times its pixels; a stack of experts has its inputs last.
        inputs = math.prod(parameter.shape[1:]) if parameter.dim() == 4 else parameter.shape[-1]
        scale = RESIDUAL_SCALE if name.endswith(RESIDUAL) else 1.0
        nn.init.normal_(parameter, std=scale / math.sqrt(inputs))


def _position_table(parameter: Tensor) -> Tensor:
    """Sines and cosines of row and column in the shape of a table (1, G, G, D) or (G * G, D); a class token's are 0."""
    width = parameter.shape[-1]
    count = parameter.numel() // width
    side = math.isqrt(count)
    frequencies = 100.0 ** -(torch.arange(width // 4) / (width // 4))
    angles = torch.arange(side)[:, None] * frequencies  # (G, D / 4)
    waves = torch.cat([angles.sin(), angles.cos()], dim=-1)  # (G, D / 2)
    rows, columns = waves[:, None].expand(side, side, -1), waves[None].expand(side, side, -1)
    table = torch.zeros(count, width)
    table[count - side * side :, : 4 * (width // 4)] = torch.cat([rows, columns], dim=-1).reshape(side * side, -1)
    return table.view_as(parameter)
