"""The safetensors files of a checkpoint as one mapping from tensor names to tensors, memory-mapped, never unpickled."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from torch import Tensor

from deepocr_cli.errors import WeightsError

INDEX_NAME = "model.safetensors.index.json"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The tensors of a checkpoint: by name their shapes and dtypes, as safetensors spells them, and each on demand."""

    shapes: dict[str, tuple[int, ...]]
    dtypes: dict[str, str]
    _files: dict[str, tuple[Path, Any]]

    def tensor(self, name: str) -> Tensor:
        """One tensor, mapped from its file: it takes memory only where it is copied to."""
        path, file = self._files[name]
        with _readable(path):
            tensor: Tensor = file.get_tensor(name)
            return tensor


def open_checkpoint(folder: Path) -> Checkpoint:
    """Read the headers of a folder's safetensors files.

    Raises:
        WeightsError: there are no such files, or one is truncated or damaged.
    """
    shapes: dict[str, tuple[int, ...]] = {}
    dtypes: dict[str, str] = {}
    files: dict[str, tuple[Path, Any]] = {}
    for path in _find_files(folder):
        with _readable(path):
            file: Any = safe_open(path, framework="pt")
            names = list(file.keys())
            slices = {name: file.get_slice(name) for name in names}
            shapes |= {name: tuple(part.get_shape()) for name, part in slices.items()}
            dtypes |= {name: part.get_dtype() for name, part in slices.items()}
        files |= dict.fromkeys(names, (path, file))
    return Checkpoint(shapes, dtypes, files)


def _find_files(folder: Path) -> list[Path]:
    """The safetensors files of a checkpoint: those that its index names, or all in the folder without one."""
    index = folder / INDEX_NAME
    if index.is_file():
        return _indexed_files(index)
    found = sorted(folder.glob("*.safetensors"))
    if not found:
        raise WeightsError(
            f"{folder}: no safetensors file", hint="other kinds of weights are never read: download the safetensors"
        )
    return found


def _indexed_files(index: Path) -> list[Path]:
    try:
        names = set(json.loads(index.read_text(encoding="utf-8"))["weight_map"].values())
    except (OSError, UnicodeDecodeError, json.JSONDecodeError, KeyError, TypeError, AttributeError) as error:
        raise WeightsError(f"{index}: not a list of weight files", hint="download it again") from error
    strange = [name for name in names if not isinstance(name, str) or Path(name).name != name]
    if strange:
        raise WeightsError(f"{index}: names a file outside its folder: {strange[0]}", hint="download it again")
    missing = sorted(name for name in names if not (index.parent / name).is_file())
    if missing:
        raise WeightsError(f"{index.parent}: {missing[0]} is missing", hint="resume the download")
    return [index.parent / name for name in sorted(names)]


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    """Turn what safetensors finds wrong with a file into a `WeightsError`."""
    try:
        yield
    except (SafetensorError, OSError) as error:
        raise WeightsError(f"{path}: truncated or damaged: {error}", hint="download it again") from error
