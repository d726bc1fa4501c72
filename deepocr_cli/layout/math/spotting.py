"""The glyphs of a line of text in, the stretches of them that are formulas out.

A formula is told by its fonts. What stands in the font of the text (digits, brackets, a plus) is part of a formula
only where it is next to a sign of a font for formulas; a false formula in prose is worse than one that is missed.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from enum import Enum, auto
from itertools import groupby
from unicodedata import normalize

from deepocr_cli.layout.math.atoms import Glyph, Role
from deepocr_cli.layout.math.fonts import Alphabet, alphabet_of, is_math
from deepocr_cli.layout.math.signs import sign_of
from deepocr_cli.layout.math.words import FUNCTIONS, LIMITS

WORD_GAP = 0.2
"""Em between two words, at least; the white within formulas that is wider stands beside a sign."""
SCRIPT_SPACE = 0.06
"""Em of white more after a letter that something hangs on."""
TOUCHING = 0.1
"""Em between a letter and what hangs on it, at most."""
LONGEST_VARIABLE = 2
"""Slanted letters in a row that are variables, at most, where a page has no other letters for them."""
VARIABLES, BOLD_VARIABLES = "MathItalic", "MathItalic-Bold"
"""The names of fonts whose letters are variables."""
FEW = 3
"""So many slanted letters that stand alone, to each letter of a font for formulas, are variables."""
LONGEST_NAME = 4
"""Letters of an upright name that something may hang on, as on GL."""
_DECORATION = "′•·∙∗*†‡§¶⋆⟨⟩〈〉{}|\\/<>.,;:◦○□■▷◁△▽♣♢♡♠♦→⇒←↦✓©®"
"""Signs that fonts for formulas lend to prose: marks of notes, points of lists, paths of menus."""
_POINTS = "•∙·∗*◦⋄−–▷"
"""Signs that begin the items of lists."""
_OPENING, _CLOSING = "([{⟨⌊⌈", ")]}⟩⌋⌉"
_END_MARKS = ".,;:!?'’\u2013\u2014-"
_BESIDE = (Role.BINARY, Role.RELATION, Role.LIMIT, Role.INTEGRAL, Role.FUNCTION)


class Kind(Enum):
    """What a glyph of a line may be part of."""

    STRONG = auto()
    """A formula, for nothing else has it."""
    SIGN = auto()
    """A formula, if a digit or a letter is beside it."""
    NEUTRAL = auto()
    """Text or a formula."""
    SCRIPT = auto()
    """What it hangs on."""
    VARIABLE = auto()
    """A slanted letter that stands alone: a formula where a sign is beside it."""
    TEXT = auto()


def find_formulas(row: Sequence[Glyph], baseline: float, size: float, *, is_slanted: bool) -> list[tuple[int, int]]:
    """Where formulas begin and end among the glyphs of a row, which go from left to right.

    Args:
        is_slanted: whether the letters of formulas are those of slanted text, as where a page has no font for them.
    """
    hangs = [_hangs(glyph, baseline, size) for glyph in row]
    kinds = _kinds(row, hangs, LONGEST_VARIABLE if is_slanted else 1)
    found = []
    for start, end in _stretches(row, kinds, hangs):
        start, end = _trimmed(row, kinds, _without_marks(row, kinds, hangs, start, end), end)
        is_word = start < end and _is_in_word(row, kinds, start, end)
        if start < end and _is_formula(row[start:end], kinds[start:end], hangs[start:end], is_slanted and not is_word):
            found.append((start, end))
    return found


def _is_in_word(row: Sequence[Glyph], kinds: Sequence[Kind], start: int, end: int) -> bool:
    """Whether text goes on right before or behind a stretch, as in the name of LaTeX."""
    goes_on = end < len(row) and kinds[end] is Kind.TEXT and _gap(row, end) < TOUCHING
    return goes_on or (start > 0 and kinds[start - 1] is Kind.TEXT and _gap(row, start) < TOUCHING)


def has_sign(glyphs: Iterable[Glyph]) -> bool:
    """Whether a glyph is of a font for formulas, and not one that these lend to prose."""
    return any(is_math(glyph.font) and glyph.text not in _DECORATION and not glyph.text.isdigit() for glyph in glyphs)


def has_letters(glyphs: Sequence[Glyph]) -> bool:
    """Whether fonts for formulas have the letters of a page's formulas, so that slanted ones are text."""
    own = sum(map(_is_plain_letter, glyphs))
    slanted = sum(len(word) == 1 for word in _slanted_words(glyphs))
    return own * FEW > slanted


def _is_plain_letter(glyph: Glyph) -> bool:
    plain = normalize("NFKC", glyph.text)
    is_letter = len(plain) == 1 and plain.isascii() and plain.isalpha()
    return is_letter and alphabet_of(glyph.font) in (Alphabet.ITALIC, Alphabet.UNICODE)


def as_variables(glyphs: Sequence[Glyph]) -> list[Glyph]:
    """The glyphs with slanted letters of text, one or two together, as letters of formulas."""
    found = list(glyphs)
    for place in (place for word in _slanted_words(glyphs) if len(word) <= LONGEST_VARIABLE for place in word):
        font = BOLD_VARIABLES if "bold" in glyphs[place].font.lower() else VARIABLES
        found[place] = replace(glyphs[place], font=font)
    return found


def _slanted_words(glyphs: Sequence[Glyph]) -> list[list[int]]:
    """The places of slanted letters, those of one word together."""
    words: list[list[int]] = []
    for place in (place for place, glyph in enumerate(glyphs) if _is_slanted(glyph)):
        if words and _goes_on(glyphs[words[-1][-1]], glyphs[place]):
            words[-1].append(place)
        else:
            words.append([place])
    return words


def _is_slanted(glyph: Glyph) -> bool:
    return glyph.text.isalpha() and alphabet_of(glyph.font) is Alphabet.TEXT_ITALIC


def _goes_on(letter: Glyph, other: Glyph) -> bool:
    is_level = abs(letter.baseline - other.baseline) < 0.05 * letter.size and abs(letter.size - other.size) < 0.1
    return is_level and -0.3 < (other.left - letter.right) / letter.size < TOUCHING


def _kinds(row: Sequence[Glyph], hangs: Sequence[bool], longest: int) -> list[Kind]:
    kinds = [_kind(glyph, is_off) for glyph, is_off in zip(row, hangs, strict=True)]
    if row[0].text in _POINTS and len(row) > 1 and _gap(row, 1) > WORD_GAP:
        kinds[0] = Kind.TEXT
    names: list[tuple[int, int]] = []
    for start, end in _words(row, kinds):
        word = "".join(glyph.text for glyph in row[start:end])
        alphabet = alphabet_of(row[start].font)
        if alphabet is Alphabet.ROMAN and word in FUNCTIONS | LIMITS:
            kinds[start:end] = [Kind.NEUTRAL] * (end - start)
        elif alphabet is Alphabet.TEXT_ITALIC and end - start <= longest:
            kinds[start:end] = [Kind.VARIABLE] * (end - start)
        elif end - start <= LONGEST_NAME:
            names.append((start, end))
    for start, end in names:
        has_index = end < len(row) and hangs[end] and _gap(row, end) < TOUCHING
        is_index = has_index and (kinds[end] is Kind.STRONG or (longest > 1 and _is_slanted(row[end])))
        if is_index and not hangs[start]:
            kinds[start:end] = [Kind.NEUTRAL] * (end - start)
    return kinds


def _kind(glyph: Glyph, is_off: bool) -> Kind:
    sign = sign_of(glyph.text, glyph.font)
    if alphabet_of(glyph.font) is Alphabet.TYPEWRITER:
        return Kind.TEXT
    if is_math(glyph.font):
        if sign is None:
            return Kind.TEXT
        if glyph.text in _DECORATION or glyph.text.isdigit():
            return Kind.SCRIPT if is_off else Kind.NEUTRAL
        return Kind.SIGN if sign[1] in (Role.BINARY, Role.RELATION) else Kind.STRONG
    if is_off:
        return Kind.SCRIPT
    is_letter = sign is None or (glyph.text.isalpha() and sign[1] is Role.LETTER)
    return Kind.TEXT if is_letter else Kind.NEUTRAL


def _hangs(glyph: Glyph, baseline: float, size: float) -> bool:
    """Whether a glyph is small and off the line."""
    return abs(glyph.baseline - baseline) > 0.08 * size and glyph.size < 0.9 * size


def _words(row: Sequence[Glyph], kinds: Sequence[Kind]) -> Iterator[tuple[int, int]]:
    """Where the words of text begin and end."""
    start = 0
    for place in range(1, len(row) + 1):
        is_end = place == len(row) or kinds[place] is not kinds[start] or _gap(row, place) > TOUCHING
        if is_end or row[place].font != row[start].font:
            if kinds[start] is Kind.TEXT:
                yield start, place
            start = place


def _stretches(row: Sequence[Glyph], kinds: Sequence[Kind], hangs: Sequence[bool]) -> Iterator[tuple[int, int]]:
    """Stretches without text, cut where two terms have the white of words between them."""
    place = 0
    for is_text, group in groupby(kinds, key=lambda kind: kind is Kind.TEXT):
        end = place + len(list(group))
        if not is_text:
            start = place
            for cut in range(place + 1, end):
                if _is_cut(row, hangs, cut):
                    yield start, cut
                    start = cut
            yield start, end
        place = end


def _is_cut(row: Sequence[Glyph], hangs: Sequence[bool], place: int) -> bool:
    if _gap(row, place) < WORD_GAP or hangs[place]:
        return False
    before = place - 1
    while before > 0 and hangs[before]:
        before -= 1
    # Half a point of white follows whatever hangs on a letter.
    is_near = before < place - 1 and _gap(row, place) < WORD_GAP + SCRIPT_SPACE
    return not is_near and not any(_stands_between(row[other]) for other in (before, place))


def _stands_between(glyph: Glyph) -> bool:
    """Whether a sign has white beside it within a formula."""
    sign = sign_of(glyph.text, glyph.font)
    return sign is not None and (sign[1] in _BESIDE or glyph.text in "|∣∥")


def _gap(row: Sequence[Glyph], place: int) -> float:
    """Em of white before a glyph."""
    right = max(glyph.right for glyph in row[max(0, place - 4) : place])
    return (row[place].left - right) / max(row[place].size, row[place - 1].size)


def _without_marks(row: Sequence[Glyph], kinds: Sequence[Kind], hangs: Sequence[bool], start: int, end: int) -> int:
    """Where the stretch begins, without the marks of notes that hang on a word of text."""
    if start and kinds[start - 1] is Kind.TEXT and _gap(row, start) < TOUCHING:
        while start < end and hangs[start]:
            start += 1
    return start


def _trimmed(row: Sequence[Glyph], kinds: Sequence[Kind], start: int, end: int) -> tuple[int, int]:
    """The stretch without the marks of the sentence and the brackets that do not belong to it."""
    while start < end:
        alone = _unpaired([glyph.text for glyph in row[start:end]])
        first, last = row[start].text, row[end - 1].text
        if end - 1 - start in alone or (kinds[end - 1] is Kind.NEUTRAL and last in _END_MARKS):
            end -= 1
        elif 0 in alone or (kinds[start] is Kind.NEUTRAL and first in f"{_END_MARKS}/"):
            start += 1
        else:
            break
    return start, end


def _unpaired(texts: Sequence[str]) -> set[int]:
    """The places of brackets without a partner; [0,1) has one of another kind."""
    opened: list[int] = []
    alone: set[int] = set()
    for place, text in enumerate(texts):
        if text in _OPENING:
            opened.append(place)
        elif text in _CLOSING:
            if opened:
                opened.pop()
            else:
                alone.add(place)
    return alone | set(opened)


def _is_formula(row: Sequence[Glyph], kinds: Sequence[Kind], hangs: Sequence[bool], is_slanted: bool) -> bool:
    if any(kind is Kind.STRONG for kind in kinds):
        return True
    has_variable = any(kind is Kind.VARIABLE for kind in kinds)
    if is_slanted and has_variable and (any(hangs) or any(glyph.text in "=<>" for glyph in row)):
        return True
    has_sign = any(kind is Kind.SIGN for kind in kinds)
    has_number = any(glyph.text.isdigit() and not is_off for glyph, is_off in zip(row, hangs, strict=True))
    return has_sign and (has_variable or has_number)
