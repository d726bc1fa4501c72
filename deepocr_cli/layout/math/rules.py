"""The atoms and rules of one row in, the same with every root, fraction and overlined piece as one atom out."""

from collections.abc import Sequence
from dataclasses import replace

from deepocr_cli.layout.math.atoms import Atom, Role, Rule, Style, UnreadableFormula, joined, without
from deepocr_cli.layout.math.grids import FRACTION_GAP, Read

INNER_GAP = 0.35
"""Em of white at most between the pieces of one side of a fraction."""
HOOK = 0.7
"""Em of a root's sign that stand left of what is under it, at least."""


def join_radicals(atoms: Sequence[Atom], rules: Sequence[Rule]) -> tuple[list[Atom], list[Rule]]:
    """Every root's sign with the rule that goes on from its upper right corner.

    Raises:
        UnreadableFormula: a sign has no rule.
    """
    found, left = list(atoms), list(rules)
    for sign in [atom for atom in atoms if atom.role is Role.RADICAL]:
        slack = 0.15 * sign.size
        rule = min(
            (rule for rule in left if abs(rule.left - sign.right) < slack and abs(rule.y - sign.top) < 2 * slack),
            key=lambda rule: abs(rule.y - sign.top),
            default=None,
        )
        if rule is None:
            raise UnreadableFormula("a root without its rule")
        left.remove(rule)
        found = without(found, [sign])
        found.append(replace(sign, right=rule.right, count=sign.count + 1))
    return sorted(found, key=lambda atom: atom.left), left


def join_braces(atoms: Sequence[Atom], rules: Sequence[Rule]) -> tuple[list[Atom], list[Rule]]:
    """Every brace that lies above or below: four pieces and two rules between them."""
    found, left = list(atoms), list(rules)
    pieces = [atom for atom in atoms if atom.role is Role.BRACE]
    while pieces:
        own = sorted((atom for atom in pieces if _is_beside(atom, pieces[0])), key=lambda atom: atom.left)[:4]
        lines = [
            rule for rule in left if own[0].right - 1 < rule.left and rule.right < own[-1].left + 1 and _runs(rule, own)
        ]
        if len(own) != 4:
            raise UnreadableFormula("a piece of a brace")
        pieces, found = without(pieces, own), without(found, own)
        left = [rule for rule in left if rule not in lines]
        latex = r"\underbrace" if own[0].top < own[1].top else r"\overbrace"
        whole = joined(latex, own, own[0], Role.BRACE)
        found.append(replace(whole, axis=whole.middle, count=4 + len(lines)))
    return sorted(found, key=lambda atom: atom.left), left


def _is_beside(piece: Atom, other: Atom) -> bool:
    """Whether two pieces are of one brace: its tips are higher or lower than its middle."""
    return piece.left >= other.left and abs(piece.middle - other.middle) < 0.4 * piece.size


def _runs(rule: Rule, pieces: Sequence[Atom]) -> bool:
    """Whether a rule is drawn between two pieces of a brace."""
    top, bottom = min(piece.top for piece in pieces), max(piece.bottom for piece in pieces)
    is_between = pieces[0].right - 1 < rule.left and rule.right < pieces[-1].left + 1
    return is_between and top - 0.5 < rule.y < bottom + 0.5


def reduce_rules(atoms: Sequence[Atom], rules: Sequence[Rule], style: Style, read: Read) -> list[Atom]:
    """The atoms of one row, with what rules make of them; the narrowest are made first, for they are innermost.

    Raises:
        UnreadableFormula: a rule has nothing above it and nothing below.
    """
    found, left = list(atoms), sorted(rules, key=lambda rule: rule.width)
    radicals = [(atom.right - atom.left - HOOK * atom.size, atom) for atom in atoms if atom.role is Role.RADICAL]
    steps: list[tuple[float, Atom | Rule]] = [*radicals, *((rule.width, rule) for rule in left)]
    for _, step in sorted(steps, key=lambda step: step[0]):
        if isinstance(step, Rule):
            left.remove(step)
        own = Style.INNER if any(_is_within(step, rule) for rule in left) else style
        if isinstance(step, Atom):
            found = _with_root(found, step, own, read)
        else:
            found = _with_fraction(found, step, left, own, read)
        found.sort(key=lambda atom: atom.left)
    return found


def _is_within(step: Atom | Rule, rule: Rule) -> bool:
    """Whether a wider rule runs along a root or a rule, so that they are in its fraction."""
    return rule.left - 1 < step.left and step.right < rule.right + 1


def _with_root(atoms: Sequence[Atom], sign: Atom, style: Style, read: Read) -> list[Atom]:
    start = sign.left + HOOK * sign.size
    slack = 0.2 * sign.size
    inner = [
        atom
        for atom in atoms
        if atom is not sign
        and atom.left > sign.left
        and start < atom.centre < sign.right + 0.05 * sign.size
        and sign.top - slack < atom.middle < sign.bottom + slack
    ]
    if not inner:
        raise UnreadableFormula("a root of nothing")
    index = [atom for atom in atoms if _is_index(atom, sign)]
    content = read(inner, (), _under(style))
    degree = read(index, (), Style.INNER) if index else None
    latex = rf"\sqrt{{{content.latex}}}" if degree is None else rf"\sqrt[{degree.latex}]{{{content.latex}}}"
    root = joined(latex, [sign, *inner, *index], content)
    count = sign.count + content.count + (degree.count if degree else 0)
    return [*without(atoms, [sign, *inner, *index]), replace(root, role=Role.ORDINARY, count=count)]


def _is_index(atom: Atom, sign: Atom) -> bool:
    """Whether an atom stands in the hook of a root's sign; a power of the letter before ends left of it."""
    is_small = atom.size < 0.75 * sign.size and atom is not sign
    reaches_in = atom.right > sign.left + 0.1 * sign.size and atom.centre < sign.left + 0.6 * sign.size
    return is_small and reaches_in and sign.top - 0.5 * sign.size < atom.middle < sign.middle + 0.1 * sign.height


def _with_fraction(atoms: Sequence[Atom], rule: Rule, others: Sequence[Rule], style: Style, read: Read) -> list[Atom]:
    """The atoms with a fraction, or a line above or below, in place of what the rule belongs to."""
    over = [other.y for other in others if other.left <= rule.left + 1 and other.right >= rule.right - 1]
    ceiling = max((y for y in over if y < rule.y), default=float("-inf"))
    floor = min((y for y in over if y > rule.y), default=float("inf"))
    own = [atom for atom in atoms if _is_along(atom, rule)]
    upper = _grown([atom for atom in own if ceiling < atom.middle < rule.y], rule.y, -1)
    lower = _grown([atom for atom in own if rule.y < atom.middle < floor], rule.y, 1)
    if not lower and not upper:
        raise UnreadableFormula("a rule beside nothing")
    inner_style = Style.INNER if upper and lower else _under(style)
    parts = [read(side, (), inner_style) for side in (upper, lower) if side]
    count = 1 + sum(part.count for part in parts)
    rest = without(atoms, [*upper, *lower])
    if upper and lower:
        numerator, denominator = parts
        whole = joined(
            rf"\frac{{{numerator.latex}}}{{{denominator.latex}}}", [*upper, *lower], numerator, Role.FRACTION
        )
        size = max(numerator.size, denominator.size)
        whole = replace(whole, axis=rule.y, size=size, left=rule.left, right=rule.right)
    else:
        command = r"\overline" if lower else r"\underline"
        whole = joined(f"{command}{{{parts[0].latex}}}", upper or lower, parts[0])
    return [*rest, replace(whole, count=count)]


def _under(style: Style) -> Style:
    """The style of what is under a root or a line."""
    return style if style is Style.DISPLAYED else Style.INNER


def _is_along(atom: Atom, rule: Rule) -> bool:
    slack = 0.16 * atom.size
    return rule.left - slack < atom.left and atom.right < rule.right + slack


def _grown(atoms: Sequence[Atom], start: float, direction: int) -> list[Atom]:
    """Of the atoms on one side of a rule those that follow it without wide gaps."""
    side: list[Atom] = []
    edge = start
    for atom in sorted(atoms, key=lambda atom: atom.top if direction > 0 else -atom.bottom):
        near, far = (atom.top, atom.bottom) if direction > 0 else (atom.bottom, atom.top)
        gap = direction * (near - edge)
        is_larger = bool(side) and atom.size > 1.15 * max(other.size for other in side)
        if gap > (0.0 if is_larger else INNER_GAP if side else FRACTION_GAP) * atom.size:
            break
        side.append(atom)
        edge = direction * max(direction * edge, direction * far)
    return side
