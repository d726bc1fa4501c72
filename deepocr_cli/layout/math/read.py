"""The atoms of a formula in, its LaTeX out: rows and grids first, then rules, then what hangs on the letters."""

import re
from collections.abc import Iterator, Sequence

from deepocr_cli.layout.math.atoms import Atom, Role, Rule, Style, UnreadableFormula, joined
from deepocr_cli.layout.math.brackets import sized
from deepocr_cli.layout.math.grids import SCRIPT, check_all_read, reduce_grids, rows_of
from deepocr_cli.layout.math.rules import reduce_rules
from deepocr_cli.layout.math.scripts import Nucleus, cover, hang, line_of, whole_line, written
from deepocr_cli.layout.math.words import join_text, join_words

QUAD = 0.85
"""Em of white that are set on purpose, at least."""
TEXT_GAP = 0.2
"""Em of white beside text that are a space, at least."""
_SAME_ALPHABET = re.compile(r"(\\math(?:frak|bb|cal|scr|rm|sf|bf|tt|it))\{([A-Za-z]+)\}(?:\1\{[A-Za-z]+\})+")
_BETWEEN = re.compile(r"\}\\math\w+\{")
_COMMAND_END = re.compile(r"\\[A-Za-z]+$")


def read_row(atoms: Sequence[Atom], rules: Sequence[Rule], style: Style) -> Atom:
    """Atoms that are one row, or a grid between brackets, as one atom with all of their LaTeX.

    Raises:
        UnreadableFormula: their structure cannot be made out.
    """
    if not atoms:
        raise UnreadableFormula("nothing to read")
    found, left = reduce_grids(atoms, rules, read_part)
    found = reduce_rules(found, left, style, read_part)
    found = join_words(cover(found, read_part))
    line = line_of(found)
    nuclei = join_text(hang(found, line, style))
    latex, count = _write(nuclei, line.size, style)
    return check_all_read(whole_line(latex, found, line, count), atoms, rules)


def read_part(atoms: Sequence[Atom], rules: Sequence[Rule], style: Style) -> Atom:
    """A part of a formula; several rows of it are a stack, as in what is below a sum."""
    rows = rows_of(atoms, rules)
    if len(rows) < 2:
        return read_row(sorted(atoms, key=lambda atom: atom.left), rules, style)
    read = [read_row(sorted(row.atoms, key=lambda atom: atom.left), row.rules, Style.INNER) for row in rows]
    if any(part.size < SCRIPT * read[0].size for part in read):
        raise UnreadableFormula("rows of several sizes")
    lines = r" \\ ".join(part.latex for part in read)
    return joined(rf"\substack{{{lines}}}", read, read[0])


def _write(nuclei: Sequence[Nucleus], size: float, style: Style) -> tuple[str, int]:
    tokens: list[str] = []
    roles: list[Role] = []
    count = 0
    before: Nucleus | None = None
    is_measured = any(n.atom is not None and n.atom.role is not Role.FRACTION for n in nuclei)
    for nucleus, bracket in zip(nuclei, sized(nuclei, size), strict=True):
        latex, own = written(nucleus, read_part, style)
        count += own
        token = bracket(_in_style(latex, nucleus, size, style) if is_measured else latex)
        gap = _gap(before, nucleus, size)
        if gap > QUAD:
            token = (r"\qquad " if gap > 2 * QUAD else r"\quad ") + token
        elif gap > TEXT_GAP and _is_text(before):
            tokens[-1] = f"{tokens[-1][:-1]} }}"
        elif gap > TEXT_GAP and _is_text(nucleus):
            token = token.replace("{", "{ ", 1)
        tokens.append(token)
        roles.append(Role.ORDINARY if nucleus.atom is None else nucleus.atom.role)
        before = nucleus
    latex = "".join(_tight(tokens)) if style is Style.INNER else _joined(tokens, roles)
    return _SAME_ALPHABET.sub(lambda found: _BETWEEN.sub("", found[0]), latex), count


def _gap(before: Nucleus | None, nucleus: Nucleus, size: float) -> float:
    """Em of white before a nucleus."""
    if before is None:
        return 0.0
    right = max(atom.right for atom in [before.atom, *before.upper, *before.lower] if atom is not None)
    left = min(atom.left for atom in [nucleus.atom, *nucleus.upper, *nucleus.lower] if atom is not None)
    return (left - right) / size


def _is_text(nucleus: Nucleus | None) -> bool:
    is_bare = nucleus is not None and not nucleus.upper and not nucleus.lower
    return is_bare and nucleus is not None and nucleus.atom is not None and nucleus.atom.role is Role.TEXT


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
    """The tokens with white only where a command would take a letter for its own."""
    before = ""
    for token in tokens:
        yield f" {token}" if _COMMAND_END.search(before) and token[:1].isalpha() else token
        before = token


def _joined(tokens: Sequence[str], roles: Sequence[Role]) -> str:
    """The tokens as people write them: white around relations and signs between two terms, none elsewhere."""
    latex = ""
    for place, (token, role) in enumerate(zip(tokens, roles, strict=True)):
        is_between = role is Role.RELATION or (role is Role.BINARY and _has_left(roles, place))
        is_assigned = token == "=" and latex.endswith(":")
        if latex and not is_assigned and (is_between or _is_spaced(roles, place)):
            latex = f"{latex.rstrip()} {token}"
        elif _COMMAND_END.search(latex) and (token[:1].isalpha()):
            latex += f" {token}"
        else:
            latex += token
    return latex


def _has_left(roles: Sequence[Role], place: int) -> bool:
    return place > 0 and roles[place - 1] not in (Role.RELATION, Role.BINARY, Role.OPEN, Role.PUNCTUATION)


def _is_spaced(roles: Sequence[Role], place: int) -> bool:
    """Whether white goes before a token because of the one before it."""
    before = roles[place - 1]
    if before in (Role.RELATION, Role.PUNCTUATION):
        return True
    return before is Role.BINARY and _has_left(roles, place - 1)
