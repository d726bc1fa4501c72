"""The engine out of memory: pages wait, are looked at one by one, or fail alone."""

import random
from dataclasses import replace
from typing import Any

import pytest
import torch
from scripted_engine import ScriptedDecoder, ScriptedEngine, ScriptedNetwork, page, read, scripted_engine
from tiny_networks import TINY
from torch import Tensor

from deepocr_cli.document import Ending
from deepocr_cli.engine.kv_cache import chunk_bytes
from deepocr_cli.engine.request import Request
from deepocr_cli.engine.sequence import Prepared
from deepocr_cli.errors import MemoryExhaustedError
from deepocr_cli.model.prompt import Prompt
from deepocr_cli.model.views import PageViews


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
