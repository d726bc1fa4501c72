"""A folder that appears whole or not at all: made beside its place, moved there when it is finished."""

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from deepocr_cli.errors import OutputError
from deepocr_cli.store.parts import part_name


@contextmanager
def new_folder(path: Path, *, force: bool, likeness: Sequence[str]) -> Iterator[Path]:
    """A folder to fill, which becomes `path` when all went well, and is gone otherwise.

    Args:
        force: replace a folder that exists, if it holds the files of `likeness`

    Raises:
        OutputError: `path` exists and `force` is not set or it holds other things, or something cannot be written.
    """
    if path.exists() and not force:
        raise OutputError(f"{path}: exists already", hint="--force replaces it")
    if path.exists() and not all((path / name).is_file() for name in likeness):
        raise OutputError(f"{path}: exists and is not replaced, for it holds other things", hint="name another folder")
    part = path.absolute().parent / part_name()
    try:
        part.mkdir(parents=True)
        yield part
        _sync(part)
        if path.exists():
            _replace(path, part)
        else:
            part.rename(path)
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else str(error)
        raise OutputError(f"{path}: cannot be written: {reason}", hint="name a folder elsewhere") from error
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _sync(folder: Path) -> None:
    for path in folder.iterdir():
        with path.open("rb") as stream:
            os.fsync(stream.fileno())


def _replace(path: Path, part: Path) -> None:
    """Put the new folder in the place of the old, which is back if that fails."""
    old = path.absolute().parent / part_name()
    path.rename(old)
    try:
        part.rename(path)
    except OSError:
        old.rename(path)
        raise
    shutil.rmtree(old)
