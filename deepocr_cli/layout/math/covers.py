"""The atoms of one line in, those out that wide accents and braces make of what is under and above them."""

from collections.abc import Sequence
from dataclasses import replace

from deepocr_cli.layout.math.atoms import Atom, Role, Style, UnreadableFormula, joined, without
from deepocr_cli.layout.math.grids import Read
from deepocr_cli.layout.math.marks import accented


def cover(atoms: Sequence[Atom], read: Read) -> list[Atom]:
    """The atoms, with what wide accents cover under them."""
    found = list(atoms)
    for brace in [atom for atom in atoms if atom.role is Role.BRACE]:
        found = _braced_over(brace, found, read)
    for accent in [atom for atom in atoms if atom.role is Role.ACCENT]:
        slack = 0.1 * accent.size
        below = [
            atom
            for atom in found
            if atom is not accent
            and accent.left - slack < atom.centre < accent.right + slack
            and accent.middle < atom.middle
            and atom.top - accent.bottom < 0.6 * accent.size
        ]
        if not below:
            raise UnreadableFormula("a wide accent over nothing")
        inner = read(below, (), Style.INNER)
        found = without(found, [accent, *below])
        found.append(replace(accented(accent, inner), left=below[0].left, right=below[-1].right))
        found.sort(key=lambda atom: atom.left)
    return found


def _braced_over(brace: Atom, atoms: Sequence[Atom], read: Read) -> list[Atom]:
    """The atoms with what a brace lies above or below, and the brace, as one that limits may hang on."""
    slack = 0.1 * brace.size
    direction = 1 if brace.latex == r"\overbrace" else -1
    inner = [
        atom
        for atom in atoms
        if atom is not brace
        and brace.left - slack < atom.centre < brace.right + slack
        and direction * (atom.middle - brace.middle) > 0
    ]
    if not inner:
        raise UnreadableFormula("a brace of nothing")
    content = read(inner, (), Style.INNER)
    whole = joined(f"{brace.latex}{{{content.latex}}}", [brace, *inner], content, Role.LIMIT)
    found = [*without(atoms, [brace, *inner]), replace(whole, count=brace.count + content.count)]
    return sorted(found, key=lambda atom: atom.left)
