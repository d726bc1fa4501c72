"""Readings of pages, kept on the disk under the names that `page_key` gives: the same page is not read twice.

One file a page. Files appear whole (written aside, then renamed), so that runs may share a folder and be killed at any
moment; one that is damaged counts as absent. Above its limit of bytes the cache forgets what was longest unused.
"""

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from deepocr_cli.document import Page
from deepocr_cli.exact_json import from_plain, to_plain
from deepocr_cli.store.parts import part_name, remove_leftovers

DEFAULT_LIMIT_BYTES = 1 << 30
"""1 GiB: some hundred thousand pages."""

_TRIM_EVERY = 1000
_TRIM_TO = 0.9
"""Share of the limit that is left after forgetting, so that it is not needed again at once."""
_NAME_LENGTH = 64


def default_cache_folder(environment: Mapping[str, str] = os.environ) -> Path:
    """`$XDG_CACHE_HOME/deepocr`, or `~/.cache/deepocr`."""
    return Path(environment.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "deepocr"


@dataclass(frozen=True, slots=True)
class CacheState:
    """What a cache holds."""

    page_count: int
    byte_count: int


class PageCache:
    """A folder of readings. What goes wrong with it costs time, never a page: `trouble` tells of it.

    Args:
        folder: made when the first page is kept.
        limit_bytes: what the readings may take together.
    """

    def __init__(self, folder: Path, limit_bytes: int = DEFAULT_LIMIT_BYTES) -> None:
        self.folder, self.limit_bytes = folder, limit_bytes
        self.trouble: str | None = None
        self._kept_count = 0

    def find(self, name: str) -> Page | None:
        """The reading called `name`, without figures; None where there is none, or none that can be used."""
        path = self._path(name)
        try:
            page = _decode(path.read_bytes())
            os.utime(path)
        except (OSError, ValueError, TypeError, KeyError, StopIteration, RecursionError):
            return None
        return page

    def keep(self, name: str, page: Page) -> None:
        """Keep a reading; its figures are left out, for they can be cut from the page again."""
        if self.trouble is not None:
            return
        try:
            self._write(self._path(name), _encode(replace(page, figures=())))
        except OSError as error:
            self.trouble = f"{self.folder}: pages are not kept: {error.strerror or error}"
            return
        self._kept_count += 1
        if self._kept_count % _TRIM_EVERY == 0:
            self.trim()

    def close(self) -> None:
        """End a run: forget the longest unused where the run has added something."""
        if self._kept_count:
            self.trim()

    def trim(self) -> None:
        """Forget the longest unused readings where all together are above the limit."""
        entries = sorted(self._entries(), key=lambda entry: entry[1].st_mtime_ns)
        total = sum(state.st_size for _, state in entries)
        if total <= self.limit_bytes:
            return
        for path, state in entries:
            with suppress(OSError):
                path.unlink()
                total -= state.st_size
            if total <= self.limit_bytes * _TRIM_TO:
                return

    def state(self) -> CacheState:
        sizes = [state.st_size for _, state in self._entries()]
        return CacheState(len(sizes), sum(sizes))

    def clear(self) -> CacheState:
        """Delete all readings, and nothing that is not one; what was deleted."""
        sizes = []
        for path, state in list(self._entries()):
            with suppress(OSError):
                path.unlink()
                sizes.append(state.st_size)
        return CacheState(len(sizes), sum(sizes))

    # --------------------------------------------------------------------------------------------- files

    def _path(self, name: str) -> Path:
        return self.folder / "pages" / name[:2] / name

    def _write(self, path: Path, data: bytes) -> None:
        """Not forced onto the disk: a file that a crash of the machine cut short is found out by its checksum."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        part = path.with_name(part_name())
        try:
            with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
                stream.write(data)
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)

    def _entries(self) -> Iterator[tuple[Path, os.stat_result]]:
        """The files of readings; what killed runs left between them is removed on the way."""
        for drawer in sorted((self.folder / "pages").glob("??")):
            remove_leftovers(drawer)
            with suppress(OSError), os.scandir(drawer) as entries:
                for entry in entries:
                    if len(entry.name) == _NAME_LENGTH and entry.is_file(follow_symlinks=False):
                        yield Path(entry.path), entry.stat(follow_symlinks=False)


def _encode(page: Page) -> bytes:
    body = json.dumps(to_plain(page), allow_nan=False, separators=(",", ":")).encode()
    return hashlib.sha256(body).hexdigest().encode() + b"\n" + body


def _decode(data: bytes) -> Page:
    """The page of a file's bytes; ValueError among others where they are damaged."""
    checksum, _, body = data.partition(b"\n")
    if hashlib.sha256(body).hexdigest().encode() != checksum:
        raise ValueError("the checksum does not fit")
    return from_plain(Page, json.loads(body))
