"""Pages side by side: journeys go in, pages come out in order; what several threads ask of one reader is read together.

Every journey has a thread of its own, which waits most of the time: for the worker process that draws, for light OCR,
for the network. All three let go of Python's lock while they compute.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from dataclasses import replace
from itertools import count
from queue import Empty, SimpleQueue
from threading import Lock, Thread
from typing import TypeVar

from deepocr_cli.engine.request import Completion, PageReader, Request

Item = TypeVar("Item")
Result = TypeVar("Result")

FINISHED_AHEAD = 4
"""Results that may wait for one before them, in multiples of the threads; a slow page then stops no other for long."""


def in_order(do: Callable[[Item], Result], items: Iterable[Item], at_once: int) -> Iterator[Result]:
    """Results of `do` in the order of the items, of which `at_once` are under way, each in a thread.

    What `do` raises is raised here, in its turn; then, and on an interrupt, nothing else is begun.
    """
    waiting: SimpleQueue[tuple[Future[Result], Item] | None] = SimpleQueue()
    window: deque[Future[Result]] = deque()
    threads: list[Thread] = []

    def work() -> None:
        while (task := waiting.get()) is not None:
            future, item = task
            if not future.set_running_or_notify_cancel():
                continue
            try:
                future.set_result(do(item))
            except BaseException as error:  # noqa: BLE001 (raised again in the thread that waits)
                future.set_exception(error)

    try:
        for item in items:
            if len(threads) < at_once:
                # Daemons, because nobody waits for a page that is being read when the user interrupts.
                threads.append(Thread(target=work, daemon=True))
                threads[-1].start()
            window.append(Future())
            waiting.put((window[-1], item))
            if len(window) >= at_once * FINISHED_AHEAD or window[0].done():
                yield window.popleft().result()
        while window:
            yield window.popleft().result()
    finally:
        for future in window:
            future.cancel()
        for _ in threads:
            waiting.put(None)


class SharedReader:
    """One reader of pages for many threads: what they ask at the same time is read in one batch.

    It is read by a thread that ends when nothing is asked any more, so that the reader goes when this one does.

    Args:
        open_reader: makes the reader when it is first asked. One whose `reads_while_drawing` is true goes on while it
            draws a request that is not there yet, and takes pages in at any time; another one is given what waits,
            and then what has come meanwhile.
    """

    def __init__(self, open_reader: Callable[[], PageReader]) -> None:
        self._open_reader = open_reader
        self._reader: PageReader | None = None
        self._numbers = count()
        # None ends a batch after which nothing is asked.
        self._waiting: SimpleQueue[Request | None] = SimpleQueue()
        self._asked: dict[int, Future[Completion]] = {}
        self._starting = Lock()
        self._is_running = False

    def ask(self, request: Request) -> "Future[Completion]":
        """A completion to come; its number is not the request's."""
        future: Future[Completion] = Future()
        with self._starting:
            number = next(self._numbers)
            self._asked[number] = future
            self._waiting.put(replace(request, number=number))
            if not self._is_running:
                self._is_running = True
                Thread(target=self._read, daemon=True).start()
        return future

    def run(self, requests: Iterable[Request]) -> Iterator[Completion]:
        """Read pages, for those who ask for several; see `PageReader.run`. All requests are drawn at once."""
        asked = [(request.number, self.ask(request)) for request in requests]
        for number, future in asked:
            yield replace(future.result(), number=number)

    def _read(self) -> None:
        try:
            self._reader = self._reader or self._open_reader()
            while self._has_more():
                for completion in self._reader.run(self._draw()):
                    self._take_off(completion.number).set_result(completion)
        except BaseException as error:  # noqa: BLE001 (raised again in the threads that wait)
            with self._starting:
                self._is_running = False
                asked, self._asked = self._asked, {}
                self._waiting = SimpleQueue()
            for future in asked.values():
                future.set_exception(error)

    def _has_more(self) -> bool:
        """Whether anything is asked; where nothing is, who asks next starts another thread."""
        with self._starting:
            self._is_running = bool(self._asked)
            if not self._is_running:
                self._waiting = SimpleQueue()
            return self._is_running

    def _take_off(self, number: int) -> "Future[Completion]":
        with self._starting:
            future = self._asked.pop(number)
            if not self._asked:
                self._waiting.put(None)
            return future

    def _draw(self) -> Iterator[Request]:
        """Waits for a request, then gives what there is."""
        is_open = getattr(self._reader, "reads_while_drawing", False)
        is_first = True
        try:
            while (request := self._waiting.get(block=is_open or is_first)) is not None:
                yield request
                is_first = False
        except Empty:
            return
