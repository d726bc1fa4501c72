"""The glyphs of a formula in, atoms out: what TeX draws in several glyphs is one, accents stand with their letters."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import groupby

from deepocr_cli.layout.math.atoms import Atom, Glyph, Role, UnreadableFormula, joined, without
from deepocr_cli.layout.math.fonts import is_math
from deepocr_cli.layout.math.signs import sign_of

SMALL_GAP = 0.12
"""Em between two pieces of one bracket, at most."""
_JOINED = {
    ("-", r"\to"): r"\longrightarrow",
    (r"\leftarrow", "-"): r"\longleftarrow",
    ("=", r"\Rightarrow"): r"\Longrightarrow",
    (r"\Leftarrow", "="): r"\Longleftarrow",
    (r"\leftarrow", r"\to"): r"\longleftrightarrow",
    (r"\Leftarrow", r"\Rightarrow"): r"\iff",
    ("hook", r"\to"): r"\hookrightarrow",
    ("|", "="): r"\models",
    (r"\mapsto", r"\to"): r"\longmapsto",
    (r"\triangleright", r"\triangleleft"): r"\bowtie",
    (r"\int", r"\int"): r"\iint",
    (r"\iint", r"\int"): r"\iiint",
}
"""Signs that TeX draws as two with no room between them."""
_NEGATED = {"=": r"\ne", r"\in": r"\notin", r"\ni": r"\not\ni"}
_STACKED = {(r"\sim", "="): r"\cong", (".", "="): r"\doteq"}
_BASES = (Role.ORDINARY, Role.LETTER, Role.FUNCTION)


def atoms_of(glyphs: Iterable[Glyph]) -> list[Atom]:
    """The atoms of a formula, from left to right.

    Raises:
        UnreadableFormula: a glyph has no meaning in LaTeX, or an accent stands over nothing.
    """
    atoms = sorted(map(_atom, glyphs), key=lambda atom: atom.left)
    for step in (_join_pieces, _join_dots, _negate, _join_arrows, _join_stacks, _cross, _place_accents):
        atoms = step(atoms)
    return atoms


def _atom(glyph: Glyph) -> Atom:
    sign = sign_of(glyph.text, glyph.font)
    if sign is None:
        raise UnreadableFormula(f"{glyph.text!r} of {glyph.font}")
    latex, role, style = sign
    if latex == "," and is_math(glyph.font) and glyph.bottom < glyph.baseline + 0.05 * glyph.size:
        latex, role = "hook", Role.PIECE
    edges = (glyph.left, glyph.top, glyph.right, glyph.bottom)
    atom = Atom(latex, *edges, glyph.baseline, glyph.size, role, style=style)
    is_tall = atom.height > 1.15 * glyph.size and role in (Role.OPEN, Role.CLOSE, Role.FENCE, Role.ORDINARY)
    if is_tall or role in (Role.LIMIT, Role.INTEGRAL, Role.PIECE):
        return replace(atom, axis=atom.middle)
    return atom


def _join_pieces(atoms: Sequence[Atom]) -> list[Atom]:
    """Tall brackets that are drawn in pieces, one below the other."""
    pieces = [atom for atom in atoms if _is_piece(atom)]
    found = without(atoms, pieces)
    for _, column in groupby(sorted(pieces, key=lambda piece: (round(piece.left), piece.top)), lambda p: round(p.left)):
        found += map(_bracket, _touching(list(column)))
    return sorted(found, key=lambda atom: atom.left)


def _is_piece(atom: Atom) -> bool:
    """Whether an atom is part of a tall bracket, or of a tall root."""
    return (atom.role is Role.PIECE and atom.latex != "hook") or atom.role is Role.RADICAL


def _touching(column: Sequence[Atom]) -> list[list[Atom]]:
    groups: list[list[Atom]] = []
    for piece in column:
        if groups and piece.top - groups[-1][-1].bottom < SMALL_GAP * piece.size:
            groups[-1].append(piece)
        else:
            groups.append([piece])
    return groups


def _bracket(pieces: Sequence[Atom]) -> Atom:
    kinds = {piece.latex for piece in pieces} - {"brace"}
    if len(kinds) != 1:
        raise UnreadableFormula("pieces of several brackets in one")
    (latex,) = kinds
    if latex == r"\sqrt":
        return joined(latex, pieces, pieces[0], Role.RADICAL)
    role = Role.FENCE if latex in ("|", r"\|") else Role.OPEN if latex in (r"(", "[", r"\{") else Role.CLOSE
    whole = joined(latex, pieces, pieces[0], role)
    return replace(whole, axis=whole.middle)


def _join_dots(atoms: Sequence[Atom]) -> list[Atom]:
    """Three dots above or beside one another: vdots, ddots, ldots and cdots."""
    found, dots = list(atoms), [atom for atom in atoms if atom.latex in (".", r"\cdot")]
    while len(dots) > 2:
        first = dots[0]
        group = _three(first, dots[1:])
        dots = without(dots, group or [first])
        if group is not None:
            found = without(found, group)
            found.append(_dots(group))
    return sorted(found, key=lambda atom: atom.left)


def _three(first: Atom, others: Sequence[Atom]) -> list[Atom] | None:
    second = next((dot for dot in others if _is_near(first, dot)), None)
    if second is None:
        return None
    across, down = second.left - first.left, second.baseline - first.baseline
    for third in others:
        steps = third.left - second.left - across, third.baseline - second.baseline - down
        if third is not second and max(map(abs, steps)) < 0.1 * first.size:
            return [first, second, third]
    return None


def _is_near(dot: Atom, other: Atom) -> bool:
    across, down = (other.left - dot.left) / dot.size, abs(other.baseline - dot.baseline) / dot.size
    is_beside = 0.2 < across < 0.65 and (down < 0.05 or 0.2 < down < 0.45)
    return other.latex == dot.latex and (is_beside or (across < 0.05 and 0.3 < down < 0.55))


def _dots(group: Sequence[Atom]) -> Atom:
    first, _, last = group
    if abs(first.baseline - last.baseline) < 0.1 * first.size:
        return joined(r"\ldots" if first.latex == "." else r"\cdots", group, first)
    whole = joined(r"\vdots" if last.left - first.left < 0.1 * first.size else r"\ddots", group, first)
    return replace(whole, baseline=whole.bottom, axis=whole.middle)


def _negate(atoms: Sequence[Atom]) -> list[Atom]:
    """The stroke through a sign, and the bar that makes an arrow a mapping, each with the sign at its place."""
    found = list(atoms)
    for slash in [atom for atom in atoms if atom.role is Role.SLASH or _is_struck(atom, atoms)]:
        other = min(
            (atom for atom in found if _may_be_struck(atom, slash) and abs(atom.baseline - slash.baseline) < 1),
            key=lambda atom: min(abs(atom.left - slash.left), abs(atom.left - slash.right)),
            default=None,
        )
        if other is None or min(abs(other.left - slash.left), abs(other.centre - slash.centre)) > 0.2 * slash.size:
            raise UnreadableFormula("a stroke through nothing")
        latex = r"\mapsto" if slash.latex == r"\mapstochar" else _NEGATED.get(other.latex, rf"\not{other.latex}")
        found = without(found, [slash, other])
        found.append(replace(other, latex=latex, count=other.count + slash.count))
    return sorted(found, key=lambda atom: atom.left)


def _may_be_struck(atom: Atom, slash: Atom) -> bool:
    return atom.role is Role.RELATION or (slash.latex == r"\mapstochar" and atom.latex == "-")


def _is_struck(atom: Atom, atoms: Sequence[Atom]) -> bool:
    """Whether a slash is drawn over a relation."""
    return atom.latex == "/" and any(
        other.role is Role.RELATION and abs(other.centre - atom.centre) < 0.1 * atom.size for other in atoms
    )


def _join_arrows(atoms: Sequence[Atom]) -> list[Atom]:
    found: list[Atom] = []
    for atom in atoms:
        place = next((n for n in range(len(found) - 1, max(-1, len(found) - 6), -1) if _overlaps(found[n], atom)), None)
        if place is None:
            found.append(atom)
        else:
            latex = _JOINED[found[place].latex, atom.latex]
            found[place] = joined(latex, [found[place], atom], found[place], atom.role)
    return found


def _overlaps(before: Atom, atom: Atom) -> bool:
    """Whether two signs are one that is drawn in two; integrals stand closer than integrals that are two."""
    if (before.latex, atom.latex) not in _JOINED or abs(before.baseline - atom.baseline) > 0.05 * atom.size:
        return False
    gap = (atom.left - before.right) / atom.size
    return gap < (0.14 if before.role is Role.INTEGRAL else -0.05) or before.latex == "hook"


def _join_stacks(atoms: Sequence[Atom]) -> list[Atom]:
    """Relations that are drawn as one sign above another."""
    found = list(atoms)
    for lower in [atom for atom in atoms if atom.latex == "="]:
        for upper in [atom for atom in found if (atom.latex, "=") in _STACKED]:
            is_above = abs(upper.centre - lower.centre) < 0.06 * lower.size and upper.bottom <= lower.middle
            if is_above and upper.bottom > lower.top - 0.3 * lower.size and upper.size == lower.size:
                found = without(found, [upper, lower])
                found.append(joined(_STACKED[upper.latex, "="], [upper, lower], lower, Role.RELATION))
                break
    return sorted(found, key=lambda atom: atom.left)


# ------------------------------------------------------------------------------------------------ accents


def _cross(atoms: Sequence[Atom]) -> list[Atom]:
    """The bar through an h, which is drawn as that of an accent."""
    found = list(atoms)
    for bar in [atom for atom in atoms if atom.latex == r"\bar"]:
        letter = next((atom for atom in found if atom.latex == "h" and _crosses(bar, atom)), None)
        if letter is not None:
            found = without(found, [bar, letter])
            found.append(replace(letter, latex=r"\hbar", style="", role=Role.ORDINARY, count=2))
    return sorted(found, key=lambda atom: atom.left)


def _crosses(bar: Atom, letter: Atom) -> bool:
    is_across = letter.left - 0.1 * letter.size < bar.centre < letter.right
    return is_across and letter.top < bar.middle < letter.middle and bar.size == letter.size


def _place_accents(atoms: Sequence[Atom]) -> list[Atom]:
    """Accents over one letter; wide ones stay, for what they cover is not known yet."""
    found = list(atoms)
    accents = [atom for atom in atoms if atom.role is Role.ACCENT and not atom.latex.startswith(r"\wide")]
    for accent in sorted(accents, key=lambda atom: -atom.bottom):
        base = min(
            (atom for atom in found if _bears(atom, accent)),
            key=lambda atom: abs(atom.centre - accent.centre),
            default=None,
        )
        if base is None:
            raise UnreadableFormula("an accent over nothing")
        found = without(found, [accent, base])
        found.append(accented(accent, base))
    return sorted(found, key=lambda atom: atom.left)


def accented(accent: Atom, base: Atom) -> Atom:
    """The letter with its accent, where the letter stands."""
    inner = (
        styled(base).replace(r"\imath", "i").replace(r"\jmath", "j")
        if base.latex in (r"\imath", r"\jmath")
        else styled(base)
    )
    return replace(
        base,
        latex=f"{accent.latex}{{{inner}}}",
        style="",
        role=Role.ORDINARY,
        top=min(base.top, accent.top),
        count=base.count + accent.count,
    )


def _bears(atom: Atom, accent: Atom) -> bool:
    if atom.role not in _BASES or atom is accent or atom.axis is not None:
        return False
    is_above = accent.middle < atom.top + 0.15 * atom.size and atom.top - accent.bottom < 0.35 * atom.size
    return is_above and abs(atom.centre - accent.centre) < 0.4 * accent.size and abs(atom.size - accent.size) < 0.1


def styled(atom: Atom) -> str:
    """The LaTeX of an atom in its alphabet."""
    return f"{atom.style}{{{atom.latex}}}" if atom.style else atom.latex
