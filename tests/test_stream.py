"""Pages side by side: in order, no more than stated, each error in its turn; one reader shared by many threads."""

import time
from collections.abc import Iterable, Iterator
from dataclasses import replace
from gc import collect
from itertools import islice
from threading import Event, Lock, Thread
from weakref import ref

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from deepocr_cli.document import Ending
from deepocr_cli.engine.feed import Feed
from deepocr_cli.engine.request import Completion, Request
from deepocr_cli.modes import Fit, Mode
from deepocr_cli.stream import FINISHED_AHEAD, SharedReader, in_order

MODE = Mode("small", 64, Fit.STRETCH)
PIXEL = Image.new("RGB", (1, 1))


@given(delays=st.lists(st.integers(0, 3), max_size=12), at_once=st.integers(1, 5))
def test_results_come_in_the_order_of_the_items(delays: list[int], at_once: int) -> None:
    running, most, lock = 0, 0, Lock()

    def work(item: tuple[int, int]) -> int:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        time.sleep(item[1] / 1000)
        with lock:
            running -= 1
        return item[0]

    assert list(in_order(work, enumerate(delays), at_once)) == list(range(len(delays)))
    assert most <= at_once


def test_items_are_drawn_no_further_ahead_than_stated() -> None:
    drawn: list[int] = []
    items = (drawn.append(number) or number for number in range(1000))
    results = in_order(lambda number: number, items, at_once=2)
    assert list(islice(results, 100)) == list(range(100))
    assert len(drawn) <= 100 + 2 * FINISHED_AHEAD
    results.close()


def test_a_slow_item_does_not_stop_those_after_it() -> None:
    is_last_done = Event()

    def work(number: int) -> int:
        if number == 0:
            assert is_last_done.wait(60), "the items after the first wait for it"
        if number == 2 * FINISHED_AHEAD - 1:
            is_last_done.set()
        return number

    assert list(in_order(work, range(2 * FINISHED_AHEAD), at_once=2)) == list(range(2 * FINISHED_AHEAD))


def test_an_error_comes_in_its_turn_and_ends_the_rest() -> None:
    done: list[int] = []

    def work(number: int) -> int:
        if number == 2:
            raise KeyError("two")
        done.append(number)
        return number

    results = in_order(work, range(1000), at_once=1)
    assert [next(results), next(results)] == [0, 1]
    with pytest.raises(KeyError, match="two"):
        next(results)
    assert len(done) <= 2 + FINISHED_AHEAD


class Stub:
    """Reads up to `batch` pages at a time, and notes how many it had at once."""

    def __init__(self, batch: int = 4, reads_while_drawing: bool = False) -> None:
        self.batch, self.reads_while_drawing, self.batches = batch, reads_while_drawing, list[int]()

    def run(self, requests: Iterable[Request]) -> Iterator[Completion]:
        feed = Feed(requests) if self.reads_while_drawing else None
        waiting = iter(requests)
        while batch := list(islice(waiting, self.batch)) if feed is None else feed.take(self.batch, waits=True):
            self.batches.append(len(batch))
            for request in reversed(batch):
                yield Completion(request.number, request.custom or "", Ending.COMPLETE, 1, 1, 0.0)


def request(number: int, text: str) -> Request:
    return Request(number, PIXEL, MODE, custom=text)


@pytest.mark.parametrize("reads_while_drawing", [False, True])
def test_every_thread_gets_what_it_asked_for(reads_while_drawing: bool) -> None:
    stub = Stub(reads_while_drawing=reads_while_drawing)
    shared = SharedReader(lambda: stub)
    answers: dict[str, str] = {}

    def ask(name: str) -> None:
        for turn in range(20):
            text = f"{name} {turn}"
            answers[text] = shared.ask(request(1, text)).result(60).text

    threads = [Thread(target=ask, args=(name,)) for name in "abcdefgh"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 160
    assert all(text == answer for text, answer in answers.items())


@pytest.mark.parametrize("reads_while_drawing", [False, True])
def test_a_reader_goes_with_who_shares_it(reads_while_drawing: bool) -> None:
    """Nobody keeps a network in memory that nobody can ask any more; asked again after a pause, it still answers."""
    stub = Stub(reads_while_drawing=reads_while_drawing)
    shared, is_kept = SharedReader(lambda kept=stub: kept), ref(stub)
    for turn in range(3):
        assert shared.ask(request(turn, f"page {turn}")).result(60).text == f"page {turn}"
        time.sleep(0.02)
    del stub, shared
    for _ in range(500):
        collect()
        if is_kept() is None:
            return
        time.sleep(0.01)
    pytest.fail("the reader is still there")


def test_several_pages_at_once_keep_their_numbers() -> None:
    shared = SharedReader(Stub)
    completions = list(shared.run(request(number, f"page {number}") for number in (7, 3, 5)))
    assert {completion.number: completion.text for completion in completions} == {
        number: f"page {number}" for number in (7, 3, 5)
    }


def test_an_error_reaches_everybody_who_waits_and_the_next_is_asked_anew() -> None:
    class Broken(Stub):
        def run(self, requests: Iterable[Request]) -> Iterator[Completion]:
            list(requests)
            raise MemoryError("too little")

    readers = iter([Broken(), Stub()])
    shared = SharedReader(lambda: next(readers))
    with pytest.raises(MemoryError, match="too little"):
        shared.ask(request(1, "a")).result(60)
    shared._reader = None
    assert shared.ask(request(1, "b")).result(60).text == "b"


def test_a_reader_that_cannot_be_made() -> None:
    def fail() -> Stub:
        raise ValueError("no weights")

    with pytest.raises(ValueError, match="no weights"):
        SharedReader(fail).ask(request(1, "a")).result(60)


def test_late_requests_join_the_running_batch() -> None:
    is_asked_twice = Event()

    class Slow(Stub):
        reads_while_drawing = True

        def run(self, requests: Iterable[Request]) -> Iterator[Completion]:
            feed = Feed(requests)
            first = feed.take(1, waits=True)
            assert is_asked_twice.wait(60)
            second = feed.take(1, waits=True)
            for number, late in enumerate(second + first):
                yield replace(Completion(late.number, str(number), Ending.COMPLETE, 1, 1, 0.0))

    shared = SharedReader(Slow)
    first = shared.ask(request(1, "a"))
    second = shared.ask(request(2, "b"))
    is_asked_twice.set()
    assert (second.result(60).text, first.result(60).text) == ("0", "1")
