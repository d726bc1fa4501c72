r"""The LaTeX of one formula in; whether it is sound, and the MathML that a browser draws, out.

What the model wrote is untrusted: the MathML holds elements and attributes of a fixed list and nothing that is loaded
or run.
"""

import re
import unicodedata
from contextlib import suppress
from functools import lru_cache
from xml.etree.ElementTree import Element, tostring

from deepocr_cli.latex_commands import COMMANDS
from deepocr_cli.structures import Formula

LONGEST = 4000
"""Characters; a longer formula is a page gone wrong, and is not drawn."""
DEEPEST = 40
"""Braces inside braces."""

_TOKEN = re.compile(r"\\(?:begin|end)\{(?P<environment>[^{}]*)\}|\\(?P<command>[A-Za-z]+)|\\.|[{}]", re.DOTALL)
_ELEMENTS = frozenset(
    """
    math mrow mi mn mo ms mtext mspace mfrac msqrt mroot mstyle merror mpadded mphantom msub msup msubsup munder mover
    munderover mmultiscripts mprescripts none mtable mtr mtd menclose
    """.split()  # noqa: SIM905
)
_ATTRIBUTES = frozenset(
    """
    display xmlns accent accentunder columnalign columnlines columnspacing columnspan depth displaystyle fence form
    height largeop linethickness lspace mathvariant maxsize minsize movablelimits notation rowlines rowspacing rspace
    scriptlevel separator stretchy symmetric voffset width
    """.split()  # noqa: SIM905
)
_SPACE = "http://www.w3.org/1998/Math/MathML"


@lru_cache(maxsize=4096)
def read_formula(latex: str, *, is_displayed: bool = False) -> Formula:
    """A formula checked and, where it is sound, drawn as MathML; never raises."""
    latex = latex.strip()
    reason = find_fault(latex)
    return Formula(latex, None if reason else _to_mathml(latex, is_displayed), reason)


def find_fault(latex: str) -> str | None:
    """What is wrong with a formula, as a phrase; None where braces, pairs and commands are in order."""
    if not latex:
        return "it is empty"
    if len(latex) > LONGEST:
        return f"it is longer than {LONGEST} characters"
    open_parts: list[str] = []
    for token in _TOKEN.finditer(latex):
        fault = _check_token(token, open_parts)
        if fault is not None:
            return fault
        if len(open_parts) > DEEPEST:
            return f"it is nested deeper than {DEEPEST} braces"
    return f"{open_parts[-1]} is not closed" if open_parts else None


def _check_token(token: re.Match[str], open_parts: list[str]) -> str | None:
    """The fault that one token makes; what it opens is put on the stack, what it closes is taken off."""
    text, environment, command = token[0], token["environment"], token["command"]
    if text == "{" or command == "left":
        open_parts.append(text)
    elif text.startswith(r"\begin{"):
        open_parts.append(f"\\begin{{{environment}}}")
    elif text == "}" or command == "right" or text.startswith(r"\end{"):
        opening = {"}": "{", r"\right": r"\left"}.get(text, f"\\begin{{{environment}}}")
        if not open_parts or open_parts.pop() != opening:
            return f"{text} closes nothing that is open"
    elif command is not None and command not in COMMANDS:
        return f"unknown command \\{command}"
    return None


def _to_mathml(latex: str, is_displayed: bool) -> str | None:
    from latex2mathml import exceptions
    from latex2mathml.converter import convert_to_element

    kinds = [kind for kind in vars(exceptions).values() if isinstance(kind, type)]
    own = [kind for kind in kinds if issubclass(kind, Exception)]
    others = (LookupError, ValueError, TypeError, AttributeError, StopIteration, RecursionError)
    refusals: tuple[type[Exception], ...] = (*own, *others)
    try:
        element = convert_to_element(_in_known_words(latex), display="block" if is_displayed else "inline")
    except refusals:
        return None
    if not _is_harmless(element):
        return None
    _choose_letters(element)
    return tostring(element, encoding="unicode", short_empty_elements=False)


def _in_known_words(latex: str) -> str:
    """The formula in commands that the library draws rightly."""
    latex = latex.replace("{aligned}", "{split}").replace("{gathered}", "{matrix}")
    latex = _UPRIGHT_LETTER.sub(r"{\\mathrm \1}", latex)
    return _TAG.sub(r"\\qquad\\text{(\1)}", latex)


_UPRIGHT_LETTER = re.compile(r"\\mathrm\{([A-Za-z])\}")
_TAG = re.compile(r"\\tag\{([^{}]*)\}")


def _is_harmless(element: Element) -> bool:
    """False where an element is not on the list; attributes that are not on theirs are taken off."""
    for part in element.iter():
        if part.tag not in _ELEMENTS:
            return False
        for name in [name for name in part.attrib if name not in _ATTRIBUTES]:
            del part.attrib[name]
        part.text = _without_entities(part.text)
    return element.get("xmlns", _SPACE) == _SPACE


def _choose_letters(element: Element) -> None:
    """Write letters of alphabets as Unicode has them, and upright words as one name each: MathML Core asks for that."""
    for part in element.iter():
        if (alphabet := _ALPHABETS.get(part.get("mathvariant", ""))) and part.text:
            letters = [_letter_of(alphabet, letter) for letter in part.text]
            if None not in letters:
                part.text = "".join(filter(None, letters))
                del part.attrib["mathvariant"]
    for row in element.iter("mrow"):
        if len(row) > 1 and all(part.tag == "mi" and part.get("mathvariant") == "normal" for part in row):
            row.tag, row.text = "mi", "".join(part.text or "" for part in row)
            row[:] = []


def _letter_of(alphabet: str, letter: str) -> str | None:
    """A letter or digit in an alphabet for formulas; None where Unicode has none."""
    name = unicodedata.name(letter, "").removeprefix("LATIN ").removeprefix("GREEK ").replace("LETTER ", "")
    for prefix in ("MATHEMATICAL ", ""):
        with suppress(KeyError):
            return unicodedata.lookup(f"{prefix}{alphabet} {name}")
    return None


_ALPHABETS = {
    "bold": "BOLD",
    "bold-italic": "BOLD ITALIC",
    "double-struck": "DOUBLE-STRUCK",
    "fraktur": "FRAKTUR",
    "monospace": "MONOSPACE",
    "sans-serif": "SANS-SERIF",
    "script": "SCRIPT",
}


def _without_entities(text: str | None) -> str | None:
    """The library writes signs as character references, and expects them to be left alone."""
    return None if text is None else _REFERENCE.sub(lambda found: chr(int(found[1], 16)), text)


_REFERENCE = re.compile(r"&#x([0-9A-Fa-f]{1,5});")
