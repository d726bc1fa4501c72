"""The nuclei of a line in, the LaTeX that people write for them out: with white where it says something."""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from deepocr_cli.layout.math.atoms import Atom, Role, Style
from deepocr_cli.layout.math.brackets import sized
from deepocr_cli.layout.math.grids import Read
from deepocr_cli.layout.math.scripts import Nucleus, written

QUAD = 0.85
"""Em of white that are set on purpose, at least."""
TEXT_GAP = 0.2
"""Em of white beside text that are a space, at least."""
THIN = (0.155, 0.21)
"""Em of white between two letters that are set on purpose."""
SCRIPT_SPACE = 0.05
"""Em of white behind a script."""
FRACTION_SPACE = 0.12
"""Em of white beside a fraction."""
UNEVEN = 0.07
"""Em of white that the colon of a mapping has more behind it than before it."""
WIDE = 0.24
"""Em of white beside a bar that is a relation, at least."""
TOUCHING = 0.1
"""Em of white after a comma within a number, at most."""
_SAME_ALPHABET = re.compile(r"(\\math(?:frak|bb|cal|scr|rm|sf|bf|tt|it))\{([A-Za-z]+)\}(?:\1\{[A-Za-z]+\})+")
_BETWEEN = re.compile(r"\}\\math\w+\{")
_NEEDS_WHITE = re.compile(r"(?:\\[A-Za-z]+|[_^]\w)$")
_RELATIONS = {"|": r"\mid", r"\|": r"\parallel", r"\bot": r"\perp"}


def write_line(nuclei: Sequence[Nucleus], size: float, style: Style, read: Read) -> tuple[str, int]:
    """The LaTeX of a line in letters of `size`, and how many glyphs and rules are in it."""
    tokens: list[str] = []
    roles: list[Role] = []
    count = 0
    is_measured = any(n.atom is not None and n.atom.role is not Role.FRACTION for n in nuclei)
    gaps = [0.0, *(_gap(*pair, size) for pair in pairwise(nuclei)), 0.0]
    for place, (nucleus, bracket) in enumerate(zip(nuclei, sized(nuclei, size), strict=True)):
        latex, own = written(nucleus, read, style)
        count += own
        before = nuclei[place - 1] if place else None
        special = _by_white(nucleus, *gaps[place : place + 2], is_in_number=_is_in_number(nuclei, place))
        token = special or bracket(_in_style(latex, nucleus, size, style) if is_measured else latex)
        if _is_text(before) and QUAD >= gaps[place] > TEXT_GAP:
            tokens[-1] = f"{tokens[-1][:-1]} }}"
        tokens.append(_white(gaps[place], before, nucleus, token) + token)
        if _is_text(nucleus) and QUAD >= gaps[place] > TEXT_GAP and not _is_text(before):
            tokens[-1] = tokens[-1].replace("{", "{ ", 1)
        roles.append(_role(nucleus, special))
    latex = "".join(_tight(tokens)) if style is Style.INNER else _joined(tokens, roles)
    return _SAME_ALPHABET.sub(lambda found: _BETWEEN.sub("", found[0]), latex), count


def _gap(before: Nucleus, nucleus: Nucleus, size: float) -> float:
    """Em of white before a nucleus."""
    right = max(atom.right for atom in [before.atom, *before.upper, *before.lower] if atom is not None)
    left = min(atom.left for atom in [nucleus.atom, *nucleus.upper, *nucleus.lower] if atom is not None)
    return (left - right) / size


def _white(gap: float, before: Nucleus | None, nucleus: Nucleus, token: str) -> str:
    """The white that was set on purpose before a nucleus."""
    if gap > QUAD:
        return r"\qquad " if gap > 2 * QUAD else r"\quad "
    if before is None or before.atom is None or nucleus.atom is None or token == r"\colon":
        return ""
    after_factorial = (Role.OPEN,) if before.atom.latex == "!" else ()
    if not (_is_plain(before.atom, Role.CLOSE, Role.FRACTION) and _is_plain(nucleus.atom, *after_factorial)):
        return ""
    # Some white follows every script and every fraction by itself.
    own = FRACTION_SPACE if before.atom.role is Role.FRACTION else 0.0
    own += SCRIPT_SPACE if before.upper or before.lower else 0.0
    return r"\," if THIN[0] < gap - own < THIN[1] else ""


def _is_plain(atom: Atom, *others: Role) -> bool:
    """Whether no white is beside an atom by itself: letters, brackets that are not tall, what is in `others`."""
    is_tall = atom.axis is not None and atom.role is not Role.FRACTION
    return atom.role in (Role.ORDINARY, Role.LETTER, *others) and not is_tall


def _by_white(nucleus: Nucleus, before: float, after: float, *, is_in_number: bool) -> str | None:
    """What signs are by the white beside them: relations, the colon of a mapping, the comma of a number."""
    atom = nucleus.atom
    if atom is None or nucleus.upper or nucleus.lower:
        return None
    if atom.latex == "," and max(before, after) < TOUCHING and is_in_number:
        return "{,}"
    if atom.latex == ":" and QUAD > after > max(WIDE, before + UNEVEN):
        return r"\colon"
    is_plain = atom.height < 1.15 * atom.size
    return _RELATIONS.get(atom.latex) if is_plain and WIDE < before < QUAD and WIDE < after < QUAD else None


def _is_in_number(nuclei: Sequence[Nucleus], place: int) -> bool:
    beside = [nuclei[other].atom for other in (place - 1, place + 1) if 0 <= other < len(nuclei)]
    return len(beside) == 2 and all(atom is not None and atom.latex.isdigit() for atom in beside)


def _role(nucleus: Nucleus, special: str | None) -> Role:
    if special is not None:
        return {r"\colon": Role.PUNCTUATION, "{,}": Role.ORDINARY}.get(special, Role.RELATION)
    return Role.ORDINARY if nucleus.atom is None else nucleus.atom.role


def _is_text(nucleus: Nucleus | None) -> bool:
    atom = None if nucleus is None or nucleus.upper or nucleus.lower else nucleus.atom
    return atom is not None and atom.role is Role.TEXT


def _in_style(latex: str, nucleus: Nucleus, size: float, style: Style) -> str:
    """A fraction of another size than its place gives it says so."""
    atom = nucleus.atom
    if atom is None or atom.role is not Role.FRACTION or not latex.startswith(r"\frac"):
        return latex
    is_large = atom.size > 0.86 * size
    if is_large is (style is Style.DISPLAYED):
        return latex
    return f"\\{'d' if is_large else 't'}{latex[1:]}"


def _tight(tokens: Sequence[str]) -> Iterator[str]:
    """The tokens with white only where one would take the letter after it for its own."""
    before = ""
    for token in tokens:
        yield f" {token}" if _takes(before, token) else token
        before = token


def _takes(before: str, token: str) -> bool:
    return token[:1].isalnum() and _NEEDS_WHITE.search(before) is not None


def _joined(tokens: Sequence[str], roles: Sequence[Role]) -> str:
    """The tokens as people write them: white around relations and signs between two terms, none elsewhere."""
    latex = ""
    for place, (token, role) in enumerate(zip(tokens, roles, strict=True)):
        is_colon = token == r"\colon" or (token == "=" and latex.endswith(":"))
        is_between = role is Role.RELATION or (role is Role.BINARY and _has_left(roles, place))
        if latex and not is_colon and (is_between or _is_spaced(roles, place)):
            latex = f"{latex.rstrip()} {token}"
        else:
            latex += f" {token}" if _takes(latex, token) else token
    return latex


def _has_left(roles: Sequence[Role], place: int) -> bool:
    return place > 0 and roles[place - 1] not in (Role.RELATION, Role.BINARY, Role.OPEN, Role.PUNCTUATION)


def _is_spaced(roles: Sequence[Role], place: int) -> bool:
    """Whether white goes before a token because of the one before it."""
    before = roles[place - 1]
    if before in (Role.RELATION, Role.PUNCTUATION):
        return True
    return before is Role.BINARY and _has_left(roles, place - 1)
