"""An eye on loops: token by token, whether a text has begun to repeat itself without end.

Three kinds are known: a text that repeats a period word for word, a text that repeats but for its numbers, which count
up, and a number without end. What a page of paper may honestly hold is left alone: two hundred like rows of a table,
a year of dates, a page of dot leaders.
"""

import numpy as np

LONGEST_PERIOD = 512
"""The longest loop that is recognised, in tokens."""
TURNS = 6
"""Turns of a period before it is a loop."""
PATIENCE = 512
"""Tokens that must have repeated before it is a loop, however short the period."""
TABLE_PATIENCE = 2048
"""The same where the period holds table cells: honest tables have many like rows."""
COUNTER_TURNS = 500
"""Turns that differ in their numbers alone before it is a loop: more than a year has days, or a page lines."""
COUNTER_PATIENCE = 1024
"""And the tokens that they must have had, each number counted as one."""
LONGEST_NUMBER = 512
"""Tokens of digits, nothing between them, before it is a loop."""
LOOK_EVERY = 8
"""Tokens from one look for a loop to the next."""
_NUMBER = -2
"""Stands for a number, however long."""


class LoopWatch:
    """Watches one text. `cell_ids` are the tokens of table cells, `digit_ids` those that are digits alone."""

    def __init__(self, cell_ids: frozenset[int] = frozenset(), digit_ids: frozenset[int] = frozenset()) -> None:
        self._cell_ids, self._digit_ids = cell_ids, digit_ids
        self._ids: list[int] = []
        # Where in the text each token of the skeleton stands: of the text with every number as one token.
        self._starts: list[int] = []
        self._words, self._skeleton = PeriodWatch(), PeriodWatch()

    def anew(self) -> "LoopWatch":
        """The same watch, before any token."""
        return LoopWatch(self._cell_ids, self._digit_ids)

    def append(self, token_id: int) -> int | None:
        """Take a token; where the text has looped, the number of tokens to keep: all before, and one turn."""
        is_digit = token_id in self._digit_ids
        continues_number = is_digit and bool(self._ids) and self._ids[-1] in self._digit_ids
        self._ids.append(token_id)
        self._words.append(token_id)
        if continues_number:
            if len(self._ids) - self._starts[-1] >= LONGEST_NUMBER:
                return self._starts[-1] + 1
        else:
            self._starts.append(len(self._ids) - 1)
            self._skeleton.append(_NUMBER if is_digit else token_id)
        if len(self._ids) % LOOK_EVERY:
            return None
        return self._exact_loop() or self._counting_loop()

    def _exact_loop(self) -> int | None:
        found = self._words.find(np.maximum(PATIENCE, PERIODS * TURNS))
        if found is None:
            return None
        repeated, period = found
        is_table = not self._cell_ids.isdisjoint(self._ids[-period:])
        if is_table and repeated < TABLE_PATIENCE:
            return None
        return len(self._ids) - repeated

    def _counting_loop(self) -> int | None:
        found = self._skeleton.find(np.maximum(COUNTER_PATIENCE, PERIODS * COUNTER_TURNS))
        return None if found is None else self._starts[len(self._starts) - found[0]]


PERIODS = np.arange(1, LONGEST_PERIOD + 1)


class PeriodWatch:
    """For every period up to the longest, how many of the last tokens equal the one a period before."""

    def __init__(self) -> None:
        self._repeated = np.zeros(LONGEST_PERIOD, dtype=np.int64)
        # Written from its end to its start, so that the latest tokens are a slice, the newest first.
        self._tokens = np.full(8 * LONGEST_PERIOD, -1, dtype=np.int64)
        self._newest = len(self._tokens) - LONGEST_PERIOD

    def append(self, token_id: int) -> None:
        before = self._tokens[self._newest : self._newest + LONGEST_PERIOD]
        self._repeated += 1
        self._repeated *= before == token_id
        if self._newest == 0:
            self._tokens[-LONGEST_PERIOD:] = before
            self._newest = len(self._tokens) - LONGEST_PERIOD
        self._newest -= 1
        self._tokens[self._newest] = token_id

    def find(self, enough: np.ndarray) -> tuple[int, int] | None:
        """How many tokens repeat, and with which period, where they are `enough` for that period; the shortest."""
        looping = np.flatnonzero(self._repeated >= enough)
        return (int(self._repeated[looping[0]]), int(looping[0]) + 1) if len(looping) else None
