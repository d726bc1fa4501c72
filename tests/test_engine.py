"""The engine: pages in any batch, limits, loops, and pages that fail without harming the others.

A scripted network answers with the token that `SCRIPT` puts after the last one, so that every ending can be arranged.
"""

import random
from collections.abc import Iterator
from dataclasses import replace
from threading import Event
from typing import Any

import pytest
import torch
from PIL import Image
from tiny_networks import TINY
from torch import Tensor

from deepocr_cli.document import Ending
from deepocr_cli.engine.engine import Engine
from deepocr_cli.engine.kv_cache import chunk_bytes
from deepocr_cli.engine.request import Completion, Request
from deepocr_cli.engine.sequence import Prepared
from deepocr_cli.errors import MemoryExhaustedError
from deepocr_cli.model.catalog import NgramGuard
from deepocr_cli.model.prompt import Prompt
from deepocr_cli.model.views import PageViews
from deepocr_cli.modes import Fit, Mode

EOS = 1
VOCABULARY = 1000
MODE = Mode("small", 64, Fit.STRETCH)
NO_GUARD = NgramGuard(size=10_000, window=10_000)

SCRIPT = (
    {2: 3, 3: 4, 4: EOS}  # two tokens and an end
    | {token: token + 1 for token in range(10, 99)}  # a long text
    | {99: EOS}
    | {token: token + 1 for token in range(100, 160)}  # a text that runs into a loop of forty tokens
    | {159: 120}
    | {token: token + 1 for token in range(300, 899)}  # a text of more than two chunks
    | {200: 201, 201: 200}  # a loop from the first token
)


class NumberCodec:
    """Tokens as numbers; no table cells."""

    prompt = replace(TINY.prompt, eos_id=EOS)

    def decode(self, token_ids: list[int]) -> str:
        return " ".join(map(str, token_ids))

    def cell_ids(self) -> frozenset[int]:
        return frozenset()

    def digit_ids(self) -> frozenset[int]:
        return frozenset()


class ScriptedDecoder:
    """Its features are the ids themselves; 900 stands for a network that computes no number."""

    def embed(self, token_ids: Tensor) -> Tensor:
        return token_ids[..., None].float()

    def __call__(self, features: Tensor, positions: Tensor, memory: object) -> Tensor:
        return features

    def logits(self, features: Tensor) -> Tensor:
        logits = torch.zeros(len(features), VOCABULARY)
        for row, token_id in zip(logits, features[:, 0].int().tolist(), strict=True):
            row[SCRIPT.get(token_id, EOS)] = 2.0 if token_id != 900 else torch.nan
            row[3] += 1.0  # what comes where the guard bans the likeliest
        return logits


class ScriptedNetwork:
    """Reads a page whose prompt ends with the token that its text begins after."""

    config, device, dtype = TINY, torch.device("cpu"), torch.float32

    def __init__(self) -> None:
        self.decoder = ScriptedDecoder()
        self.config = replace(TINY, decoder=replace(TINY.decoder, position_count=10_000))

    def encode_many(self, pages: list[PageViews]) -> list[Tensor]:
        if any(page.overview.isnan().any() for page in pages):
            raise ValueError("a view that cannot be looked at")
        return [torch.zeros(0, 1)] * len(pages)

    def embed_prompt(self, token_ids: tuple[int, ...], vision: Tensor) -> Tensor:
        return self.decoder.embed(torch.tensor(token_ids))


class ScriptedEngine(Engine):
    """A page's question is the token that its text begins after; nobody can look at a page of one pixel."""

    def prepare(self, request: Request) -> Prepared:
        pixel = torch.nan if request.image.width == 1 else 0.0
        return Prepared(PageViews(torch.full((3, 2, 2), pixel)), Prompt((0, int(request.custom or 0)), 0))


def scripted_engine(batch_pages: int = 3, guard: NgramGuard = NO_GUARD) -> Engine:
    network: Any = ScriptedNetwork()
    codec: Any = NumberCodec()
    return ScriptedEngine(network, codec, guard, batch_pages)


def page(number: int, first: int, max_new_tokens: int = 8192, side: int = 64) -> Request:
    return Request(number, Image.new("RGB", (side, side)), MODE, custom=str(first), max_new_tokens=max_new_tokens)


def read(engine: Engine, *requests: Request) -> dict[int, Completion]:
    return {completion.number: completion for completion in engine.run(requests)}


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


@pytest.mark.parametrize(
    "error", [RuntimeError("DefaultCPUAllocator: can't allocate memory"), torch.OutOfMemoryError("CUDA out of memory")]
)
def test_too_little_memory_is_said_as_such(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def fail(*_: object) -> Tensor:
        raise error

    engine = scripted_engine()
    monkeypatch.setattr(engine.model, "encode_many", fail)
    with pytest.raises(MemoryExhaustedError) as caught:
        read(engine, page(1, 2))
    assert "--batch-pages" in (caught.value.hint or "")
    assert "--mode" in (caught.value.hint or "")


def test_other_errors_are_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> Tensor:
        raise RuntimeError("a bug")

    engine = scripted_engine()
    monkeypatch.setattr(engine.model, "encode_many", fail)
    with pytest.raises(RuntimeError, match="a bug"):
        read(engine, page(1, 2))


@pytest.mark.parametrize("error", [RuntimeError("can't allocate memory"), torch.OutOfMemoryError("CUDA out of memory")])
def test_out_of_memory_half_of_the_pages_wait(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    """The network has room for two pages at a time; which of its parts it fails in changes."""
    engine = scripted_engine(batch_pages=7)
    logits, encode, decoded = ScriptedDecoder.logits, ScriptedNetwork.encode_many, []
    chance = random.Random(3)

    def fail_often(*arguments: Any) -> Tensor:
        if len(engine._scheduler.running) > 2 and chance.random() < 0.5:
            raise error
        return encode(*arguments)

    def fail_when_many(self: ScriptedDecoder, features: Tensor) -> Tensor:
        if len(features) > 2:
            raise error
        decoded.append(len(features))
        return logits(self, features)

    monkeypatch.setattr(ScriptedNetwork, "encode_many", fail_often)
    monkeypatch.setattr(ScriptedDecoder, "logits", fail_when_many)
    firsts = [10, 2, 90, 999, 50, 2, 20]
    done = read(engine, *(page(number, first) for number, first in enumerate(firsts)))
    assert [done[number].text_tokens for number in range(7)] == [89, 2, 9, 0, 49, 2, 79]
    assert all(completion.ending is Ending.COMPLETE for completion in done.values())
    assert max(decoded) == 2


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


def test_out_of_memory_while_looking_ahead_pages_are_looked_at_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    encode = ScriptedNetwork.encode_many

    def fail_when_many(self: ScriptedNetwork, pages: list[PageViews]) -> list[Tensor]:
        if len(pages) > 1:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return encode(self, pages)

    monkeypatch.setattr(ScriptedNetwork, "encode_many", fail_when_many)
    engine = scripted_engine(batch_pages=4)
    engine._looks_ahead = True
    done = read(engine, *(page(number, first) for number, first in enumerate([10, 2, 90, 999, 50])))
    assert [done[number].text_tokens for number in range(5)] == [89, 2, 9, 0, 49]


def test_a_run_that_was_given_up_leaves_nothing_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = scripted_engine(batch_pages=1)
    one_chunk = chunk_bytes(TINY.decoder, torch.float32)
    engine.memory = one_chunk

    def fail(*_: object) -> Tensor:
        raise torch.OutOfMemoryError("CUDA out of memory")

    too_long = replace(page(1, 2), custom="300")
    with monkeypatch.context() as broken, pytest.raises(MemoryExhaustedError):
        prepare = ScriptedEngine.prepare

        def with_long_prompt(self: ScriptedEngine, request: Request) -> Prepared:
            prepared = prepare(self, request)
            if request is not too_long:
                return prepared
            return replace(prepared, prompt=Prompt(prepared.prompt.ids * 100, 0))

        broken.setattr(ScriptedEngine, "prepare", with_long_prompt)
        broken.setattr(engine.model, "encode_many", fail)
        # The first is refused in the step in which the second runs out of memory.
        read(engine, too_long, page(2, 2))
    assert list(read(engine, page(3, 2))) == [3]


def test_less_memory_than_any_page_takes() -> None:
    engine = scripted_engine()
    engine.memory = 1
    done = read(engine, page(1, 2), page(2, 10))
    assert all("--memory" in str(done[number].note) for number in (1, 2))


def test_a_page_that_memory_cannot_hold_even_alone() -> None:
    three_chunks = 3 * chunk_bytes(TINY.decoder, torch.float32)
    engine = scripted_engine(batch_pages=3)
    engine.memory = three_chunks
    long = replace(page(1, 300), max_new_tokens=9000)
    done = read(engine, long, page(2, 2), page(3, 10))
    assert done[1].ending is Ending.FAILED
    assert "--memory" in str(done[1].note)
    assert (done[2].ending, done[3].text_tokens) == (Ending.COMPLETE, 89)
