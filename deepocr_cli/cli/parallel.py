"""Tasks in, their results out, in the order of the tasks: several at once, each with worker processes of its own."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from queue import Empty, SimpleQueue
from threading import Event, Thread
from typing import TypeVar

from deepocr_cli.isolation.crew import MOST_PROCESSES, Crew, usable_processors

Task = TypeVar("Task")
Result = TypeVar("Result")


def in_parallel(
    do: Callable[[Crew, Task], Result], tasks: Sequence[Task], count: int, seconds: float
) -> Iterator[Result]:
    """Results of `do`, `count` tasks at a time; a page may keep a worker process busy for `seconds`.

    The processors that are left are for the pages of one task.

    What a task raises is raised here; then, and on an interrupt, no other task is begun.
    """
    most = min(MOST_PROCESSES, max(1, usable_processors() // count))
    if count == 1 or len(tasks) <= 1:
        with closing(Crew(seconds, most)) as crew:
            for task in tasks:
                yield do(crew, task)
        return
    waiting: SimpleQueue[int] = SimpleQueue()
    for index in range(len(tasks)):
        waiting.put(index)
    done: SimpleQueue[tuple[int, Result | BaseException]] = SimpleQueue()
    is_over = Event()

    def work() -> None:
        with closing(Crew(seconds, most)) as crew:
            while not is_over.is_set():
                try:
                    index = waiting.get_nowait()
                except Empty:
                    return
                try:
                    done.put((index, do(crew, tasks[index])))
                except BaseException as error:  # noqa: BLE001 (raised again in the thread that waits)
                    done.put((index, error))
                    return

    # Daemons, because nobody waits for a page that is being read when the user interrupts.
    for _ in range(min(count, len(tasks))):
        Thread(target=work, daemon=True).start()
    try:
        yield from _in_order(done, len(tasks))
    finally:
        is_over.set()


def _in_order(done: "SimpleQueue[tuple[int, Result | BaseException]]", count: int) -> Iterator[Result]:
    results: dict[int, Result] = {}
    for index in range(count):
        while index not in results:
            place, result = done.get()
            if isinstance(result, BaseException):
                raise result
            results[place] = result
        yield results.pop(index)
