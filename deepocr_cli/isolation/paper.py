"""A document's pages, drawn and read in a process of their own: one that MuPDF crashes on costs only itself."""

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, BinaryIO

from PIL import Image

from deepocr_cli.document import Block, Page, PageImage, Source, SourceKind, TextLayer
from deepocr_cli.errors import DeepOcrError, InputError, UsageError, printable
from deepocr_cli.exact_json import from_plain, to_plain
from deepocr_cli.isolation.crew import Crew
from deepocr_cli.isolation.layered import Layer
from deepocr_cli.isolation.process import Process, ProcessLostError
from deepocr_cli.pages.inputs import PIPE, PIPE_NAME, read_pipe
from deepocr_cli.places import Righting
from deepocr_cli.witness.consult import Choice


@dataclass(frozen=True, slots=True)
class _State:
    """What tells that a file was written to: its size, its time, and which file it is."""

    size: int
    changed: int
    inode: int

    @staticmethod
    def of(document: str) -> "_State | None":
        """None where there is no such file, or it came through a pipe."""
        try:
            state = os.stat(document)  # noqa: PTH116 (Path refuses what `open_source` has its own words for)
        except (OSError, ValueError):
            return None
        return _State(state.st_size, state.st_mtime_ns, state.st_ino)


@dataclass(frozen=True, slots=True)
class Paper:
    """An opened document whose pages can be drawn and read one by one."""

    source: Source
    _crew: Crew = field(repr=False)
    _opening: tuple[dict[str, Any], bytes] = field(repr=False)
    _state: _State | None = field(repr=False)

    def draw(self, number: int, *, dpi: float, max_pixels: int) -> tuple[PageImage, Choice]:
        """Page `number` (from 1) as an upright image, with its text layer where it has one, and who should witness it.

        Raises:
            InputError: the page is damaged or too large, takes too long, or crashes the library that draws it.
        """
        reply, pixels = self._ask(number, {"do": "draw", "number": number, "dpi": dpi, "max_pixels": max_pixels})
        image = Image.frombuffer("RGB", tuple(reply["size"]), pixels, "raw", "RGB", 0, 1)
        layer = None if reply["text_layer"] is None else from_plain(TextLayer, reply["text_layer"])
        witness = from_plain(Choice, reply["witness"])
        righting = None if reply["righting"] is None else from_plain(Righting, reply["righting"])
        full_size = None if reply["full_size"] is None else tuple(reply["full_size"])
        return PageImage(self.source, number, image, reply["dpi"], layer, righting, full_size), witness

    def read_text_layer(self, number: int, righting: Righting | None = None) -> tuple[Block, ...]:
        """The visible text of page `number` (from 1) in reading order, as its independent reader has it.

        Args:
            righting: how the page was brought upright; boxes are those of the upright page.

        Raises:
            InputError: as for `draw`.
        """
        self._crew.grow()
        plain = None if righting is None else to_plain(righting)
        reply, _ = self._ask(number, {"do": "read_text_layer", "number": number, "righting": plain})
        return tuple(from_plain(Block, block) for block in reply["blocks"])

    def with_layer(self, layer: Layer, pages: Sequence[Page], *, dpi: float, max_pixels: int) -> bytes:
        """The document as a PDF, boxes or invisible text added to the pages that were read.

        It may take as long as all of its pages together.

        Raises:
            InputError: it takes too long, has changed, or crashes the library.
        """
        plain = json.dumps([to_plain(replace(page, figures=())) for page in pages]).encode()
        request = {"do": "add_layer", "layer": layer, "dpi": dpi, "max_pixels": max_pixels}
        self.check_unchanged()
        try:
            return bytes(self._answer(request, plain, page_count=self.source.page_count)[1])
        except ProcessLostError as error:
            raise InputError(f"{self.source.name}: {error}", hint=error.hint) from error

    def check_unchanged(self) -> None:
        """Make sure that the file is still the one that was opened.

        Raises:
            InputError: it was written to, replaced or deleted.
        """
        if self._state is None:
            return
        state = _State.of(self._opening[0]["document"])
        if state != self._state:
            what = "vanished" if state is None else "changed"
            raise InputError(f"{self.source.name}: {what} while it was read", hint="convert it again")

    def _ask(self, number: int, request: dict[str, Any]) -> tuple[dict[str, Any], bytearray]:
        try:
            return self._answer(request)
        except ProcessLostError as error:
            raise InputError(f"{self.source.name}, page {number}: {error}", hint=error.hint) from error

    def _answer(
        self, request: dict[str, Any], payload: bytes = b"", page_count: int = 1
    ) -> tuple[dict[str, Any], bytearray]:
        with self._crew.lend() as process:
            if process.document is not self._opening:
                _open(process, self._opening)
            return _answer(process, request, payload, page_count)


def open_paper(crew: Crew, document: str, *, passwords: Sequence[str] = (), stdin: BinaryIO | None = None) -> Paper:
    """Open one of `find_documents`' documents, a path or `-`; the crew's former document is closed.

    Raises:
        InputError: missing, unreadable, neither PDF nor image, damaged, encrypted, too slow, or crashing the library.
        UsageError: `-` where standard input is a terminal.
    """
    data = read_pipe(stdin) if document == PIPE else b""
    state = None if document == PIPE else _State.of(document)
    opening = ({"do": "open", "folder": str(Path.cwd()), "document": document, "passwords": list(passwords)}, data)
    name = PIPE_NAME if document == PIPE else printable(document)
    try:
        with crew.lend() as process:
            reply = _open(process, opening)
    except ProcessLostError as error:
        raise InputError(f"{name}: {error}", hint=error.hint) from error
    path = None if document == PIPE else Path(document)
    attachments = tuple(map(printable, reply["attachments"]))
    source = Source(reply["name"], SourceKind(reply["kind"]), reply["page_count"], path, attachments=attachments)
    return Paper(source, crew, opening, state)


def _open(process: Process, opening: tuple[dict[str, Any], bytes]) -> dict[str, Any]:
    process.document = None
    reply, _ = _answer(process, *opening)
    process.document = opening
    return reply


def _answer(
    process: Process, request: dict[str, Any], payload: bytes = b"", page_count: int = 1
) -> tuple[dict[str, Any], bytearray]:
    reply, data = process.ask(request, payload, page_count)
    if "error" in reply:
        if _POISONED in reply["message"]:
            process.stop()
        raise _ERRORS[reply["error"]](reply["message"], hint=reply["hint"])
    return reply, data


_POISONED = "exception stack overflow"
"""MuPDF's words after which it fails on every document: its stack of exceptions stays full."""

_ERRORS: dict[str, type[DeepOcrError]] = {error.__name__: error for error in (InputError, UsageError)}
