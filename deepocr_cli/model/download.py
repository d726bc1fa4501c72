"""A checkpoint on the hub comes to the disk: cut downloads go on where they stopped, and every digest is checked."""

import errno
import fcntl
import hashlib
import os
import shutil
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from deepocr_cli.errors import OutputError, WeightsError
from deepocr_cli.model.hub import RemoteCheckpoint, RemoteFile, hub_errors

OnBytes = Callable[[int], object]
"""Told how many bytes have come."""

_CHUNK_BYTES = 1 << 20
_PARTIAL_CONTENT = 206
_TIMEOUT = 30
"""Seconds without a byte after which a connection counts as cut."""
_TRIES = 3
"""How often in a row a connection may bring nothing."""


@dataclass(frozen=True, slots=True)
class Destination:
    """Where a checkpoint goes: a folder of the user's own, else the Hugging Face cache.

    The cache keeps every file under its digest, and a folder a commit with links to them.
    """

    remote: RemoteCheckpoint
    cache: Path
    own_folder: Path | None = None

    @property
    def folder(self) -> Path:
        """The folder that will hold the whole checkpoint."""
        return self.own_folder or self._cached / "snapshots" / self.remote.commit

    def missing(self) -> tuple[RemoteFile, ...]:
        """The files that are not there, or not as the hub has them: every byte is read."""
        return tuple(file for file in self.remote.files if not _is_right(self._path(file), file))

    def bytes_to_come(self, files: Iterable[RemoteFile]) -> int:
        """What the files take beyond what an earlier run has fetched of them."""
        return sum(max(file.size - _size(self._part(file)), 0) for file in files)

    def require_room(self, byte_count: int) -> None:
        """Refuse to begin what the disk cannot hold.

        Raises:
            OutputError: less is free.
        """
        place = next(folder for folder in (self.folder, *self.folder.absolute().parents) if folder.is_dir())
        free = shutil.disk_usage(place).free
        if byte_count > free:
            raise OutputError(
                f"{self.folder}: {byte_count / 1e6:,.1f} MB are needed, {free / 1e6:,.1f} MB are free", hint=_MORE_ROOM
            )

    def fetch(self, file: RemoteFile, on_bytes: OnBytes) -> None:
        """Fetch one file, from where an earlier run stopped; it gets its name when it is whole and right.

        Raises:
            WeightsError: the hub or the network fails, or the file is not what the hub says.
            OutputError: it cannot be written.
        """
        part, target = self._part(file), self._path(file)
        with _writing_errors(target), hub_errors(self.remote.repository, self.remote.commit):
            target.parent.mkdir(parents=True, exist_ok=True)
            with part.open("ab") as stream:
                _lock(stream.fileno(), part)
                if stream.tell() > file.size:
                    _empty(stream)
                _download(self.remote, file, stream, on_bytes)
                stream.flush()
                os.fsync(stream.fileno())
            if not _is_right(part, file):
                part.unlink()
                raise WeightsError(
                    f"{self.remote.repository}: {file.name} is not what the hub says: wrong digest",
                    hint="what was fetched of it is deleted; try again, or another network",
                )
            part.replace(target)

    def link(self) -> None:
        """Give the files in the cache the names under which libraries look for them."""
        if self.own_folder is not None:
            return
        from huggingface_hub import hf_hub_download

        with _writing_errors(self.folder), hub_errors(self.remote.repository, self.remote.commit):
            for file in self.remote.files:
                hf_hub_download(
                    self.remote.repository, file.name, revision=self.remote.commit, cache_dir=str(self.cache)
                )

    @property
    def _cached(self) -> Path:
        return self.cache / f"models--{self.remote.repository.replace('/', '--')}"

    def _path(self, file: RemoteFile) -> Path:
        return self._cached / "blobs" / file.digest if self.own_folder is None else self.own_folder / file.name

    def _part(self, file: RemoteFile) -> Path:
        """The begin of a file; it bears the digest, so that no other file is continued."""
        target = self._path(file)
        return target.with_name(f"{target.name}.{file.digest[:12]}.part")


def _download(remote: RemoteCheckpoint, file: RemoteFile, stream: BinaryIO, on_bytes: OnBytes) -> None:
    """Append what the stream lacks of a file; a connection that is cut is tried again while it brings anything."""
    import httpx2

    tries = _TRIES
    while stream.tell() < file.size:
        start = stream.tell()
        try:
            _append(remote, file, stream, on_bytes)
            return
        except httpx2.TransportError:
            tries = _TRIES if stream.tell() > start else tries - 1
            if tries == 0:
                raise
            time.sleep(1)


def _append(remote: RemoteCheckpoint, file: RemoteFile, stream: BinaryIO, on_bytes: OnBytes) -> None:
    # Not hf_hub_download: it throws away what it has when a connection is cut.
    from huggingface_hub import get_session, hf_hub_url
    from huggingface_hub.utils import build_hf_headers, hf_raise_for_status

    start = stream.tell()
    # Compressed, a file has no positions from which to go on.
    headers = {**build_hf_headers(), "Accept-Encoding": "identity"} | ({"Range": f"bytes={start}-"} if start else {})
    url = hf_hub_url(remote.repository, file.name, revision=remote.commit)
    with get_session().stream("GET", url, headers=headers, timeout=_TIMEOUT) as response:
        if response.is_error:
            response.read()
        hf_raise_for_status(response)
        if start and response.status_code != _PARTIAL_CONTENT:
            _empty(stream)
            on_bytes(-start)
        for chunk in response.iter_bytes():
            stream.write(chunk)
            on_bytes(len(chunk))


def _empty(stream: BinaryIO) -> None:
    stream.seek(0)
    stream.truncate()


def _lock(descriptor: int, part: Path) -> None:
    """Keep a second run from writing into the same file; the lock goes with the descriptor."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise OutputError(f"{part}: another run is fetching it", hint="wait for that one to finish") from error


def _is_right(path: Path, file: RemoteFile) -> bool:
    if not path.is_file() or _size(path) != file.size:
        return False
    digest = hashlib.sha256() if file.is_large else hashlib.sha1(b"blob %d\0" % file.size, usedforsecurity=False)
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest() == file.digest


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0


@contextmanager
def _writing_errors(path: Path) -> Iterator[None]:
    """Turn what the system refuses into an `OutputError`."""
    try:
        yield
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else str(error)
        hint = _MORE_ROOM if error.errno in (errno.ENOSPC, errno.EDQUOT) else "choose another place with --to"
        raise OutputError(f"{path}: cannot be written: {reason}", hint=hint) from error


_MORE_ROOM = "free some space, or choose another disk with --to; what was fetched is kept"
