"""A reading and the true text become two figures: the share of the characters, and of the words, that is right.

Both texts are first brought to one form: markup that says where a block lies taken away, Unicode NFKC, white space
folded to single spaces. Case and punctuation count.
"""

import unicodedata
from collections import Counter
from dataclasses import dataclass

from rapidfuzz.distance import Levenshtein

from deepocr_cli.reading.grounding import parse_blocks


@dataclass(frozen=True, slots=True)
class Precision:
    """`characters` is 1 - edit distance / length of the longer text; `words` is the share of the words read that the
    true text has, each as often as it has it."""

    characters: float
    words: float


def measure_precision(reading: str, truth: str) -> Precision:
    """How much of a reading is right, each figure from 0 to 1; of nothing read, nothing is right."""
    read, true = compared_form(reading), compared_form(truth)
    read_words, true_words = Counter(read.split()), Counter(true.split())
    common = (read_words & true_words).total()
    return Precision(
        characters=1 - Levenshtein.normalized_distance(read, true) if read else float(not true),
        words=common / read_words.total() if read_words else float(not true_words),
    )


def compared_form(text: str) -> str:
    """The text as it is compared."""
    words = "\n".join(block.text for block in parse_blocks(text))
    return " ".join(unicodedata.normalize("NFKC", words).split())
