"""Messages between two processes: a dictionary as JSON and some bytes, both with their lengths before them.

Nothing that is received can run code, whatever became of the process that sent it.
"""

import json
import math
import os
import select
import struct
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_LENGTHS = struct.Struct("!QQ")
_STEP_SECONDS = 0.5


def send(descriptor: int, message: dict[str, Any], payload: bytes = b"") -> None:
    """Write a message.

    Raises:
        BrokenPipeError: the other process has gone.
    """
    text = json.dumps(message, separators=(",", ":")).encode()
    for part in (_LENGTHS.pack(len(text), len(payload)) + text, payload):
        rest = memoryview(part)
        while rest:
            rest = rest[os.write(descriptor, rest) :]


def receive(
    descriptor: int, seconds: float | None = None, sender: int | None = None
) -> tuple[dict[str, Any], bytearray]:
    """Wait for a message and read it.

    Args:
        sender: the process that sends it; the seconds in which it waits for a processor do not count, on Linux.

    Raises:
        TimeoutError: it was not there, whole, after `seconds` of waiting; while this process is stopped, none pass.
        EOFError: the other process has gone.
    """
    patience = _Patience(math.inf if seconds is None else seconds, sender)
    text_length, payload_length = _LENGTHS.unpack(_read(descriptor, _LENGTHS.size, patience))
    message: dict[str, Any] = json.loads(_read(descriptor, text_length, patience))
    return message, _read(descriptor, payload_length, patience)


@dataclass(slots=True)
class _Patience:
    """The seconds that may still be waited."""

    seconds: float
    sender: int | None

    def wait(self, descriptor: int) -> None:
        """Until there is something to read, a step at a time: a step that took longer was one of a stopped process."""
        while True:
            step = min(_STEP_SECONDS, max(0.0, self.seconds))
            began, queued = time.monotonic(), _queued(self.sender)
            is_there = bool(select.select([descriptor], [], [], step)[0])
            passed = min(step, time.monotonic() - began)
            self.seconds -= max(0.0, passed - (_queued(self.sender) - queued))
            if is_there:
                return
            if self.seconds <= 0:
                raise TimeoutError


def _queued(process: int | None) -> float:
    """Seconds for which the threads of a process, together, were ready to run and had no processor."""
    threads = [] if process is None else Path(f"/proc/{process}/task").glob("*/schedstat")
    with suppress(OSError, ValueError, IndexError):
        return sum(int(thread.read_text().split()[1]) for thread in threads) / 1e9
    return 0.0


def _read(descriptor: int, length: int, patience: _Patience) -> bytearray:
    data = bytearray(length)
    rest = memoryview(data)
    while rest:
        patience.wait(descriptor)
        count = os.readv(descriptor, [rest])
        if count == 0:
            raise EOFError
        rest = rest[count:]
    return data
