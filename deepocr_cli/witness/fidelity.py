"""A reading and the witness's text of the same page in, a `Fidelity` out.

Both texts are first brought to one form (markup off, NFKC, one case, cut words made whole, whitespace folded). Then,
with words and characters counted as bags, and |A ∩ B| the size of the common bag:

    coverage(bag) = |reading ∩ witness| / |witness|
    invented(bag) = 1 - |reading ∩ witness| / |reading|
    coverage, invented = the means over the bag of words and the bag of characters
    order  = similarity of the word sequences (indel distance, 1 = same order)
    score  = harmonic mean of coverage and (1 - invented), times (3 + order) / 4
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable

from rapidfuzz.distance import Indel

from deepocr_cli.document import Fidelity, Reader

MARKUP = re.compile(r"<[^<>]{1,200}>|!\[[^\]]*\]\([^)]*\)|\\[()\[\]]|[*_`#|~]+|^\s*[-+>]\s|:?-{3,}:?", re.MULTILINE)
CUT_WORD = re.compile(r"(?<=\w)[-\u00ad\u2010]\s*\n\s*(?=[^\W\d_])")
WORD = re.compile(r"\w+")


def measure(reading: str, witness_text: str, witness: Reader) -> Fidelity:
    """How far `reading` agrees with `witness_text`; two empty texts agree, an empty one agrees with no other."""
    ours, theirs = plain_form(reading), plain_form(witness_text)
    our_words, their_words = WORD.findall(ours), WORD.findall(theirs)
    if not our_words or not their_words:
        agree = 1.0 if not our_words and not their_words else 0.0
        return Fidelity(agree, 0.0 if their_words else 1.0, 1.0 if our_words else 0.0, witness)
    common_words = _common_share(our_words, their_words)
    common_characters = _common_share(ours.replace(" ", ""), theirs.replace(" ", ""))
    coverage = (common_words[1] + common_characters[1]) / 2
    supported = (common_words[0] + common_characters[0]) / 2
    order = Indel.normalized_similarity(our_words, their_words)
    agreement = 2 * coverage * supported / (coverage + supported) if coverage + supported else 0.0
    return Fidelity(agreement * (3 + order) / 4, coverage, 1 - supported, witness)


def plain_form(text: str) -> str:
    """The text as it is compared: no markup, NFKC, lower case, cut words whole, single spaces."""
    text = unicodedata.normalize("NFKC", CUT_WORD.sub("", text))
    return " ".join(MARKUP.sub(" ", text).casefold().split())


def _common_share(ours: Iterable[str], theirs: Iterable[str]) -> tuple[float, float]:
    """The size of the common bag as a share of ours and of theirs."""
    our_bag, their_bag = Counter(ours), Counter(theirs)
    common = (our_bag & their_bag).total()
    return common / our_bag.total(), common / their_bag.total()
