"""A folder of weights in, a digest of their content out; files are read once, then known by date and size."""

import hashlib
import json
import time
from contextlib import suppress
from pathlib import Path

from deepocr_cli.errors import WeightsError

_PATTERNS = ("*.json", "*.safetensors")
_TOO_YOUNG_SECONDS = 2.0
"""A file changed this recently may change again and keep its date."""


def weights_digest(folder: Path, memory: Path) -> str:
    """The digest of the checkpoint in `folder`: names and contents of its configuration, tokenizer and weights.

    Args:
        memory: a folder that remembers the digests of files by place, size, date and inode; made when needed.

    Raises:
        WeightsError: a file cannot be read.
    """
    digest = hashlib.sha256()
    for path in sorted(path for pattern in _PATTERNS for path in folder.glob(pattern)):
        try:
            digest.update(f"{path.name} {_file_digest(path, memory)}\n".encode())
        except OSError as error:
            raise WeightsError(f"{path}: cannot be read: {error.strerror}", hint="check the folder's files") from error
    return digest.hexdigest()


def _file_digest(path: Path, memory: Path) -> str:
    state = path.stat()
    place = str(path.resolve())
    likeness: list[str | int] = [place, state.st_size, state.st_mtime_ns, state.st_ino]
    note = memory / f"{hashlib.sha256(place.encode(errors='surrogateescape')).hexdigest()}.json"
    remembered = _recall(note, likeness)
    if remembered is not None:
        return remembered
    with path.open("rb") as file:
        content = hashlib.file_digest(file, "sha256").hexdigest()
    if time.time() - state.st_mtime > _TOO_YOUNG_SECONDS:
        _remember(note, likeness, content)
    return content


def _recall(note: Path, likeness: list[str | int]) -> str | None:
    try:
        remembered = json.loads(note.read_text(encoding="ascii"))
        return str(remembered["sha256"]) if remembered["file"] == likeness else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _remember(note: Path, likeness: list[str | int], content: str) -> None:
    """A note half written cannot be read, and one that cannot be written is not needed."""
    with suppress(OSError):
        note.parent.mkdir(parents=True, exist_ok=True)
        note.write_text(json.dumps({"file": likeness, "sha256": content}), encoding="ascii")
