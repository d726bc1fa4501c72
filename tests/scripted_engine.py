"""An engine of a scripted network, which answers with the token that `SCRIPT` puts after the last one.

Every ending can be arranged with it.
"""

from dataclasses import replace
from typing import Any

import torch
from PIL import Image
from tiny_networks import TINY
from torch import Tensor

from deepocr_cli.engine.engine import Engine
from deepocr_cli.engine.request import Completion, Request
from deepocr_cli.engine.sequence import Prepared
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
