"""The way to an OpenAI-compatible server: addresses, the key, who answers there, and what its refusals mean."""

import email.utils
import ipaddress
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx2

from deepocr_cli.engine.chat import error_text
from deepocr_cli.errors import UsageError, WeightsError

_MOST_ERROR_BYTES = 65_536
_MOST_LIST_BYTES = 1 << 20
_PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})
"""Statuses that another try may change."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a server is waited for, in seconds; `page` is for all of a page, tries and waits together."""

    page: float = 600
    connect: float = 10
    tries: int = 5
    first_wait: float = 0.5
    longest_wait: float = 60


class PassingError(Exception):
    """The server cannot answer now; `wait` is how many seconds it asks for, None where it does not say."""

    def __init__(self, reason: str, wait: float | None = None) -> None:
        self.reason, self.wait = reason, wait
        super().__init__(reason)


class UnreachableError(Exception):
    """Nobody answers at the address."""


class RefusedError(Exception):
    """The server refuses this request, and would again; its words are in the message."""


def plain_address(url: str, *, is_offline: bool = False) -> str:
    """The address of a server without `/v1` and without a slash at its end.

    Raises:
        UsageError: it is not an http address, carries a secret, or is of another machine while offline.
    """
    hint = "try --engine http://127.0.0.1:8000"
    try:
        parts = urlsplit(url.strip())
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise UsageError(f"--engine {url}: not an address", hint=hint) from error
    if parts.scheme not in ("http", "https") or not host:
        raise UsageError(f"--engine {url}: not an address that begins with http:// or https://", hint=hint)
    if parts.username is not None or parts.query or parts.fragment:
        raise UsageError("--engine: the address carries more than a place", hint="keys go into DEEPOCR_API_KEY")
    if is_offline and not is_loopback(host):
        raise UsageError(f"--offline forbids the server on {host}", hint="leave out --offline")
    path = parts.path.rstrip("/").removesuffix("/v1")
    return f"{parts.scheme}://{parts.netloc}{path}"


def is_loopback(host: str) -> bool:
    """Whether a host name is this machine's own, whatever a name server says."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


class Connection:
    """A client of one server; threads share it. Redirects are not followed: a page goes where the user sent it."""

    def __init__(self, address: str, api_key: str | None, patience: Patience, count: int = 1) -> None:
        self.address, self.patience = address, patience
        host = urlsplit(address).hostname or ""
        place = f"[{host}]" if ":" in host else host
        self._client = httpx2.Client(
            headers=_headers(api_key),
            limits=httpx2.Limits(max_connections=count + 1),
            # Proxies of the environment are for other machines.
            mounts={f"all://{place}": None} if is_loopback(host) else None,
        )

    def close(self) -> None:
        """End what is under way; nothing can be asked any more."""
        self._client.close()

    def models(self) -> tuple[str, ...]:
        """The names of the models that the server lists.

        Raises:
            WeightsError: it cannot be reached, refuses, or answers with something else.
        """
        try:
            with self._open("GET", "/v1/models", time.monotonic() + self.patience.connect * 3) as response:
                content = httpx2.Response(200, content=_read(response, _MOST_LIST_BYTES)).json()
            return tuple(str(model["id"]) for model in content["data"])
        except UnreachableError as error:
            raise self.unreachable(error) from error
        except (PassingError, RefusedError) as error:
            raise WeightsError(f"{self.address}: does not list its models: {error}", hint=_NAME_IT) from error
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise WeightsError(f"{self.address}: the list of its models cannot be read", hint=_NAME_IT) from error

    @contextmanager
    def post(self, body: dict[str, Any], deadline: float) -> Iterator[httpx2.Response]:
        """The answer to a chat completion, its body not yet read.

        Raises:
            UnreachableError, PassingError, RefusedError: there is none, for now or for good.
            WeightsError: the server will not serve this user or this model at all.
        """
        with self._open("POST", "/v1/chat/completions", deadline, body) as response:
            yield response

    def unreachable(self, error: Exception) -> WeightsError:
        return WeightsError(f"{self.address}: no server answers: {error}", hint=_START_IT)

    @contextmanager
    def _open(
        self, method: str, path: str, deadline: float, body: dict[str, Any] | None = None
    ) -> Iterator[httpx2.Response]:
        left = max(0.1, deadline - time.monotonic())
        timeout = httpx2.Timeout(left, connect=min(left, self.patience.connect), pool=None)
        try:
            with self._client.stream(method, self.address + path, json=body, timeout=timeout) as response:
                self._check(response)
                yield response
        except (httpx2.ConnectError, httpx2.ConnectTimeout) as error:
            raise UnreachableError(_first_line(error)) from error
        except httpx2.TransportError as error:
            raise PassingError(f"the connection failed: {_first_line(error)}") from error

    def _check(self, response: httpx2.Response) -> None:
        status = response.status_code
        if status == 200:
            return
        if response.is_redirect:
            raise WeightsError(f"{self.address}: answers {status}, a redirect", hint="give --engine the final address")
        reason = error_text(_read(response, _MOST_ERROR_BYTES))
        if status in (401, 403):
            raise WeightsError(f"{self.address}: refuses access ({status})", hint="set DEEPOCR_API_KEY to its key")
        if status == 404:
            raise WeightsError(f"{self.address}: answers 404: {reason}", hint=_NAME_IT)
        if status in _PASSING:
            raise PassingError(f"the server answers {status}: {reason}", _wait_of(response.headers.get("Retry-After")))
        raise RefusedError(f"the server answers {status}: {reason}")


def _headers(api_key: str | None) -> dict[str, str]:
    # Bodies are counted as they come, and so must not be packed.
    headers = {"Accept-Encoding": "identity", "User-Agent": "deepocr"}
    if api_key is None:
        return headers
    if not api_key.isascii() or not api_key.isprintable():
        raise UsageError("DEEPOCR_API_KEY holds characters that no key has", hint="set it again")
    return headers | {"Authorization": f"Bearer {api_key}"}


def _read(response: httpx2.Response, limit: int) -> bytes:
    """The beginning of a body, at most about `limit` bytes."""
    body = b""
    for chunk in response.iter_raw():
        body += chunk
        if len(body) > limit:
            break
    return body


def _wait_of(retry_after: str | None) -> float | None:
    """Seconds that a server asks to wait: a number, or the time until a date."""
    if retry_after is None:
        return None
    try:
        return max(0.0, float(retry_after))
    except ValueError:
        pass
    try:
        return max(0.0, email.utils.parsedate_to_datetime(retry_after).timestamp() - time.time())
    except ValueError:
        return None


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0] or type(error).__name__


_NAME_IT = "check the address; --engine-model NAME says which model is meant"
_START_IT = "start it, or check the address; what was read is kept, and a second run goes on"
