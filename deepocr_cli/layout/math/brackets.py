"""The nuclei of a line in, how each bracket among them is written out: plain, with left and right, or of a set size."""

from collections.abc import Callable, Sequence

from deepocr_cli.layout.math.atoms import Atom, Role
from deepocr_cli.layout.math.scripts import BRACKETS, Nucleus

GROWN = 1.12
"""Em from which on a bracket is taller than a plain one."""
STEPS = ((1.5, "big"), (2.1, "Big"), (2.7, "bigg"), (float("inf"), "Bigg"))
"""Heights in em below which a bracket is of this size."""
_SIZES = (1.0, 1.2, 1.8, 2.4, 3.0)


def sized(nuclei: Sequence[Nucleus], size: float) -> list[Callable[[str], str]]:
    """For each nucleus what puts the size of a bracket before its LaTeX."""
    prefixes = [""] * len(nuclei)
    open_places: list[int] = []
    for place, nucleus in enumerate(nuclei):
        atom = nucleus.atom
        if atom is None or atom.role not in BRACKETS or atom.height < GROWN * size:
            continue
        prefixes[place] = f"\\{_step(atom, size)}"
        if _closes(atom, open_places, nuclei):
            first = open_places.pop()
            opening = nuclei[first].atom
            assert opening is not None, "a bracket has an atom"
            if _is_natural(opening, nuclei[first + 1 : place], size):
                prefixes[first], prefixes[place] = r"\left", r"\right"
            else:
                prefixes[first], prefixes[place] = f"{prefixes[first]}l", f"{prefixes[place]}r"
        elif atom.role is not Role.CLOSE:
            open_places.append(place)
    return [_prefixed(prefix) for prefix in prefixes]


def _prefixed(prefix: str) -> Callable[[str], str]:
    return lambda latex: f"{prefix}{latex}"


def _closes(atom: Atom, open_places: Sequence[int], nuclei: Sequence[Nucleus]) -> bool:
    if not open_places or atom.role is Role.OPEN:
        return False
    opening = nuclei[open_places[-1]].atom
    if opening is None or abs(opening.height - atom.height) > 0.1 * atom.height:
        return False
    return (atom.role is Role.CLOSE and opening.role is Role.OPEN) or (
        atom.role is opening.role is Role.FENCE and atom.latex == opening.latex
    )


def _step(atom: Atom, size: float) -> str:
    return next(name for limit, name in STEPS if atom.height / size < limit)


def _is_natural(opening: Atom, inner: Sequence[Nucleus], size: float) -> bool:
    """Whether a bracket is as tall as TeX makes it by itself around what is in it."""
    axis = opening.middle
    atoms = [atom for n in inner for atom in [n.atom, *n.upper, *n.lower] if atom is not None]
    reach = max((max(axis - atom.top, atom.bottom - axis) for atom in atoms), default=0.0)
    need = max(0.901 * 2 * reach, 2 * reach - 0.5 * size) / size
    wanted = next((step for step in _SIZES if step >= need - 0.03), need)
    return abs(opening.height / size - wanted) < 0.35 or (wanted > 3 and opening.height / size > need - 0.2)
