"""The rows of a region in, those that are code out: letters of one width, in lines with the indents that they have."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from deepocr_cli.layout.paragraphs import ROOM, Row, usual_pitch
from deepocr_cli.layout.rows import Line

FEWEST, UNLIKE = 2, 0.03
"""So many lines show a piece of code: their letters are equally far apart, but for this share."""
SURE = 12
"""A line of so many letters shows by itself whether they are equally wide."""
MOST_APART = 2.6
"""Pieces of code further apart than this are two, in the usual distance of rows."""
TYPEWRITTEN = 0.7
"""A page with more of its lines in letters of one width is no code, unless it reads like code."""

OFF_STEP, BEARING = 0.4, 0.2
"""By how many letters such a line may be longer or shorter than its text is; the white at its ends, in letters."""

_CODE = re.compile(r"[{};\\|]|[=!<>]=|->|::|\w\(|/\*|^[-+>#$^=≤≥≈]|[\[\],]$|^\(\d+(?:\.\d+)?\)$")


@dataclass(frozen=True, slots=True)
class Code:
    """Rows `start` to `end`, the latter excluded, whose letters are `pitch` apart."""

    start: int
    end: int
    pitch: float


def find_code(page_rows: Sequence[Row]) -> list[Code]:
    """The pieces of code in a region, from top to bottom."""
    groups = _groups(page_rows)
    pitches = [_pitch(page_rows[start:end]) for start, end in groups]
    if not any(pitches):
        return []
    # An empty line may part a single one from the others.
    for number, (start, end) in enumerate(groups):
        beside = [pitch for pitch in pitches[max(0, number - 1) : number + 2] if pitch is not None]
        if pitches[number] is None and beside and _goes_with(page_rows[start:end], beside):
            pitches[number] = beside[0]
        elif pitches[number] is None and end - start > 1:
            likely = next(pitch for pitch in pitches if pitch is not None)
            pitches[number] = likely if _fits(page_rows[start:end], likely) else None
    found: list[Code] = []
    for (start, end), pitch in zip(groups, pitches, strict=True):
        if pitch is not None and found and found[-1].end == start and _is_near(page_rows, start):
            found[-1] = Code(found[-1].start, end, found[-1].pitch)
        elif pitch is not None:
            found.append(Code(start, end, pitch))
    return found


def is_typewritten(lines: Sequence[Line]) -> bool:
    """Whether a page is in letters of one width all through, and does not read like code."""
    told = [line for line in lines if _tells(line)]
    count = sum(line.pitch is not None for line in told)
    return count > TYPEWRITTEN * len(told) and not are_code([line.text for line in lines])


def code_text(page_rows: Sequence[Row], pitch: float) -> str:
    """Rows of code as lines, with the blanks and the empty lines that their places on the page make."""
    left = min(row[0].left for row in page_rows)
    steps = [row[0].bottom - before[0].bottom for before, row in pairwise(page_rows)]
    lines = [_code_line(page_rows[0], left, pitch)]
    for row, step in zip(page_rows[1:], steps, strict=True):
        lines += [""] * (step > 1.6 * median(steps))
        lines.append(_code_line(row, left, pitch))
    return "\n".join(lines)


def are_code(texts: Sequence[str]) -> bool:
    """Whether many texts hold what code is made of."""
    return sum(_CODE.search(text) is not None for text in texts) > 0.25 * len(texts)


def _groups(page_rows: Sequence[Row]) -> list[tuple[int, int]]:
    """Rows that stand no further apart than lines do: the first of each group, and the one after its last."""
    if not page_rows:
        return []
    usual = usual_pitch(page_rows) + ROOM
    steps = [(row[0].bottom - before[0].bottom) / before[0].height for before, row in pairwise(page_rows)]
    cuts = [0, *(number for number, step in enumerate(steps, start=1) if step > usual), len(page_rows)]
    return list(pairwise(cuts))


def _pitch(group: Sequence[Row]) -> float | None:
    """How far apart the letters of rows are; None where they are of unlike widths, or too few to know."""
    lines = [line for row in group for line in row]
    known = [line.pitch for line in lines if line.pitch is not None and _has_letters(line)]
    if len(known) < FEWEST:
        return None
    pitch = median(known)
    alike = sum(_is_like(own, pitch) for own in known)
    others = sum(line.pitch is None and _tells(line) for line in lines)
    return pitch if alike >= FEWEST and alike > 1.5 * (len(known) - alike + others) else None


def _goes_with(group: Sequence[Row], beside: Sequence[float]) -> bool:
    """Whether rows between or beside code are code: what can be told of their letters agrees."""
    told = [line.pitch for row in group for line in row if _has_letters(line) and (line.pitch or _tells(line))]
    agree = all(pitch is not None and _is_like(pitch, beside[0]) for pitch in told)
    return agree and (bool(told) or len(beside) > 1)


def _tells(line: Line) -> bool:
    """Whether a line is long enough to show by itself how wide its letters are."""
    return len(line.text) >= SURE and _has_letters(line)


def _has_letters(line: Line) -> bool:
    """Whether a line holds more than figures, which are equally wide in any type."""
    return 3 * sum(map(str.isalpha, line.text)) >= len(line.text)


def _fits(group: Sequence[Row], pitch: float) -> bool:
    """Whether rows are as long as their texts are in letters so far apart."""
    rows_ = [
        (row[-1].right - row[0].left, round((row[-1].left - row[0].left) / pitch) + len(row[-1].text)) for row in group
    ]
    return all(abs(width / pitch - count + BEARING) < OFF_STEP for width, count in rows_)


def _is_like(pitch: float, other: float) -> bool:
    return abs(pitch - other) <= UNLIKE * other


def _is_near(page_rows: Sequence[Row], start: int) -> bool:
    step = page_rows[start][0].bottom - page_rows[start - 1][0].bottom
    return step < MOST_APART * usual_pitch(page_rows) * page_rows[start][0].height


def _code_line(row: Row, left: float, pitch: float) -> str:
    written = ""
    for line in row:
        column = round((line.left - left) / pitch)
        written = written.ljust(max(column, len(written) + 1) if written else column) + line.text
    return written
