"""A reading and the witness's text of the same page in, a `Fidelity` out.

Both texts are brought to words of one form (`plain_words`); formulas are left out. For every word w, s(w) is the share
of its letters that the other text supports, wherever it stands there (`support`). With R the words of the reading, W
those of the witness, |w| the letters of a word, and [s(w)] = s(w) where that is at least 1/2, else 0:

    letters(X) = sum of s(w) |w| / sum of |w|          over w in X
    words(X)   = mean of [s(w)]                        over w in X
    coverage = (letters(W) + words(W)) / 2, at most the letters of R / the letters of W
    invented = 1 - (letters(R) + words(R)) / 2, at least 1 - the letters of W / the letters of R
    lost     = share of W in stretches of four or more words without support     (`stretches`)
    added    = share of R in such stretches
    order    = share of the pairs of neighbouring, supported words of R that are neighbours in W too
    numbers  = share of the words of W with digits that R has too, as bags; None where W has fewer than ten
    scored   = share of the letters of both texts, formulas included, that the figures above are about
    score    = harmonic mean of coverage and (1 - invented), times (9 + order) / 10

Swapping the two texts swaps coverage with 1 - invented, and lost with added.

Not scored are formulas; what the witness has of a formula (words that find no support, made of letters of the
reading's formulas); and words in scripts that the witness cannot read.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from deepocr_cli.document import Fidelity, Reader
from deepocr_cli.witness.plain_words import PlainWords, is_legible_to_ocr, is_unspaced, read_words
from deepocr_cli.witness.stretches import BARE, share_in_stretches
from deepocr_cli.witness.support import PIECE_LENGTH, UNSPACED_PIECE_LENGTH, support

FEWEST_NUMBERS = 10
"""Of fewer numbers one that differs would be too large a share."""


def measure(reading: str, witness_text: str, witness: Reader) -> Fidelity:
    """How far `reading` agrees with `witness_text`; two empty texts agree, an empty one agrees with no other.

    A page of 5,500 characters takes about 6 ms.
    """
    ours, theirs = read_words(reading), read_words(witness_text)
    our_words = [word for word in ours.words if witness is not Reader.OCR or is_legible_to_ocr(word)]
    comparison = _compare(our_words, theirs.words, ours.formula_letters)
    return _figures(comparison, _letter_count(ours) + _letter_count(theirs), witness)


@dataclass(frozen=True, slots=True)
class _Comparison:
    """The scored words of the reading and of the witness, and the share of each that the other supports."""

    ours: Sequence[str]
    our_shares: Sequence[float]
    theirs: Sequence[str]
    their_shares: Sequence[float]
    order: float


def _compare(ours: Sequence[str], theirs: Sequence[str], formula_letters: Counter[str]) -> _Comparison:
    length = UNSPACED_PIECE_LENGTH if is_unspaced([*ours, *theirs]) else PIECE_LENGTH
    found = support(ours, theirs, length)
    is_scored = _outside_formulas(theirs, found.theirs, formula_letters)
    return _Comparison(
        ours,
        found.ours,
        [word for word, scored in zip(theirs, is_scored, strict=True) if scored],
        [share for share, scored in zip(found.theirs, is_scored, strict=True) if scored],
        found.order,
    )


def _outside_formulas(words: Sequence[str], shares: Sequence[float], formula_letters: Counter[str]) -> list[bool]:
    """False for words without support that can be made of the letters of formulas; each letter serves once."""
    left = Counter(formula_letters)
    is_scored = []
    for word, share in zip(words, shares, strict=True):
        needed = Counter(word)
        is_of_formula = share < BARE and needed <= left
        if is_of_formula:
            left -= needed
        is_scored.append(not is_of_formula)
    return is_scored


def _figures(comparison: _Comparison, letter_count: int, witness: Reader) -> Fidelity:
    ours, theirs = comparison.ours, comparison.theirs
    scored_letters = sum(map(len, ours)) + sum(map(len, theirs))
    scored = scored_letters / letter_count if letter_count else 1.0
    if not ours or not theirs:
        agree = 1.0 if not ours and not theirs else 0.0
        coverage, invented = 0.0 if theirs else 1.0, 1.0 if ours else 0.0
        return Fidelity(agree, coverage, invented, witness, 1.0, 1.0 - coverage, invented, scored)
    our_length, their_length = sum(map(len, ours)), sum(map(len, theirs))
    coverage = min(_supported_share(theirs, comparison.their_shares), our_length / their_length)
    supported = min(_supported_share(ours, comparison.our_shares), their_length / our_length)
    agreement = 2 * coverage * supported / (coverage + supported) if coverage + supported else 0.0
    return Fidelity(
        score=agreement * (9 + comparison.order) / 10,
        coverage=coverage,
        invented=1 - supported,
        witness=witness,
        order=comparison.order,
        lost=share_in_stretches(theirs, comparison.their_shares),
        added=share_in_stretches(ours, comparison.our_shares),
        scored=scored,
        numbers=_number_share(ours, theirs),
    )


def _supported_share(words: Sequence[str], shares: Sequence[float]) -> float:
    letters = sum(share * len(word) for word, share in zip(words, shares, strict=True)) / sum(map(len, words))
    return (letters + sum(share for share in shares if share >= BARE) / len(words)) / 2


def _number_share(ours: Sequence[str], theirs: Sequence[str]) -> float | None:
    our_numbers, their_numbers = (Counter(filter(_has_digit, words)) for words in (ours, theirs))
    count = their_numbers.total()
    return (our_numbers & their_numbers).total() / count if count >= FEWEST_NUMBERS else None


def _has_digit(word: str) -> bool:
    return any(letter.isdigit() for letter in word)


def _letter_count(text: PlainWords) -> int:
    return sum(map(len, text.words)) + text.formula_letters.total()
