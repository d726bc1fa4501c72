"""The lines of a page and the regions that its layout has in, the same lines with formulas as LaTeX in them out."""

from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass
from typing import Any

from deepocr_cli.layout.math.atoms import Rule, UnreadableFormula
from deepocr_cli.layout.math.displays import Display, read_displays
from deepocr_cli.layout.math.fonts import is_math
from deepocr_cli.layout.math.spotting import as_variables, has_letters, has_sign
from deepocr_cli.places import holds
from deepocr_cli.witness.formula_letters import STROKE, Edges, Letter, read_letters, read_rules
from deepocr_cli.witness.formula_prose import prose_among
from deepocr_cli.witness.formula_rows import TextRow, displayed_rows, line_of, rows_of_text, rows_with_formulas


@dataclass(frozen=True, slots=True)
class Region:
    """A part of a page that holds lines of text, or nothing but displayed formulas; edges in points."""

    edges: Edges
    is_formula: bool


@dataclass(frozen=True, slots=True)
class FormulaLines:
    """The lines that are as they were, those that were put together anew, and displayed formulas."""

    lines: list[Any]
    displays: list[Display]


def has_formulas(lines: Iterable[Any]) -> bool:
    """Whether a line has letters of a font for formulas."""
    return any(is_math(span["font"]) for line in lines for span in line["spans"])


def read_formula_lines(page: Any, lines: Sequence[Any], regions: Sequence[Region]) -> FormulaLines:
    """The lines of a pymupdf page, given as dictionaries with characters, with the formulas of each region read.

    What cannot be read stays in its lines as it was.
    """
    letters = read_letters(page, lines)
    is_slanted = not has_letters([letter.glyph for letter in letters])
    rules = list(read_rules(page))
    made: list[Any] = []
    displays: list[Display] = []
    read: set[int] = set()
    for region, own in _by_region(letters, lines, regions):
        if not any(is_math(letter.glyph.font) for letter in own):
            continue
        prose = prose_among(own, lines) if region.is_formula else {letter.line for letter in own}
        for group in _between(prose, own, lines):
            found = _displays(group, rules, is_slanted)
            displays += found
            read.update(id(letter) for letter in group if found)
        rows = rows_of_text([letter for letter in own if letter.line in prose]) if prose else []
        for rows_off in displayed_rows(rows, is_slanted=is_slanted):
            group = [letter for row in rows_off for letter in row.letters]
            if found := _displays(group, rules, is_slanted):
                displays += found
                read.update(map(id, group))
                rows = [row for row in rows if row not in rows_off]
        for row in rows_with_formulas(rows, rules, is_slanted):
            made.append(line_of(row))
            read.update(map(id, row.letters))
    return FormulaLines([*_left_over(lines, letters, read), *made], displays)


def _by_region(
    letters: Sequence[Letter], lines: Sequence[Any], regions: Sequence[Region]
) -> list[tuple[Region, list[Letter]]]:
    """The letters of each region: those of its lines, and the signs whose ink is in it.

    Signs that hang from their baseline, as those of roots, are elsewhere than their lines are thought to be.
    """
    found: list[tuple[Region, list[Letter]]] = [(region, []) for region in regions]
    owners = [_owner(line["bbox"], regions) if line["dir"][0] > 0.99 else None for line in lines]
    for letter in letters:
        glyph = letter.glyph
        owner = owners[letter.line]
        if is_math(glyph.font):
            place = _owner((glyph.left, glyph.top, glyph.right, glyph.bottom), regions)
            owner = owner if place is None else place
        if owner is not None:
            found[owner][1].append(letter)
    return found


def _owner(box: Sequence[float], regions: Sequence[Region]) -> int | None:
    return next((number for number, region in enumerate(regions) if holds(region.edges, box)), None)


def _left_over(lines: Sequence[Any], letters: Sequence[Letter], read: Set[int]) -> Iterator[Any]:
    """The lines without the letters that were read: as they were where they lost none."""
    left: dict[int, list[Letter]] = {}
    changed: set[int] = set()
    for letter in letters:
        if id(letter) in read:
            changed.add(letter.line)
        else:
            left.setdefault(letter.line, []).append(letter)
    for number, line in enumerate(lines):
        if number not in changed:
            yield line
        elif own := [letter for letter in left.get(number, ()) if letter.glyph.text != STROKE]:
            yield line_of(TextRow(own[0].glyph.baseline, own[0].glyph.size, own))


def _between(prose: Set[int], letters: Sequence[Letter], lines: Sequence[Any]) -> list[list[Letter]]:
    """The letters of formulas, in groups that lines of prose part."""
    heights = sorted(lines[number]["bbox"][1] for number in prose)
    groups: dict[int, list[Letter]] = {}
    for letter in letters:
        if letter.line not in prose:
            groups.setdefault(sum(top < letter.glyph.top for top in heights), []).append(letter)
    return list(groups.values())


def _displays(letters: Sequence[Letter], rules: Sequence[Rule], is_slanted: bool) -> list[Display]:
    glyphs = sorted((letter.glyph for letter in letters), key=lambda glyph: (round(glyph.baseline), glyph.left))
    glyphs = as_variables(glyphs) if is_slanted else glyphs
    if not has_sign(glyphs):
        return []
    left, right = min(glyph.left for glyph in glyphs) - 1, max(glyph.right for glyph in glyphs) + 1
    top, bottom = min(glyph.top for glyph in glyphs) - 2, max(glyph.bottom for glyph in glyphs) + 2
    own = [rule for rule in rules if left < rule.left and rule.right < right and top < rule.y < bottom]
    try:
        return read_displays(glyphs, own)
    except UnreadableFormula:
        return []
