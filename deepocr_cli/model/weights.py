"""A checkpoint folder becomes a network, tensor by tensor, and a network becomes a checkpoint folder."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from deepocr_cli.errors import UsageError, WeightsError
from deepocr_cli.model.checkpoint import Checkpoint, open_checkpoint
from deepocr_cli.model.config import ModelConfig
from deepocr_cli.model.config_json import read_config, read_quantization, write_config
from deepocr_cli.model.devices import choose_device, choose_dtype, memory_guard, side_by_side
from deepocr_cli.model.half_precision import keep_in_range
from deepocr_cli.model.network import DeepOcr
from deepocr_cli.model.quantize import FIELDS, quantize_matrix
from deepocr_cli.model.quantized_layers import Int4Matrix, Int8Matrix, is_quantized, pack_layers, quantize_layers
from deepocr_cli.model.released_names import UNUSED, Placement, place_tensors
from deepocr_cli.settings import Quantization

Views = Mapping[str, Tensor]
"""Where tensors go, by their names in a file."""

DTYPE_NAMES = {torch.int8: "I8", torch.uint8: "U8", torch.bfloat16: "BF16"}
"""The dtypes of a quantised matrix as safetensors spells them."""
_FLOATING = ("BF16", "F16", "F32", "F64")

NAMES_SHOWN = 3
"""How many names an error lists before it says how many more there are."""


def load_model(
    folder: str | Path, device: str = "cpu", dtype: str = "float32", quantize: str = Quantization.NONE
) -> DeepOcr:
    """Load a checkpoint in the released names: config.json and one or several safetensors files.

    The network is made without memory first and compared with the files' headers; then every tensor is copied from
    the mapped file to its place, so that little more than the network itself is ever in memory.

    Args:
        device: auto, cpu, cuda or mps
        dtype: auto, float32, bfloat16 or float16
        quantize: none, int8 or int4; files that are quantised already are taken as they are

    Raises:
        WeightsError: something is missing, unexpected, misshapen, not finite, truncated or of another architecture.
        UsageError: files that are quantised already cannot be quantised otherwise.
        MemoryExhaustedError: the network does not fit.
    """
    folder = Path(folder)
    kept = read_quantization(folder)
    model = build_without_memory(read_config(folder), _choose_quantization(quantize, kept, folder))
    checkpoint = check_checkpoint(folder)
    target = choose_device(device)
    hint = "try --quantize int8, --dtype bfloat16, or a smaller --model"
    with memory_guard("loading the weights", hint), side_by_side() as pool:
        _give_memory(model, target, choose_dtype(dtype, target))
        _fill(model, checkpoint, folder, pool)
        pack_layers(model)
        if model.dtype is torch.float16:
            keep_in_range(model)
    return model


def save_model(model: DeepOcr, folder: Path) -> None:
    """Write a network in full width as a checkpoint that `load_model` reads: released names, our own config.json."""
    assert not is_quantized(model)
    folder.mkdir(parents=True, exist_ok=True)
    parameters = dict(model.named_parameters())
    tensors = {
        placement.released: placement.locate(parameters, model.config.decoder).detach().cpu().clone()
        for placement in place_tensors(model)
    }
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    write_config(model.config, folder)


def build_without_memory(config: ModelConfig, quantization: Quantization = Quantization.NONE) -> DeepOcr:
    """The network with parameters that have shapes and take no memory."""
    with torch.device("meta"):
        model = DeepOcr(config).eval().requires_grad_(False)
        if quantization is not Quantization.NONE:
            quantize_layers(model, quantization)
    return model


def check_checkpoint(folder: Path) -> Checkpoint:
    """The checkpoint in `folder`, whose headers hold every tensor that its config.json promises, and no other.

    Raises:
        WeightsError: a tensor is missing, unexpected, misshapen or made of other numbers.
    """
    model = build_without_memory(read_config(folder), read_quantization(folder))
    checkpoint = open_checkpoint(folder)
    placed = [views for _, views in place_views(model)]
    expected = {name: view for views in placed for name, view in views.items()}
    _check_names(checkpoint, expected, folder)
    _check_shapes(checkpoint, expected, folder)
    _check_dtypes(checkpoint, placed, folder)
    return checkpoint


def place_views(model: DeepOcr) -> Iterator[tuple[Placement, Views]]:
    """Every placement of a network, with the views that its tensors fill: one, or several of a quantised matrix."""
    parameters = dict(model.named_parameters())
    for placement in place_tensors(model):
        if placement.ours in parameters:
            yield placement, {placement.released: placement.locate(parameters, model.config.decoder)}
            continue
        kept = ((parameters.get(f"{placement.ours}.{field}"), suffix) for field, suffix in FIELDS[Quantization.INT4])
        yield (
            placement,
            {
                placement.released + suffix: placement.within(parameter, model.config.decoder)
                for parameter, suffix in kept
                if parameter is not None
            },
        )


def read_parts(checkpoint: Checkpoint, placement: Placement, views: Views, folder: Path) -> tuple[Tensor, ...]:
    """What fills the views, from files in full width or quantised already.

    Raises:
        WeightsError: a tensor is not finite.
    """
    if views.keys() <= checkpoint.shapes.keys():
        return tuple(_read_finite(checkpoint, name, folder) for name in views)
    kind = Quantization.INT4 if len(views) == len(FIELDS[Quantization.INT4]) else Quantization.INT8
    return quantize_matrix(_read_finite(checkpoint, placement.released, folder), kind)


def _choose_quantization(wish: str, kept: Quantization, folder: Path) -> Quantization:
    if wish not in list(Quantization):
        raise UsageError(f"--quantize {wish}: not one of {', '.join(Quantization)}")
    if kept is not Quantization.NONE and wish not in (kept, Quantization.NONE):
        raise UsageError(
            f"--quantize {wish}: the weights in {folder} are {kept} already", hint=f"leave it out, or --quantize {kept}"
        )
    return Quantization(wish) if kept is Quantization.NONE else kept


def _check_names(checkpoint: Checkpoint, expected: Views, folder: Path) -> None:
    missing = sorted(expected.keys() - checkpoint.shapes.keys())
    if missing:
        raise WeightsError(f"{folder}: missing tensors: {_some(missing)}", hint="resume or repeat the download")
    unexpected = sorted(checkpoint.shapes.keys() - expected.keys() - set(UNUSED))
    if unexpected:
        raise WeightsError(f"{folder}: unexpected tensors: {_some(unexpected)}", hint=_OTHER_ARCHITECTURE)


def _check_shapes(checkpoint: Checkpoint, expected: Views, folder: Path) -> None:
    wrong = [
        f"{name} is {checkpoint.shapes[name]}, not {tuple(view.shape)}"
        for name, view in expected.items()
        if checkpoint.shapes[name] != tuple(view.shape)
    ]
    if wrong:
        raise WeightsError(f"{folder}: misshapen tensors: {_some(wrong)}", hint=_OTHER_ARCHITECTURE)


def _check_dtypes(checkpoint: Checkpoint, placed: Iterable[Views], folder: Path) -> None:
    for views in placed:
        for name, view in views.items():
            found = checkpoint.dtypes[name]
            if len(views) > 1 and found != DTYPE_NAMES[view.dtype]:
                raise WeightsError(
                    f"{folder}: {name} is {found}, not {DTYPE_NAMES[view.dtype]}", hint="write it anew: " + _QUANTIZE
                )
            if len(views) == 1 and found not in _FLOATING:
                raise WeightsError(f"{folder}: {name} is {found}, not floating point", hint=_OTHER_ARCHITECTURE)


def _give_memory(model: DeepOcr, device: torch.device, dtype: torch.dtype) -> None:
    """Give every parameter its memory, not yet filled."""
    # Not Module.to_empty, which imports a computer algebra system on the way: a second at every start.
    for module in model.modules():
        keeps_dtype = isinstance(module, Int8Matrix | Int4Matrix)
        for name, parameter in module.named_parameters(recurse=False):
            memory = torch.empty(parameter.shape, device=device, dtype=parameter.dtype if keeps_dtype else dtype)
            setattr(module, name, nn.Parameter(memory, requires_grad=False))


def _fill(model: DeepOcr, checkpoint: Checkpoint, folder: Path, pool: Executor) -> None:
    def fill(placed: tuple[Placement, Views]) -> None:
        placement, views = placed
        for view, part in zip(views.values(), read_parts(checkpoint, placement, views, folder), strict=True):
            view.copy_(part)

    for _ in pool.map(fill, place_views(model)):
        pass


def _read_finite(checkpoint: Checkpoint, name: str, folder: Path) -> Tensor:
    tensor = checkpoint.tensor(name)
    # The extremes show NaN and infinity without a mask as large as the tensor.
    if tensor.is_floating_point() and not all(extreme.isfinite() for extreme in tensor.aminmax()):
        raise WeightsError(f"{folder}: {name} is not finite", hint="download it again")
    return tensor


_QUANTIZE = "deepocr models quantize"
_OTHER_ARCHITECTURE = "these weights belong to another network than their config.json says"


def _some(names: Sequence[str]) -> str:
    more = len(names) - NAMES_SHOWN
    return ", ".join(names[:NAMES_SHOWN]) + (f" and {more} more" if more > 0 else "")
