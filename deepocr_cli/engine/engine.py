"""Many pages at once: requests go in, completions come out as soon as each is read.

One step admits waiting pages, computes one token for every page, and takes out those that have ended.

Shapes: B pages being read, T positions of a prompt, D the decoder's width, V vocabulary.
"""

import time
from collections.abc import Iterable, Iterator
from itertools import islice

import torch
from torch import Tensor

from deepocr_cli.document import Ending
from deepocr_cli.engine.kv_cache import KeyValueCache
from deepocr_cli.engine.request import Completion, Request
from deepocr_cli.engine.sampler import LoopWatch, RepeatGuard, choose_tokens
from deepocr_cli.engine.sequence import Prepared, Sequence
from deepocr_cli.model.catalog import CatalogEntry, NgramGuard
from deepocr_cli.model.devices import limit_threads, memory_guard
from deepocr_cli.model.network import DeepOcr
from deepocr_cli.model.packed import pack_network
from deepocr_cli.model.prompt import build_prompt
from deepocr_cli.model.tokens import TokenCodec, load_tokens
from deepocr_cli.model.views import prepare_views
from deepocr_cli.model.weights import load_model
from deepocr_cli.settings import Quantization


class Engine:
    """A network, its tokenizer, and room for `batch_pages` pages at a time. It runs one stream of requests at once."""

    def __init__(self, model: DeepOcr, codec: TokenCodec, guard: NgramGuard, batch_pages: int = 4) -> None:
        self.model, self.codec, self.guard, self.batch_pages = model, codec, guard, batch_pages
        self._waiting: Iterator[Request] = iter(())
        self._is_drained = True
        self._running: list[Sequence] = []
        self._cache = self._empty_cache()

    def run(self, requests: Iterable[Request]) -> Iterator[Completion]:
        """Read pages, `batch_pages` at a time; each is given back when it has ended, not in the order of arrival.

        Requests are drawn only when there is room for them. A page that cannot be read is a completion too.

        Raises:
            MemoryExhaustedError: the pages of a batch do not fit into memory.
        """
        self._waiting, self._is_drained = iter(requests), False
        self._running, self._cache = [], self._empty_cache()
        while self._running or not self._is_drained:
            yield from self.step()

    def prepare(self, request: Request) -> Prepared:
        """A page as the network is asked about it: its views, and the prompt of its task."""
        views = prepare_views(request.image, request.mode, self.model.config.view)
        image_id_count = request.mode.sequence_length(views.grid)
        prompt = build_prompt(self.codec, image_id_count, request.task, find=request.find, custom=request.custom)
        return Prepared(views, prompt)

    @torch.inference_mode()
    def step(self) -> list[Completion]:
        """One token for every page; gives back the pages that ended."""
        with memory_guard("reading", hint="try --batch-pages 1, or a smaller --mode"):
            admitted, failed = self._schedule()
            if not self._running:
                return failed
            return failed + self._postprocess(self._run(admitted))

    def _schedule(self) -> tuple[list[Tensor], list[Completion]]:
        """Fill the free places with waiting pages: the logits (1, V) after each prompt, and the pages that failed."""
        free = self.batch_pages - len(self._running)
        drawn = list(islice(self._waiting, free))
        self._is_drained = len(drawn) < free
        admitted, failed = [], []
        for request in drawn:
            sequence = self._begin(request)
            try:
                admitted.append(self._prefill(sequence))
                self._running.append(sequence)
            except (ValueError, IndexError) as error:
                sequence.ending, sequence.note = Ending.FAILED, str(error)
                failed.append(self._complete(sequence))
        return admitted, failed

    def _run(self, admitted: list[Tensor]) -> Tensor:
        """Logits (B, V) of the next token: the pages that were running take one position, the new ones have theirs."""
        older = self._running[: len(self._running) - len(admitted)]
        return torch.cat([*([self._decode(older)] if older else []), *admitted])

    def _postprocess(self, logits: Tensor) -> list[Completion]:
        """Give every page its token, and take out the pages that ended."""
        token_ids, are_finite = choose_tokens(logits, [sequence.guard for sequence in self._running])
        for sequence, token_id, is_finite in zip(self._running, token_ids, are_finite, strict=True):
            self._advance(sequence, token_id, is_finite)
        completions = []
        for slot in reversed(range(len(self._running))):
            if self._running[slot].ending is not None:
                completions.append(self._complete(self._leave(slot)))
        return completions[::-1]

    def _advance(self, sequence: Sequence, token_id: int, is_finite: bool) -> None:
        if not is_finite:
            sequence.ending, sequence.note = Ending.FAILED, "the network computed no finite number"
        elif token_id == self.codec.prompt.eos_id:
            sequence.ending = Ending.COMPLETE
        else:
            sequence.append(token_id)

    def _begin(self, request: Request) -> Sequence:
        prepared = self.prepare(request)
        cell_ids = self.codec.cell_ids()
        room = self.model.config.decoder.position_count - len(prepared.prompt.ids)
        return Sequence(
            request=request,
            prepared=prepared,
            limit=min(request.max_new_tokens, room),
            started=time.monotonic(),
            guard=RepeatGuard(self.guard.size, self.guard.window, cell_ids),
            loops=LoopWatch(cell_ids),
        )

    def _prefill(self, sequence: Sequence) -> Tensor:
        """Encode a page and read its prompt: logits (1, V) of the first token."""
        views, prompt = sequence.prepared.views, sequence.prepared.prompt
        if sequence.limit < 1:
            raise ValueError(f"the prompt's {len(prompt.ids)} positions leave no room for text")
        vision = self.model.encode(views.overview, views.tiles, views.grid)
        features = self.model.embed_prompt(prompt.ids, vision)[None]  # (1, T, D)
        positions = torch.arange(features.shape[1], device=features.device)[None]
        memory = self._cache.open_slot(features.shape[1])
        last = self.model.decoder(features, positions, memory)[:, -1]  # (1, D)
        return self.model.decoder.logits(last)

    def _decode(self, sequences: list[Sequence]) -> Tensor:
        """The next position of every page: logits (B, V)."""
        latest = torch.tensor([[sequence.ids[-1]] for sequence in sequences], device=self.model.device)
        memory = self._cache.next_positions(len(sequences))
        features = self.model.decoder(self.model.decoder.embed(latest), memory.positions[:, None], memory)  # (B, 1, D)
        return self.model.decoder.logits(features[:, 0])

    def _leave(self, slot: int) -> Sequence:
        """Take a page out; as in the cache, the last one moves into its place."""
        self._cache.close_slot(slot)
        sequence = self._running[slot]
        self._running[slot] = self._running[-1]
        self._running.pop()
        return sequence

    def _complete(self, sequence: Sequence) -> Completion:
        mode = sequence.request.mode
        return Completion(
            number=sequence.request.number,
            text=self.codec.decode(sequence.ids),
            ending=sequence.ending or Ending.FAILED,
            vision_tokens=mode.vision_token_count(sequence.prepared.views.grid),
            text_tokens=len(sequence.ids),
            seconds=time.monotonic() - sequence.started,
            note=sequence.note,
        )

    def _empty_cache(self) -> KeyValueCache:
        return KeyValueCache(self.model.config.decoder, self.batch_pages, self.model.device, self.model.dtype)


def load_engine(
    entry: CatalogEntry,
    device: str = "auto",
    dtype: str = "auto",
    batch_pages: int = 4,
    quantize: Quantization = Quantization.NONE,
) -> Engine:
    """The engine of a catalog entry, ready to read.

    Raises:
        WeightsError: the checkpoint is missing, damaged or of another architecture.
    """
    folder = entry.require_folder()
    model = load_model(folder, device, dtype, quantize)
    limit_threads(model.device, model.parameter_count)
    pack_network(model)
    return Engine(model, load_tokens(folder, model.config.prompt), entry.guard, batch_pages)
