"""A page of a PDF in, the letters of its lines with the boxes of their ink and the rules drawn among them out."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any
from unicodedata import normalize

from deepocr_cli.layout.math.atoms import Glyph, Rule
from deepocr_cli.layout.math.fonts import is_math

Edges = tuple[float, float, float, float]

THICKEST = 1.5
"""Points; what is drawn thicker is no rule of a fraction."""
STROKE = "\u0338"
MOVED = 1.6
"""Em that MuPDF moves a mark, at most."""
_COMBINING = ((0x300, 0x370), (0x20D0, 0x2100))


@dataclass(frozen=True, slots=True)
class Letter:
    """A glyph with the character of the page that it comes from, and the span and line that hold it."""

    glyph: Glyph
    char: Any
    span: Any
    line: int


@dataclass(frozen=True, slots=True)
class Mark:
    """Where a mark that combines with a letter is drawn."""

    left: float
    right: float
    baseline: float

    def distance(self, across: float, baseline: float) -> float:
        return abs(self.left - across) + abs(self.baseline - baseline)


def read_letters(page: Any, lines: Sequence[Any]) -> list[Letter]:
    """The characters of the lines but for spaces, with the boxes of their ink."""
    import pymupdf

    flags = pymupdf.TEXTFLAGS_DICT & ~(pymupdf.TEXT_PRESERVE_LIGATURES | pymupdf.TEXT_PRESERVE_IMAGES)
    blocks = page.get_text("rawdict", flags=flags | pymupdf.TEXT_ACCURATE_BBOXES)["blocks"]
    inks = {
        _key(char): char["bbox"]
        for block in blocks
        for line in block.get("lines", ())
        for span in line["spans"]
        for char in span["chars"]
    }
    marks = _marks(page)
    letters = [
        Letter(_glyph(char, span, inks.get(_key(char), char["bbox"]), marks), char, span, number)
        for number, line in enumerate(lines)
        for span in line["spans"]
        if span["alpha"]
        for char in span["chars"]
        if not _is_space(char, span, inks)
    ]
    return letters + list(_lost_strokes(letters, marks))


def _lost_strokes(letters: Sequence[Letter], marks: dict[str, list[Mark]]) -> Iterator[Letter]:
    """The strokes through signs that MuPDF leaves out, as it does where one begins a line."""
    for mark in marks.get(STROKE, ()):
        for letter in letters:
            glyph = letter.glyph
            is_there = abs(glyph.left - mark.left) < 0.05 * glyph.size and abs(glyph.baseline - mark.baseline) < 0.5
            if is_there and STROKE not in normalize("NFD", glyph.text):
                top, bottom = glyph.baseline - 0.7 * glyph.size, glyph.baseline + 0.2 * glyph.size
                stroke = Glyph(STROKE, glyph.font, glyph.size, mark.left, top, mark.right, bottom, glyph.baseline)
                yield replace(letter, glyph=stroke)
                break


def _key(char: Any) -> tuple[str, float, float]:
    return char["c"], char["origin"][0], char["origin"][1]


def _is_space(char: Any, span: Any, inks: Any) -> bool:
    """Whether a character is white; fonts of tall brackets have them at the codes of spaces."""
    if not char["c"].isspace():
        return False
    box = inks.get(_key(char), char["bbox"])
    return bool(char["synthetic"]) or not is_math(span["font"]) or box[3] - box[1] < 0.3 * span["size"]


def _glyph(char: Any, span: Any, ink: Edges, marks: dict[str, list[Mark]]) -> Glyph:
    """MuPDF moves marks that combine to the letter before them: their own place is among the `marks`."""
    left, top, right, bottom = ink
    across, baseline = char["origin"]
    mark = min(marks.get(char["c"], ()), key=lambda mark: mark.distance(across, baseline), default=None)
    if mark is not None and mark.distance(across, baseline) < MOVED * span["size"]:
        marks[char["c"]].remove(mark)
        down = mark.baseline - baseline
        left, top, right, bottom, baseline = mark.left, top + down, mark.right, bottom + down, mark.baseline
    return Glyph(char["c"], span["font"], span["size"], left, top, right, bottom, baseline)


def _marks(page: Any) -> dict[str, list[Mark]]:
    """Where marks that combine with letters are drawn, by character."""
    marks: dict[str, list[Mark]] = {}
    for span in page.get_texttrace():
        for code, _, (left, baseline), box in span["chars"]:
            if any(start <= code < end for start, end in _COMBINING):
                marks.setdefault(chr(code), []).append(Mark(left, max(box[2], left), baseline))
    return marks


def read_rules(page: Any) -> Iterator[Rule]:
    """The thin horizontal lines that are drawn on a page."""
    for kind, (left, top, right, bottom) in page.get_bboxlog():
        if kind in ("fill-path", "stroke-path") and bottom - top < THICKEST < right - left:
            # The box of a stroke reaches half of its width beyond its ends.
            reach = (bottom - top) / 2 if kind == "stroke-path" else 0.0
            yield Rule(left + reach, right - reach, (top + bottom) / 2)
