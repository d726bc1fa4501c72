"""Many pages at once: requests go in, completions come out as soon as each is read.

One step decides what is read, computes one token for every page, and takes out those that have ended.

Shapes: B pages being read, T positions of a prompt, D the decoder's width, V vocabulary.
"""

import time
from collections.abc import Iterable, Iterator
from contextlib import closing

import torch
from torch import Tensor

from deepocr_cli.document import Ending
from deepocr_cli.engine.feed import Feed
from deepocr_cli.engine.free_memory import free_memory, give_back_memory
from deepocr_cli.engine.kv_cache import KeyValueCache, chunk_bytes
from deepocr_cli.engine.loops import LoopWatch
from deepocr_cli.engine.request import Completion, Request
from deepocr_cli.engine.sampler import NOT_FINITE, RepeatGuard, choose_tokens
from deepocr_cli.engine.scheduler import Scheduler
from deepocr_cli.engine.sequence import Prepared, Sequence
from deepocr_cli.engine.work_clock import WorkClock
from deepocr_cli.errors import MemoryExhaustedError
from deepocr_cli.model.catalog import CatalogEntry, NgramGuard
from deepocr_cli.model.devices import is_on_one_core, limit_threads, memory_guard
from deepocr_cli.model.network import DeepOcr
from deepocr_cli.model.packed import pack_network
from deepocr_cli.model.prompt import build_prompt
from deepocr_cli.model.tokens import TokenCodec, load_tokens
from deepocr_cli.model.views import prepare_views
from deepocr_cli.model.weights import load_model
from deepocr_cli.settings import Quantization

GROUP = 8
"""Views of a small network that are encoded at once: half as many take a tenth longer, twice as many hardly less."""


class Engine:
    """A network, its tokenizer, and places for `batch_pages` pages at a time. It runs one stream of requests at once.

    Args:
        memory: bytes for the keys and values of all pages; None is half of what is free on the device when a run
            begins, for the encoder needs some too. A page for which there is none left waits.
        is_deterministic: every page is computed by itself, so that no rounding depends on the others of the batch.
        looks_ahead: pages are encoded by a thread of its own, in groups, while those before them are read.
    """

    reads_while_drawing = True
    """Requests may come late: pages go on meanwhile."""

    def __init__(
        self,
        model: DeepOcr,
        codec: TokenCodec,
        guard: NgramGuard,
        batch_pages: int = 4,
        memory: int | None = None,
        *,
        is_deterministic: bool = False,
        looks_ahead: bool = False,
    ) -> None:
        self.model, self.codec, self.batch_pages = model, codec, batch_pages
        self.memory, self.is_deterministic, self._looks_ahead = memory, is_deterministic, looks_ahead
        self._guard = RepeatGuard(guard.size, guard.window, codec.cell_ids())
        self._loops = LoopWatch(codec.cell_ids(), codec.digit_ids())
        self._scheduler = self._empty_scheduler()
        self._ended: list[Sequence] = []
        self._is_looking = False
        self._clock = WorkClock(model.device.type)

    def run(self, requests: Iterable[Request]) -> Iterator[Completion]:
        """Read pages, `batch_pages` at a time; each is given back when it has ended, not in the order of arrival.

        Requests are drawn by a thread of its own, and only when there is room for them. A page that cannot be read is
        a completion too.

        Raises:
            MemoryExhaustedError: a page does not fit into memory, even alone.
        """
        self._scheduler, self._ended, self._is_looking = self._empty_scheduler(), [], False
        try:
            with closing(Feed(map(self._begin, requests))) as begun:
                if not self._looks_ahead:
                    yield from self._read(begun)
                    return
                with closing(Feed(self._look_at(begun))) as seen:
                    yield from self._read(seen)
        finally:
            self._scheduler.cache.clear()

    def prepare(self, request: Request) -> Prepared:
        """A page as the network is asked about it: its views, and the prompt of its task."""
        views = prepare_views(request.image, request.mode, self.model.config.view)
        image_id_count = request.mode.sequence_length(views.grid)
        prompt = build_prompt(self.codec, image_id_count, request.task, find=request.find, custom=request.custom)
        return Prepared(views, prompt)

    @torch.inference_mode()
    def step(self) -> list[Completion]:
        """One token for every page; gives back the pages that ended. Out of memory, half of the pages wait instead."""
        self._clock.lap()
        try:
            with memory_guard("reading", hint="try --batch-pages 1, or a smaller --mode"):
                begun = self._schedule()
                self._postprocess(*self._run(begun))
        except MemoryExhaustedError:
            if not self._scheduler.halve():
                raise
            give_back_memory(self.model.device)
        ended, self._ended = self._ended, []
        return [self._complete(sequence) for sequence in ended]

    def _read(self, feed: Feed[Sequence | Completion]) -> Iterator[Completion]:
        while not (feed.is_over and self._scheduler.is_idle):
            yield from self._scheduler.draw(feed, waits=self._is_looking)
            yield from self.step()

    def _look_at(self, begun: Feed[Sequence | Completion]) -> Iterator[Sequence | Completion]:
        """Encode pages in groups, in the thread that draws from here, while those before them are read."""
        while not begun.is_over:
            drawn = begun.take(1 if self.is_deterministic else GROUP, waits=True)
            self._is_looking = True
            self._see_within_memory([entry for entry in drawn if isinstance(entry, Sequence)])
            self._is_looking = False
            yield from drawn

    def _see_within_memory(self, sequences: list[Sequence]) -> None:
        """Look at pages together, where memory is short one by one."""
        try:
            with memory_guard("looking at a page", hint="try a smaller --mode"):
                self._see(sequences)
        except MemoryExhaustedError:
            if len(sequences) == 1:
                raise
            give_back_memory(self.model.device)
            for sequence in sequences:
                self._see_within_memory([sequence])

    def _schedule(self) -> list[Sequence]:
        """See that those who run can go on, and let others begin: these are given back."""
        self._ended += self._scheduler.make_room()
        begun, failed = self._scheduler.admit()
        self._ended += failed
        return begun

    def _run(self, begun: list[Sequence]) -> tuple[list[Sequence], list[Tensor]]:
        """Pages, and logits (B, V) in their order: of the next position of those who run, of the prompts of others."""
        cache = self._scheduler.cache
        running = cache.owners
        batches = [[sequence] for sequence in running] if self.is_deterministic else [running] if running else []
        logits = [self._decode(batch) for batch in batches]
        self._see([sequence for sequence in begun if sequence.features is None and sequence.ending is None])
        seen = [sequence for sequence in begun if sequence.ending is None]
        if seen:
            logits.append(self._prefill(seen))
        # Only now, when nothing more can run out of memory: a step that was given up is computed again.
        cache.keep(running)
        return running + seen, logits

    def _postprocess(self, sequences: list[Sequence], logits: list[Tensor]) -> None:
        """Give every page its token and its share of the time, and take out the pages that ended."""
        if sequences:
            token_ids = choose_tokens(torch.cat(logits), [sequence.guard for sequence in sequences])
            for sequence, token_id in zip(sequences, token_ids, strict=True):
                self._advance(sequence, token_id)
            share = self._clock.lap() / len(sequences)
            for sequence in sequences:
                sequence.charge(share)
        self._ended += self._scheduler.take_ended()

    def _advance(self, sequence: Sequence, token_id: int) -> None:
        if token_id == NOT_FINITE:
            sequence.fail("the network computed no finite number")
        elif token_id == self.codec.prompt.eos_id:
            sequence.ending = Ending.COMPLETE
        else:
            sequence.append(token_id)

    def _begin(self, request: Request) -> Sequence | Completion:
        """A page ready to be read, or, where nothing can be made of its pixels, read already."""
        try:
            prepared = self.prepare(request)
        except (ValueError, IndexError, ArithmeticError, OSError) as error:
            return Completion(request.number, "", Ending.FAILED, 0, 0, 0.0, str(error))
        length = len(prepared.prompt.ids)
        limit = min(request.max_new_tokens, self.model.config.decoder.position_count - length)
        if limit < 1:
            note = f"the prompt's {length} positions leave no room for text"
            return Completion(request.number, "", Ending.FAILED, 0, 0, 0.0, note)
        return Sequence(request, prepared, limit, self._guard.anew(request.window), self._loops.anew())

    @torch.inference_mode()
    def _see(self, sequences: list[Sequence]) -> None:
        """Give pages their prompts, with what the encoder sees of them; where it cannot, the page fails."""
        try:
            visions = self.model.encode_many([sequence.prepared.views for sequence in sequences])
            for sequence, vision in zip(sequences, visions, strict=True):
                sequence.features = self.model.embed_prompt(sequence.prepared.prompt.ids, vision)
        except (ValueError, IndexError) as error:
            if len(sequences) == 1:
                sequences[0].fail(str(error))
                return
            for sequence in sequences:
                self._see([sequence])

    def _prefill(self, sequences: list[Sequence]) -> Tensor:
        """Read prompts of one length: logits (B, V) of the first token."""
        features = torch.stack([sequence.features for sequence in sequences if sequence.features is not None])
        positions = torch.arange(features.shape[1], device=features.device)[None]
        memory = self._scheduler.cache.open_rows(sequences, features.shape[1])
        last = self.model.decoder(features, positions.expand(len(sequences), -1), memory)[:, -1]  # (B, D)
        return self.model.decoder.logits(last)

    def _decode(self, sequences: list[Sequence]) -> Tensor:
        """The next position of every page: logits (B, V)."""
        memory = self._scheduler.cache.next_positions(sequences)
        latest = torch.tensor([[sequence.ids[-1]] for sequence in sequences], device=self.model.device)
        features = self.model.decoder(self.model.decoder.embed(latest), memory.positions[:, None], memory)  # (B, 1, D)
        return self.model.decoder.logits(features[:, 0])

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
            work=sequence.work,
        )

    def _empty_scheduler(self) -> Scheduler:
        model = self.model
        memory = free_memory(model.device) // 2 if self.memory is None else self.memory
        chunk_limit = memory // chunk_bytes(model.config.decoder, model.dtype)
        cache: KeyValueCache[Sequence] = KeyValueCache(model.config.decoder, chunk_limit, model.device, model.dtype)
        ahead = GROUP if self._looks_ahead else 0
        return Scheduler(cache, self.batch_pages, ahead, is_deterministic=self.is_deterministic)


def load_engine(
    entry: CatalogEntry,
    device: str = "auto",
    dtype: str = "auto",
    batch_pages: int = 4,
    quantize: Quantization = Quantization.NONE,
    memory: int | None = None,
    is_deterministic: bool = False,
) -> Engine:
    """The engine of a catalog entry, ready to read; see `Engine` for what the last two mean.

    Raises:
        WeightsError: the checkpoint is missing, damaged or of another architecture.
    """
    folder = entry.require_folder()
    model = load_model(folder, device, dtype, quantize)
    limit_threads(model.device, model.parameter_count)
    pack_network(model)
    codec = load_tokens(folder, model.config.prompt)
    return Engine(
        model,
        codec,
        entry.guard,
        batch_pages,
        memory,
        is_deterministic=is_deterministic,
        looks_ahead=is_on_one_core(model.device, model.parameter_count),
    )
