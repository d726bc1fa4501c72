"""A page of a PDF in, the formulas that are typeset on it out: pictures with LaTeX and the place of every character.

The text layer's glyphs are put together as they are where the program reads it. A sign that may stand in a formula
more than once goes through that under a letter of its own, so that the LaTeX says where each of its characters is.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deepocr_cli.latex import read_formula
from deepocr_cli.layout.math.atoms import AXIS, Atom, Glyph, Role, Rule, Style, UnreadableFormula
from deepocr_cli.layout.math.displays import take_tags
from deepocr_cli.layout.math.fonts import is_math
from deepocr_cli.layout.math.grids import Band, rows_of
from deepocr_cli.layout.math.marks import atoms_of
from deepocr_cli.layout.math.read import read_row
from deepocr_cli.layout.math.rules import join_braces, join_radicals
from deepocr_cli.layout.math.spotting import as_variables, find_formulas, has_letters, has_sign
from deepocr_cli.training.alphabet import CLASS_OF
from deepocr_cli.training.formula_dialect import NAMES, Token, write_dialect
from deepocr_cli.witness.formula_letters import Edges, read_letters, read_rules
from deepocr_cli.witness.formula_rows import TextRow, displayed_rows, rows_of_text, rules_near

LETTER_SIZE = 40.0
"""Pixels of an em in a picture of a formula; views show it smaller."""
WIDEST, HIGHEST = 376 / 19, 120 / 19
"""Em that a formula may be wide and high to be shown in a view."""
FEWEST_GLYPHS = 3
BLEED = 0.12
"""Em that ink reaches beyond the box of its glyph."""
STRANGE_BLEED = 0.05
"""The same of the glyphs beside the formula; a hyphen is often right behind it."""
PAPER = 255
SLACK = 0.1
"""Points that a glyph may reach out of the box of the atom that it is in."""
_OPENED, _CLOSED = re.compile(r"\\\{|[(\[]"), re.compile(r"\\\}|[)\]]")
_WORDS = re.compile(r"\\(?:text|mathrm)\{[^{}]*\}")
_LETTERS = 0x4E00
_DIGITS = [chr(code) for code in range(0x0660, 0x2000) if chr(code).isdigit()]
"""Where letters and digits begin that no formula has, and that stand for signs."""
_SPARED = frozenset({"|", r"\|", r"\bot", r"\prime", "'", "!", ",", ":", ".", r"\longrightarrow", r"\imath", r"\jmath"})
"""Signs whose meaning depends on what is beside them."""


@dataclass(frozen=True, slots=True)
class RealFormula:
    """A formula as a document has it."""

    image: NDArray[np.uint8] = field(repr=False)
    """(H, W) grey values, em of `LETTER_SIZE` pixels."""
    latex: str
    places: NDArray[np.float32] = field(repr=False)
    """(characters, 2) the middle of what each draws, in pixels, or of what the nearest known one draws."""
    is_glyph: NDArray[np.bool_] = field(repr=False)
    """(characters) whether each is drawn as it is written, at a place that is known."""


@dataclass(frozen=True, slots=True)
class _Found:
    """The glyphs and rules of one formula, and whether it stands alone."""

    atoms: list[Atom]
    rules: list[Rule]
    style: Style
    signs: Mapping[str, Atom]
    """The atoms that go under a letter of their own, by it."""

    @property
    def box(self) -> Edges:
        lefts, tops, rights, bottoms = zip(*self.boxes(BLEED), strict=True)
        return min(lefts), min(tops), max(rights), max(bottoms)

    @property
    def size(self) -> float:
        """Points of an em of its largest letters."""
        return Band(self.atoms, self.rules).size

    def boxes(self, bleed: float) -> Iterator[Edges]:
        """What ink may be in, with what may reach so many em out of the boxes of glyphs."""
        bleed *= self.size
        for atom in self.atoms:
            yield atom.left - bleed, atom.top - bleed, atom.right + bleed, atom.bottom + bleed
        for rule in self.rules:
            yield rule.left - bleed, rule.y - bleed, rule.right + bleed, rule.y + bleed


def page_formulas(page: Any) -> Iterator[RealFormula]:
    """The formulas of a pymupdf page that the dialect has words for and a view has room for."""
    lines = _level_lines(page)
    if not any(is_math(span["font"]) for line in lines for span in line["spans"]):
        return
    letters = read_letters(page, lines)
    glyphs = [letter.glyph for letter in letters]
    drawing = page.get_displaylist()
    for found in _find(rows_of_text(letters), list(read_rules(page)), is_slanted=not has_letters(glyphs)):
        try:
            tokens = _read(found)
        except UnreadableFormula:
            continue
        latex = "".join(token.text for token in tokens)
        if _is_fit(found, latex):
            places, is_glyph = _spell(found, tokens)
            left, top, *_ = found.box
            scale = LETTER_SIZE / found.size
            yield RealFormula(_draw(found, glyphs, drawing), latex, (places - (left, top)) * scale, is_glyph)


def _level_lines(page: Any) -> list[Any]:
    import pymupdf

    flags = pymupdf.TEXTFLAGS_DICT & ~(pymupdf.TEXT_PRESERVE_LIGATURES | pymupdf.TEXT_PRESERVE_IMAGES)
    blocks = page.get_text("rawdict", flags=flags)["blocks"]
    return [line for block in blocks for line in block.get("lines", ()) if line["dir"][0] > 0.99]


def _find(rows: Sequence[TextRow], rules: Sequence[Rule], *, is_slanted: bool) -> Iterator[_Found]:
    """Displayed formulas row by row, without their numbers, and those in lines of text."""
    groups = displayed_rows(rows, is_slanted=is_slanted)
    for group in groups:
        glyphs = [letter.glyph for row in group for letter in row.letters]
        try:
            yield from _displayed(as_variables(glyphs) if is_slanted else glyphs, rules)
        except UnreadableFormula:
            continue
    apart = {id(row) for group in groups for row in group}
    for row in (row for row in rows if id(row) not in apart):
        glyphs = [letter.glyph for letter in row.letters]
        for start, end in find_formulas(glyphs, row.baseline, row.size, is_slanted=is_slanted):
            own = as_variables(glyphs[start:end]) if is_slanted else glyphs[start:end]
            try:
                yield _found(own, rules_near(own, row, rules))
            except UnreadableFormula:
                continue


def _displayed(glyphs: Sequence[Glyph], rules: Sequence[Rule]) -> Iterator[_Found]:
    if not has_sign(glyphs):
        return
    _, own = take_tags(sorted(glyphs, key=lambda glyph: (round(glyph.baseline), glyph.left)))
    left, right = min(glyph.left for glyph in own) - 1, max(glyph.right for glyph in own) + 1
    top, bottom = min(glyph.top for glyph in own) - 2, max(glyph.bottom for glyph in own) + 2
    near = [rule for rule in rules if left < rule.left and rule.right < right and top < rule.y < bottom]
    whole = _found(own, near)
    for band in rows_of(whole.atoms, whole.rules):
        atoms = sorted(band.atoms, key=lambda atom: atom.left)
        yield replace(whole, atoms=atoms, rules=band.rules, style=Style.DISPLAYED)


def _found(glyphs: Sequence[Glyph], rules: Sequence[Rule]) -> _Found:
    """Glyphs as atoms, those that have one meaning under letters and digits that no formula has."""
    atoms: list[Atom] = []
    signs: dict[str, Atom] = {}
    for number, atom in enumerate(atoms_of(glyphs)):
        if atom.role in (Role.ORDINARY, Role.BINARY, Role.RELATION) and atom.latex not in _SPARED:
            name = _DIGITS[number % len(_DIGITS)] if atom.latex.isdigit() else chr(_LETTERS + number)
            signs[name] = atom
            atom = replace(atom, latex=name)
        atoms.append(atom)
    return _Found(*join_radicals(*join_braces(atoms, rules)), Style.RUNNING, signs)


def _read(found: _Found) -> list[Token]:
    whole = read_row(found.atoms, found.rules, found.style)
    return write_dialect(whole.latex, {name: atom.latex for name, atom in found.signs.items()})


def _is_fit(found: _Found, latex: str) -> bool:
    left, top, right, bottom = found.box
    has_room = right - left < WIDEST * found.size and bottom - top < HIGHEST * found.size
    is_known = all(character == " " or character in CLASS_OF for character in latex)
    is_paired = len(_OPENED.findall(latex)) == len(_CLOSED.findall(latex))
    is_sound = read_formula(latex).mathml is not None
    has_enough = sum(atom.count for atom in found.atoms) >= FEWEST_GLYPHS and _has_signs(latex)
    return has_room and is_known and is_paired and is_sound and has_enough


def _has_signs(latex: str) -> bool:
    """Whether there is more than upright words, and nothing without a letter that it belongs to."""
    is_whole = latex[:1] not in ("_", "^", "'") and "hook" not in latex
    # Lists of commands beside their signs, and rows of tables, look like formulas.
    is_list = r"\backslash" in latex or latex.count(r"\quad") > 1
    return is_whole and not is_list and any(map(str.isalnum, _WORDS.sub("", latex)))


def _spell(found: _Found, tokens: Sequence[Token]) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """The place of every character, in points, and which are drawn as they are written.

    What draws nothing lies where the next glyph is.
    """
    pool: dict[str, list[Atom]] = {}
    for atom in found.atoms:
        pool.setdefault(atom.latex, []).append(atom)
    is_single = {name for name, atoms in pool.items() if len(atoms) == 1}
    known: list[tuple[tuple[float, float] | None, bool]] = []
    for token in tokens:
        source = token.source or ""
        names = source[1:] if source in NAMES else [source]
        own = [found.signs.get(name) or next(iter(pool.get(name, ())), None) for name in names]
        for name in set(names) & pool.keys() - found.signs.keys():
            pool[name] = pool[name][1:]
        place = _middle([atom for atom in own if atom is not None])
        is_itself = len(token.text) == 1 and (source in found.signs or source in is_single)
        known += [(place, is_itself)] * len(token.text)
    latest = next(place for place, _ in reversed(known) if place is not None)
    places = []
    for place, _ in reversed(known):
        latest = place or latest
        places.append(latest)
    return np.array(places[::-1], dtype=np.float32), np.array([is_itself for _, is_itself in known])


def _middle(atoms: Sequence[Atom]) -> tuple[float, float] | None:
    """Where the letters of a name, or a single sign, have their middle; letters are taken for as high as an x."""
    if not atoms:
        return None
    across = sum(atom.centre for atom in atoms) / len(atoms)
    first = atoms[0]
    return across, first.middle if first.axis is not None else first.baseline - AXIS * first.size


def _draw(found: _Found, glyphs: Sequence[Glyph], drawing: Any) -> NDArray[np.uint8]:
    """The ink (H, W) of a formula alone."""
    import pymupdf

    left, top, _, _ = found.box
    scale = LETTER_SIZE / found.size
    pixmap = drawing.get_pixmap(
        matrix=pymupdf.Matrix(scale, scale), colorspace=pymupdf.csGRAY, alpha=0, clip=pymupdf.Rect(found.box)
    )
    image = np.frombuffer(pixmap.samples, np.uint8).reshape(pixmap.h, pixmap.stride)[:, : pixmap.w].copy()
    is_own = np.zeros(image.shape, dtype=np.bool_)
    reach = STRANGE_BLEED * found.size
    strangers = [
        (edges[0] - reach, edges[1] - reach, edges[2] + reach, edges[3] + reach)
        for edges in map(_edges, glyphs)
        if _meets(edges, found.box) and not _is_part(edges, found)
    ]
    for boxes, is_kept in ((found.boxes(BLEED), True), (strangers, False), (found.boxes(0.0), True)):
        for box in boxes:
            across = [max(0, round((edge - left) * scale)) for edge in box[::2]]
            down = [max(0, round((edge - top) * scale)) for edge in box[1::2]]
            is_own[slice(*down), slice(*across)] = is_kept
    image[~is_own] = PAPER
    return image


def _edges(glyph: Glyph) -> Edges:
    return glyph.left, glyph.top, glyph.right, glyph.bottom


def _meets(box: Edges, other: Edges) -> bool:
    return box[0] < other[2] and other[0] < box[2] and box[1] < other[3] and other[1] < box[3]


def _is_part(box: Edges, found: _Found) -> bool:
    left, top, right, bottom = box
    return any(
        atom.left < left + SLACK
        and right < atom.right + SLACK
        and atom.top < top + SLACK
        and bottom < atom.bottom + SLACK
        for atom in found.atoms
    )
