"""Lines of a page with what was read on each in, the page's text out, as a model writes it or as plain paragraphs."""

import re
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

from deepocr_cli.layout.as_markdown import escape_words
from deepocr_cli.layout.blocks import TextBlock, lay_out
from deepocr_cli.layout.displays import Display
from deepocr_cli.layout.ink_line import InkLine
from deepocr_cli.layout.lines import PageLines
from deepocr_cli.layout.lists import with_bullet
from deepocr_cli.layout.rows import Line

LAST_COORDINATE = 999
ASCENT, DESCENT = 0.8, 0.25
"""How far a line reaches above and below its baseline, in letter heights, whatever letters stand on it."""

_NUMBER = re.compile(r"[(\[](\w{1,4}(?:\.\w{1,4})*)[)\]]")


def arrange_text(
    page: PageLines, texts: Sequence[str], formulas: Mapping[Display, str] = MappingProxyType({})
) -> list[TextBlock]:
    """The blocks of a page in reading order, from the text read on each of its lines; empty ones are left out.

    Args:
        formulas: what was read where formulas are displayed, LaTeX with its delimiters, in place of the lines there.
    """
    blocks = dict(_formula_block(page, texts, display, latex) for display, latex in formulas.items())
    taken = {number for display in formulas for number in display.lines}
    taken.update(display.tag for display in formulas if display.tag is not None and _tag(texts[display.tag]))
    lines = [
        to_line(line, text.strip(), page.slope)
        for number, (line, text) in enumerate(zip(page.lines, texts, strict=True))
        if text.strip() and number not in taken
    ]
    return lay_out(lines, page.ink.grey.shape[0], page.rules, blocks)


def _formula_block(page: PageLines, texts: Sequence[str], display: Display, latex: str) -> tuple[Line, TextBlock]:
    """The formula with its number, and the line across its column that it takes."""
    tag = None if display.tag is None else _tag(texts[display.tag])
    if tag is not None:
        latex = latex.removesuffix(r"\]").rstrip() + rf" \tag{{{tag}}} \]"
    left, top, right, bottom = (float(edge) for edge in display.box)
    shift = page.slope * (left + right) / 2
    start, end = (edge + page.slope * bottom for edge in display.column)
    block = TextBlock("equation", latex, latex, left, top - shift, right, bottom - shift)
    return Line(latex, start, top - shift, end, bottom - shift), block


def _tag(text: str) -> str | None:
    """The number of a formula without its brackets; None where a text is none."""
    found = _NUMBER.fullmatch(text.strip())
    return None if found is None else found[1]


def write_plain(blocks: Iterable[TextBlock]) -> str:
    """The blocks as paragraphs of markdown, without marks."""
    return "\n\n".join(
        block.markdown if block.kind in ("table", "code", "equation") else escape_words(block.text) for block in blocks
    )


def write_grounded(blocks: Iterable[TextBlock], page: PageLines) -> str:
    """The blocks with their labels and boxes, 0..999 over the page's width and height."""
    return "\n\n".join(
        f"<|ref|>{block.kind}<|/ref|><|det|>[{_coordinates(block, page)}]<|/det|>\n{block.markdown}" for block in blocks
    )


def to_line(line: InkLine, text: str, slope: float) -> Line:
    """The line with its text as it would stand on a level page: columns are upright there, not only rows level."""
    shift = slope * line.baseline
    top, bottom = line.baseline - ASCENT * line.size, line.baseline + DESCENT * line.size
    if text and line.has_bullet:
        text = with_bullet(text)
    return Line(text, line.left + shift, top, line.right + shift, bottom, line.stroke, line.pitch)


def _coordinates(block: TextBlock, page: PageLines) -> list[int]:
    """The box around a block, on the page as it lies, in 0..999."""
    height, width = page.ink.grey.shape
    left, right = block.left - page.slope * block.bottom, block.right - page.slope * block.top
    falls = (page.slope * block.left, page.slope * block.right)
    shares = (left / width, (block.top + min(falls)) / height, right / width, (block.bottom + max(falls)) / height)
    return [round(LAST_COORDINATE * min(1.0, max(0.0, share))) for share in shares]
