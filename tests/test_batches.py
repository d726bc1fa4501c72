"""A page reads the same whatever is read beside it: random networks, all kinds of pages, any batch, order, memory."""

import random
from dataclasses import replace
from typing import Any

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image
from tiny_networks import TINY, random_network

from deepocr_cli.engine import kv_cache, shelf
from deepocr_cli.engine.engine import Engine
from deepocr_cli.engine.kv_cache import chunk_bytes
from deepocr_cli.engine.request import Completion, Request
from deepocr_cli.model.catalog import NgramGuard
from deepocr_cli.model.packed import pack_network
from deepocr_cli.modes import Fit, Mode


class PixelCodec:
    """Tokens as they are."""

    prompt = replace(TINY.prompt, has_words=False)
    decode, cell_ids, digit_ids = tuple, frozenset, frozenset


DTYPES = [torch.float32, torch.bfloat16]
"""Of the random networks, by seed."""


def random_engine(seed: int, batch_pages: int, chunk_count: int | None = None) -> Engine:
    codec: Any = PixelCodec()
    memory = None if chunk_count is None else chunk_count * chunk_bytes(TINY.decoder, DTYPES[seed])
    model = random_network(seed=seed).to(DTYPES[seed])
    pack_network(model)
    return Engine(model, codec, NgramGuard(size=5, window=30), batch_pages, memory)


def random_pages(seed: int) -> list[Request]:
    """Pages of different views and lengths; some take more than one chunk, some a mode with tiles."""
    chance, tiled = random.Random(seed), Mode("tiled", 64, Fit.PAD, tile_size=64, min_tiles=2, max_tiles=3)
    pages = []
    for number, (size, limit) in enumerate([(64, 20), (128, 9), (128, 60), (64, 1), (192, 35), (64, 30), (64, 50)]):
        pixels = Image.frombytes("RGB", (size, size), chance.randbytes(3 * size * size))
        mode = tiled if number == 5 else Mode("small", size, Fit.STRETCH)
        pages.append(Request(number, pixels, mode, max_new_tokens=limit))
    return pages


def read(engine: Engine, *requests: Request) -> dict[int, Completion]:
    return {completion.number: completion for completion in engine.run(requests)}


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch) -> dict[int, dict[int, Completion]]:
    """For every seed, what each page reads as when nothing is read beside it; chunks are small, so that rows move."""
    for module in (kv_cache, shelf):
        monkeypatch.setattr(module, "CHUNK", 16)
    return {
        seed: {page.number: read(random_engine(seed, 1), page)[page.number] for page in random_pages(seed)}
        for seed in range(len(DTYPES))
    }


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    seed=st.integers(0, 1),
    order=st.permutations(range(7)),
    batch_pages=st.integers(1, 8),
    chunk_count=st.one_of(st.none(), st.integers(10, 16)),
)
def test_a_pages_text_is_the_same_whatever_is_read_beside_it(
    alone: dict[int, dict[int, Completion]], seed: int, order: list[int], batch_pages: int, chunk_count: int | None
) -> None:
    pages = random_pages(seed)
    together = read(random_engine(seed, batch_pages, chunk_count), *(pages[number] for number in order))
    for number, completion in alone[seed].items():
        assert together[number].text == completion.text
        assert together[number].ending == completion.ending
