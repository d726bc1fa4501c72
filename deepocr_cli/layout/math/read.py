"""The atoms of a formula in, its LaTeX out: rows and grids first, then rules, then what hangs on the letters."""

from collections.abc import Sequence

from deepocr_cli.layout.math.atoms import Atom, Rule, Style, UnreadableFormula, joined
from deepocr_cli.layout.math.covers import cover
from deepocr_cli.layout.math.grids import SCRIPT, check_all_read, reduce_grids, rows_of
from deepocr_cli.layout.math.rules import reduce_rules
from deepocr_cli.layout.math.scripts import hang, line_of, whole_line
from deepocr_cli.layout.math.words import join_text, join_words
from deepocr_cli.layout.math.writing import write_line


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
    nuclei = join_text(hang(found, line, style), style)
    latex, count = write_line(nuclei, line.size, style, read_part)
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
