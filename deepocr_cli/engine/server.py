"""Pages read by a server: requests go out a few at a time, completions come back, troubles that pass are waited out."""

import random
import time
from collections.abc import Iterable, Iterator
from contextlib import closing
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any

import httpx2

from deepocr_cli.document import Ending
from deepocr_cli.engine.chat import (
    GUARD_FIELD,
    QUESTION_ROOM,
    Answer,
    CutOffError,
    NotACompletionError,
    body_of,
    read_answer,
)
from deepocr_cli.engine.connection import Connection, PassingError, Patience, RefusedError, UnreachableError
from deepocr_cli.engine.feed import Feed
from deepocr_cli.engine.request import Completion, Request
from deepocr_cli.model.catalog import CatalogEntry

LOOK_SECONDS = 0.1
"""How often a free place is offered to a page that was not there yet."""


class ServerReader:
    """Reads pages through an OpenAI-compatible server, `batch_pages` at a time."""

    reads_while_drawing = True
    """Requests may come late: pages go on meanwhile."""

    def __init__(
        self, entry: CatalogEntry, api_key: str | None, batch_pages: int = 4, patience: Patience | None = None
    ) -> None:
        assert entry.server is not None, "an entry without a server is read on this machine"
        self.entry, self.server, self.batch_pages = entry, entry.server, batch_pages
        self.patience = patience or Patience()
        self._api_key = api_key
        self._takes_guard = True

    def run(self, requests: Iterable[Request]) -> Iterator[Completion]:
        """Read pages; each is given back when it has ended. One that the server fails on is a completion too.

        Raises:
            WeightsError: nobody answers at the address any more, or nobody will for this user or model.
        """
        connection = Connection(self.server.address, self._api_key, self.patience, self.batch_pages)
        with closing(connection), closing(Feed(requests)) as waiting:
            yield from self._run(waiting, connection)

    def _run(self, waiting: Feed[Request], connection: Connection) -> Iterator[Completion]:
        done: SimpleQueue[Completion | Exception] = SimpleQueue()
        running_count = 0
        while True:
            for request in waiting.take(self.batch_pages - running_count, waits=running_count == 0):
                # Daemons, because nobody waits for a page that is being read when the user interrupts.
                Thread(target=self._read_into, args=(done, request, connection), daemon=True).start()
                running_count += 1
            if running_count == 0:
                return
            try:
                outcome = done.get(timeout=None if waiting.is_over else LOOK_SECONDS)
            except Empty:
                continue
            running_count -= 1
            if isinstance(outcome, Exception):
                raise outcome
            yield outcome

    def _read_into(self, done: "SimpleQueue[Completion | Exception]", request: Request, connection: Connection) -> None:
        try:
            done.put(self._read(request, connection))
        except Exception as error:  # noqa: BLE001 (raised again in the thread that waits)
            done.put(error)

    def _read(self, request: Request, connection: Connection) -> Completion:
        """Read one page, with as many tries as the patience allows."""
        started = time.monotonic()
        deadline = started + self.patience.page
        body = body_of(request, self.entry, self.server.model)
        for tries_left in reversed(range(self.patience.tries)):
            try:
                return self._complete(request, self._ask(connection, body, deadline), started)
            except (RefusedError, NotACompletionError) as error:
                return _failed(request, str(error), started)
            except UnreachableError as error:
                if not tries_left or not self._wait(tries_left, None, deadline):
                    raise connection.unreachable(error) from error
            except (PassingError, CutOffError) as error:
                wait = error.wait if isinstance(error, PassingError) else None
                if not tries_left or not self._wait(tries_left, wait, deadline):
                    return _failed(request, str(error), started)
        raise AssertionError("the last try ends")

    def _ask(self, connection: Connection, body: dict[str, Any], deadline: float) -> Answer:
        """One request; a server that does not know the guard is asked once more without it."""
        if not self._takes_guard:
            body = _without_guard(body)
        try:
            with connection.post(body, deadline) as response:
                kind = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
                if kind not in ("text/event-stream", "application/json"):
                    raise NotACompletionError(f"the answer is {kind or 'of no kind'}, not a chat completion")
                chunks = _until(deadline, response, self.patience.page)
                return read_answer(chunks, is_stream=kind == "text/event-stream", max_tokens=body["max_tokens"])
        except RefusedError:
            if GUARD_FIELD not in body:
                raise
            # What is refused without the guard too was not refused for it.
            answer = self._ask(connection, _without_guard(body), deadline)
            self._takes_guard = False
            return answer

    def _wait(self, tries_left: int, asked: float | None, deadline: float) -> bool:
        """Wait before another try; False where that would take too long. Waits double, and differ between pages."""
        tried = self.patience.tries - 1 - tries_left
        longest = min(self.patience.longest_wait, self.patience.first_wait * 2**tried)
        wait = random.uniform(longest / 2, longest) if asked is None else asked + random.uniform(0, longest / 2)
        if time.monotonic() + wait >= deadline:
            return False
        time.sleep(wait)
        return True

    def _complete(self, request: Request, answer: Answer, started: float) -> Completion:
        vision_tokens, note = self._account(request, answer)
        estimate = round(len(answer.text) * self.entry.text_tokens_per_character)
        return Completion(
            number=request.number,
            text=answer.text,
            ending=answer.ending,
            vision_tokens=vision_tokens,
            text_tokens=estimate if answer.text_tokens is None else answer.text_tokens,
            seconds=time.monotonic() - started,
            note=note,
        )

    def _account(self, request: Request, answer: Answer) -> tuple[int, str | None]:
        """What the page took of the encoder; where the server's count cannot be the mode's, that one and a note."""
        mode = request.mode
        grid = mode.grid_for(*request.image.size)
        planned, taken = mode.vision_token_count(grid), answer.prompt_tokens
        most = mode.sequence_length(grid) + len(request.custom or request.find) + QUESTION_ROOM
        if taken is None or planned <= taken <= most:
            return planned, None
        return taken, f"the server took {taken} tokens for the page, not the {planned} of mode {mode.name}"


def _without_guard(body: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in body.items() if name != GUARD_FIELD}


def _until(deadline: float, response: httpx2.Response, seconds: float) -> Iterator[bytes]:
    """The chunks of a body while there is time."""
    for chunk in response.iter_raw():
        if time.monotonic() > deadline:
            raise NotACompletionError(f"the server took longer than {seconds:g} seconds (--engine-timeout)")
        yield chunk


def _failed(request: Request, reason: str, started: float) -> Completion:
    return Completion(request.number, "", Ending.FAILED, 0, 0, time.monotonic() - started, reason)
