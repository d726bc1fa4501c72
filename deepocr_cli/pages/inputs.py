"""What the user named (files, folders, a pipe) into sources whose kind and pages are known."""

import os
import re
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import BinaryIO

from deepocr_cli.document import Source, SourceKind
from deepocr_cli.errors import InputError, UsageError, printable
from deepocr_cli.pages.kinds import HEAD_BYTES, describe_foreign, kind_of
from deepocr_cli.pages.opening import count_pages, file_errors

PIPE = "-"
PIPE_NAME = "stdin"
PIPE_LIMIT_BYTES = 1 << 30
"""The most that is read from a pipe, because it is kept in memory: 1 GiB."""

_READ_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Found:
    """The documents that the arguments name, in their order, and the other files that lay in folders beside them.

    A document is the path of a file as the user would write it, or `-` for the pipe. `places` are where each lies below
    the folder that was named, or the names of files that were.
    """

    documents: tuple[str, ...]
    places: tuple[PurePath, ...]
    skipped: tuple[str, ...] = ()


def find_documents(arguments: Sequence[str], *, recursive: bool = False) -> Found:
    """Replace folders by the documents in them, sorted as a person would; files and `-` stand for themselves.

    In a folder, hidden files are passed over, and files that are neither PDF nor image are `skipped`.
    Files are not opened but for their first bytes; what is wrong with one comes out of `open_source`.

    Raises:
        InputError: a folder that cannot be listed or has no documents.
        UsageError: the pipe is named twice.
    """
    if list(arguments).count(PIPE) > 1:
        raise UsageError("standard input (-) can be read only once", hint="name - a single time")
    documents: list[str] = []
    places: list[PurePath] = []
    skipped: list[str] = []
    for argument in arguments:
        if argument == PIPE or not os.path.isdir(argument):  # noqa: PTH112 (Path.is_dir raises inside a forbidden folder)
            documents.append(argument)
            places.append(PurePath("standard-input" if argument == PIPE else PurePath(argument).name))
        else:
            found = _search_folder(Path(argument), recursive=recursive)
            documents.extend(found.documents)
            places.extend(found.places)
            skipped.extend(found.skipped)
    return Found(tuple(documents), tuple(places), tuple(skipped))


def open_source(document: str, *, passwords: Sequence[str] = (), stdin: BinaryIO | None = None) -> Source:
    """Decide by its content what `document` is, and count its pages.

    Args:
        document: the path of a file, or `-` for the bytes of `stdin` (at most `PIPE_LIMIT_BYTES`).
        passwords: tried one after the other on a PDF that needs one.

    Raises:
        InputError: missing, unreadable, not a regular file, neither PDF nor image, damaged, encrypted or without pages.
        UsageError: `-` where standard input is a terminal.
    """
    if document == PIPE:
        data = read_pipe(stdin)
        source = Source(PIPE_NAME, _kind(PIPE_NAME, data[:HEAD_BYTES]), 0, data=data)
    else:
        name = printable(document)
        source = Source(name, _kind(name, _read_head(Path(document), name)), 0, path=Path(document))
    return count_pages(source, passwords)


def natural_key(name: str) -> tuple[list[tuple[int, str]], str]:
    """Sorts names as a person would: `page 2` before `page 10`, letters without regard to case."""
    parts = re.split(r"([0-9]+)", name.casefold())
    # Digits stand at the odd places; their length without leading zeros orders them without a conversion.
    keys = [_digits_key(part) if index % 2 else (0, part) for index, part in enumerate(parts)]
    return keys, name


def _digits_key(digits: str) -> tuple[int, str]:
    significant = digits.lstrip("0")
    return len(significant), significant


# ---------------------------------------------------------------------------------------------- folders


def _search_folder(folder: Path, *, recursive: bool) -> Found:
    with file_errors(str(folder)):
        files = sorted(_files_in(folder, recursive=recursive), key=lambda path: natural_key(str(path)))
    documents = tuple(str(path) for path in files if _looks_like_document(path))
    if not documents:
        hint = None if recursive else "look into its subfolders too: --recursive"
        raise InputError(f"{folder}: folder without PDFs or images", hint=hint)
    chosen = set(documents)
    places = tuple(PurePath(document).relative_to(folder) for document in documents)
    return Found(documents, places, tuple(str(path) for path in files if str(path) not in chosen))


def _files_in(folder: Path, *, recursive: bool) -> Iterator[Path]:
    def stop(error: OSError) -> None:
        raise error

    for place, subfolders, names in os.walk(folder, onerror=stop):
        subfolders[:] = [name for name in subfolders if recursive and not name.startswith(".")]
        yield from (Path(place, name) for name in names if not name.startswith("."))


def _looks_like_document(path: Path) -> bool:
    """Whether the file should be opened: also where it cannot be read, so that the user hears of it."""
    try:
        return stat.S_ISREG(path.stat().st_mode) and kind_of(_first_bytes(path)) is not None
    except PermissionError:
        return True
    except OSError:
        return False


# ------------------------------------------------------------------------------------------------- bytes


def _kind(name: str, head: bytes) -> SourceKind:
    kind = kind_of(head)
    if kind is None:
        foreign = describe_foreign(head)
        raise InputError(f"{name}: {foreign.name}, not a PDF or an image", hint=foreign.hint)
    return kind


def _read_head(path: Path, name: str) -> bytes:
    with file_errors(name):
        mode = path.stat().st_mode
        if not stat.S_ISREG(mode):
            raise _not_a_file(name, mode)
        return _first_bytes(path)


def _first_bytes(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(HEAD_BYTES)


def _not_a_file(name: str, mode: int) -> InputError:
    if stat.S_ISDIR(mode):
        return InputError(f"{name}: a folder, not a document")
    for is_kind, what in ((stat.S_ISFIFO, "a named pipe"), (stat.S_ISSOCK, "a socket")):
        if is_kind(mode):
            return InputError(f"{name}: {what}, not a file", hint="read from a pipe with -: deepocr convert - < FILE")
    return InputError(f"{name}: a device, not a file")


def read_pipe(stdin: BinaryIO | None) -> bytes:
    if stdin is None or stdin.isatty():
        raise UsageError("standard input is not a pipe", hint="deepocr convert - < file.pdf")
    data = bytearray()
    while chunk := stdin.read(_READ_BYTES):
        data += chunk
        if len(data) > PIPE_LIMIT_BYTES:
            limit = PIPE_LIMIT_BYTES >> 20
            raise InputError(f"{PIPE_NAME}: more than {limit} MiB came through the pipe", hint="name the file instead")
    return bytes(data)
