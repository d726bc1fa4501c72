"""Names for files that are being written, and the removal of those that a killed process left behind."""

import os
import platform
import re
import secrets
import time
from collections.abc import Iterator
from contextlib import suppress
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

PART_PREFIX = ".deepocr-"
PART_SUFFIX = ".part"
"""Files that begin and end so are being written, or were left by a run that was killed."""

_PART = re.compile(
    rf"{re.escape(PART_PREFIX)}(?P<system>[0-9a-f]{{8}})-(?P<process>\d+)-[0-9a-f]+{re.escape(PART_SUFFIX)}"
)
_OLD_SECONDS = 24 * 3600
"""No file takes so long to be written: whoever began it has gone, wherever that was."""


def part_name() -> str:
    """A name that no other file has, and that tells which process of which system writes it."""
    return f"{PART_PREFIX}{_system()}-{os.getpid()}-{secrets.token_hex(8)}{PART_SUFFIX}"


def remove_leftovers(folder: Path) -> None:
    """Delete the files in `folder` that were being written by processes which are no more."""
    for path in _leftovers(folder):
        with suppress(OSError):
            path.unlink()


def _leftovers(folder: Path) -> Iterator[Path]:
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            match = _PART.fullmatch(entry.name)
            if match is None or not entry.is_file(follow_symlinks=False):
                continue
            is_orphan = match["system"] == _system() and not _is_running(int(match["process"]))
            if is_orphan or time.time() - entry.stat(follow_symlinks=False).st_mtime > _OLD_SECONDS:
                yield Path(entry.path)


def _is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return True


@lru_cache(maxsize=1)
def _system() -> str:
    """Eight digits for the space in which process numbers count: this boot of this machine, this container."""
    marks = [platform.node()]
    for place in ("/proc/sys/kernel/random/boot_id", "/proc/self/ns/pid"):
        with suppress(OSError):
            path = Path(place)
            marks.append(str(path.readlink()) if path.is_symlink() else path.read_text())
    return sha256("\n".join(marks).encode()).hexdigest()[:8]
