"""The network and its twin of `transformers`, each as the same four pieces of work.

Shapes: B pages or views, C channels, S pixels along a side, T positions, D the decoder's width.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol

import torch
from PIL import Image
from torch import Tensor, nn

from deepocr_cli.bench.reference import Reference
from deepocr_cli.engine.kv_cache import UNBOUNDED, KeyValueCache
from deepocr_cli.engine.request import Completion, PageReader, Request
from deepocr_cli.model.network import DeepOcr
from deepocr_cli.modes import Mode


class Twin(Protocol):
    """Does what is timed. Nothing is given back: the results are those of the tests of parity."""

    @property
    def weight_bytes(self) -> int:
        """What its weights take."""
        ...

    def encode(self, pixels: Tensor) -> None:
        """Views (B, C, S, S) to vision tokens."""

    def prefill(self, features: Tensor) -> None:
        """A prompt (1, T, D) to the logits of its first token."""

    @contextmanager
    def decode(self, features: Tensor) -> Iterator["Step"]:
        """With prompts (B, T, D) remembered, one position at a time."""
        ...


class Step(Protocol):
    """The latest ids (B, 1) to the likeliest next ones."""

    def __call__(self, ids: Tensor) -> object: ...


class Ours:
    """The network of this project, called as the engine calls it."""

    def __init__(self, model: DeepOcr) -> None:
        self.model = model
        self._cache = self._empty_cache()

    @property
    def weight_bytes(self) -> int:
        return _byte_count(self.model)

    @torch.inference_mode()
    def encode(self, pixels: Tensor) -> None:
        self.model.encoder(pixels)

    @torch.inference_mode()
    def prefill(self, features: Tensor) -> None:
        self._read_prompt(self._cache, features)
        self._cache.close_row(0)

    @contextmanager
    def decode(self, features: Tensor) -> Iterator[Step]:
        cache = self._empty_cache()
        self._read_prompt(cache, features)

        @torch.inference_mode()
        def step(ids: Tensor) -> Tensor:
            cache.make_room()
            memory = cache.next_positions(cache.owners)
            known = self.model.decoder(self.model.decoder.embed(ids), memory.positions[:, None], memory)
            cache.keep(cache.owners)
            return self.model.decoder.logits(known[:, 0]).argmax(dim=-1)

        yield step

    @torch.inference_mode()
    def _read_prompt(self, cache: KeyValueCache[int], features: Tensor) -> None:
        rows, length, _ = features.shape
        positions = torch.arange(length, device=features.device).expand(rows, -1)
        known = self.model.decoder(features, positions, cache.open_rows(range(rows), length))
        self.model.decoder.logits(known[:, -1])

    def _empty_cache(self) -> KeyValueCache[int]:
        return KeyValueCache(self.model.config.decoder, UNBOUNDED, self.model.device, self.model.dtype)


class Theirs:
    """The network of `transformers`, with its own defaults for attention, experts and memory."""

    def __init__(self, reference: Reference) -> None:
        self.reference = reference

    @property
    def weight_bytes(self) -> int:
        return _byte_count(self.reference)

    @torch.inference_mode()
    def encode(self, pixels: Tensor) -> None:
        network = self.reference.model
        network.multi_modal_projector(network.vision_tower(pixels).last_hidden_state)

    @torch.inference_mode()
    def prefill(self, features: Tensor) -> None:
        self._read_prompts(features)

    @contextmanager
    def decode(self, features: Tensor) -> Iterator[Step]:
        memory = self._read_prompts(features)

        @torch.inference_mode()
        def step(ids: Tensor) -> Tensor:
            logits: Tensor = self.reference(input_ids=ids, past_key_values=memory, use_cache=True).logits
            return logits[:, -1].argmax(dim=-1)

        yield step

    @torch.inference_mode()
    def _read_prompts(self, features: Tensor) -> Any:
        return self.reference(inputs_embeds=features, use_cache=True, logits_to_keep=1).past_key_values

    @torch.inference_mode()
    def read_page(self, overview: Tensor, prompt: list[int], text_tokens: int) -> None:
        """A page without tiles, its view (C, S, S), to exactly so many tokens of text."""
        device, dtype = self.reference.device, self.reference.dtype
        self.reference.generate(
            input_ids=torch.tensor([prompt], device=device),
            attention_mask=torch.ones((1, len(prompt)), dtype=torch.long, device=device),
            pixel_values=overview[None].to(device, dtype),
            min_new_tokens=text_tokens,
            max_new_tokens=text_tokens,
            do_sample=False,
        )


def read_page(reader: PageReader, image: Image.Image, mode: Mode, max_new_tokens: int) -> Completion:
    """A page through the whole of a reader, alone."""
    (completion,) = reader.run([Request(1, image, mode, max_new_tokens=max_new_tokens)])
    return completion


def _byte_count(network: nn.Module) -> int:
    return sum(tensor.numel() * tensor.element_size() for tensor in network.state_dict().values())
