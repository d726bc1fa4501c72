"""A reading and its witness's text in, the reading in pieces out: agreed, invented, and what the witness has beyond it.

Words are compared in one form (NFKC, one case, cut words whole), first in their order; a word that stands elsewhere in
the other text has moved, and is not disputed.
"""

import html
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from rapidfuzz.distance import Indel

_WORD = re.compile(r"\w+(?:[-\u00ad\u2010][ \t]*\n\s*[^\W\d_]\w*)*")
_ROW_END = re.compile(r"\s*</tr\s*>\s*", re.IGNORECASE)
_CELL_END = re.compile(r"\s*</t[dh]\s*>(?!\s*</tr)\s*", re.IGNORECASE)
_TABLE_TAG = re.compile(r"</?(?:table|thead|tbody|tr|td|th|center)\b[^<>]{0,200}>", re.IGNORECASE)
_CUT = re.compile(r"[-\u00ad\u2010]\s+")
_SPACES = re.compile(r" *")
_CHANCE = 2
"""So many words agree by chance between longer stretches that do not."""


class Verdict(StrEnum):
    """What comparing says of a piece of text."""

    AGREED = "agreed"
    INVENTED = "invented"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of the reading, or of the witness's text where the reading lacks it."""

    text: str
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class _Word:
    start: int
    end: int
    form: str


@dataclass(frozen=True, slots=True)
class _Step:
    """Words of both texts that stand side by side, equal or not."""

    is_equal: bool
    ours: tuple[_Word, ...]
    theirs: tuple[_Word, ...]

    @property
    def is_chance(self) -> bool:
        return self.is_equal and len(self.ours) <= _CHANCE

    @property
    def is_long(self) -> bool:
        return len(self.ours) > _CHANCE and len(self.theirs) > _CHANCE

    def joined(self, other: "_Step") -> "_Step":
        return _Step(False, self.ours + other.ours, self.theirs + other.theirs)


def find_disputes(reading: str, witness_text: str | None) -> tuple[Piece, ...]:
    """The reading, without the markup of its tables, in pieces that join to it when what is missing is left out."""
    reading = _without_tables(reading)
    if witness_text is None:
        return (Piece(reading, Verdict.AGREED),)
    theirs = _without_tables(witness_text)
    return tuple(_joined(_pieces(reading, _words(reading), theirs, _words(theirs))))


def _without_tables(text: str) -> str:
    if not _TABLE_TAG.search(text):
        return text
    text = _CELL_END.sub("\t", _ROW_END.sub("\n", text))
    return html.unescape(_TABLE_TAG.sub("", text))


def _words(text: str) -> list[_Word]:
    return [
        _Word(match.start(), match.end(), unicodedata.normalize("NFKC", _CUT.sub("", match[0])).casefold())
        for match in _WORD.finditer(text)
    ]


def _pieces(reading: str, ours: Sequence[_Word], witness: str, theirs: Sequence[_Word]) -> Iterator[Piece]:
    steps = _compare(ours, theirs)
    alone = [word for step in steps if not step.is_equal for word in step.ours]
    lacked = [word for step in steps if not step.is_equal for word in step.theirs]
    invented, missing = _unmoved(alone, lacked), _unmoved(lacked, alone)
    place = 0
    for step in steps:
        lost = [witness[word.start : word.end] for word in step.theirs if word in missing]
        if lost:
            gap = _SPACES.match(reading, place)
            assert gap is not None
            yield Piece(gap[0], Verdict.AGREED)
            yield Piece(" ".join(lost), Verdict.MISSING)
            place = gap.end()
        for word in step.ours:
            yield Piece(reading[place : word.start], Verdict.AGREED)
            verdict = Verdict.INVENTED if word in invented else Verdict.AGREED
            yield Piece(reading[word.start : word.end], verdict)
            place = word.end
    yield Piece(reading[place:], Verdict.AGREED)


def _compare(ours: Sequence[_Word], theirs: Sequence[_Word]) -> list[_Step]:
    """The texts side by side in steps; what agrees by chance between many words that differ is not told apart."""
    steps: list[_Step] = []
    for code in Indel.opcodes([word.form for word in ours], [word.form for word in theirs]):
        is_equal = code.tag == "equal"
        step = _Step(
            is_equal, tuple(ours[code.src_start : code.src_end]), tuple(theirs[code.dest_start : code.dest_end])
        )
        if steps and not is_equal and not steps[-1].is_equal:
            steps[-1] = steps[-1].joined(step)
        elif len(steps) > 1 and not is_equal and steps[-1].is_chance and steps[-2].is_long:
            steps[-2:] = [steps[-2].joined(steps[-1]).joined(step)]
        else:
            steps.append(step)
    return steps


def _unmoved(words: Sequence[_Word], others: Sequence[_Word]) -> set[_Word]:
    """The words that the other text does not have elsewhere."""
    elsewhere = Counter(word.form for word in others)
    unmoved = set()
    for word in words:
        elsewhere[word.form] -= 1
        if elsewhere[word.form] < 0:
            unmoved.add(word)
    return unmoved


def _joined(pieces: Iterator[Piece]) -> Iterator[Piece]:
    """Pieces of one verdict as one; the space between two disputed words is disputed with them."""
    waiting: list[Piece] = []
    for piece in pieces:
        if not piece.text:
            continue
        if waiting and waiting[-1].verdict is piece.verdict:
            waiting[-1] = Piece(waiting[-1].text + piece.text, piece.verdict)
        elif len(waiting) == 2 and waiting[0].verdict is piece.verdict is Verdict.INVENTED and waiting[1].text == " ":
            waiting = [Piece(f"{waiting[0].text} {piece.text}", piece.verdict)]
        else:
            if len(waiting) == 2:
                yield waiting.pop(0)
            waiting.append(piece)
    yield from waiting
