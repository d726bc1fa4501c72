"""The next token: the likeliest one, unless it would repeat what was just written; and an eye on loops.

Shapes: B sequences, V vocabulary.
"""

from collections import deque
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

LOOP_LONGEST_PERIOD = 512
"""The longest loop that is recognised, in tokens."""
LOOP_TURNS = 6
"""Turns of a period before it is a loop."""
LOOP_PATIENCE = 512
"""Tokens that must have repeated before it is a loop, however short the period."""
TABLE_PATIENCE = 2048
"""The same where the period holds table cells: honest tables have many like rows."""


def choose_tokens(logits: Tensor, guards: Sequence["RepeatGuard"]) -> tuple[list[int], list[bool]]:
    """The likeliest token of every row of logits (B, V) that its guard allows, and whether the row was finite.

    The rows are changed in place.
    """
    for row, guard in zip(logits, guards, strict=True):
        banned = guard.banned()
        if banned:
            row[list(banned)] = -torch.inf
    best, token_ids = logits.max(dim=-1)  # 2 x (B)
    return token_ids.tolist(), best.isfinite().tolist()


class RepeatGuard:
    """The windowed n-gram guard of the release (process/ngram_norepeat.py), kept up to date token by token.

    A token is banned when, with the `size - 1` tokens before it, it would repeat `size` tokens that began within the
    last `window`. Exempt tokens are never banned.
    """

    def __init__(self, size: int, window: int, exempt: frozenset[int] = frozenset()) -> None:
        self.size, self.window, self.exempt = size, window, exempt
        self._recent: deque[int] = deque(maxlen=size)
        self._grams: deque[tuple[tuple[int, ...], int]] = deque()
        self._followers: dict[tuple[int, ...], list[int]] = {}

    def append(self, token_id: int) -> None:
        self._recent.append(token_id)
        if len(self._recent) < self.size:
            return
        *prefix, last = self._recent
        self._grams.append((tuple(prefix), last))
        self._followers.setdefault(tuple(prefix), []).append(last)
        # The newest gram began `size` tokens ago, the oldest that counts `window` tokens ago.
        if len(self._grams) > max(0, self.window - self.size + 1):
            self._forget_oldest()

    def banned(self) -> frozenset[int]:
        """The tokens that may not come next."""
        prefix = tuple(self._recent)[-(self.size - 1) :] if self.size > 1 else ()
        return frozenset(self._followers.get(prefix, ())) - self.exempt

    def _forget_oldest(self) -> None:
        prefix, _ = self._grams.popleft()
        followers = self._followers[prefix]
        del followers[0]
        if not followers:
            del self._followers[prefix]


class LoopWatch:
    """Recognises a text that has become periodic, with a period that the n-gram guard does not see."""

    def __init__(self, cell_ids: frozenset[int] = frozenset()) -> None:
        self._cell_ids = cell_ids
        self._ids: list[int] = []
        self._latest = np.full(LOOP_LONGEST_PERIOD, -1, dtype=np.int64)
        self._periods = np.arange(1, LOOP_LONGEST_PERIOD + 1)
        self._repeated = np.zeros(LOOP_LONGEST_PERIOD, dtype=np.int64)
        """For every period, how many of the last tokens equal the one a period before."""

    def append(self, token_id: int) -> int | None:
        """Take a token; where the text has looped, the number of tokens to keep: all before, and one turn."""
        self._repeated = (self._repeated + 1) * (self._latest == token_id)
        self._latest[1:] = self._latest[:-1]
        self._latest[0] = token_id
        self._ids.append(token_id)
        looping = np.flatnonzero(self._repeated >= np.maximum(LOOP_PATIENCE, self._periods * LOOP_TURNS))
        if not len(looping):
            return None
        repeated, period = int(self._repeated[looping[0]]), int(self._periods[looping[0]])
        is_table = not self._cell_ids.isdisjoint(self._ids[-period:])
        if is_table and repeated < TABLE_PATIENCE:
            return None
        return len(self._ids) - repeated
