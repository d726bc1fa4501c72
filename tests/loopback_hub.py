"""A hub for tests, served on loopback: the few routes that are asked for, faults on demand, and a list of requests."""

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from urllib.parse import unquote, urlsplit

from loopback import listening

REPOSITORY = "deepseek-ai/DeepSeek-OCR"
COMMIT = "c0ffee" * 6 + "c0ff"


@dataclass
class Hub:
    """The files of `REPOSITORY` by name, what goes wrong with them, and the requests for files so far.

    `statuses` answers requests whose path begins so with an error; `cuts` breaks the connection after that many bytes
    of a file, every time while it is set; `forged` holds what is sent in the place of a file's true content;
    a hub that does not know ranges sends files whole, whatever is asked; one with a `store` sends who asks for weights
    to that address.
    """

    files: dict[str, bytes]
    address: str = ""
    statuses: dict[str, int] = field(default_factory=dict)
    cuts: dict[str, int] = field(default_factory=dict)
    forged: dict[str, bytes] = field(default_factory=dict)
    knows_ranges: bool = True
    store: str | None = None
    requests: list[tuple[str, str, str | None]] = field(default_factory=list)
    """Method, path and range of every request."""
    tokens: set[str | None] = field(default_factory=set)
    """What requests had for their authorisation."""

    def asked(self, method: str = "GET") -> list[tuple[str, str | None]]:
        """The names and ranges of the files that were asked for."""
        begin = f"/{REPOSITORY}/resolve/{COMMIT}/"
        return [
            (path.removeprefix(begin), asked_range)
            for asked_method, path, asked_range in self.requests
            if asked_method == method and path.startswith(begin)
        ]

    def status_of(self, path: str) -> int | None:
        return next((status for begin, status in self.statuses.items() if path.startswith(begin)), None)

    def describe(self) -> bytes:
        """What the hub says of the repository, every file with its digest."""
        siblings = []
        for name, data in self.files.items():
            sibling = {"rfilename": name, "size": len(data), "blobId": git_digest(data)}
            if name.endswith(".safetensors"):
                digest = hashlib.sha256(data).hexdigest()
                sibling["lfs"] = {"sha256": digest, "size": len(data), "pointerSize": 130}
            siblings.append(sibling)
        return json.dumps({"id": REPOSITORY, "sha": COMMIT, "siblings": siblings}).encode()


def git_digest(data: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()


@contextmanager
def serve(files: dict[str, bytes]) -> Iterator[Hub]:
    """A hub with these files, until the end of the block."""
    hub = Hub(files)

    class Handler(_Handler):
        served = hub

    with listening(Handler) as hub.address:
        yield hub


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    served: Hub

    def do_GET(self) -> None:
        path = unquote(urlsplit(self.path).path)
        self.served.requests.append((self.command, path, self.headers["Range"]))
        self.served.tokens.add(self.headers["Authorization"])
        status = self.served.status_of(path)
        api, resolve = f"/api/models/{REPOSITORY}", f"/{REPOSITORY}/resolve/{COMMIT}/"
        if status is not None:
            self.refuse(status)
        elif path in (api, f"{api}/revision/main", f"{api}/revision/{COMMIT}"):
            self.answer(200, self.served.describe(), {"Content-Type": "application/json"})
        elif path.startswith(api):
            self.refuse(404, "RevisionNotFound")
        elif path.removeprefix(resolve) in self.served.files:
            self.send_file(path.removeprefix(resolve))
        else:
            self.refuse(404, "EntryNotFound" if path.startswith(resolve) else "RepoNotFound")

    do_HEAD = do_GET

    def send_file(self, name: str) -> None:
        true = self.served.files[name]
        data = self.served.forged.get(name, true)
        headers = {"ETag": f'"{git_digest(true)}"', "X-Repo-Commit": COMMIT}
        if name.endswith(".safetensors"):
            headers |= {"X-Linked-Etag": f'"{hashlib.sha256(true).hexdigest()}"', "X-Linked-Size": str(len(true))}
        if self.served.store is not None and name.endswith(".safetensors"):
            self.answer(302, b"", headers | {"Location": self.served.store + self.path})
            return
        cut, asked_range = self.served.cuts.get(name), self.headers["Range"]
        if asked_range is None or not self.served.knows_ranges:
            self.answer(200, data, headers, cut)
            return
        start = int(asked_range.removeprefix("bytes=").partition("-")[0])
        headers["Content-Range"] = f"bytes {start}-{len(data) - 1}/{len(data)}"
        self.answer(206, data[start:], headers, cut)

    def refuse(self, status: int, code: str | None = None) -> None:
        self.answer(status, b"", {"X-Error-Code": code} if code else {})

    def answer(self, status: int, body: bytes, headers: dict[str, str], cut: int | None = None) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body[:cut])
        self.close_connection = cut is not None

    def log_message(self, format: str, *arguments: object) -> None:
        """Nothing: what was asked is in the hub's list."""
