"""Two texts as words in, out: how far each word of the one is supported by the other, wherever it stands there.

Both are looked at as one run of letters, without spaces, so that words that were cut, joined or glued do not matter.
A letter is supported where some piece of `piece_length` letters around it stands in the other text too; a piece that
stands n times in the other text supports n of its places. One wrong letter thus costs one letter, while a line that
the other text does not have finds no support however common its words are.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, groupby, pairwise

PIECE_LENGTH = 5
UNSPACED_PIECE_LENGTH = 3
"""Letters of a piece; an ideograph or a syllable says as much as a few letters."""
LEFTOVER_SHARE = 0.67
"""Of a run of words that no piece supports, the least share that must be left over in the other text as well."""


@dataclass(frozen=True, slots=True)
class Support:
    """For every word of two texts the share of its letters that the other one supports, from 0 to 1.

    `order` is the share of the pairs of neighbouring, supported words of the first that are neighbours in the second.
    """

    ours: list[float]
    theirs: list[float]
    order: float


def support(ours: Sequence[str], theirs: Sequence[str], piece_length: int) -> Support:
    """Compare two texts by pieces of `piece_length` letters; O(letters)."""
    our_pieces, their_pieces = (_pieces("".join(words), piece_length) for words in (ours, theirs))
    common = Counter(our_pieces) & Counter(their_pieces)
    our_places, their_places = (_supported_places(pieces, common) for pieces in (our_pieces, their_pieces))
    our_shares = _shares(ours, our_places, piece_length)
    their_shares = _shares(theirs, their_places, piece_length)
    if piece_length > UNSPACED_PIECE_LENGTH:
        # Words in another order tell something; signs in another order, nothing.
        our_shares, their_shares = (
            _with_leftovers(ours, our_shares, theirs, their_shares),
            _with_leftovers(theirs, their_shares, ours, our_shares),
        )
    return Support(our_shares, their_shares, _order(ours, our_shares, our_places, piece_length))


def _pieces(letters: str, length: int) -> list[str]:
    return [letters[start : start + length] for start in range(len(letters) - length + 1)]


def _supported_places(pieces: Sequence[str], common: Counter[str]) -> bytearray:
    """One byte a piece: 1 where it is supported. Where a piece stands here more often than there, the places beside
    other supported pieces come first."""
    marks = bytearray(len(pieces) + 1)  # the last stays 0: the neighbour of both ends
    counts, left = Counter(pieces), dict(common)
    doubtful = []
    for place, piece in enumerate(pieces):
        if piece in left:
            if counts[piece] == left[piece]:
                marks[place] = 1
            else:
                doubtful.append(place)
    for needs_neighbour in (True, False):
        for place in doubtful:
            is_beside = marks[place - 1] or marks[place + 1]
            if not marks[place] and left[pieces[place]] and (is_beside or not needs_neighbour):
                left[pieces[place]] -= 1
                marks[place] = 1
    return marks[:-1]


def _shares(words: Sequence[str], places: bytearray, length: int) -> list[float]:
    """The share of every word's letters over which a supported piece lies."""
    letters = bytearray(len(places) + length - 1)
    for place, mark in enumerate(places):
        if mark:
            letters[place : place + length] = b"\x01" * length
    starts = accumulate(map(len, words), initial=0)
    return [sum(letters[start : start + len(word)]) / len(word) for word, start in zip(words, starts, strict=False)]


def _with_leftovers(
    words: Sequence[str], shares: Sequence[float], others: Sequence[str], other_shares: Sequence[float]
) -> list[float]:
    """`shares`, where runs of unsupported words that the other text has among its own in another order count as
    supported: cells of a table that was read down its columns."""
    spare = Counter(word for word, share in zip(others, other_shares, strict=True) if share < 0.99)
    result = list(shares)
    for is_bare, group in groupby(range(len(words)), key=lambda place: shares[place] < 0.5):
        places = list(group)
        if not is_bare:
            continue
        wanted = Counter(words[place] for place in places)
        found = wanted & spare
        if found.total() >= LEFTOVER_SHARE * len(places):
            spare -= found
            for place in places:
                if found[words[place]] > 0:
                    found[words[place]] -= 1
                    result[place] = 1.0
    return result


def _order(words: Sequence[str], shares: Sequence[float], places: bytearray, length: int) -> float:
    """The share of the joints between two supported words that a supported piece lies across."""
    ends = list(accumulate(map(len, words)))
    joints = [end for end, (left, right) in zip(ends, pairwise(shares), strict=False) if left > 0.5 and right > 0.5]
    kept = sum(any(places[max(0, end - length + 1) : end]) for end in joints)
    return kept / len(joints) if joints else 1.0
