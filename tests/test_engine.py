"""The engine: pages in any batch, limits, loops, and pages that fail without harming the others."""

from collections.abc import Iterator
from dataclasses import replace
from threading import Event

import pytest
from scripted_engine import ScriptedEngine, page, read, scripted_engine
from tiny_networks import TINY
from torch import Tensor

from deepocr_cli.document import Ending
from deepocr_cli.engine.request import Request
from deepocr_cli.engine.sequence import Prepared
from deepocr_cli.model.catalog import NgramGuard


def test_a_page_is_read_to_its_end() -> None:
    done = read(scripted_engine(), page(1, 2))[1]
    assert (done.text, done.ending, done.text_tokens) == ("3 4", Ending.COMPLETE, 2)
    assert done.seconds >= 0


def test_a_page_without_text_is_complete() -> None:
    assert read(scripted_engine(), page(1, 999))[1].ending is Ending.COMPLETE


def test_no_pages_no_completions() -> None:
    assert read(scripted_engine()) == {}


@pytest.mark.parametrize("batch_pages", [1, 2, 5])
def test_every_page_is_read_whatever_the_batch(batch_pages: int) -> None:
    requests = [page(number, first) for number, first in enumerate([10, 2, 90, 999, 50, 2])]
    done = read(scripted_engine(batch_pages), *requests)
    assert [done[number].text_tokens for number in range(6)] == [89, 2, 9, 0, 49, 2]


def test_requests_are_drawn_as_there_is_room() -> None:
    drawn: list[int] = []

    def requests() -> Iterator[Request]:
        for number in range(6):
            drawn.append(number)
            yield page(number, 10 if number == 0 else 2)

    for finished, _ in enumerate(scripted_engine(batch_pages=2).run(requests()), start=1):
        assert len(drawn) <= finished + 1, "two places, and no page is drawn for a third"
    assert finished == len(drawn) == 6


def test_a_page_at_its_limit_keeps_its_text() -> None:
    done = read(scripted_engine(), page(1, 10, max_new_tokens=5), page(2, 2))
    assert (done[1].text, done[1].ending) == ("11 12 13 14 15", Ending.TOO_LONG)
    assert done[2].ending is Ending.COMPLETE


def test_the_networks_positions_are_a_limit_too() -> None:
    engine = scripted_engine()
    engine.model.config = replace(TINY, decoder=replace(TINY.decoder, position_count=12))
    assert read(engine, page(1, 10))[1].text_tokens == 10


def test_a_loop_is_stopped_and_one_turn_is_kept() -> None:
    done = read(scripted_engine(), page(1, 110), page(2, 2))
    assert done[1].ending is Ending.LOOPED
    assert done[1].text.split() == [str(token) for token in range(111, 160)]
    assert done[2].ending is Ending.COMPLETE


def test_the_guard_breaks_short_loops() -> None:
    done = read(scripted_engine(guard=NgramGuard(size=4, window=20)), page(1, 200))[1]
    assert done.ending is Ending.COMPLETE
    assert done.text == "201 200 201 200 201 3 4"


def test_a_page_without_views_harms_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    engine, prepare = scripted_engine(batch_pages=2), ScriptedEngine.prepare

    def fail_at_two(self: ScriptedEngine, request: Request) -> Prepared:
        if request.number == 2:
            raise OSError("image file is truncated")
        return prepare(self, request)

    monkeypatch.setattr(ScriptedEngine, "prepare", fail_at_two)
    done = read(engine, page(1, 10), page(2, 2), page(3, 2))
    assert (done[2].ending, done[2].note) == (Ending.FAILED, "image file is truncated")
    assert [done[number].ending for number in (1, 3)] == [Ending.COMPLETE] * 2


def test_a_slow_page_holds_up_no_other() -> None:
    """Page 2 is drawn only after page 1 has been read, though there is a place for it."""
    is_read = Event()

    def requests() -> Iterator[Request]:
        yield page(1, 10)
        assert is_read.wait(60), "page 1 waits for page 2"
        yield page(2, 2)

    completions = scripted_engine(batch_pages=2).run(requests())
    assert next(completions).number == 1
    is_read.set()
    assert [done.number for done in completions] == [2]


def test_what_goes_wrong_while_drawing_is_raised() -> None:
    def requests() -> Iterator[Request]:
        yield page(1, 2)
        raise KeyError("a bug elsewhere")

    with pytest.raises(KeyError, match="a bug elsewhere"):
        read(scripted_engine(), *requests())
    with pytest.raises(KeyError, match="a bug elsewhere"):
        list(scripted_engine(batch_pages=2).run(requests()))


def test_pages_that_fail_harm_no_other() -> None:
    requests = [page(1, 10), page(2, 2, side=1), page(3, 900), page(4, 2)]
    done = read(scripted_engine(batch_pages=2), *requests)
    assert (done[2].ending, done[2].note) == (Ending.FAILED, "a view that cannot be looked at")
    assert (done[3].ending, done[3].note) == (Ending.FAILED, "the network computed no finite number")
    assert [done[number].text_tokens for number in (1, 4)] == [89, 2]


def test_a_prompt_without_room_for_text_fails() -> None:
    engine = scripted_engine()
    engine.model.config = replace(TINY, decoder=replace(TINY.decoder, position_count=2))
    done = read(engine, page(1, 2))[1]
    assert done.ending is Ending.FAILED
    assert done.note == "the prompt's 2 positions leave no room for text"


def test_other_errors_are_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> Tensor:
        raise RuntimeError("a bug")

    engine = scripted_engine()
    monkeypatch.setattr(engine.model, "encode_many", fail)
    with pytest.raises(RuntimeError, match="a bug"):
        read(engine, page(1, 2))


def test_pages_that_are_looked_at_ahead_are_read_alike() -> None:
    firsts = [10, 2, 90, 999, 50, 2, 20, 110, 900, 2, 10]
    requests = [page(number, first, side=1 if first == 20 else 64) for number, first in enumerate(firsts)]
    ahead = scripted_engine(batch_pages=4)
    ahead._looks_ahead = True
    expected, done = read(scripted_engine(), *requests), read(ahead, *requests)
    assert [(done[n].text, done[n].ending) for n in done] != []
    assert {n: (done[n].text, done[n].ending, done[n].note) for n in done} == {
        n: (expected[n].text, expected[n].ending, expected[n].note) for n in expected
    }
