"""Upright letters of one line in, the words that they make out: names of functions, and text."""

from collections.abc import Sequence
from dataclasses import replace

from deepocr_cli.layout.math.atoms import Atom, Role, Style, joined
from deepocr_cli.layout.math.scripts import Nucleus

LETTER_GAP = 0.13
"""Em between two letters of one word, at most."""
WORD_GAP = 0.6
"""Em between two words of one text, at most."""
OPERATOR_GAP = 0.12
"""Em of white between the name of a function and what it is of, at least."""
SPACE = 0.18
"""Em of white that are a space in text, at least."""
FUNCTIONS = frozenset(
    "arccos arcsin arctan arg cos cosh cot coth csc deg dim exp hom ker lg ln log sec sin sinh tan tanh mod".split()  # noqa: SIM905
)
LIMITS = frozenset("det gcd inf lim liminf limsup max min Pr sup injlim projlim".split())  # noqa: SIM905
_TWO_WORDS = {("lim", "sup"): r"\limsup", ("lim", "inf"): r"\liminf"}
_AMONG_TEXT = (".", ",", "-", ":", ";", "'")


def join_words(atoms: Sequence[Atom]) -> list[Atom]:
    """The atoms with letters that stand close as words, and words that are the name of a function as that."""
    found: list[Atom] = []
    for atom in atoms:
        place = next((n for n in range(len(found) - 1, -1, -1) if _is_next_letter(found[n], atom)), None)
        if place is None:
            found.append(atom)
        else:
            word = joined(found[place].latex + atom.latex, [found[place], atom], found[place], Role.LETTER)
            found[place] = replace(word, style=atom.style)
    return [_name(atom) for atom in _join_names(found)]


def _is_next_letter(word: Atom, letter: Atom) -> bool:
    is_alike = word.role is letter.role is Role.LETTER and word.style == letter.style
    if not is_alike or abs(word.size - letter.size) > 0.1 or abs(word.baseline - letter.baseline) > 0.05 * letter.size:
        return False
    return -0.3 < (letter.left - word.right) / letter.size < LETTER_GAP


def _join_names(words: Sequence[Atom]) -> list[Atom]:
    """Names of two words: lim sup, lim inf."""
    found: list[Atom] = []
    for word in words:
        place = next((n for n in range(len(found) - 1, -1, -1) if _is_second(found[n], word)), None)
        if place is None:
            found.append(word)
            continue
        pair = found[place].latex, word.latex
        found[place] = joined(_TWO_WORDS[pair], [found[place], word], word, Role.LIMIT)
    return found


def _is_second(first: Atom, word: Atom) -> bool:
    pair = first.latex, word.latex
    is_name = pair in _TWO_WORDS
    return is_name and abs(first.baseline - word.baseline) < 0.1 and word.left - first.right < 0.3 * word.size


def _name(word: Atom) -> Atom:
    """A word as what it is: the name of a function, or letters of an alphabet."""
    if word.role is not Role.LETTER or word.style != r"\mathrm":
        return word
    if word.latex in FUNCTIONS:
        latex = r"\bmod" if word.latex == "mod" else f"\\{word.latex}"
        return replace(word, latex=latex, role=Role.FUNCTION, style="")
    if word.latex in LIMITS:
        return replace(word, latex=f"\\{word.latex}", role=Role.LIMIT, style="")
    return word


# ------------------------------------------------------------------------------------------------ text


def join_text(nuclei: Sequence[Nucleus], style: Style) -> list[Nucleus]:
    """The nuclei, with words that have white beside them as text, those that follow one another together."""
    found: list[Nucleus] = []
    for place, nucleus in enumerate(nuclei):
        atom = _bare(nucleus)
        before = _bare(found[-1]) if found else None
        after = nuclei[place + 1].atom if place + 1 < len(nuclei) else None
        if atom is not None and len(nuclei) == 1 and style is Style.INNER:
            found.append(nucleus)
        elif atom is None or not _is_text(atom, before, after):
            found.append(_as_operator(nucleus, after))
        elif before is not None and before.role is Role.TEXT and _gap(before, atom) < WORD_GAP:
            space = " " if _gap(before, atom) > SPACE else ""
            found[-1] = Nucleus(joined(before.latex + space + atom.latex, [before, atom], before, Role.TEXT))
        else:
            found.append(Nucleus(replace(atom, role=Role.TEXT, style="")))
    return found


def _as_operator(nucleus: Nucleus, after: Atom | None) -> Nucleus:
    """The name of a function that TeX has none for: thin white is between it and what follows."""
    atom = nucleus.atom
    is_name = atom is not None and atom.role is Role.LETTER and len(atom.latex) > 1 and atom.style == r"\mathrm"
    if atom is None or after is None or not is_name or after.role not in (Role.ORDINARY, Role.LETTER):
        return nucleus
    right = max(other.right for other in [atom, *nucleus.lower, *nucleus.upper])
    if not OPERATOR_GAP < (after.left - right) / atom.size < SPACE:
        return nucleus
    return replace(nucleus, atom=replace(atom, role=Role.FUNCTION, style=r"\operatorname"))


def _bare(nucleus: Nucleus) -> Atom | None:
    """The atom of a nucleus that nothing hangs on."""
    return None if nucleus.upper or nucleus.lower else nucleus.atom


def _is_text(atom: Atom, before: Atom | None, after: Atom | None) -> bool:
    """Whether a word is set as text: it is long or has white beside it, or goes on a text."""
    follows = before is not None and before.role is Role.TEXT and _gap(before, atom) < WORD_GAP
    if follows and before is not None and atom.latex in _AMONG_TEXT and _gap(before, atom) < 0.1:
        return True
    if atom.role is not Role.LETTER or atom.style not in (r"\mathrm", r"\mathit"):
        return False
    if follows or (before is None and (after is None or after.latex in _AMONG_TEXT) and len(atom.latex) > 2):
        return True
    gaps = [_gap(before, atom) if before else 0.0, _gap(atom, after) if after else 0.0]
    beside = [before, after]
    is_apart = any(
        gap > SPACE and other is not None and other.role not in (Role.RELATION, Role.BINARY)
        for gap, other in zip(gaps, beside, strict=True)
    )
    return len(atom.latex) > 1 and is_apart


def _gap(before: Atom, atom: Atom) -> float:
    return (atom.left - before.right) / max(atom.size, before.size)
