"""The atoms of a formula in, its rows out; and what stands between tall brackets as a matrix, cases or a binomial."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from deepocr_cli.layout.math.atoms import Atom, Role, Rule, Style, UnreadableFormula, joined, without

Read = Callable[[Sequence[Atom], Sequence[Rule], Style], Atom]
"""What reads a part of a formula, whether it stands on one line or on several."""

ROW_GAP = 0.07
"""Em of white between two rows, at least."""
COLUMN_GAP = 0.75
"""Em of white between two columns, at least."""
SMALL_COLUMN_GAP = 0.3
"""The same in a matrix that is set small."""
TALL = 1.15
"""Em that brackets of several rows are tall, at least."""
SCRIPT = 0.82
"""The size of what hangs on a letter, at most, beside the letter."""
FRACTION_GAP = 0.58
"""Em of white at most between the rule of a fraction and what is above or below it."""
LOOSE = 1.28
"""The step between the two lines of a binomial, at least, in their em; matrices are closer."""
_UNSIZED = (Role.ACCENT, Role.BRACE, Role.LIMIT, Role.INTEGRAL)
_ENVIRONMENTS = {("(", ")"): "p", ("[", "]"): "b", (r"\{", r"\}"): "B", ("|", "|"): "v", (r"\|", r"\|"): "V"}
_CLOSING = {"(": ")", "[": "]", r"\{": r"\}", "|": "|", r"\|": r"\|"}


@dataclass(frozen=True, slots=True)
class Band:
    """A row: its atoms and rules."""

    atoms: list[Atom]
    rules: list[Rule]

    @property
    def top(self) -> float:
        return min([atom.top for atom in self.atoms] + [rule.y for rule in self.rules])

    @property
    def bottom(self) -> float:
        return max([atom.bottom for atom in self.atoms] + [rule.y for rule in self.rules])

    @property
    def size(self) -> float:
        """The size of its largest letters, or of its largest operator where it has none."""
        return _size_of(self.atoms)

    @property
    def has_letters(self) -> bool:
        """Whether something stands in it that is as high as a letter."""
        return any(atom.height > 0.4 * atom.size for atom in self.atoms)


def rows_of(atoms: Sequence[Atom], rules: Sequence[Rule]) -> list[Band]:
    """The rows, from top to bottom: apart by white from side to side that is not within a fraction or a limit."""
    bands = _bands(atoms, rules)
    size = _size_of(atoms)
    count = 0
    while len(bands) != count:
        count = len(bands)
        bands = _merged(bands, size)
    return _with_limits(bands, size)


def written_rows(atoms: Sequence[Atom], rules: Sequence[Rule]) -> list[Band]:
    """The rows, as `rows_of` finds them.

    Raises:
        UnreadableFormula: a rule stands in a row of its own.
    """
    rows = rows_of(atoms, rules)
    if not all(row.atoms for row in rows):
        raise UnreadableFormula("a rule beside nothing")
    return rows


def _size_of(atoms: Sequence[Atom]) -> float:
    """Accents and braces have no size; some fonts have their operators in one of their own."""
    sizes = [atom.size for atom in atoms if atom.role not in _UNSIZED]
    return max(sizes or [atom.size for atom in atoms if atom.role in (Role.LIMIT, Role.INTEGRAL)], default=0.0)


def reduce_grids(atoms: Sequence[Atom], rules: Sequence[Rule], read: Read) -> tuple[list[Atom], list[Rule]]:
    """The atoms and rules with every matrix, binomial and case distinction as one atom."""
    found, left = list(atoms), list(rules)
    while (pair := _innermost(found, left)) is not None:
        opening, closing, inner, own = pair
        bounds = [opening] if closing is None else [opening, closing]
        grid = _grid(opening, closing, written_rows(inner, own), read)
        found = without(found, [*bounds, *inner])
        left = [rule for rule in left if rule not in own]
        found.append(grid)
        found.sort(key=lambda atom: atom.left)
    return found, left


# ------------------------------------------------------------------------------------------------ rows


def _bands(atoms: Sequence[Atom], rules: Sequence[Rule]) -> list[Band]:
    items: list[tuple[float, float, Atom | Rule]] = [(atom.top, atom.bottom, atom) for atom in atoms]
    items += [(rule.y, rule.y, rule) for rule in rules]
    bands: list[Band] = []
    bottom = 0.0
    for top, end, item in sorted(items, key=lambda item: item[:2]):
        if not bands or top > bottom or isinstance(item, Rule) or not bands[-1].atoms:
            bands.append(Band([], []))
            bottom = end
        (bands[-1].atoms if isinstance(item, Atom) else bands[-1].rules).append(item)  # type: ignore[arg-type]
        bottom = max(bottom, end)
    return bands


def _merged(bands: Sequence[Band], size: float) -> list[Band]:
    merged: list[Band] = []
    for band in bands:
        if merged and _belongs_together(merged[-1], band, size):
            merged[-1] = Band(merged[-1].atoms + band.atoms, merged[-1].rules + band.rules)
        else:
            merged.append(band)
    return merged


def _belongs_together(band: Band, other: Band, size: float) -> bool:
    """Whether two stretches of ink are parts of one row: the rule of a fraction is next to both of its halves."""
    if other.top - band.bottom <= (0.0 if band.has_letters and other.has_letters else ROW_GAP * size):
        return True
    above = [rule for rule in band.rules if any(_hugs(rule, atom, band.atoms) for atom in other.atoms)]
    below = [rule for rule in other.rules if any(_hugs(rule, atom, other.atoms) for atom in band.atoms)]
    return bool(above or below)


def _hugs(rule: Rule, atom: Atom, beside: Sequence[Atom]) -> bool:
    """Whether an atom stands next to a rule, with nothing of what is beside the rule between them."""
    if not rule.left - 1 < atom.centre < rule.right + 1:
        return False
    low, high = (rule.y, atom.top) if atom.top > rule.y else (atom.bottom, rule.y)
    is_near = high - low < FRACTION_GAP * atom.size
    return is_near and not any(
        low < other.middle < high and rule.left - 1 < other.centre < rule.right + 1 for other in beside
    )


def _with_limits(bands: Sequence[Band], size: float) -> list[Band]:
    """The rows, those of nothing but small letters and accents with the nearer of their neighbours."""
    rows = list(bands)
    place = 0
    while len(rows) > 1 and place < len(rows):
        band = rows[place]
        is_script = band.size < SCRIPT * size
        if not is_script:
            place += 1
            continue
        gaps = [
            (rows[other].top - band.bottom if other > place else band.top - rows[other].bottom, other)
            for other in (place - 1, place + 1)
            if 0 <= other < len(rows)
        ]
        gap, other = min(gaps)
        if gap > 0.6 * size:
            place += 1
            continue
        first, second = sorted((place, other))
        rows[first : second + 1] = [
            Band(rows[first].atoms + rows[second].atoms, rows[first].rules + rows[second].rules)
        ]
        place = first
    return rows


# ------------------------------------------------------------------------------------------------ brackets

_Pair = tuple[Atom, Atom | None, list[Atom], list[Rule]]


def _innermost(atoms: Sequence[Atom], rules: Sequence[Rule]) -> _Pair | None:
    """The narrowest pair of tall brackets with several rows between them; a brace may open and never close."""
    pairs: list[_Pair] = []
    for place, opening in enumerate(atoms):
        if opening.role not in (Role.OPEN, Role.FENCE) or opening.height < TALL * opening.size:
            continue
        closing = _closing(opening, atoms[place + 1 :])
        if closing is None and opening.latex != r"\{":
            continue
        right = max(atom.right for atom in atoms) + 1 if closing is None else closing.left
        inner = [
            atom for atom in atoms if opening.right - 0.5 < atom.centre < right and _is_beside(atom.middle, opening)
        ]
        own = [
            rule
            for rule in rules
            if opening.left < rule.left and rule.right < right + 0.5 and _is_beside(rule.y, opening)
        ]
        if len(rows_of(inner, own)) > 1:
            pairs.append((opening, closing, inner, own))
    return min(pairs, key=lambda pair: len(pair[2]), default=None)


def _closing(opening: Atom, after: Sequence[Atom]) -> Atom | None:
    depth = 0
    for atom in after:
        if abs(atom.top - opening.top) > 0.3 * opening.size or abs(atom.bottom - opening.bottom) > 0.3 * opening.size:
            continue
        if opening.role is Role.FENCE:
            if atom.latex == opening.latex and atom.role is Role.FENCE:
                return atom
        elif atom.role is Role.OPEN:
            depth += 1
        elif atom.role is Role.CLOSE:
            if depth == 0:
                return atom
            depth -= 1
    return None


def _is_beside(height: float, opening: Atom) -> bool:
    return opening.top - 0.2 * opening.size < height < opening.bottom + 0.2 * opening.size


def _grid(opening: Atom, closing: Atom | None, rows: Sequence[Band], read: Read) -> Atom:
    cells = _cells(rows, opening.size)
    written = [[read(cell.atoms, cell.rules, Style.RUNNING) if cell.atoms else None for cell in row] for row in cells]
    count = sum(cell.count for row in written for cell in row if cell is not None)
    lines = [" & ".join("" if cell is None else cell.latex for cell in row).rstrip() for row in written]
    body = r" \\ ".join(lines)
    latex = _environment(opening, closing, rows, written, body)
    bounds = [opening] if closing is None else [opening, closing]
    inner = [atom for row in rows for atom in row.atoms]
    role = Role.ORDINARY
    whole = joined(latex, [*bounds, *inner], opening, role)
    return replace(whole, axis=opening.middle, count=count + sum(atom.count for atom in bounds))


def _environment(
    opening: Atom, closing: Atom | None, rows: Sequence[Band], written: Sequence[Sequence[Atom | None]], body: str
) -> str:
    if closing is None:
        return rf"\begin{{cases}} {body} \end{{cases}}"
    if len(rows) == 2 and opening.latex == "(" and closing.latex == ")" and len(written[0]) == 1:
        upper, lower = written[0][0], written[1][0]
        assert upper is not None and lower is not None, "a row has atoms"
        step = (lower.foot(lower.size) - upper.foot(upper.size)) / max(upper.size, lower.size)
        if step > LOOSE or upper.size < SCRIPT * opening.size:
            return rf"\binom{{{upper.latex}}}{{{lower.latex}}}"
    letter = _ENVIRONMENTS.get((opening.latex, closing.latex))
    if letter is not None:
        return rf"\begin{{{letter}matrix}} {body} \end{{{letter}matrix}}"
    return rf"\left{opening.latex} \begin{{matrix}} {body} \end{{matrix}} \right{closing.latex}"


def _cells(rows: Sequence[Band], outer: float) -> list[list[Band]]:
    """The rows cut at white that runs through all of them."""
    atoms = sorted((atom for row in rows for atom in row.atoms), key=lambda atom: atom.left)
    size = max(atom.size for atom in atoms)
    gap = size * (COLUMN_GAP if size > SCRIPT * outer else SMALL_COLUMN_GAP)
    edges: list[float] = []
    right = atoms[0].right
    for atom in atoms:
        if atom.left - right > gap:
            edges.append((atom.left + right) / 2)
        right = max(right, atom.right)
    bounds = [float("-inf"), *edges, float("inf")]
    return [[_between(row, left, right) for left, right in pairwise(bounds)] for row in rows]


def _between(row: Band, left: float, right: float) -> Band:
    return Band(
        [atom for atom in row.atoms if left < atom.centre < right],
        [rule for rule in row.rules if left < (rule.left + rule.right) / 2 < right],
    )


def check_all_read(whole: Atom, atoms: Sequence[Atom], rules: Sequence[Rule]) -> Atom:
    """The atom, which must hold every glyph and rule once.

    Raises:
        UnreadableFormula: it does not.
    """
    if whole.count != sum(atom.count for atom in atoms) + len(rules):
        raise UnreadableFormula("a glyph was lost or doubled")
    return whole
