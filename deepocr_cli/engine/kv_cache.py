"""Keys and values of the pages being read: one slot per page, all slots growing together.

Shapes: B slots in use, M key-value heads, T new positions, S positions remembered, C head width.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from deepocr_cli.model.config import DecoderConfig

CHUNK = 256
"""Positions by which the memory of a slot grows."""

LANES = 16
"""Attention is given a multiple of as many positions: its sums then do not depend on how many the longest page has."""


class KeyValueCache:
    """Memory for `slot_count` sequences; those in use fill the first slots."""

    def __init__(self, config: DecoderConfig, slot_count: int, device: torch.device, dtype: torch.dtype) -> None:
        self.lengths: list[int] = []
        shape = (config.layer_count, slot_count, config.key_value_head_count, 0, config.head_width)
        self.keys = torch.empty(shape, device=device, dtype=dtype)  # (layers, slots, M, capacity, C)
        self.values = torch.empty_like(self.keys)

    def open_slot(self, length: int) -> "NewSlot":
        """Take the next slot for a prompt of `length` positions."""
        self._reserve(length)
        self.lengths.append(length)
        return NewSlot(self, len(self.lengths) - 1)

    def close_slot(self, slot: int) -> None:
        """Give a slot back; the last one in use moves into it."""
        last = len(self.lengths) - 1
        if slot != last:
            length = self.lengths[last]
            self.keys[:, slot, :, :length] = self.keys[:, last, :, :length]
            self.values[:, slot, :, :length] = self.values[:, last, :, :length]
        self.lengths[slot] = self.lengths[last]
        self.lengths.pop()

    def next_positions(self, count: int) -> "NextPositions":
        """Take one more position in each of the first `count` slots."""
        self._reserve(max(self.lengths[:count]) + 1)
        positions = torch.tensor(self.lengths[:count], device=self.keys.device)
        self.lengths[:count] = [length + 1 for length in self.lengths[:count]]
        seen = -(-max(self.lengths[:count]) // LANES) * LANES
        places = torch.arange(seen, device=self.keys.device)
        mask = places <= positions[:, None]  # (B, S)
        return NextPositions(self, positions, mask[:, None, None])

    def _reserve(self, length: int) -> None:
        capacity = self.keys.shape[3]
        if length > capacity:
            grown = max(-(-length // CHUNK) * CHUNK, capacity + capacity // 2)
            self.keys, self.values = _grown(self.keys, grown), _grown(self.values, grown)


@dataclass(frozen=True, slots=True)
class NewSlot:
    """The decoder's view of an empty slot: the prompt's keys and values are all there is."""

    cache: KeyValueCache
    slot: int

    def extend(self, layer: int, keys: Tensor, values: Tensor) -> tuple[Tensor, Tensor, None]:
        """Remember keys and values (1, M, T, C) of a prompt."""
        length = keys.shape[2]
        self.cache.keys[layer, self.slot, :, :length] = keys[0]
        self.cache.values[layer, self.slot, :, :length] = values[0]
        return keys, values, None


@dataclass(frozen=True, slots=True)
class NextPositions:
    """The decoder's view of the slots in use: each has one new position, at `positions` (B)."""

    cache: KeyValueCache
    positions: Tensor
    mask: Tensor

    def extend(self, layer: int, keys: Tensor, values: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Remember keys and values (B, M, 1, C); give all of them back, and which are a slot's own (B, 1, 1, S)."""
        count, length = len(self.positions), self.mask.shape[-1]
        slots = torch.arange(count, device=keys.device)
        all_keys, all_values = self.cache.keys[layer, :count], self.cache.values[layer, :count]
        all_keys[slots, :, self.positions] = keys[:, :, 0]
        all_values[slots, :, self.positions] = values[:, :, 0]
        return all_keys[:, :, :length], all_values[:, :, :length], self.mask


def _grown(memory: Tensor, capacity: int) -> Tensor:
    """The same memory with more room; unused room is zero, since what attention masks must still be finite."""
    layers, slots, heads, used, width = memory.shape
    grown = memory.new_zeros((layers, slots, heads, capacity, width))
    grown[:, :, :, :used] = memory
    return grown
