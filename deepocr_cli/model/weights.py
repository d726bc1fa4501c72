"""A checkpoint folder becomes a network, tensor by tensor, and a network becomes a checkpoint folder."""

from collections.abc import Sequence
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from deepocr_cli.errors import WeightsError
from deepocr_cli.model.checkpoint import Checkpoint, open_checkpoint
from deepocr_cli.model.config import ModelConfig
from deepocr_cli.model.config_json import read_config, write_config
from deepocr_cli.model.devices import choose_device, choose_dtype, limited_threads, memory_guard
from deepocr_cli.model.network import DeepOcr
from deepocr_cli.model.released_names import UNUSED, Placement, place_tensors

NAMES_SHOWN = 3
"""How many names an error lists before it says how many more there are."""


def load_model(folder: str | Path, device: str = "cpu", dtype: str = "float32") -> DeepOcr:
    """Load a checkpoint in the released names: config.json and one or several safetensors files.

    The network is made without memory first and compared with the files' headers; then every tensor is copied from
    the mapped file to its place, so that little more than the network itself is ever in memory.

    Args:
        device: auto, cpu, cuda or mps
        dtype: auto, float32, bfloat16 or float16

    Raises:
        WeightsError: something is missing, unexpected, misshapen, not finite, truncated or of another architecture.
        MemoryExhaustedError: the network does not fit.
    """
    folder = Path(folder)
    model = build_without_memory(read_config(folder))
    checkpoint = open_checkpoint(folder)
    placements = list(place_tensors(model))
    _check_names(checkpoint, placements, folder)
    _check_shapes(checkpoint, placements, model, folder)
    target = choose_device(device)
    hint = "try --dtype bfloat16, or a smaller --model"
    with memory_guard("loading the weights", hint), limited_threads(target, model.parameter_count):
        _give_memory(model, target, choose_dtype(dtype, target, model.parameter_count))
        _fill(model, checkpoint, placements, folder)
    return model


def save_model(model: DeepOcr, folder: Path) -> None:
    """Write a network as a checkpoint that `load_model` reads: released names, our own config.json."""
    folder.mkdir(parents=True, exist_ok=True)
    parameters = dict(model.named_parameters())
    tensors = {
        placement.released: placement.locate(parameters, model.config.decoder).detach().cpu().clone()
        for placement in place_tensors(model)
    }
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    write_config(model.config, folder)


def build_without_memory(config: ModelConfig) -> DeepOcr:
    """The network with parameters that have shapes and take no memory."""
    with torch.device("meta"):
        return DeepOcr(config).eval().requires_grad_(False)


def _check_names(checkpoint: Checkpoint, placements: Sequence[Placement], folder: Path) -> None:
    expected = {placement.released for placement in placements}
    missing = sorted(expected - set(checkpoint.shapes))
    if missing:
        raise WeightsError(f"{folder}: missing tensors: {_some(missing)}", hint="resume or repeat the download")
    unexpected = sorted(set(checkpoint.shapes) - expected - set(UNUSED))
    if unexpected:
        raise WeightsError(f"{folder}: unexpected tensors: {_some(unexpected)}", hint=_OTHER_ARCHITECTURE)


def _check_shapes(checkpoint: Checkpoint, placements: Sequence[Placement], model: DeepOcr, folder: Path) -> None:
    parameters = dict(model.named_parameters())
    wrong = []
    for placement in placements:
        expected = tuple(placement.locate(parameters, model.config.decoder).shape)
        if checkpoint.shapes[placement.released] != expected:
            wrong.append(f"{placement.released} is {checkpoint.shapes[placement.released]}, not {expected}")
    if wrong:
        raise WeightsError(f"{folder}: misshapen tensors: {_some(wrong)}", hint=_OTHER_ARCHITECTURE)


def _give_memory(model: DeepOcr, device: torch.device, dtype: torch.dtype) -> None:
    """Give every parameter its memory, not yet filled."""
    # Not Module.to_empty, which imports a computer algebra system on the way: a second at every start.
    for module in model.modules():
        for name, parameter in module.named_parameters(recurse=False):
            memory = torch.empty(parameter.shape, device=device, dtype=dtype)
            setattr(module, name, nn.Parameter(memory, requires_grad=False))


def _fill(model: DeepOcr, checkpoint: Checkpoint, placements: Sequence[Placement], folder: Path) -> None:
    parameters = dict(model.named_parameters())
    for placement in placements:
        tensor = checkpoint.tensor(placement.released)
        _check_values(tensor, placement.released, folder)
        placement.locate(parameters, model.config.decoder).copy_(tensor)


def _check_values(tensor: Tensor, name: str, folder: Path) -> None:
    if not tensor.is_floating_point():
        raise WeightsError(f"{folder}: {name} is {tensor.dtype}, not floating point", hint=_OTHER_ARCHITECTURE)
    # The extremes show NaN and infinity without a mask as large as the tensor.
    if not all(extreme.isfinite() for extreme in tensor.aminmax()):
        raise WeightsError(f"{folder}: {name} is not finite", hint="download it again")


_OTHER_ARCHITECTURE = "these weights belong to another network than their config.json says"


def _some(names: Sequence[str]) -> str:
    more = len(names) - NAMES_SHOWN
    return ", ".join(names[:NAMES_SHOWN]) + (f" and {more} more" if more > 0 else "")
