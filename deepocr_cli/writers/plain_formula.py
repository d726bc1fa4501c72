r"""A formula's LaTeX in, the formula as a person types it out: x² + y² ≤ a/b; where that cannot be, its LaTeX."""

import unicodedata
from collections.abc import Sequence
from xml.etree.ElementTree import Element, fromstring

from deepocr_cli.latex import read_formula

_UPPER = dict(
    zip("0123456789+−=()abcdefghijklmnoprstuvwxyzT′″*∗∘", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻᵀ′″**°", strict=True)
)
_LOWER = dict(zip("0123456789+−=()aehijklmnoprstuvx", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ", strict=True))
_SPACED = frozenset("=<>≤≥≠≡∼≃≈≅∝≪≫≺≻⊂⊃⊆⊇∈∋∉→←↔⇒⇐⇔↦⟶⟵+−±∓×÷∩∪∨∧⊕⊗∖∣:")
"""Signs with white on both sides where a term stands before them."""
_NO_TERM = frozenset("=<>≤≥≠≈([{,")
_LARGE = frozenset("∑∏∐∫∬∭∮⋃⋂⋁⋀⨁⨂")
_SCRIPTS = ("msup", "msub", "msubsup")
_MATHEMATICAL = 0x1D400
"""The first of the letters that differ from others in their alphabet alone."""


class _NotPlainError(Exception):
    """A formula needs more than a line."""


def plain_formula(latex: str) -> str:
    """The formula in Unicode, in one line, where all of it can be written so, else its LaTeX."""
    mathml = read_formula(latex).mathml
    if mathml is None:
        return latex
    try:
        return " ".join(_text(fromstring(mathml)).split())
    except _NotPlainError:
        return latex


def _text(part: Element) -> str:
    parts = list(part)
    match _kind(part):
        case "mi" | "mn" | "mo" | "mtext":
            return "".join(map(_plain_letter, part.text or ""))
        case "mspace":
            return " "
        case "msqrt":
            return f"√{_enclosed(parts)}"
        case "msup":
            return _base(parts[0]) + _shifted(parts[1], "^", _UPPER)
        case "msub":
            return _base(parts[0]) + _shifted(parts[1], "_", _LOWER)
        case "msubsup":
            return _base(parts[0]) + _shifted(parts[1], "_", _LOWER) + _shifted(parts[2], "^", _UPPER)
        case "mfrac" if part.get("linethickness") is None:
            return f"{_enclosed(parts[:1])}/{_enclosed(parts[1:])}"
        case "math" | "mrow" | "mstyle":
            return _row(parts)
    raise _NotPlainError


def _row(parts: Sequence[Element]) -> str:
    text = ""
    for before, part, after in zip([None, *parts], parts, [*parts[1:], None], strict=False):
        own = _text(part)
        if own == "(" and before is not None and _is_name(before):
            text = text.rstrip()
        has_term_before = text.strip() != "" and text.rstrip()[-1] not in _NO_TERM
        if _kind(part) == "mfrac" and (_is_term(after) or (has_term_before and text[-1] != " ")):
            own = f"({own})"
        if (own in _SPACED and has_term_before) or _is_name(part):
            text = f"{text.rstrip() if has_term_before else text}{' ' if has_term_before else ''}{own} "
        else:
            is_apart = own == "," or _kind(part) == "msqrt" or own[:1] in _LARGE or own[-2:-1] in ("^", "_")
            text += f"{own} " if is_apart else own
    return text.strip()


def _is_term(part: Element | None) -> bool:
    """Whether a part is multiplied with what stands right before it."""
    if part is None or _kind(part) in ("mspace", "mtext"):
        return False
    nucleus = _nucleus(part)
    return _kind(nucleus) != "mo" or nucleus.text in ("(", "[", "{")


def _is_name(part: Element) -> bool:
    """Whether a part is a word, such as sin, or one with something that hangs on it."""
    nucleus = _nucleus(part)
    word = nucleus.text or ""
    return _kind(nucleus) in ("mi", "mo") and len(word) > 1 and word.isalpha()


def _nucleus(part: Element) -> Element:
    """A part without what hangs on it."""
    while _kind(part) in _SCRIPTS:
        part = part[0]
    return part


def _base(part: Element) -> str:
    """What something hangs on; in brackets where that would seem to hang on its end alone."""
    text = _text(part)
    while len(part) == 1 and _kind(part) == "mrow":
        part = part[0]
    return f"({text})" if len(part) else text


def _shifted(part: Element, mark: str, letters: dict[str, str]) -> str:
    """What is raised or lowered, in letters that are, else behind a mark."""
    text = _text(part)
    shifted = [letters.get(letter) for letter in text.replace(" ", "")]
    if None not in shifted:
        return "".join(filter(None, shifted))
    return mark + (text if len(text) == 1 else f"({text})")


def _enclosed(parts: Sequence[Element]) -> str:
    """A single term as it stands, several in brackets."""
    text = _row(parts)
    return text if _is_single(parts) else f"({text})"


def _is_single(parts: Sequence[Element]) -> bool:
    if len(parts) != 1:
        return False
    kind, inner = _kind(parts[0]), list(parts[0])
    return kind in ("mi", "mn", "mo", "mtext") or _is_single(inner[:1] if kind.startswith("msu") else inner)


def _plain_letter(letter: str) -> str:
    return unicodedata.normalize("NFKC", letter) if ord(letter) >= _MATHEMATICAL else letter


def _kind(part: Element) -> str:
    return part.tag.rpartition("}")[2]
