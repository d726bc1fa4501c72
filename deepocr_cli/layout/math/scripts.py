"""The atoms of one line in, each with what hangs on it out: limits, subscripts, superscripts, primes, wide accents."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from deepocr_cli.layout.math.atoms import AXIS, Atom, Role, Style, UnreadableFormula, joined, without
from deepocr_cli.layout.math.grids import SCRIPT, Read
from deepocr_cli.layout.math.marks import styled

LEVEL = 0.1
"""Em by which an atom may be off the line that it stands on."""
FRACTION_SCALE = 0.7
"""How large the letters of a fraction in a script are beside the script's own."""
LIMIT_GAP = 0.9
"""Em between an operator and its limits, at most."""
BRACKETS = (Role.OPEN, Role.CLOSE, Role.FENCE)
_HANGING = (Role.LIMIT, Role.INTEGRAL, Role.FUNCTION, Role.RELATION)


@dataclass(frozen=True, slots=True)
class Line:
    """What letters of the line stand on, and how large they are."""

    baseline: float
    size: float

    def holds(self, atom: Atom) -> bool:
        """Whether an atom stands on the line itself, and hangs on nothing."""
        drop = abs(atom.foot(self.size) - self.baseline)
        if atom.axis is not None:
            return drop < 1.4 * LEVEL * self.size
        # A script of a script may be back on the line, and is small.
        return drop < LEVEL * self.size and atom.size > 0.74 * self.size


@dataclass(slots=True)
class Nucleus:
    """An atom of the line with what hangs on it."""

    atom: Atom | None
    upper: list[Atom] = field(default_factory=list)
    lower: list[Atom] = field(default_factory=list)
    has_limits: bool = False


def line_of(atoms: Sequence[Atom]) -> Line:
    """The line that the first large atom stands on."""
    standing = [atom for atom in atoms if atom.axis is None and atom.role is not Role.ACCENT]
    largest = max((atom.size for atom in standing), default=0.0)
    first = next((atom for atom in atoms if atom.axis is not None or atom.size > 0.86 * largest), None)
    if first is None:
        raise UnreadableFormula("nothing stands on the line")
    if first.axis is None:
        return Line(first.baseline, first.size)
    size = max(first.size if first.role is not Role.FRACTION else 0.0, largest) or first.size
    level = [
        atom
        for atom in standing
        if atom.size > 0.6 * size and abs(atom.baseline - first.axis - AXIS * atom.size) < 1.2 * LEVEL * atom.size
    ]
    largest_level = max(level, key=lambda atom: atom.size, default=None)
    if largest_level is not None:
        return Line(largest_level.baseline, largest_level.size)
    size = max(atom.size for atom in atoms if atom.axis is not None)
    return Line(first.axis + AXIS * size, size)


def hang(atoms: Sequence[Atom], line: Line, style: Style) -> list[Nucleus]:
    """The atoms that stand on the line, from left to right, with what hangs on each."""
    found, limits = list(atoms), {}
    for operator in [atom for atom in atoms if atom.role in _HANGING]:
        above, below = (_limit(operator, found, line, direction) for direction in (-1, 1))
        if above or below:
            limits[id(operator)] = Nucleus(operator, above, below, has_limits=True)
            found = without(found, [*above, *below])
    nuclei: list[Nucleus] = []
    for atom in found:
        if line.holds(atom):
            nuclei.append(limits.get(id(atom), Nucleus(atom)))
        elif _is_misplaced(atom, line, style):
            raise UnreadableFormula("a large letter off the line")
        else:
            if not nuclei:
                nuclei.append(Nucleus(None))
            # A bracket in a script may be as large as those of the line.
            own = replace(atom, axis=atom.middle) if atom.role in BRACKETS else atom
            _attach(own, nuclei[-1], line)
    return nuclei


def _is_misplaced(atom: Atom, line: Line, style: Style) -> bool:
    """Whether an atom as large as the line's is off it; in scripts the smallest size hangs on the same size."""
    if atom.axis is not None or atom.size < 0.93 * line.size or atom.role in BRACKETS:
        return False
    shift = abs(atom.baseline - line.baseline) / line.size
    return style is not Style.INNER or not 0.15 < shift < 0.75


def _limit(operator: Atom, atoms: Sequence[Atom], line: Line, direction: int) -> list[Atom]:
    """The small atoms above (-1) or below (1) an operator that are centred on it."""
    edge = operator.bottom if direction > 0 else operator.top
    nearby = [
        atom
        for atom in atoms
        if atom is not operator
        and not line.holds(atom)
        and -0.12 * line.size < direction * (atom.middle - edge) - atom.height / 2 < 3 * line.size
    ]
    for gap in (0.45, 0.25, 0.1):
        cluster = _cluster(operator, nearby, gap)
        centre = (min(atom.left for atom in cluster) + max(atom.right for atom in cluster)) / 2 if cluster else 0.0
        if cluster and abs(centre - operator.centre) < 0.3 * line.size:
            return cluster
    return []


def _cluster(operator: Atom, nearby: Sequence[Atom], gap: float) -> list[Atom]:
    """The atoms next above or below an operator, with those around them that are no further than `gap` em."""
    cluster = [
        atom
        for atom in nearby
        if atom.left < operator.right
        and atom.right > operator.left
        and _between(atom, operator) < LIMIT_GAP * operator.size
    ]
    while cluster:
        left, right = min(atom.left for atom in cluster), max(atom.right for atom in cluster)
        top, bottom = min(atom.top for atom in cluster), max(atom.bottom for atom in cluster)
        across, down = gap * cluster[0].size, 0.4 * cluster[0].size
        more = [
            atom
            for atom in nearby
            if atom.left - across < right
            and atom.right + across > left
            and atom.top - down < bottom
            and atom.bottom + down > top
        ]
        if len(more) == len(cluster):
            break
        cluster = more
    return cluster


def _between(atom: Atom, operator: Atom) -> float:
    """The white between an atom and an operator above or below it."""
    return max(atom.top - operator.bottom, operator.top - atom.bottom)


def _attach(atom: Atom, nucleus: Nucleus, line: Line) -> None:
    """Adds a small atom to the superscript or the subscript of a nucleus."""
    # What is in a fraction is smaller than the line that it stands on.
    size = min(line.size, atom.size / FRACTION_SCALE) if atom.role is Role.FRACTION else atom.size
    rise = line.baseline - atom.foot(size)
    script = max((other.size for other in nucleus.upper + nucleus.lower), default=0.0)
    sides = [side for side in (nucleus.upper, nucleus.lower) if side]
    if size < SCRIPT * script and sides:
        min(sides, key=lambda side: _distance(_last_of_size(side, SCRIPT * script), atom)).append(atom)
    elif abs(rise) < LEVEL * line.size and atom.axis is None:
        raise UnreadableFormula("a small letter on the line")
    else:
        (nucleus.upper if rise > 0 else nucleus.lower).append(atom)


def _last_of_size(side: Sequence[Atom], least: float) -> Atom:
    return next((atom for atom in reversed(side) if atom.size >= least), side[-1])


def _distance(before: Atom, atom: Atom) -> float:
    return abs(before.foot(before.size) - atom.foot(atom.size)) + max(0.0, atom.left - before.right)


def written(nucleus: Nucleus, read: Read, style: Style) -> tuple[str, int]:
    """The LaTeX of a nucleus with what hangs on it, and how many glyphs are in it."""
    atom = nucleus.atom
    is_sign = atom is not None and atom.role in (Role.RELATION, Role.BINARY) and not nucleus.has_limits
    if is_sign and nucleus.upper and nucleus.lower:
        raise UnreadableFormula("a fraction without its rule")
    latex, count = ("{}", 0) if atom is None else (_base(atom, nucleus), atom.count)
    if atom is not None and nucleus.has_limits and atom.latex == r"\longrightarrow" and nucleus.upper:
        return _long_arrow(nucleus, atom, read)
    if atom is not None and nucleus.has_limits and atom.role not in (Role.LIMIT, Role.INTEGRAL):
        return _stacked(nucleus, atom, read)
    if atom is not None and atom.role in (Role.LIMIT, Role.INTEGRAL):
        latex += _placement(nucleus, atom, style)
    primes = _primes(nucleus.upper)
    upper = nucleus.upper[len(primes) :]
    latex += "'" * len(primes)
    count += sum(prime.count for prime in primes)
    for mark, side in (("_", nucleus.lower), ("^", upper)):
        if side:
            inner = read(sorted(side, key=lambda atom: atom.left), (), Style.INNER)
            latex += f"{mark}{_braced(inner.latex)}"
            count += inner.count
    return latex, count


def _base(atom: Atom, nucleus: Nucleus) -> str:
    if atom.role is Role.TEXT:
        return rf"\text{{{atom.latex}}}"
    return styled(atom)


def _primes(upper: Sequence[Atom]) -> list[Atom]:
    primes = []
    for atom in upper:
        if atom.latex not in (r"\prime", "'"):
            break
        primes.append(atom)
    return primes


def _placement(nucleus: Nucleus, atom: Atom, style: Style) -> str:
    """The command that puts limits where they are not by themselves."""
    if not nucleus.upper and not nucleus.lower:
        return ""
    if "brace" in atom.latex:
        return ""
    stands_so = nucleus.has_limits
    by_itself = style is Style.DISPLAYED and atom.role is Role.LIMIT
    if stands_so == by_itself or (not stands_so and atom.axis is not None and atom.height < 1.2 * atom.size):
        return ""
    return r"\limits" if stands_so else r"\nolimits"


def _stacked(nucleus: Nucleus, atom: Atom, read: Read) -> tuple[str, int]:
    """Something above or below a sign that has no limits of its own: text over an arrow, a mark over an equals sign."""
    above = read(nucleus.upper, (), Style.INNER) if nucleus.upper else None
    below = read(nucleus.lower, (), Style.INNER) if nucleus.lower else None
    latex = styled(atom)
    if above is not None:
        latex = rf"\overset{{{above.latex}}}{{{latex}}}"
    if below is not None:
        latex = rf"\underset{{{below.latex}}}{{{latex}}}"
    return latex, atom.count + sum(part.count for part in (above, below) if part is not None)


def _long_arrow(nucleus: Nucleus, atom: Atom, read: Read) -> tuple[str, int]:
    above = read(nucleus.upper, (), Style.INNER)
    below = read(nucleus.lower, (), Style.INNER) if nucleus.lower else None
    latex = r"\xrightarrow" + (f"[{below.latex}]" if below else "") + f"{{{above.latex}}}"
    return latex, atom.count + above.count + (below.count if below else 0)


def _braced(latex: str) -> str:
    return latex if len(latex) == 1 and latex not in "{}\\" else f"{{{latex}}}"


def whole_line(latex: str, atoms: Sequence[Atom], line: Line, count: int) -> Atom:
    """A line that was read as one atom, standing where its letters stand; centred where it has none that stand."""
    whole = joined(latex, atoms, atoms[0])
    axis = line.baseline - AXIS * line.size if all(atom.axis is not None for atom in atoms) else None
    return replace(whole, baseline=line.baseline, size=line.size, axis=axis, count=count)
