"""Rows of equal capacity, each the keys and values of one page, in one piece of memory a layer.

Shapes: R rows, P positions that a row can hold, M key-value heads, C head width.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import torch
from torch import Tensor

CHUNK = 64
"""Positions by which memory is counted: a row holds 1 to 8, 10, 12, 14, 16, 20 ... chunks. Of attention's sums over a
multiple of 16 positions, those that are masked at the end change nothing."""

Owner = TypeVar("Owner")


@dataclass(slots=True)
class Shelf(Generic[Owner]):
    """Rows of `row_chunks` chunks; those in use are the first. `layers` hold keys and values (2, R, M, P, C)."""

    row_chunks: int
    layers: list[Tensor]
    owners: list[Owner]
    lengths: list[int]

    @property
    def capacity(self) -> int:
        return self.row_chunks * CHUNK

    @property
    def row_count(self) -> int:
        """Rows that there are in every layer; out of memory, some layers may have got more."""
        return min(layer.shape[1] for layer in self.layers)

    @property
    def free_count(self) -> int:
        return self.row_count - len(self.owners)

    @property
    def chunk_count(self) -> int:
        return self.row_chunks * self.row_count

    def full(self) -> list[Owner]:
        return [sequence for sequence, length in zip(self.owners, self.lengths, strict=True) if length == self.capacity]

    def provide(self, layer: int, rows: int) -> None:
        """Have at least `rows` rows in a layer."""
        memory = self.layers[layer]
        missing = rows - memory.shape[1]
        if missing > 0:
            more = memory.new_empty((2, missing, *memory.shape[2:]))
            self.layers[layer] = torch.cat([memory, more], dim=1)

    def receive(self, layer: int, source: "Shelf[Owner]", places: Sequence[int]) -> None:
        """Copy full rows of `source` behind the rows in use."""
        first, last = len(self.owners), len(self.owners) + len(places)
        self.provide(layer, last)
        for row, place in zip(range(first, last), places, strict=True):
            self.layers[layer][:, row, :, : source.capacity] = source.layers[layer][:, place]
        # What attention masks must still be finite.
        self.layers[layer][:, first:last, :, source.capacity :] = 0

    def vacate(self, layer: int, place: int) -> None:
        """Let the last row in use take over the place of one that is no longer needed."""
        last = len(self.owners) - 1
        if place != last:
            length = self.lengths[last]
            self.layers[layer][:, place, :, :length] = self.layers[layer][:, last, :, :length]
            self.layers[layer][:, place, :, length:] = 0

    def trim(self, layer: int, rows: int) -> None:
        """Keep the first `rows` rows."""
        if self.layers[layer].shape[1] > rows:
            self.layers[layer] = self.layers[layer][:, :rows].clone()

    def forget(self, place: int) -> None:
        """Take a sequence off the list, the last one into its place."""
        self.owners[place], self.lengths[place] = self.owners[-1], self.lengths[-1]
        self.owners.pop()
        self.lengths.pop()
