"""Worker processes for the pages of one document after another: one at first, more where a long document wants them."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock, Semaphore

from deepocr_cli.isolation.process import Process

MOST_PROCESSES = 4
"""Each takes some 300 MiB."""
PAGES_EACH = 8
"""Fewer are read before another process has loaded its libraries."""


class Crew:
    """Processes that are lent one by one, so that several threads may each ask one of their own.

    Args:
        seconds: what a page may take.
        most: processes at most; there is one until `grow` is called.
    """

    def __init__(self, seconds: float, most: int = 1) -> None:
        self._seconds, self._most = seconds, most
        self._all: list[Process] = []
        self._idle: list[Process] = []
        self._places = Semaphore(1)
        self._changing = Lock()
        self._slow_page_count = 0
        self._is_closed = False

    def grow(self) -> None:
        """Note that a page takes long; after every `PAGES_EACH` of them a process more may be lent."""
        with self._changing:
            self._slow_page_count += 1
            is_time = self._slow_page_count % PAGES_EACH == 0
            if is_time and self._slow_page_count // PAGES_EACH < self._most:
                self._places.release()

    @contextmanager
    def lend(self) -> Iterator[Process]:
        """A process for questions that belong together; waits until one is free."""
        with self._places:
            process = self._take()
            try:
                with process.turn:
                    yield process
            finally:
                self._idle.append(process)

    def _take(self) -> Process:
        """The process that came back last, so that no more are started than are asked at a time."""
        with self._changing:
            if self._idle:
                return self._idle.pop()
            process = Process(self._seconds)
            self._all.append(process)
            if self._is_closed:
                process.close()
            return process

    def close(self) -> None:
        """Let other documents use the workers; this crew reads nothing any more."""
        with self._changing:
            self._is_closed = True
            for process in self._all:
                process.close()


def usable_processors() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
