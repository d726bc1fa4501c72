"""A reading and the true text become two figures: the share of the characters, and of the words, that is right.

Both texts are first brought to one form: the markup of blocks and tables taken away, Unicode NFKC, quotation marks
and dashes of every shape those of a typewriter, a word broken at the end of a line made whole, leaders three dots,
white space folded to single spaces. Case and punctuation count.
"""

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass

from rapidfuzz.distance import Levenshtein

from deepocr_cli.document import Block, Table
from deepocr_cli.reading.grounding import parse_blocks
from deepocr_cli.table_markup import table_to_text


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
    words = "\n".join(map(_words, parse_blocks(text)))
    plain = unicodedata.normalize("NFKC", words).translate(_TYPEWRITTEN)
    return " ".join(_LEADERS.sub(" ... ", _BROKEN_WORD.sub("", plain)).split())


def _words(block: Block) -> str:
    return table_to_text(block.data) if isinstance(block.data, Table) else block.text


_TYPEWRITTEN = str.maketrans({
    **dict.fromkeys("\u2018\u2019\u201a\u201b\u2032\u00b4`", "'"),
    **dict.fromkeys("\u201c\u201d\u201e\u201f\u2033", '"'),
    **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212", "-"),
    "\u00ad": "",
})  # fmt: skip
_BROKEN_WORD = re.compile(r"(?<=[^\W\d_])-\s+(?=[a-z])")
_LEADERS = re.compile(r"(?:\s*[.\u00b7\u2024]){4,}")
