"""What an iterable gives, drawn by a thread of its own, and only as much as is asked for.

Drawing may take long, for a page must be made first; whoever reads goes on meanwhile with what there is.
"""

from collections.abc import Iterable
from queue import Empty, SimpleQueue
from threading import Semaphore, Thread
from typing import Generic, TypeVar

Item = TypeVar("Item")


class Feed(Generic[Item]):
    """The items of an iterable, in order; `is_over` when all of them have been taken."""

    def __init__(self, items: Iterable[Item]) -> None:
        self.is_over = False
        self._is_closed = False
        self._asked_count = 0
        self._asked = Semaphore(0)
        self._drawn: SimpleQueue[tuple[Item] | BaseException | None] = SimpleQueue()
        self._thread = Thread(target=self._draw, args=(items,), daemon=True)
        self._thread.start()

    def take(self, count: int, *, waits: bool) -> list[Item]:
        """At most `count` items: those that have been drawn by now, where it `waits` at least one or the end.

        What the iterable raises is raised here.
        """
        while self._asked_count < count:
            self._asked_count += 1
            self._asked.release()
        taken: list[Item] = []
        while not self.is_over and len(taken) < count:
            try:
                entry = self._drawn.get(block=waits and not taken)
            except Empty:
                break
            self._asked_count -= 1
            if isinstance(entry, tuple):
                taken.append(entry[0])
                continue
            self.is_over = True
            if entry is not None:
                raise entry
        return taken

    def close(self) -> None:
        """Draw no more; where everything was drawn, the thread has ended afterwards."""
        self._is_closed = True
        self._asked.release()
        if self.is_over:
            self._thread.join()

    def _draw(self, items: Iterable[Item]) -> None:
        iterator = iter(items)
        try:
            while self._asked.acquire() and not self._is_closed:
                try:
                    item = next(iterator)
                except StopIteration:
                    break
                self._drawn.put((item,))
            self._drawn.put(None)
        except BaseException as error:  # noqa: BLE001 (raised again in the thread that takes)
            self._drawn.put(error)
