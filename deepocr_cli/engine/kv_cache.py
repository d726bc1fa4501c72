"""Keys and values of the pages being read: every page has a row, rows of equal capacity stand on one shelf.

A shelf's rows are attended to together, where they lie: nothing is gathered or copied for a token. A row that is full
moves to a shelf of the next capacity, which costs less than one copy a position in all. Memory is counted in chunks and
bounded by their number; what is bounded includes rows that wait for their next page.

Shapes: R rows of a shelf, P positions that a row can hold, B rows of a batch, M key-value heads, N heads, S positions
remembered, C head width.
"""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Generic

import torch
from torch import Tensor

from deepocr_cli.engine.recall import attend
from deepocr_cli.engine.shelf import CHUNK, Owner, Shelf
from deepocr_cli.model.config import DecoderConfig

UNBOUNDED = sys.maxsize
"""A limit of chunks that is none."""


def chunk_bytes(config: DecoderConfig, dtype: torch.dtype) -> int:
    """What one chunk takes: keys and values of `CHUNK` positions in every layer."""
    heads = config.layer_count * config.key_value_head_count
    return 2 * heads * CHUNK * config.head_width * dtype.itemsize


class KeyValueCache(Generic[Owner]):
    """Memory of at most `chunk_limit` chunks, for sequences that have a row each, whoever stands for them."""

    def __init__(self, config: DecoderConfig, chunk_limit: int, device: torch.device, dtype: torch.dtype) -> None:
        self.config, self.chunk_limit, self.device, self.dtype = config, chunk_limit, device, dtype
        self._shelves: dict[int, Shelf[Owner]] = {}

    @property
    def owners(self) -> list[Owner]:
        """Those that have rows, in the order in which a batch of them is attended to fastest."""
        return [sequence for shelf in self._in_order() for sequence in shelf.owners]

    @property
    def chunk_count(self) -> int:
        """Chunks that are taken, by rows in use and others."""
        return sum(shelf.chunk_count for shelf in self._shelves.values())

    def has_room(self, count: int, length: int) -> bool:
        """Whether `count` rows more of `length` positions, and one position for each to go on, fit the bound."""
        return self._used_chunks + count * self._chunks_for(length + 1) <= self.chunk_limit

    def open_rows(self, owners: Sequence[Owner], length: int) -> "NewRows":
        """Rows for prompts of `length` positions, for which there `has_room`."""
        chunks = self._chunks_for(length + 1)
        shelf = self._shelf(chunks)
        self._tidy(chunks * max(0, len(owners) - shelf.free_count))
        first = len(shelf.owners)
        for layer in range(self.config.layer_count):
            shelf.provide(layer, first + len(owners))
            shelf.layers[layer][:, first : first + len(owners), :, length:] = 0
        shelf.owners += owners
        shelf.lengths += [length] * len(owners)
        return NewRows(shelf, first)

    def close_row(self, sequence: Owner) -> None:
        """Give a row back; its memory waits for another page."""
        self._vacate(*self._find(sequence))

    def trim(self) -> None:
        """Give back the memory of rows that nobody uses."""
        for shelf in self._shelves.values():
            for layer in range(self.config.layer_count):
                shelf.trim(layer, len(shelf.owners))

    def clear(self) -> None:
        """Give back all memory, and forget whose it was."""
        self._shelves.clear()

    def make_room(self) -> bool:
        """See that every row can take one more position; False where the bound does not allow it."""
        return all(self._empty_full_rows(shelf) for shelf in list(self._in_order()))

    def next_positions(self, owners: Sequence[Owner]) -> "NextPositions":
        """One more position in every row of `owners`; it counts when `keep` says so."""
        runs: list[tuple[Shelf[Owner], int, int]] = []
        for shelf, place in map(self._find, owners):
            if runs and runs[-1][0] is shelf and runs[-1][2] == place:
                runs[-1] = (shelf, runs[-1][1], place + 1)
            else:
                runs.append((shelf, place, place + 1))
        return NextPositions([Span.of(*run) for run in runs])

    def keep(self, owners: Sequence[Owner]) -> None:
        """Let what was written to the next positions count; until then, they can be written again."""
        for shelf, place in map(self._find, owners):
            shelf.lengths[place] += 1

    def _empty_full_rows(self, shelf: Shelf[Owner]) -> bool:
        """Move what is in full rows to rows of the next capacity: all at once, or one by one where memory is short."""
        full = shelf.full()
        if not full or self._move(shelf, full):
            return True
        return all(self._move(shelf, [sequence]) for sequence in full)

    def _move(self, source: Shelf[Owner], owners: Sequence[Owner]) -> bool:
        """Move full rows of a shelf. Old and new ones are there for a moment, and the bound holds then too."""
        chunks = self._chunks_for(source.capacity + 1)
        if chunks <= source.row_chunks or self._used_chunks + len(owners) * chunks > self.chunk_limit:
            return False
        target = self._shelf(chunks)
        self._tidy(chunks * max(0, len(owners) - target.free_count))
        places = [source.owners.index(owner) for owner in owners]
        # First everything that may run out of memory, then everything that changes what is there.
        for layer in range(self.config.layer_count):
            target.receive(layer, source, places)
        target.owners += owners
        target.lengths += [source.lengths[place] for place in places]
        for place in sorted(places, reverse=True):
            self._vacate(source, place)
        return True

    def _vacate(self, shelf: "Shelf[Owner]", place: int) -> None:
        for layer in range(self.config.layer_count):
            shelf.vacate(layer, place)
        shelf.forget(place)

    @property
    def _used_chunks(self) -> int:
        return sum(shelf.row_chunks * len(shelf.owners) for shelf in self._shelves.values())

    def _tidy(self, chunks: int) -> None:
        """Trim, where `chunks` more would not fit otherwise."""
        if self.chunk_count + chunks > self.chunk_limit:
            self.trim()

    def _chunks_for(self, length: int) -> int:
        """Chunks of the smallest row for `length` positions: beside the last chunk a fifth of it is empty at most."""
        wanted = -(-length // CHUNK)
        step = max(1, (1 << (wanted.bit_length() - 1)) // 4)
        return max(wanted, min(-(-wanted // step) * step, self.chunk_limit))

    def _shelf(self, chunks: int) -> "Shelf[Owner]":
        if chunks not in self._shelves:
            shape = (2, 0, self.config.key_value_head_count, chunks * CHUNK, self.config.head_width)
            layers = [torch.empty(shape, device=self.device, dtype=self.dtype) for _ in range(self.config.layer_count)]
            self._shelves[chunks] = Shelf(chunks, layers, [], [])
        return self._shelves[chunks]

    def _in_order(self) -> "Iterator[Shelf[Owner]]":
        return iter(self._shelves[chunks] for chunks in sorted(self._shelves))

    def _find(self, sequence: Owner) -> "tuple[Shelf[Owner], int]":
        return next(
            (shelf, shelf.owners.index(sequence)) for shelf in self._shelves.values() if sequence in shelf.owners
        )


@dataclass(frozen=True, slots=True)
class NewRows:
    """The decoder's view of rows that were opened: the prompts' keys and values are all there is."""

    shelf: Shelf[Any]
    first: int

    def attend(self, layer: int, queries: Tensor, keys: Tensor, values: Tensor) -> Tensor:
        """Remember keys and values (B, M, T, C) of prompts, and let every position see itself and those before it."""
        count, _, length, _ = keys.shape
        rows = self.shelf.layers[layer][:, self.first : self.first + count, :, :length]
        rows[0], rows[1] = keys, values
        return attend(queries, keys, values, None)


@dataclass(frozen=True, slots=True)
class Span:
    """Neighbouring rows of a shelf, each with a next position. `mask` (B, P) is 0 where a row sees, else -inf."""

    shelf: Shelf[Any]
    first: int
    last: int
    rows: Tensor
    positions: Tensor
    mask: Tensor

    @staticmethod
    def of(shelf: Shelf[Any], first: int, last: int) -> "Span":
        lengths, device = shelf.lengths[first:last], shelf.layers[0].device
        positions = torch.tensor(lengths, device=device)
        unseen = torch.arange(shelf.capacity, device=device) > positions[:, None]
        mask = torch.zeros(unseen.shape, device=device).masked_fill_(unseen, -torch.inf)
        return Span(shelf, first, last, torch.arange(first, last, device=device), positions, mask)

    def attend(self, layer: int, queries: Tensor, keys: Tensor, values: Tensor) -> Tensor:
        """Remember keys and values (B, M, 1, C), and let queries (B, N, 1, C) see all of their rows: (B, N, 1, C)."""
        memory = self.shelf.layers[layer]
        memory[0, self.rows, :, self.positions] = keys[:, :, 0]
        memory[1, self.rows, :, self.positions] = values[:, :, 0]
        # The whole rows, in one piece: a part of each would be copied for every product, or read slowly.
        seen = memory[:, self.first : self.last]
        return attend(queries, seen[0], seen[1], self.mask)


@dataclass(frozen=True, slots=True)
class NextPositions:
    """The decoder's view of rows that each take one more position."""

    spans: list[Span]

    @property
    def positions(self) -> Tensor:
        """The positions (B)."""
        return torch.cat([span.positions for span in self.spans])

    def attend(self, layer: int, queries: Tensor, keys: Tensor, values: Tensor) -> Tensor:
        """As `Span.attend`, over all spans: (B, N, 1, C)."""
        if len(self.spans) == 1:
            return self.spans[0].attend(layer, queries, keys, values)
        counts = [span.last - span.first for span in self.spans]
        split = zip(*(torch.split(tensor, counts) for tensor in (queries, keys, values)), strict=True)
        return torch.cat([span.attend(layer, *part) for span, part in zip(self.spans, split, strict=True)])
