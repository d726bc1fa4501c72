"""Formulas by chance: their LaTeX, and which of its pieces draw which glyphs.

A formula is its pieces in the order of the LaTeX and again in the order in which mathtext draws them.
"""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from deepocr_cli.training.formula_signs import (
    ACCENTS,
    ALPHABETS,
    FENCES,
    FUNCTIONS,
    GREEK,
    LATIN,
    LIMITS,
    OPERATORS,
    RELATIONS,
    ROUND,
    SYMBOLS,
    WORDS,
)

DEEPEST = 2
"""Terms so deep within others are letters, numbers and letters with scripts."""


@dataclass(frozen=True, slots=True, eq=False)
class Piece:
    """A piece of LaTeX, and how many glyphs it draws: none for braces, three for a sine."""

    latex: str
    glyph_count: int = 0


@dataclass(frozen=True, slots=True)
class Formula:
    """Pieces in the order of the LaTeX, and those of them that draw glyphs in the order of the drawing."""

    pieces: tuple[Piece, ...] = ()
    drawn: tuple[Piece, ...] = ()

    def __add__(self, other: "Formula") -> "Formula":
        return Formula(self.pieces + other.pieces, self.drawn + other.drawn)

    @property
    def latex(self) -> str:
        return "".join(piece.latex for piece in self.pieces)


def invent_formula(chance: random.Random) -> Formula:
    """A formula as they stand alone on a page: terms, most often on both sides of a relation."""
    left = _sum(chance, 0, most=2)
    if chance.random() < 0.8:
        return left + _spaced(chance.choice(RELATIONS)) + _sum(chance, 0, most=3)
    return left + _spaced(chance.choice(OPERATORS)) + _term(chance, 0)


def _glyphs(latex: str, count: int = 1) -> Formula:
    piece = Piece(latex, count)
    return Formula((piece,), (piece,))


def _silent(latex: str) -> Formula:
    return Formula((Piece(latex),))


def _spaced(sign: str) -> Formula:
    """A sign between two terms with white around it; a comma has it behind, a slash nowhere."""
    if sign == "/":
        return _glyphs(sign)
    before = _silent("" if sign == "," else " ")
    return before + _glyphs(sign) + _silent(" ")


def _sum(chance: random.Random, depth: int, most: int) -> Formula:
    """One term or several."""
    formula = _term(chance, depth)
    for _ in range(chance.randint(1, most) - 1):
        formula += _spaced(chance.choice(OPERATORS)) + _term(chance, depth)
    return formula


def _term(chance: random.Random, depth: int) -> Formula:
    """A factor or two; the deeper within others, the simpler."""
    makers = _SHALLOW if depth == 0 or (depth < DEEPEST and chance.random() < 0.25) else _DEEP
    factors = [chance.choices(list(makers), list(makers.values()))[0](chance, depth)]
    while chance.random() < 0.25 and len(factors) < 3:
        factors.append(chance.choice((_letter, _scripted, _scripted))(chance, depth))
    formula = factors[0]
    for factor in factors[1:]:
        formula += _joined(formula, factor)
    return formula


def _joined(before: Formula, after: Formula) -> Formula:
    """What follows, a space before it where a command's name would run into a letter."""
    ends_in_name = before.pieces[-1].latex[:1] == "\\" and before.pieces[-1].latex[-1].isalpha()
    return _silent(" ") + after if ends_in_name and after.latex[0].isalpha() else after


def _letter(chance: random.Random, _depth: int) -> Formula:
    kind = chance.random()
    if kind < 0.28:
        return _glyphs(f"\\{chance.choice(GREEK)}")
    return _glyphs(chance.choice(SYMBOLS) if kind < 0.34 else chance.choice(LATIN))


def _styled(chance: random.Random, _depth: int) -> Formula:
    """A bold letter, or one of the other alphabets that mathtext has."""
    command = chance.choices(list(ALPHABETS), (3, 2, 1))[0]
    return _silent(command) + _braced(_glyphs(chance.choice(ALPHABETS[command])), always=True)


def _word(chance: random.Random, _depth: int) -> Formula:
    """An upright word, as units and indices are."""
    return _silent(r"\mathrm") + _braced(_spelled(chance.choice(WORDS)), always=True)


def _number(chance: random.Random, _depth: int) -> Formula:
    if chance.random() < 0.04:
        return _glyphs(chance.choice("nkm")) + _glyphs("!")
    digits = str(chance.randint(0, 10 ** chance.randint(1, 3)))
    if chance.random() < 0.12:
        digits += f".{chance.randrange(100)}"
    return _spelled(digits)


def _spelled(text: str) -> Formula:
    formula = Formula()
    for character in text:
        formula += _glyphs(character)
    return formula


def _scripted(chance: random.Random, depth: int) -> Formula:
    """A letter with what hangs on it; what is above is drawn before what is below."""
    return _with_scripts(_letter(chance, depth), chance, depth)


def _with_scripts(base: Formula, chance: random.Random, depth: int) -> Formula:
    if chance.random() < 0.1:
        base += _glyphs("'")
        return _scripts(base, _index(chance, depth + 1), None) if chance.random() < 0.2 else base
    kind = chance.random()
    lower = _index(chance, depth + 1) if kind < 0.6 else None
    upper = _index(chance, depth + 1) if kind > 0.45 else None
    return _scripts(base, lower, upper)


def _scripts(base: Formula, lower: Formula | None, upper: Formula | None, *, is_stacked: bool = False) -> Formula:
    """A base and its scripts; where they are stacked, the upper one is drawn first of all."""
    pieces = base.pieces
    for mark, script in (("_", lower), ("^", upper)):
        if script is not None:
            pieces += (_silent(mark) + _braced(script)).pieces
    above, below = (script.drawn if script else () for script in (upper, lower))
    return Formula(pieces, above + base.drawn + below if is_stacked else base.drawn + above + below)


def _braced(formula: Formula, *, always: bool = False) -> Formula:
    """In braces, unless it is a single character."""
    if len(formula.latex) == 1 and not always:
        return formula
    return _silent("{") + formula + _silent("}")


def _index(chance: random.Random, depth: int) -> Formula:
    """What hangs on a letter."""
    kind = chance.random()
    if kind < 0.4:
        return _spelled(chance.choice("0123456789"))
    if kind < 0.65:
        return _glyphs(chance.choice("ijklmnkxyabts"))
    if kind < 0.8:
        return _glyphs(chance.choice("nikj")) + _glyphs(chance.choice("+-")) + _glyphs(chance.choice("12"))
    if kind < 0.88:
        return _glyphs("-") + _spelled(chance.choice("12n"))
    if kind < 0.91:
        return _word(chance, depth)
    return (
        _letter(chance, depth) + _spelled(chance.choice("23")) if kind < 0.94 else _spelled(chance.choice(("ij", "10")))
    )


def _fraction(chance: random.Random, depth: int) -> Formula:
    over, under = (_braced(_sum(chance, depth + 1, most=2), always=True) for _ in range(2))
    return _silent(r"\frac") + over + under


def _root(chance: random.Random, depth: int) -> Formula:
    return _glyphs(r"\sqrt") + _braced(_sum(chance, depth + 1, most=2), always=True)


def _large(chance: random.Random, depth: int) -> Formula:
    """A sum or a product over what follows it."""
    first = _glyphs(chance.choice("ijkn")) + _glyphs("=") + _spelled(chance.choice("01"))
    last = _glyphs(chance.choice(("n", "N", "m", r"\infty")))
    sign = _glyphs(chance.choice((r"\sum", r"\sum", r"\prod")))
    kind = chance.random()
    stacked = _scripts(sign, first if kind < 0.9 else _glyphs("i"), last if kind < 0.8 else None, is_stacked=True)
    return stacked + _silent(" ") + _scripted(chance, depth)


def _integral(chance: random.Random, depth: int) -> Formula:
    lower, upper = _glyphs(chance.choice("0a1")), _glyphs(chance.choice(("1", "b", "T", r"\infty")))
    has_limits = chance.random() < 0.7
    sign = _scripts(_glyphs(r"\int"), lower if has_limits else None, upper if has_limits else None)
    what = chance.choice((_call, _scripted))(chance, depth)
    return sign + _silent(" ") + what + _silent(" ") + _spelled("d" + chance.choice("xytsz"))


def _limit(chance: random.Random, depth: int) -> Formula:
    """A limit or a maximum, and what it is of."""
    sign = chance.choice((r" \to ", r" \to ", r" \in ", "=", "<"))
    where = _glyphs(chance.choice("xnth")) + _glyphs(sign) + _glyphs(chance.choice(("0", r"\infty", "a", "S")))
    name = _glyphs(chance.choice(LIMITS), 3)
    return _scripts(name, where, None, is_stacked=True) + _silent(" ") + _call(chance, depth)


def _call(chance: random.Random, depth: int) -> Formula:
    """A function of something."""
    if chance.random() < 0.5:
        name = chance.choice(FUNCTIONS)
        head = _glyphs(name, len(name) - 1)
    else:
        head = _glyphs(chance.choice("fgFPpuhVEO"))
    return head + _glyphs("(") + _sum(chance, DEEPEST, most=2) + _glyphs(")")


def _fenced(chance: random.Random, depth: int) -> Formula:
    """Something between brackets as high as it is, now and then to a power."""
    left, right = chance.choice(FENCES)
    inner = chance.choice((_fraction, _sum_of_two))(chance, depth + 1)
    fenced = _glyphs(rf"\left{left} ") + inner + _glyphs(rf" \right{right}")
    return _scripts(fenced, None, _index(chance, depth + 1)) if chance.random() < 0.4 else fenced


def _bracketed(chance: random.Random, depth: int) -> Formula:
    """Something between brackets that are not taller than letters."""
    left, right = chance.choice(ROUND)
    inner = _letter(chance, depth) if chance.random() < 0.3 else _sum(chance, DEEPEST, most=2)
    bracketed = _glyphs(left) + inner + _glyphs(right)
    return _scripts(bracketed, None, _index(chance, depth + 1)) if chance.random() < 0.3 else bracketed


def _series(chance: random.Random, depth: int) -> Formula:
    """A letter with index after index, dots and the last."""
    letter, last = _glyphs(chance.choice(LATIN)), chance.choice("nmkN")
    first, end = (_scripts(_glyphs(letter.latex), _glyphs(index), None) for index in (chance.choice("01"), last))
    sign, dots = chance.choice(((",", r"\ldots"), (",", r"\ldots"), ("+", r"\cdots")))
    return first + _spaced(sign) + _glyphs(dots) + _spaced(sign) + end


def _binomial(chance: random.Random, _depth: int) -> Formula:
    """One number over another between brackets."""
    over, under = (_braced(_glyphs(chance.choice(letters)), always=True) for letters in ("nmN", "kjr2"))
    opening, closing = Piece(r"\binom", 1), Piece("", 1)
    pieces = (opening, *over.pieces, *under.pieces, closing)
    return Formula(pieces, (opening, *over.drawn, *under.drawn, closing))


def _overlined(chance: random.Random, depth: int) -> Formula:
    """A line over something, which is no glyph."""
    return _silent(r"\overline") + _braced(_sum(chance, depth + 1, most=2), always=True)


def _sum_of_two(chance: random.Random, depth: int) -> Formula:
    return _term(chance, depth) + _spaced(chance.choice("+-")) + _term(chance, depth)


def _accented(chance: random.Random, _depth: int) -> Formula:
    """A letter with a mark above it, which is drawn first."""
    letter, mark = _glyphs(chance.choice(LATIN)), _glyphs(chance.choice(ACCENTS))
    braced = _braced(letter, always=True)
    return Formula(mark.pieces + braced.pieces, mark.drawn + letter.drawn)


_Maker = Callable[[random.Random, int], Formula]

_DEEP: Mapping[_Maker, float] = {_letter: 5.0, _number: 2.0, _scripted: 3.0}
_SHALLOW: Mapping[_Maker, float] = {
    **_DEEP,
    _fraction: 2.4,
    _root: 0.9,
    _large: 1.1,
    _integral: 0.8,
    _call: 1.4,
    _fenced: 0.8,
    _accented: 0.5,
    _limit: 0.5,
    _bracketed: 1.6,
    _styled: 0.6,
    _series: 0.3,
    _word: 0.15,
    _binomial: 0.15,
    _overlined: 0.25,
}
"""What a term begins with, and how often."""
