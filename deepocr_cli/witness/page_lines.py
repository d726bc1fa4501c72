"""A page of a PDF in, its visible lines of text out, as runs of one look with the links that lead away from them."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from deepocr_cli.layout.accents import whole_letters
from deepocr_cli.layout.contents import without_dots
from deepocr_cli.layout.math.displays import Display
from deepocr_cli.layout.runs import Look, Run
from deepocr_cli.witness.formula_lines import Region, has_formulas, read_formula_lines

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
SIGNS = re.compile(r"wingdings|webdings|dingbats", re.I)
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
    displays: list[Display] = []
    if regions and has_formulas(written):
        found = read_formula_lines(page, _lines_of(page, "rawdict"), regions)
        written, displays = found.lines, found.displays
    lines = [line for line in (_page_line(line, links) for line in written) if line.text]
    lines += map(_displayed, displays)
    marks = _drawn_marks(page)
    return [_with_bullet(line) if _is_marked(line, marks) else line for line in lines]


def _lines_of(page: Any, form: str) -> list[Any]:
    import pymupdf

    flags = pymupdf.TEXTFLAGS_DICT & ~(pymupdf.TEXT_PRESERVE_LIGATURES | pymupdf.TEXT_PRESERVE_IMAGES)
    return [line for block in page.get_text(form, flags=flags)["blocks"] for line in block.get("lines", ())]


def _displayed(display: Display) -> PageLine:
    return PageLine((Run(rf"\[{display.latex}\]", Look.FORMULA),), display.box, display.size)


def _leads_away(link: Any) -> bool:
    """Whether a link names a place on the net: one that runs a program or a script is no link."""
    return _HARMLESS.match(link.get("uri") or "") is not None


def _drawn_marks(page: Any) -> list[tuple[float, float, float, float]]:
    """What is drawn on a page as small as the bullet of a list and as wide as high, from top to bottom: browsers print
    bullets so."""
    boxes = (box for kind, box in page.get_bboxlog() if kind in ("fill-path", "stroke-path"))
    marks = [box for box in boxes if 1 < box[3] - box[1] < 12 and abs(box[2] - box[0] - box[3] + box[1]) < 0.6]
    return sorted(marks, key=_height_of)


def _height_of(mark: tuple[float, float, float, float]) -> float:
    return (mark[1] + mark[3]) / 2


def _is_marked(line: PageLine, marks: Sequence[tuple[float, float, float, float]]) -> bool:
    left, top, _, bottom = line.box
    # A map has ten thousand of both.
    beside = marks[bisect_right(marks, top, key=_height_of) : bisect_left(marks, bottom, key=_height_of)]
    return any(left - 1.6 * line.size < mark[0] and mark[2] < left and mark[3] - mark[1] < line.size for mark in beside)


def _with_bullet(line: PageLine) -> PageLine:
    return replace(line, runs=(Run("\u2022 "), *line.runs))


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
    return PageLine(tuple(runs), tuple(line["bbox"]), size, tuple(line["dir"]))


def _runs_of(span: Any, size: float, base: float, links: Sequence[Any]) -> Iterator[Run]:
    if "formula" in span:
        yield Run(span["formula"], Look.FORMULA)
        return
    look = _look_of(span)
    for text, address in _linked_parts(span, links):
        text = text if Look.CODE in look else whole_letters(text)
        text = "\u2022" if len(text.strip()) == 1 and SIGNS.search(span["font"]) else without_dots(text)
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
