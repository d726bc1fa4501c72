"""The glyphs and rules of displayed formulas in, their LaTeX out: rows that are aligned in one, with their numbers."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from deepocr_cli.latex import find_fault
from deepocr_cli.layout.math.atoms import Atom, Glyph, Role, Rule, Style, UnreadableFormula
from deepocr_cli.layout.math.grids import Band, written_rows
from deepocr_cli.layout.math.marks import atoms_of
from deepocr_cli.layout.math.read import read_row
from deepocr_cli.layout.math.rules import join_braces, join_radicals

TAG_GAP = 1.2
"""Em of white between a formula and its number, at least."""
ALIGNED = 0.2
"""Em by which relations that are aligned may be apart."""
_TAG = re.compile(r"\(([A-Z]?\.?\d[\w.\-]{0,9}'*|[ivx]{1,5}|[A-Z*])\)")


@dataclass(frozen=True, slots=True)
class Display:
    """A displayed formula: LaTeX without delimiters; left, top, right, bottom and the size of its letters in points."""

    latex: str
    box: tuple[float, float, float, float]
    size: float


def read_displays(glyphs: Sequence[Glyph], rules: Sequence[Rule]) -> list[Display]:
    r"""The formulas of a region that holds nothing else, one for each number, from top to bottom.

    Raises:
        UnreadableFormula: the structure of one cannot be made out.
    """
    tags, rest = take_tags(glyphs)
    atoms, left = _joined(rest, rules)
    if sum(atom.count for atom in atoms) + len(left) != len(rest) + len(rules):
        raise UnreadableFormula("a glyph was lost or doubled")
    numbered = _numbered(written_rows(atoms, left), tags)
    return [_display(group) for group in _groups(numbered)]


def read_running(glyphs: Sequence[Glyph], rules: Sequence[Rule]) -> str:
    """The LaTeX of a formula that stands in a line of text.

    Raises:
        UnreadableFormula: its structure cannot be made out.
    """
    atoms, left = _joined(glyphs, rules)
    return _sound(_complete(read_row(atoms, left, Style.RUNNING), glyphs, rules).latex)


def _joined(glyphs: Sequence[Glyph], rules: Sequence[Rule]) -> tuple[list[Atom], list[Rule]]:
    """The atoms of a formula and the rules that are none of roots and braces."""
    return join_radicals(*join_braces(atoms_of(glyphs), rules))


def _complete(whole: Atom, glyphs: Sequence[Glyph], rules: Sequence[Rule]) -> Atom:
    if whole.count != len(glyphs) + len(rules):
        raise UnreadableFormula("a glyph was lost or doubled")
    return whole


_MODULUS = re.compile(r"(?:\\quad )?\(\\bmod ?([^()]*)\)")


def _sound(latex: str) -> str:
    latex = _MODULUS.sub(r"\\pmod{\1}", latex)
    fault = find_fault(latex)
    if fault is not None:
        raise UnreadableFormula(fault)
    return latex


# ------------------------------------------------------------------------------------------------ numbers


@dataclass(frozen=True, slots=True)
class Tag:
    text: str
    glyphs: list[Glyph]

    @property
    def baseline(self) -> float:
        return self.glyphs[0].baseline


@dataclass(frozen=True, slots=True)
class _Row:
    band: Band
    tag: Tag | None


def take_tags(glyphs: Sequence[Glyph]) -> tuple[list[Tag], list[Glyph]]:
    """The numbers at the right edge, or at the left, and the glyphs without them."""
    size = max((glyph.size for glyph in glyphs), default=1.0)
    for ordered in (sorted(glyphs, key=lambda g: -g.right), sorted(glyphs, key=lambda g: g.left)):
        edge = _set_off(ordered, TAG_GAP * size)
        tags = [_tag(line) for line in _lines(edge)]
        found = [tag for tag in tags if tag is not None]
        if found and len(found) == len(tags):
            taken = {id(glyph) for glyph in edge}
            return found, [glyph for glyph in glyphs if id(glyph) not in taken]
    return [], list(glyphs)


def _set_off(ordered: Sequence[Glyph], gap: float) -> list[Glyph]:
    """The glyphs from one edge to the first wide gap; none where there is no such gap."""
    left, right = ordered[0].left, ordered[0].right
    for place, glyph in enumerate(ordered):
        if glyph.left - right > gap or left - glyph.right > gap:
            return list(ordered[:place])
        left, right = min(left, glyph.left), max(right, glyph.right)
    return []


def _lines(glyphs: Sequence[Glyph]) -> list[list[Glyph]]:
    lines: dict[int, list[Glyph]] = {}
    for glyph in sorted(glyphs, key=lambda glyph: glyph.left):
        place = next((key for key in lines if abs(lines[key][0].baseline - glyph.baseline) < 1), len(lines))
        lines.setdefault(place, []).append(glyph)
    return list(lines.values())


def _tag(line: list[Glyph]) -> Tag | None:
    match = _TAG.fullmatch("".join(glyph.text for glyph in line).replace("\u2013", "-").replace("\u2019", "'"))
    return None if match is None else Tag(match[1], line)


def _numbered(bands: Sequence[Band], tags: Sequence[Tag]) -> list[_Row]:
    """The rows with their numbers; a number belongs to the row that is nearest to it."""
    owners: dict[int, Tag] = {}
    for tag in tags:
        place = min(
            range(len(bands)), key=lambda n: abs((bands[n].top + bands[n].bottom) / 2 - tag.baseline), default=-1
        )
        if place < 0 or place in owners:
            raise UnreadableFormula("a number of no row")
        owners[place] = tag
    return [_Row(band, owners.get(place)) for place, band in enumerate(bands)]


def _groups(rows: Sequence[_Row]) -> list[list[_Row]]:
    """The rows that one number is for, together."""
    groups: list[list[_Row]] = []
    for row in rows:
        if (groups and not any(other.tag for other in groups[-1])) or (
            groups and row.tag is None and _goes_on(row.band)
        ):
            groups[-1].append(row)
        else:
            groups.append([row])
    return groups


def _goes_on(band: Band) -> bool:
    """Whether a row begins with a sign that stands between two terms."""
    first = min(band.atoms, key=lambda atom: atom.left)
    return first.role in (Role.RELATION, Role.BINARY)


# ------------------------------------------------------------------------------------------------ rows


def _display(rows: Sequence[_Row]) -> Display:
    latex = _single(rows[0].band) if len(rows) == 1 else _several([row.band for row in rows])
    tags = [row.tag for row in rows if row.tag is not None]
    if tags:
        latex += rf" \tag{{{tags[0].text}}}"
    glyphs = [glyph for tag in tags for glyph in tag.glyphs]
    atoms: list[Atom | Glyph] = [*(atom for row in rows for atom in row.band.atoms), *glyphs]
    box = (
        min(atom.left for atom in atoms),
        min(atom.top for atom in atoms),
        max(atom.right for atom in atoms),
        max(atom.bottom for atom in atoms),
    )
    return Display(_sound(latex), box, max(atom.size for atom in atoms))


def _single(band: Band) -> str:
    return read_row(_sorted(band.atoms), band.rules, Style.DISPLAYED).latex


def _several(bands: Sequence[Band]) -> str:
    """Rows below one another, aligned where their relations are."""
    edge = _alignment(bands)
    if edge is None:
        return _environment("gathered", [_single(band) for band in bands])
    lines = []
    for band in bands:
        before, after = _cut(band, edge)
        first = f"{_single(before)} " if before.atoms else ""
        lines.append(f"{first}& {_single(after)}" if after.atoms else first.rstrip())
    return _environment("aligned", lines)


def _environment(name: str, lines: Sequence[str]) -> str:
    body = r" \\ ".join(lines)
    return rf"\begin{{{name}}} {body} \end{{{name}}}"


def _alignment(bands: Sequence[Band]) -> float | None:
    """Where the relations of two rows or more stand; None where a row reaches across."""
    size = max(band.size for band in bands)
    edges = [edge for band in bands if (edge := _relation(band)) is not None]
    for edge in edges:
        if sum(abs(other - edge) < ALIGNED * size for other in edges) > 1 and all(
            _is_cut(band, edge) for band in bands
        ):
            return edge
    return None


def _relation(band: Band) -> float | None:
    """The left edge of a row's first relation outside of everything else."""
    largest = max(atom.size for atom in band.atoms)
    for atom in _sorted(band.atoms):
        if atom.role is Role.RELATION and atom.size > 0.93 * largest:
            return atom.left
    return None


def _is_cut(band: Band, edge: float) -> bool:
    """Whether no atom of a row stands on the edge, and what stands right of it begins there or further right."""
    relation = _relation(band)
    starts_right = min(atom.left for atom in band.atoms) > edge - 1
    return starts_right or (relation is not None and abs(relation - edge) < 2)


def _cut(band: Band, edge: float) -> tuple[Band, Band]:
    return (
        Band([a for a in band.atoms if a.centre < edge - 0.1], [r for r in band.rules if r.right < edge + 1]),
        Band([a for a in band.atoms if a.centre >= edge - 0.1], [r for r in band.rules if r.right >= edge + 1]),
    )


def _sorted(atoms: Sequence[Atom]) -> list[Atom]:
    return sorted(atoms, key=lambda atom: atom.left)
