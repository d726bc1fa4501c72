"""Keys and values in rows of chunks: what was remembered is there again, wherever rows move, and the bound holds."""

from dataclasses import dataclass
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from deepocr_cli.engine import kv_cache, shelf
from deepocr_cli.engine.kv_cache import KeyValueCache, chunk_bytes
from deepocr_cli.engine.recall import attend
from deepocr_cli.model.config import DecoderConfig

CONFIG = DecoderConfig(
    width=8, layer_count=2, head_count=4, key_value_head_count=2, dense_width=8, expert_count=2, expert_width=4
)
HEADS, WIDTH = 2, CONFIG.head_width


@dataclass(eq=False)
class Told:
    """A sequence, and the keys and values (layers, 2, M, T, C) that it was told to remember."""

    memory: Tensor


def told(length: int) -> Any:
    return Told(torch.randn(CONFIG.layer_count, 2, HEADS, length, WIDTH))


def open_rows(cache: KeyValueCache[Any], sequences: list[Any]) -> None:
    length = sequences[0].memory.shape[3]
    rows = cache.open_rows(sequences, length)
    for layer in range(CONFIG.layer_count):
        keys, values = (torch.stack([sequence.memory[layer, half] for sequence in sequences]) for half in (0, 1))
        rows.attend(layer, torch.randn(len(sequences), CONFIG.head_count, length, WIDTH), keys, values)


def take_one_position(cache: KeyValueCache) -> None:
    """Every row takes a position, and what it is attended to with is all that it was told, and nothing else."""
    sequences: list[Any] = cache.owners
    memory = cache.next_positions(sequences)
    news = [torch.randn(CONFIG.layer_count, 2, HEADS, 1, WIDTH) for _ in sequences]
    assert memory.positions.tolist() == [sequence.memory.shape[3] for sequence in sequences]
    for sequence, new in zip(sequences, news, strict=True):
        sequence.memory = torch.cat([sequence.memory, new], dim=3)
    for layer in range(CONFIG.layer_count):
        queries = torch.randn(len(sequences), CONFIG.head_count, 1, WIDTH)
        keys, values = (torch.stack([new[layer, half] for new in news]) for half in (0, 1))
        seen = memory.attend(layer, queries, keys, values)
        for place, sequence in enumerate(sequences):
            everything = sequence.memory[layer].unsqueeze(1)
            expected = F.scaled_dot_product_attention(
                queries[place : place + 1], everything[0], everything[1], enable_gqa=True
            )
            torch.testing.assert_close(seen[place : place + 1], expected, atol=1e-5, rtol=1e-4)
    cache.keep(sequences)


@pytest.fixture(autouse=True)
def _small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (kv_cache, shelf):
        monkeypatch.setattr(module, "CHUNK", 4)


def small_cache(chunk_limit: int) -> KeyValueCache[Any]:
    return KeyValueCache(CONFIG, chunk_limit, torch.device("cpu"), torch.float32)


steps = st.lists(
    st.one_of(
        st.tuples(st.just("open"), st.integers(1, 3), st.integers(1, 12)),
        st.tuples(st.just("close"), st.integers(0, 9), st.just(0)),
        st.tuples(st.just("go on"), st.just(0), st.just(0)),
    ),
    max_size=40,
)


@settings(max_examples=60)
@given(steps=steps, chunk_limit=st.integers(1, 20))
def test_rows_remember_what_they_were_told_within_the_bound(
    steps: list[tuple[str, int, int]], chunk_limit: int
) -> None:
    cache = small_cache(chunk_limit)
    for step, count, length in steps:
        if step == "open" and cache.has_room(count, length):
            open_rows(cache, [told(length) for _ in range(count)])
        elif step == "close" and count < len(cache.owners):
            cache.close_row(cache.owners[count])
        elif step == "go on" and cache.owners and cache.make_room():
            take_one_position(cache)
        assert cache.chunk_count <= chunk_limit


def test_a_row_that_nothing_was_kept_of_can_be_written_again() -> None:
    cache = small_cache(4)
    open_rows(cache, [told(2)])
    first: Any = cache.owners[0]
    memory = cache.next_positions([first])
    memory.attend(0, torch.ones(1, 4, 1, WIDTH), torch.ones(1, HEADS, 1, WIDTH), torch.ones(1, HEADS, 1, WIDTH))
    take_one_position(cache)


def test_numbers_that_are_not_finite_leave_with_their_page() -> None:
    cache = small_cache(4)
    bad, good = told(7), told(2)
    bad.memory[:] = torch.nan
    open_rows(cache, [bad])
    cache.close_row(bad)
    other = told(6)
    open_rows(cache, [other])
    open_rows(cache, [good])
    take_one_position(cache)


def test_memory_is_given_back() -> None:
    cache = small_cache(100)
    rows = [told(3) for _ in range(5)]
    open_rows(cache, rows)
    for row in rows[1:]:
        cache.close_row(row)
    assert cache.chunk_count == 5
    cache.trim()
    assert cache.chunk_count == 1
    take_one_position(cache)


def test_a_chunk_of_the_released_network_in_bfloat16() -> None:
    assert chunk_bytes(DecoderConfig(), torch.bfloat16) == 12 * 2 * 10 * 4 * 128 * 2


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_attention_to_one_row_does_not_depend_on_the_others(dtype: torch.dtype) -> None:
    queries, keys, values = (torch.randn(5, HEADS, length, 64).to(dtype) for length in (1, 300, 300))
    together = attend(queries, keys, values, None)
    alone = torch.cat([attend(queries[[row]], keys[[row]], values[[row]], None) for row in range(5)])
    assert torch.equal(together, alone)
