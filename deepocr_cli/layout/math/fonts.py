"""The name of a font in, the alphabet of formulas that it holds out."""

import re
from enum import Enum
from functools import lru_cache


class Alphabet(Enum):
    """What the letters of a font mean in a formula; the value is the LaTeX command that chooses it."""

    ITALIC = ""
    BOLD_ITALIC = r"\boldsymbol"
    SYMBOL = r"\mathcal"
    EXTENSION = " "
    BLACKBOARD = r"\mathbb"
    FRAKTUR = r"\mathfrak"
    SCRIPT = r"\mathscr"
    UNICODE = "  "
    ROMAN = r"\mathrm"
    BOLD = r"\mathbf"
    SANS = r"\mathsf"
    TYPEWRITER = r"\mathtt"
    TEXT_ITALIC = r"\mathit"


MATH = frozenset(list(Alphabet)[:8])
"""Those of fonts that serve formulas alone."""

_NAMES: tuple[tuple[str, Alphabet], ...] = (
    (r"(?:katex|mathjax)_ams", Alphabet.BLACKBOARD),
    (r"(?:katex|mathjax)_cal", Alphabet.SYMBOL),
    (r"(?:katex|mathjax)_frak", Alphabet.FRAKTUR),
    (r"(?:katex|mathjax)_(?:main-reg|size)", Alphabet.UNICODE),
    (
        r"(?:cm|lm|tx|px|mt|eu|ntx|yh|mn|fourier)[a-z]{0,4}ex[abv]?(?:\d|$|-)|mathextension|mtex|esint",
        Alphabet.EXTENSION,
    ),
    (
        r"(?:cm|lm)mib|(?:cm|lm)bmi|math-?ital\w*-bold|mathit\w*-bold|math-bold-?ital|[nr]?txbmi|pxbmi",
        Alphabet.BOLD_ITALIC,
    ),
    (r"(?:cm|lm|ec)mi\d|math-?ital|(?:r|new)?(?:tx|px)mi|mtmi|eurm|rmtmi|euler.*rm", Alphabet.ITALIC),
    (r"(?:cm|lm)b?sy\d|mathsymbol|(?:new)?(?:tx|px)b?sys?(?:\d|$|-)|mtsy|rsfso", Alphabet.SYMBOL),
    (r"msam\d?|(?:tx|px)sya|ntxsya", Alphabet.UNICODE),
    (r"msbm\d?|(?:tx|px)syb|ntxsyb|dsrom|dsss|bbold|fplmbb|bbm\d|bbmss", Alphabet.BLACKBOARD),
    (r"eufm|eufb|frak", Alphabet.FRAKTUR),
    (r"rsfs|eusm|eusb|mathscr", Alphabet.SCRIPT),
    (r"math", Alphabet.UNICODE),
    (r"mono(?!type)|courier|typewriter|(?:cm|ec|lm)(?:sl|it)?tt|lmmono", Alphabet.TYPEWRITER),
    (r"(?:cm|lm|ec|sf)ss(?:bx|dc)?\d|sans|helvet|arial|lmss", Alphabet.SANS),
    (
        r"(?:cm|ec|sf|lm)b(?:x|xsl)?\d|bold(?!.*(?:ital|obl))|black|heavy|demi(?!.*ital)|nimbusromno9l-medi$",
        Alphabet.BOLD,
    ),
    (r"(?:cm|ec|sf|lm)(?:ti|bxti|u)\d|ital|obl|slant", Alphabet.TEXT_ITALIC),
)
_TABLE = tuple((re.compile(pattern, re.IGNORECASE), alphabet) for pattern, alphabet in _NAMES)


@lru_cache(maxsize=1024)
def alphabet_of(font: str) -> Alphabet:
    """The alphabet of a font by its name, which may begin with the six letters of a subset."""
    name = font.rpartition("+")[2]
    return next((alphabet for pattern, alphabet in _TABLE if pattern.search(name)), Alphabet.ROMAN)


def is_math(font: str) -> bool:
    """Whether a font serves formulas alone."""
    return alphabet_of(font) in MATH
