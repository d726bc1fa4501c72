"""Words with their support in, the share of them out that stands in stretches which the other text does not have.

Noise of reading is scattered: a wrong letter here, a glued word there. What was lost or invented comes in stretches:
lines, sentences, columns. A stretch is `LEAST_WORDS` or more words of a text that find no support, one after the other.
"""

from collections.abc import Sequence
from itertools import groupby

BARE = 0.5
"""A word of which less than this share is supported has no support."""
LEAST_WORDS = 4
BRIDGE = 2
"""Up to so many supported words between longer unsupported runs are chance: no line consists of rare words alone."""


def share_in_stretches(words: Sequence[str], shares: Sequence[float]) -> float:
    """The share of `words` that stands in stretches without support; 0 of no words.

    Single letters are passed over: formulas are made of them, and no two readers agree on their order.
    """
    counted = [share < BARE for word, share in zip(words, shares, strict=True) if not _is_letter(word)]
    bare = sum(length for is_bare, length in _bridged(counted) if is_bare and length >= LEAST_WORDS)
    return bare / len(counted) if counted else 0.0


def _is_letter(word: str) -> bool:
    """Whether it is a single letter of an alphabet; an ideograph has no capitals."""
    return len(word) == 1 and word.upper() != word


def _bridged(flags: Sequence[bool]) -> list[tuple[bool, int]]:
    """Runs of equal flags with their lengths; short runs of False between longer ones of True are made True."""
    runs = [(flag, len(list(group))) for flag, group in groupby(flags)]
    merged: list[tuple[bool, int]] = []
    for place, (flag, length) in enumerate(runs):
        is_bridge = not flag and length <= BRIDGE and 0 < place < len(runs) - 1 and _is_wide(runs, place, length)
        if merged and merged[-1][0] == (flag or is_bridge):
            merged[-1] = (merged[-1][0], merged[-1][1] + length)
        else:
            merged.append((flag or is_bridge, length))
    return merged


def _is_wide(runs: Sequence[tuple[bool, int]], place: int, length: int) -> bool:
    return min(runs[place - 1][1], runs[place + 1][1]) >= length + 1
