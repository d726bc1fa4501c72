"""A server of a reading network for tests, on loopback: OpenAI's chat completions, well or badly behaved as told."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from threading import Lock
from typing import Any

from loopback import listening

MODEL = "deepseek-ai/DeepSeek-OCR"


@dataclass
class Server:
    """What is served, and what was asked.

    `answers` are used up one a request, the last one for good; each is called with the handler and the request's body.
    """

    address: str = ""
    models: list[str] = field(default_factory=lambda: [MODEL])
    answers: list[Callable[["Handler", dict[str, Any]], None]] = field(default_factory=list)
    bodies: list[dict[str, Any]] = field(default_factory=list)
    keys: list[str | None] = field(default_factory=list)
    most_at_once: int = 0
    running: int = 0
    lock: Lock = field(default_factory=Lock)

    def next_answer(self) -> Callable[["Handler", dict[str, Any]], None]:
        with self.lock:
            return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@contextmanager
def serve(*answers: Callable[["Handler", dict[str, Any]], None]) -> Iterator[Server]:
    """A server that gives these answers, until the end of the block."""
    server = Server(answers=list(answers))

    class Bound(Handler):
        served = server

    with listening(Bound) as server.address:
        yield server


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    served: Server

    def do_GET(self) -> None:
        listed = {"object": "list", "data": [{"id": name} for name in self.served.models]}
        self.send(200, json.dumps(listed).encode())

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with self.served.lock:
            self.served.bodies.append(body)
            self.served.keys.append(self.headers["Authorization"])
            self.served.running += 1
            self.served.most_at_once = max(self.served.most_at_once, self.served.running)
        try:
            self.served.next_answer()(self, body)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True
        finally:
            with self.served.lock:
                self.served.running -= 1

    def send(self, status: int, body: bytes, kind: str = "application/json", **headers: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def begin_stream(self) -> None:
        """The head of a stream that ends with the connection."""
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream; charset=utf-8")
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True

    def event(self, content: object) -> None:
        self.wfile.write(b"data: " + json.dumps(content).encode() + b"\n\n")
        self.wfile.flush()

    def log_message(self, format: str, *arguments: object) -> None:
        """Nothing: what was asked is in the server's lists."""


Reply = Callable[[Handler, dict[str, Any]], None]


def streamed(text: str, finish: str | None = "stop", usage: dict[str, int] | None = None, pause: float = 0) -> Reply:
    """The text in pieces of seven characters; without a `finish` the stream ends in the middle."""

    def reply(handler: Handler, body: dict[str, Any]) -> None:
        handler.begin_stream()
        for start in range(0, len(text), 7):
            handler.event({"choices": [{"delta": {"content": text[start : start + 7]}, "finish_reason": None}]})
            time.sleep(pause)
        if finish is None:
            return
        handler.event({"choices": [{"delta": {}, "finish_reason": finish}]})
        if usage is not None:
            handler.event({"choices": [], "usage": usage})
        handler.wfile.write(b"data: [DONE]\n\n")

    return reply


def whole(text: str, finish: str = "stop") -> Reply:
    """One JSON, as servers and proxies send it that do not stream."""
    content = {"choices": [{"message": {"content": text}, "finish_reason": finish}]}
    return raw(200, json.dumps(content).encode())


def raw(status: int, body: bytes = b"{}", kind: str = "application/json", **headers: str) -> Reply:
    return lambda handler, _: handler.send(status, body, kind, **headers)


def cut_in_body(handler: Handler, body: dict[str, Any]) -> None:
    """A body that is shorter than it was said to be."""
    handler.send_response(200)
    handler.send_header("Content-Type", "application/json")
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    handler.wfile.write(b'{"choices": [')
    handler.close_connection = True


def without_end(handler: Handler, body: dict[str, Any]) -> None:
    """Bytes for as long as anybody takes them."""
    handler.begin_stream()
    while True:
        handler.wfile.write(b"x" * 65_536)


def silent(handler: Handler, body: dict[str, Any]) -> None:
    time.sleep(1.0)
    handler.close_connection = True
