"""Bytes and a path in, a whole file out, or an error and no file at all."""

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any, BinaryIO

from deepocr_cli.errors import OutputError
from deepocr_cli.store.parts import part_name

_NO_HARD_LINKS = frozenset({errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK, errno.EXDEV})
_STREAMS = frozenset({"/dev/stdout", "/dev/stderr"})
_STREAM_FOLDERS = ("/dev/fd/", "/proc/self/fd/")


def write_atomically(path: Path, data: bytes, *, force: bool) -> None:
    """Writes the file whole, through a temporary one in the same folder, or leaves everything as it was.

    A link is followed and the file that it names is written. A new file gets the usual permissions, a replaced one
    keeps its own. Devices, pipes and `/dev/stdout` are written directly; a reader that closed a pipe is no error.

    Raises:
        OutputError: the file exists and `force` is not set, or it cannot be written.
    """
    with _output_errors(path):
        if _is_stream(path):
            _write_directly(path, data)
            return
        target = Path(os.path.realpath(path))
        existing = _existing_mode(target)
        if existing is not None and stat.S_ISDIR(existing):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        if existing is not None and not force:
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST))
        with _temporary_file(target.parent, data, existing) as part:
            if force:
                part.replace(target)
            else:
                _move_to_new_name(part, target)
            _sync_folder(target.parent)


def write_stdout(stream: BinaryIO, data: bytes) -> None:
    """Writes all bytes; silent when the reader has closed the pipe, as `head` does.

    Raises:
        OutputError: the stream cannot be written, as on a full disk.
    """
    with _output_errors(Path("standard output")):
        try:
            stream.write(data)
            stream.flush()
        except BrokenPipeError:
            discard_rest(stream)
        except OSError:
            discard_rest(stream)
            raise


def discard_rest(stream: IO[Any]) -> None:
    """Points the stream's descriptor at nothing, so that neither later writes nor the flush at exit can fail."""
    with suppress(OSError, ValueError):
        nothing = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nothing, stream.fileno())
        os.close(nothing)


def ensure_folder(path: Path) -> None:
    """Makes the folder and those above it.

    Raises:
        OutputError: a file is in the way, or the folder cannot be made.
    """
    with _output_errors(path):
        try:
            path.mkdir(parents=True, exist_ok=True)
        except FileExistsError as error:
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR)) from error


def _is_stream(path: Path) -> bool:
    """Whether a path leads to something that is written to, not replaced: a device, a pipe, an open descriptor."""
    name = os.fspath(path.absolute())
    if name in _STREAMS or name.startswith(_STREAM_FOLDERS):
        return True
    mode = _existing_mode(path)
    return mode is not None and not stat.S_ISREG(mode) and not stat.S_ISDIR(mode)


def _write_directly(path: Path, data: bytes) -> None:
    """Appends, since a descriptor may stand in the middle of a file that others write too."""
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND)
    with suppress(BrokenPipeError), os.fdopen(descriptor, "wb") as stream:
        stream.write(data)


def _existing_mode(path: Path) -> int | None:
    try:
        return path.stat().st_mode
    except FileNotFoundError:
        return None


@contextmanager
def _temporary_file(folder: Path, data: bytes, existing_mode: int | None) -> Iterator[Path]:
    """A file with the data, safe on the disk; whatever happens, it is gone afterwards unless it was renamed."""
    part = folder / part_name()
    try:
        with part.open("xb") as stream:
            if existing_mode is not None:
                os.fchmod(stream.fileno(), stat.S_IMODE(existing_mode))
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        yield part
    finally:
        part.unlink(missing_ok=True)


def _move_to_new_name(part: Path, target: Path) -> None:
    """Gives the file its name, unless another file has taken it meanwhile (FileExistsError)."""
    try:
        os.link(part, target)
    except OSError as error:
        if error.errno not in _NO_HARD_LINKS:
            raise
        _claim_and_replace(part, target)


def _claim_and_replace(part: Path, target: Path) -> None:
    """The same where the file system knows no hard links: takes the name with an empty file, then replaces that."""
    target.open("xb").close()
    try:
        part.replace(target)
    except BaseException:
        target.unlink(missing_ok=True)
        raise


def _sync_folder(folder: Path) -> None:
    """Makes the new name itself survive a crash, where folders can be synced."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


@contextmanager
def _output_errors(path: Path) -> Iterator[None]:
    """Turns what the system refuses into one line with the path, and what to do about it."""
    try:
        yield
    except FileExistsError as error:
        raise OutputError(f"{path}: exists already", hint="--force replaces it") from error
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else str(error)
        raise OutputError(f"{path}: cannot be written: {reason}", hint=_hint(path, error.errno)) from error


def _hint(path: Path, code: int | None) -> str | None:
    if code == errno.ENOENT:
        return f"make the folder first: mkdir -p {path.parent}"
    if code == errno.EISDIR:
        return "it is a folder; add a file name, or a slash to write into it"
    if code in (errno.ENOSPC, errno.EDQUOT):
        return "free some space, or write elsewhere with -o"
    if code in (errno.EACCES, errno.EPERM, errno.EROFS):
        return "write elsewhere with -o"
    return None
