"""A checkpoint in full width becomes one of quantised weights, written tensor by tensor: neither is ever in memory."""

import json
import shutil
from collections.abc import Mapping
from math import prod
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from deepocr_cli.errors import UsageError
from deepocr_cli.model.config_json import read_config, read_quantization, write_quantization
from deepocr_cli.model.weights import DTYPE_NAMES, build_without_memory, check_checkpoint, place_views, read_parts
from deepocr_cli.settings import Quantization

FILE_NAME = "model.safetensors"
COMPANIONS = ("tokenizer.json", "calibration.json", "LICENSE")
"""Files that hold for quantised weights too, and are copied where they are."""

_BYTES = {"I8": 1, "U8": 1, "BF16": 2, "F16": 2, "F32": 4, "F64": 8}

Header = Mapping[str, tuple[str, tuple[int, ...]]]
"""Dtype, as safetensors spells it, and shape of every tensor."""


def quantize_checkpoint(source: Path, folder: Path, kind: Quantization) -> int:
    """Write the checkpoint in `source` into `folder`, which exists, as `load_model` would quantise it.

    Returns:
        the number of bytes of the weights.

    Raises:
        WeightsError: the source cannot be loaded.
        UsageError: it is quantised already, or too narrow for int4.
        OSError: the files cannot be written.
    """
    kept = read_quantization(source)
    if kept is not Quantization.NONE:
        raise UsageError(f"{source}: the weights are {kept} already", hint="name the folder that they were made from")
    checkpoint = check_checkpoint(source)
    placed = list(place_views(build_without_memory(read_config(source), kind)))
    header = {
        name: (DTYPE_NAMES[view.dtype] if len(views) > 1 else checkpoint.dtypes[name], tuple(view.shape))
        for _, views in placed
        for name, view in views.items()
    }
    with TensorFile(folder / FILE_NAME, header) as file:
        for placement, views in placed:
            for name, part in zip(views, read_parts(checkpoint, placement, views, source), strict=True):
                file.write(name, part)
    write_quantization(source, folder, kind)
    for name in COMPANIONS:
        if (source / name).is_file():
            shutil.copyfile(source / name, folder / name)
    return (folder / FILE_NAME).stat().st_size


class TensorFile:
    """A safetensors file that is filled tensor by tensor; `safetensors` itself wants them all at once."""

    def __init__(self, path: Path, header: Header) -> None:
        self._stream = path.open("xb")
        self._places, described, end = {}, {"__metadata__": {"format": "pt"}}, 0
        # The wide numbers first, so that all of them lie at multiples of their width.
        for name, (dtype, shape) in sorted(header.items(), key=lambda item: (-_BYTES[item[1][0]], item[0])):
            start, end = end, end + _BYTES[dtype] * prod(shape)
            self._places[name] = start
            described[name] = _described(dtype, shape, start, end)
        text = json.dumps(described, separators=(",", ":")).encode()
        text += b" " * (-len(text) % 8)
        self._stream.write(len(text).to_bytes(8, "little") + text)
        self._first = self._stream.tell()

    def __enter__(self) -> "TensorFile":
        return self

    def __exit__(self, *_: object) -> None:
        self._stream.close()

    def write(self, name: str, tensor: Tensor) -> None:
        """Put a tensor of the header's dtype and shape in its place."""
        self._stream.seek(self._first + self._places[name])
        self._stream.write(tensor.contiguous().flatten().view(torch.uint8).numpy().data)


def _described(dtype: str, shape: tuple[int, ...], start: int, end: int) -> dict[str, Any]:
    return {"dtype": dtype, "shape": shape, "data_offsets": (start, end)}
