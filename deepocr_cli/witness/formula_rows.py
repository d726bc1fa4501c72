"""The letters of a part of a page that holds text in, its lines with formulas as LaTeX in them out."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from deepocr_cli.layout.math.atoms import AXIS, Glyph, Rule, UnreadableFormula
from deepocr_cli.layout.math.displays import read_running
from deepocr_cli.layout.math.fonts import is_math
from deepocr_cli.layout.math.spotting import as_variables, find_formulas
from deepocr_cli.witness.formula_letters import Letter

SAME_LINE = 0.45
"""Em between the baselines of two lines of text, at least."""
BELOW, ABOVE = 0.3, 1.0
"""Em below and above a baseline within which what hangs on a letter of the line begins."""
PROSE_LETTERS = 12
"""Letters of text that make a row prose; the words of a case are fewer."""
INDENT = 1.2
"""Em between the margin and displayed formulas, at least."""
OVERHANG = 1.5
"""Points that the rule of a fraction may reach beyond its letters."""
LIGATURE = 0.6
"""Em by which a letter of text may stand left of the one before it: under its accent, or after a ligature."""
ASCENT, DESCENT = 0.8, 0.25
"""Em that a line of text reaches above and below its baseline."""


@dataclass(slots=True)
class TextRow:
    """A line of text: the letters that stand on it or hang from it, and the formulas among them."""

    baseline: float
    size: float
    letters: list[Letter] = field(default_factory=list)
    formulas: list[tuple[int, int, str]] = field(default_factory=list)


def rows_of_text(letters: Sequence[Letter]) -> list[TextRow]:
    """The lines of a text, with what stands above and below their letters."""
    sizes = Counter(round(letter.glyph.size, 1) for letter in letters if not is_math(letter.glyph.font))
    size = max(sizes, key=lambda size: sizes[size], default=max(letter.glyph.size for letter in letters))
    rows: list[TextRow] = []
    for baseline, count in Counter(_baselines(letters, size)).most_common():
        if count > 1 and all(abs(row.baseline - baseline) > SAME_LINE * size for row in rows):
            rows.append(TextRow(baseline, size))
    for baseline in dict.fromkeys(letter.glyph.baseline for letter in letters if letter.glyph.size > 0.93 * size):
        if all(abs(row.baseline - baseline) > 0.9 * size for row in rows):
            rows.append(TextRow(baseline, size))
    standing: dict[float, TextRow] = {}
    before: Glyph | None = None
    row: TextRow | None = None
    for glyph, letter in ((letter.glyph, letter) for letter in letters if rows):
        if glyph.baseline in standing:
            row = standing[glyph.baseline]
        elif row is None or before is None or not _hangs_on(glyph, before):
            row = _row_for(glyph, rows)
            if abs(row.baseline - glyph.baseline) < 0.05 * size:
                standing[glyph.baseline] = row
        row.letters.append(letter)
        before = glyph
    for row in rows:
        row.letters = _from_left(row.letters)
    return [row for row in rows if row.letters]


def _from_left(letters: Sequence[Letter]) -> list[Letter]:
    """The letters from left to right; those of text stay in their order, as accents and pieces of ligatures have it."""
    places: list[float] = []
    for before, letter in zip((None, *letters), letters, strict=False):
        place = letter.glyph.left
        is_text = before is not None and before.span is letter.span and not is_math(letter.glyph.font)
        if is_text and 0 < places[-1] - place < LIGATURE * letter.glyph.size:
            place = places[-1]
        places.append(place)
    order = sorted(range(len(letters)), key=lambda number: places[number])
    return [letters[number] for number in order]


def _baselines(letters: Sequence[Letter], size: float) -> Iterator[float]:
    for letter in letters:
        if letter.glyph.size > 0.93 * size and letter.glyph.text.isalpha() and not is_math(letter.glyph.font):
            yield round(letter.glyph.baseline, 1)


def _hangs_on(glyph: Glyph, before: Glyph) -> bool:
    """Whether a glyph was drawn right behind another, and no larger: what hangs on a letter is drawn after it."""
    gap = (glyph.left - before.right) / before.size
    is_near = abs(glyph.baseline - before.baseline) < 0.9 * before.size and -0.8 < gap < 0.2
    return is_near and glyph.size < before.size + 0.1


def _row_for(glyph: Glyph, rows: Sequence[TextRow]) -> TextRow:
    """The row that a glyph stands on, or else the one whose middle is nearest, of those that it may hang on."""
    middle = (glyph.top + glyph.bottom) / 2
    return min(
        rows,
        key=lambda row: (
            abs(row.baseline - glyph.baseline) > 0.05 * row.size,
            glyph.top > row.baseline + BELOW * row.size or glyph.bottom < row.baseline - ABOVE * row.size,
            abs(row.baseline - AXIS * row.size - middle),
        ),
    )


def displayed_rows(rows: Sequence[TextRow], *, is_slanted: bool) -> list[list[TextRow]]:
    """The rows that follow one another, stand off the left margin and have few words, in groups: displayed formulas."""
    worded = [row.letters[0].glyph.left for row in rows if _word_letters(row, is_slanted) >= PROSE_LETTERS]
    margin = min(worded, default=0.0)
    groups: list[list[TextRow]] = [[]]
    for row in sorted(rows, key=lambda row: row.baseline):
        is_off = bool(worded) and row.letters[0].glyph.left > margin + INDENT * row.size
        if is_off and _word_letters(row, is_slanted) < PROSE_LETTERS:
            groups[-1].append(row)
        elif groups[-1]:
            groups.append([])
    return [group for group in groups if group]


def _word_letters(row: TextRow, is_slanted: bool) -> int:
    """How many letters of a row are those of text."""
    glyphs = [letter.glyph for letter in row.letters]
    found = as_variables(glyphs) if is_slanted else glyphs
    return sum(glyph.text.isalpha() and not is_math(glyph.font) for glyph in found)


def rows_with_formulas(rows: Sequence[TextRow], rules: Sequence[Rule], is_slanted: bool) -> list[TextRow]:
    """The rows that have a formula in them, and those that have letters of the same lines."""
    for row in rows:
        glyphs = [letter.glyph for letter in row.letters]
        if any(is_math(glyph.font) for glyph in glyphs):
            row.formulas = list(_read(glyphs, row, rules, is_slanted))
    changed = [row for row in rows if row.formulas]
    lines = {letter.line for row in changed for letter in row.letters}
    count = 0
    while count != len(lines):
        count = len(lines)
        changed = [row for row in rows if any(letter.line in lines for letter in row.letters)]
        lines.update(letter.line for row in changed for letter in row.letters)
    return changed


def _read(
    glyphs: Sequence[Glyph], row: TextRow, rules: Sequence[Rule], is_slanted: bool
) -> Iterator[tuple[int, int, str]]:
    for start, end in find_formulas(glyphs, row.baseline, row.size, is_slanted=is_slanted):
        own = glyphs[start:end]
        try:
            latex = read_running(as_variables(own) if is_slanted else own, rules_near(own, row, rules))
        except UnreadableFormula:
            continue
        yield start, end, latex


def rules_near(glyphs: Sequence[Glyph], row: TextRow, rules: Sequence[Rule]) -> list[Rule]:
    """The rules among the glyphs of a formula in a row."""
    left, right = min(glyph.left for glyph in glyphs) - OVERHANG, max(glyph.right for glyph in glyphs) + OVERHANG
    axis = row.baseline - AXIS * row.size
    return [rule for rule in rules if left < rule.left and rule.right < right and abs(rule.y - axis) < 0.9 * row.size]


def line_of(row: TextRow) -> Any:
    """A row as MuPDF has lines, each formula a span of its own."""
    spans: list[Any] = []
    starts = {start: (end, latex) for start, end, latex in row.formulas}
    place = 0
    while place < len(row.letters):
        letter = row.letters[place]
        if place in starts:
            end, latex = starts[place]
            spans.append(_formula_span(row.letters[place:end], rf"\({latex}\)", row))
            place = end
            continue
        before = row.letters[place - 1] if place and "chars" in spans[-1] and "formula" not in spans[-1] else None
        if before is None or before.span is not letter.span or _has_gap(before, letter):
            spans.append({**letter.span, "chars": [letter.char], "bbox": letter.char["bbox"]})
        else:
            last = spans[-1]
            last["chars"].append(letter.char)
            last["bbox"] = (*last["bbox"][:2], letter.char["bbox"][2], last["bbox"][3])
        place += 1
    left, right = row.letters[0].char["bbox"][0], max(letter.char["bbox"][2] for letter in row.letters)
    # What hangs from the line and what towers above it must not make it overlap with its neighbours.
    edges = (left, row.baseline - ASCENT * row.size, right, row.baseline + DESCENT * row.size)
    return {"spans": spans, "bbox": edges, "dir": (1.0, 0.0)}


def _has_gap(before: Letter, letter: Letter) -> bool:
    return bool(letter.char["bbox"][0] - before.char["bbox"][2] > 0.15 * letter.glyph.size)


def _formula_span(letters: Sequence[Letter], latex: str, row: TextRow) -> Any:
    left, right = min(letter.glyph.left for letter in letters), max(letter.glyph.right for letter in letters)
    return {
        "font": "",
        "formula": latex,
        "size": row.size,
        "alpha": 255,
        "flags": 0,
        "bbox": (left, row.baseline - row.size, right, row.baseline),
        "origin": (left, row.baseline),
        "text": latex,
    }
