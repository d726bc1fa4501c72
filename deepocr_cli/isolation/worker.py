"""The process that handles paper: requests come in through a pipe; pages, words and blocks go out through another.

It opens one document at a time. What MuPDF does to it costs one page: whoever started it starts it again.
"""

import ctypes
import json
import os
import signal
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field, replace
from io import BytesIO
from itertools import count
from typing import Any

from PIL import Image

from deepocr_cli.document import Page, PageImage, Reader, Source, moved
from deepocr_cli.errors import DeepOcrError
from deepocr_cli.exact_json import from_plain, to_plain
from deepocr_cli.isolation.layered import Layer, layered_pdf
from deepocr_cli.isolation.messages import receive, send
from deepocr_cli.pages.inputs import open_source
from deepocr_cli.pages.opening import Opened, open_pages
from deepocr_cli.pages.rasterize import rasterize_page
from deepocr_cli.pages.upright import right, turn_of_layer, turn_of_pixels
from deepocr_cli.places import Righting
from deepocr_cli.witness.consult import Choice, choose_reader, examine
from deepocr_cli.witness.light_ocr import LightOcr
from deepocr_cli.witness.line_reader import RapidLineReader
from deepocr_cli.witness.text_layer import read_text_layer

Reply = tuple[dict[str, Any], bytes]

_GRACE_SECONDS = 5
"""Left to the other process before this one ends itself, in case that one is no more."""
_ANSWERS_BETWEEN_TRIMS = 32


def serve() -> None:
    """Answer requests from standard input on standard output until the other process goes away."""
    requests, replies = os.dup(0), os.dup(1)
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, 0)
    os.dup2(2, 1)
    # An interrupt from the keyboard reaches this process too; the other one decides what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    desk = _Desk()
    send(replies, {"ready": True})
    for answer_count in count(1):
        try:
            request, payload = receive(requests)
        except EOFError:
            return
        # The alarm's default action ends the process also from within a library that never returns. It counts the
        # processors' time: a process that was stopped for a while has not used it.
        seconds = request.pop("seconds") * request.get("thread_count", 1)
        signal.setitimer(signal.ITIMER_PROF, seconds + _GRACE_SECONDS)
        try:
            reply = _ANSWERS[request.pop("do")](desk, payload, **request)
        except DeepOcrError as error:
            reply = {"error": type(error).__name__, "message": error.message, "hint": error.hint}, b""
        send(replies, *reply)
        signal.setitimer(signal.ITIMER_PROF, 0)
        if answer_count % _ANSWERS_BETWEEN_TRIMS == 0:
            _give_back_memory()


def _give_back_memory() -> None:
    """To the system, what is free between what is in use: by itself glibc keeps some two megabytes for every page."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)


@dataclass(slots=True)
class _Desk:
    """The document that lies open."""

    source: Source | None = None
    opened: Opened | None = None
    line_reader: RapidLineReader = field(default_factory=RapidLineReader)
    light_ocr: LightOcr | None = None
    closing: ExitStack = field(default_factory=ExitStack)


def _open(desk: _Desk, payload: bytearray, folder: str, document: str, passwords: list[str]) -> Reply:
    os.chdir(folder)
    desk.closing.close()
    desk.source = desk.opened = None
    source = _with_readable_name(open_source(document, passwords=passwords, stdin=BytesIO(payload)))
    desk.opened = desk.closing.enter_context(open_pages(source))
    desk.source = source
    return {key: getattr(source, key) for key in ("name", "kind", "page_count", "attachments")}, b""


def _with_readable_name(source: Source) -> Source:
    """MuPDF opens no file whose name is not UTF-8: it is given the bytes."""
    try:
        str(source.path).encode()
    except UnicodeEncodeError:
        assert source.path is not None
        return replace(source, data=source.path.read_bytes())
    return source


def _draw(desk: _Desk, _payload: bytearray, number: int, dpi: float, max_pixels: int) -> Reply:
    assert desk.opened is not None
    page, witness = _right(desk, rasterize_page(desk.opened, number, dpi=dpi, max_pixels=max_pixels))
    layer = None if page.text_layer is None else to_plain(page.text_layer)
    righting = None if page.righting is None else to_plain(page.righting)
    reply = {"dpi": page.dpi, "text_layer": layer, "witness": to_plain(witness), "full_size": page.full_size}
    return {"size": page.image.size, "righting": righting, **reply}, page.image.tobytes()


def _right(desk: _Desk, page: PageImage) -> tuple[PageImage, Choice]:
    """The page brought upright, and its witness: who is trusted with its words is trusted with their direction."""
    witness = choose_reader(page)
    if witness.reader is Reader.TEXT_LAYER and page.text_layer is not None:
        upright = right(page, turn_of_layer(page.text_layer))
        witness = examine(upright, witness, desk.line_reader.read)
        if witness.reader is Reader.TEXT_LAYER:
            return upright, witness
    return right(page, turn_of_pixels(page.image, desk.line_reader)), witness


def _read_text_layer(desk: _Desk, _payload: bytearray, number: int, righting: dict[str, Any] | None) -> Reply:
    assert desk.source is not None
    blocks = read_text_layer(desk.source, number)
    if righting is not None:
        blocks = moved(blocks, from_plain(Righting, righting).to_upright)
    return {"blocks": [to_plain(block) for block in blocks]}, b""


def _read_by_ocr(desk: _Desk, payload: bytearray, size: tuple[int, int], thread_count: int) -> Reply:
    if desk.light_ocr is None:
        desk.light_ocr = LightOcr(thread_count)
    found = desk.light_ocr.read(Image.frombuffer("RGB", (size[0], size[1]), payload, "raw", "RGB", 0, 1))
    return {"blocks": [to_plain(block) for block in found.blocks], "confidence": found.confidence}, b""


def _add_layer(desk: _Desk, payload: bytearray, layer: str, dpi: float, max_pixels: int) -> Reply:
    assert desk.opened is not None
    pages = [from_plain(Page, page) for page in json.loads(payload)]
    return {}, layered_pdf(desk.opened, Layer(layer), pages, dpi=dpi, max_pixels=max_pixels)


_ANSWERS: dict[str, Callable[..., Reply]] = {
    "open": _open,
    "draw": _draw,
    "read_text_layer": _read_text_layer,
    "read_by_ocr": _read_by_ocr,
    "add_layer": _add_layer,
}

if __name__ == "__main__":
    serve()
