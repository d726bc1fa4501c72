"""Messages between two processes: a dictionary as JSON and some bytes, both with their lengths before them.

Nothing that is received can run code, whatever became of the process that sent it.
"""

import json
import os
import select
import struct
import time
from typing import Any

_LENGTHS = struct.Struct("!QQ")


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


def receive(descriptor: int, seconds: float | None = None) -> tuple[dict[str, Any], bytearray]:
    """Wait for a message and read it.

    Raises:
        TimeoutError: it was not there, whole, after `seconds`.
        EOFError: the other process has gone.
    """
    deadline = None if seconds is None else time.monotonic() + seconds
    text_length, payload_length = _LENGTHS.unpack(_read(descriptor, _LENGTHS.size, deadline))
    message: dict[str, Any] = json.loads(_read(descriptor, text_length, deadline))
    return message, _read(descriptor, payload_length, deadline)


def _read(descriptor: int, length: int, deadline: float | None) -> bytearray:
    data = bytearray(length)
    rest = memoryview(data)
    while rest:
        if deadline is not None and not select.select([descriptor], [], [], max(0.0, deadline - time.monotonic()))[0]:
            raise TimeoutError
        count = os.readv(descriptor, [rest])
        if count == 0:
            raise EOFError
        rest = rest[count:]
    return data
