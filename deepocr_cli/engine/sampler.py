"""The next token: the likeliest one, unless it would repeat what was just written.

Shapes: B sequences, V vocabulary.
"""

from collections import deque
from collections.abc import Sequence

import torch
from torch import Tensor

NOT_FINITE = -1
"""In place of a token, where the network computed no finite number."""


def choose_tokens(logits: Tensor, guards: Sequence["RepeatGuard"]) -> list[int]:
    """The likeliest token of every row of logits (B, V) that its guard allows, or `NOT_FINITE`.

    The rows are changed in place. One transfer from the device a call, and one to it where something is banned.
    """
    banned = [(row, token_id) for row, guard in enumerate(guards) for token_id in guard.banned()]
    if banned:
        rows, token_ids = torch.tensor(banned, device=logits.device).T
        logits[rows, token_ids] = -torch.inf
    best, likeliest = logits.max(dim=-1)  # 2 x (B)
    chosen: list[int] = likeliest.masked_fill(~best.isfinite(), NOT_FINITE).tolist()
    return chosen


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

    def anew(self, window: int | None = None) -> "RepeatGuard":
        """The same guard, before any token; with another window where one is given."""
        return RepeatGuard(self.size, window or self.window, self.exempt)

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
