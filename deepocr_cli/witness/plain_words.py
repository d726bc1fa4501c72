"""The text of a page in, its words as they are compared out: without markup, formulas apart.

Words are runs of letters and digits; in scripts that set no spaces (Chinese, Japanese, Korean, Thai, Lao, Khmer,
Burmese) every character with its marks is a word.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from html import unescape

from deepocr_cli.layout.accents import whole_letters
from deepocr_cli.layout.math.signs import NAMED_LETTERS
from deepocr_cli.layout.math.words import FUNCTIONS, LIMITS
from deepocr_cli.math_spans import MathSpan, split_math

MARKUP = re.compile(r"<[^<>]{1,200}>|!\[[^\]]*\]\([^)]*\)|\\[()\[\]]|[*_`#|~]+|^\s*[-+>]\s|:?-{3,}:?", re.MULTILINE)
CUT_WORD = re.compile(r"(?<=\w)[-\u00ad\u2010]\s*\n\s*(?=[^\W\d_])")
_COMMAND = re.compile(r"\\(?:begin|end)\{\w*\*?\}|\\(?P<name>[A-Za-z]+)")
_UNSPACED = (
    "\u0e00-\u0eff"  # Thai, Lao
    "\u1000-\u109f\u1780-\u17ff"  # Burmese, Khmer
    "\u3005-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff"  # kana, ideographs, hangul
    "\U00020000-\U0003ffff"
)
_ILLEGIBLE_TO_OCR = re.compile("[\u0400-\u1dff\u2c00-\u2dff\ua000-\uabff\uac00-\ud7ff\ufb1d-\ufdff\ufe70-\ufeff]")
"""Cyrillic, Armenian, Hebrew, Arabic, the scripts of India, Thai, Georgian, Hangul, Ethiopic and their neighbours."""
_MARKS = "\u0300-\u036f\u0e31\u0e34-\u0e3a\u0e47-\u0e4e\u0eb1\u0eb4-\u0ebc\u0ec8-\u0ecd\u102b-\u103e\u17b4-\u17d3"
WORD = re.compile(rf"[{_UNSPACED}][{_MARKS}]*|(?:(?![{_UNSPACED}_])[\w{_MARKS}])+")


@dataclass(frozen=True, slots=True)
class PlainWords:
    """The words of a text in its order, and the letters and digits that stand in its formulas."""

    words: tuple[str, ...]
    formula_letters: Counter[str]


def read_words(text: str) -> PlainWords:
    """The words of `text` outside its formulas."""
    prose: list[str] = []
    letters: Counter[str] = Counter()
    for part in split_math(text):
        if isinstance(part, MathSpan):
            prose.append(" ")
            letters.update(_letters_of(part.latex))
        else:
            prose.append(part)
    return PlainWords(tuple(WORD.findall(plain_form("".join(prose)))), letters)


def plain_form(text: str) -> str:
    """The text as it is compared: no markup, NFKC, lower case, cut words whole, single spaces."""
    text = unicodedata.normalize("NFKC", whole_letters(CUT_WORD.sub("", text)))
    return " ".join(unescape(MARKUP.sub(" ", text)).casefold().split())


def is_unspaced(words: Iterable[str]) -> bool:
    """Whether most words are of a script that sets no spaces."""
    counts = Counter(re.match(rf"[{_UNSPACED}]", word) is not None for word in words)
    return counts[True] > counts[False]


def is_legible_to_ocr(word: str) -> bool:
    """Whether light OCR knows the letters of `word`: its models read Latin, Greek, ideographs and kana."""
    return not _ILLEGIBLE_TO_OCR.search(word)


def _letters_of(latex: str) -> Iterable[str]:
    spoken = unicodedata.normalize("NFKC", _COMMAND.sub(_spoken, latex)).casefold()
    return (letter for letter in spoken if letter.isalnum())


def _spoken(command: re.Match[str]) -> str:
    """What of a command stands on paper as letters: Greek ones, and the names of functions."""
    name = command["name"]
    return name if name in FUNCTIONS or name in LIMITS else NAMED_LETTERS.get(name, " ")
