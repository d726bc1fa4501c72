"""A page of a PDF in, its visible lines of text out, as runs of one look with the links that lead away from them."""

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

from deepocr_cli.layout.accents import whole_letters
from deepocr_cli.layout.contents import without_dots
from deepocr_cli.layout.math.displays import Display
from deepocr_cli.layout.runs import Look, Run
from deepocr_cli.witness.drawn_marks import DrawnMarks, read_marks
from deepocr_cli.witness.formula_lines import Region, has_formulas, read_formula_lines
from deepocr_cli.witness.right_to_left import in_reading_order, is_turned

SPACE_WIDTH = 0.15
"""Spans further apart than this many font sizes are separate words."""
SMALL = 0.86
"""Raised and lowered letters are at most so large beside those they stand at."""
MONOSPACED = re.compile(
    r"mono(?!type)|courier|typewriter|consol|menlo|inconsolata|(?:^|\+)(?:cm|ec|sf|la)(?:sl|it|bx)?tt", re.I
)
FORMULA_FONT = re.compile(
    r"(?:^|\+)(?:cm(?:mi|sy|ex|bsy)|ms[ab]m|rsfs|eu[fs]m|[a-z]*math|stix.*math|lm(?:mi|sy))", re.I
)
BOLD = re.compile(r"bold|black|heavy|(?:^|\+)(?:cm|ec|sf)b(?:x|xsl|xti)?\d", re.I)
SIGNS = re.compile(r"wingdings|webdings|dingbats|zadb", re.I)
_BOXES = dict(zip("o\uf06f\xa8\uf0a8\xfe\uf0fe\xfd\uf0fd\u274f\u2610\u2611\u2612", "☐☐☐☐☑☑☒☒☐☐☑☒", strict=True))
"""Letters of fonts of signs that are check boxes, as Word and Acrobat have them; all others stand as bullets."""
_TICKS = "xX✓✔✗✘"
_HARMLESS = re.compile(r"(?:https?://|ftp://|mailto:)\S", re.I)
_RAISED = str.maketrans("0123456789+-\u2212=()ni", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾ⁿⁱ")
_SIGNS = "+-\u2212"
_LOWERED = str.maketrans("0123456789+-\u2212=()", "₀₁₂₃₄₅₆₇₈₉₊₋₋₌₍₎")
_SERIF_MONO, _ITALIC_FLAG, _BOLD_FLAG = 8, 2, 16
"""MuPDF's flags of a font that is monospaced, italic, bold."""


@dataclass(frozen=True, slots=True)
class PageLine:
    """What MuPDF takes for one line: runs, edges in points, the size of most of its letters, its direction."""

    runs: tuple[Run, ...]
    box: tuple[float, float, float, float]
    size: float
    direction: tuple[float, float] = (1.0, 0.0)

    @property
    def text(self) -> str:
        return " ".join("".join(run.text for run in self.runs).split())

    @property
    def is_displayed(self) -> bool:
        """Whether it is a formula that stands on a line of its own."""
        return len(self.runs) == 1 and Look.FORMULA in self.runs[0].look and self.runs[0].text.startswith(r"\[")

    @property
    def is_code(self) -> bool:
        return all(Look.CODE in run.look for run in self.runs if run.text.strip())


def read_lines(page: Any, regions: Sequence[Region] = ()) -> list[PageLine]:
    """The lines of a pymupdf page that has no rotation, in the order in which they are drawn.

    Args:
        regions: where formulas are looked for, which are LaTeX in their lines then.
    """
    import pymupdf

    links = [(pymupdf.Rect(link["from"]), link["uri"]) for link in page.get_links() if _leads_away(link)]
    written = _lines_of(page, "rawdict" if links else "dict")
    if any(is_turned(_letters(span)) for line in written for span in line["spans"]):
        written = [
            in_reading_order(line) if is_turned("".join(map(_letters, line["spans"]))) else line
            for line in _lines_of(page, "rawdict")
        ]
    displays: list[Display] = []
    if regions and has_formulas(written):
        found = read_formula_lines(page, written if links else _lines_of(page, "rawdict"), regions)
        written, displays = found.lines, found.displays
    marks = read_marks(page)
    lines = [line for line in (_page_line(_without_tick(line, marks), links) for line in written) if line.text]
    lines += map(_displayed, displays)
    return [_after(marks.before(line.box, line.size), line) for line in lines]


def _lines_of(page: Any, form: str) -> list[Any]:
    import pymupdf

    flags = pymupdf.TEXTFLAGS_DICT & ~(pymupdf.TEXT_PRESERVE_LIGATURES | pymupdf.TEXT_PRESERVE_IMAGES)
    return [line for block in page.get_text(form, flags=flags)["blocks"] for line in block.get("lines", ())]


def _displayed(display: Display) -> PageLine:
    return PageLine((Run(rf"\[{display.latex}\]", Look.FORMULA),), display.box, display.size)


def _leads_away(link: Any) -> bool:
    """Whether a link names a place on the net: one that runs a program or a script is no link."""
    return _HARMLESS.match(link.get("uri") or "") is not None


def _without_tick(line: Any, marks: DrawnMarks) -> Any:
    """A line of MuPDF's, from its words on where the letter before them ticks a check box."""
    first, *rest = line["spans"]
    letter = _letters(first).strip()
    is_tick = len(letter) == 1 and (SIGNS.search(first["font"]) or letter in _TICKS) and marks.hold(first["bbox"])
    if not is_tick:
        return line
    left = rest[0]["bbox"][0] if rest else line["bbox"][2]
    return {**line, "spans": rest, "bbox": (left, *line["bbox"][1:])}


def _after(sign: str | None, line: PageLine) -> PageLine:
    return line if sign is None else replace(line, runs=(Run(f"{sign} "), *line.runs))


def _page_line(line: Any, links: Sequence[Any]) -> PageLine:
    spans = [span for span in line["spans"] if span["alpha"]]
    largest = max(spans, key=lambda span: (len(_letters(span).strip()) > 0, span["size"]), default=None)
    size = 1.0 if largest is None else largest["size"]
    base = 0.0 if largest is None else _origin(largest)
    runs: list[Run] = []
    right = left = None
    for span in spans:
        gap = 0.0 if right is None else max(span["bbox"][0] - right, left - span["bbox"][2])
        if gap > SPACE_WIDTH * max(SMALL * size, span["size"]) and runs and not runs[-1].text.endswith(" "):
            runs.append(Run(" "))
        runs.extend(_runs_of(span, size, base, links))
        left, right = span["bbox"][0], span["bbox"][2]
    return PageLine(tuple(_without_leaders(runs)), tuple(line["bbox"]), size, tuple(line["dir"]))


def _without_leaders(runs: Sequence[Run]) -> Iterator[Run]:
    """The runs, those of one look in one, for each dot of a leader may be a run."""
    for (look, address), own in groupby(runs, key=lambda run: (run.look, run.address)):
        text = "".join(run.text for run in own)
        yield Run(text if Look.FORMULA in look else without_dots(text), look, address)


def _runs_of(span: Any, size: float, base: float, links: Sequence[Any]) -> Iterator[Run]:
    if "formula" in span:
        yield Run(span["formula"], Look.FORMULA)
        return
    look = _look_of(span)
    for text, address in _linked_parts(span, links):
        text = text if Look.CODE in look else whole_letters(text)
        is_sign = len(text.strip()) == 1 and SIGNS.search(span["font"]) is not None
        text = _BOXES.get(text.strip(), "\u2022") if is_sign else text
        yield Run(_levelled(text, span, size, base), look, address)


def _linked_parts(span: Any, links: Sequence[Any]) -> Iterator[tuple[str, str | None]]:
    """The text of a span, cut where a link begins or ends."""
    if "chars" not in span:
        yield span["text"], None
        return
    text, current = "", None
    for char in span["chars"]:
        left, top, right, bottom = char["bbox"]
        middle = ((left + right) / 2, (top + bottom) / 2)
        address = next((address for place, address in links if middle in place), None)
        if text and address != current:
            yield text, current
            text = ""
        text, current = text + char["c"], address
    yield text, current


def _look_of(span: Any) -> Look:
    font, flags, look = span["font"], span["flags"], Look.PLAIN
    if flags & _SERIF_MONO or MONOSPACED.search(font):
        return Look.CODE
    if FORMULA_FONT.search(font):
        return look
    if flags & _BOLD_FLAG or BOLD.search(font):
        look |= Look.BOLD
    if flags & _ITALIC_FLAG:
        look |= Look.ITALIC
    return look


def _levelled(text: str, span: Any, size: float, base: float) -> str:
    """Raised and lowered digits as the letters that Unicode has for them; others stay as they are."""
    if span["size"] > SMALL * size or not text.strip():
        return text
    rise = base - _origin(span)
    table = _RAISED if rise > 0.15 * size else _LOWERED if rise < -0.05 * size else {}
    is_whole = all(ord(letter) in table or letter.isspace() for letter in text)
    means_much = any(letter.isdigit() or letter in _SIGNS for letter in text)
    return text.translate(table) if table and is_whole and means_much else text


def turn_of(lines: Sequence[PageLine]) -> int:
    """By how many degrees, clockwise, a page must be turned so that most of its text runs from left to right."""
    letters = {0: 0, 90: 0, 180: 0, 270: 0}
    for line in lines:
        across, down = line.direction
        turn = round(math.degrees(math.atan2(-down, across)) / 90) * 90 % 360
        letters[turn] += len(line.text)
    return max(letters, key=lambda turn: letters[turn])


def raised(line: PageLine, beside: PageLine) -> PageLine:
    """A line as raised digits, where MuPDF has them as a line of their own: above the foot of one of larger letters."""
    text = line.text
    is_raised = line.size < SMALL * beside.size and line.box[3] < beside.box[3] - 0.1 * beside.size
    if not is_raised or not text or not all("0" <= letter <= "9" for letter in text):
        return line
    return replace(line, runs=tuple(replace(run, text=run.text.strip().translate(_RAISED)) for run in line.runs))


def _origin(span: Any) -> float:
    """The height of a span's baseline, in points from the top."""
    return float((span["chars"][0] if "chars" in span else span)["origin"][1])


def _letters(span: Any) -> str:
    return span["text"] if "text" in span else "".join(char["c"] for char in span["chars"])
