"""A Document in, markdown out that GitHub and pandoc render: formulas in dollars, tables as plain HTML.

A block's text is markdown by an untrusted hand: it stays as it is, but for what `disarm` finds dangerous.
"""

import re

from deepocr_cli.document import Block, Document, Page, Table
from deepocr_cli.math_spans import MathSpan, split_math
from deepocr_cli.style import PLAIN_STYLE, MathStyle, Style, TableStyle
from deepocr_cli.table_markup import table_to_html
from deepocr_cli.writers.block_text import Picture, block_markdown, figure_link, find_pictures, written_page
from deepocr_cli.writers.disarm import disarm
from deepocr_cli.writers.front_matter import front_matter
from deepocr_cli.writers.pipe_tables import table_to_pipes
from deepocr_cli.writers.plain_text import plain_text

_DOLLAR = re.compile(r"(?<!\\)\$")
_DOLLAR_PAIR = re.compile(r"(?<!\\)\$(?=\S)[^$]*+(?<=\S)\$(?!\d)")
_BOX = re.compile(r"^(\s*- )([☐☑☒])(?= )", re.M)
_BRACKET = re.compile(r"[\[\]\\]")


def to_markdown(document: Document, figures_href: str | None, style: Style = PLAIN_STYLE) -> str:
    """The blocks with a blank line between them; pages leave no mark unless the style has anchors.

    Args:
        document: what was read.
        figures_href: the folder of the figures as the output file sees it; None links no figures.
        style: how tables, formulas and running heads are written.
    """
    texts = [text for page in document.pages for text in _page_texts(page, figures_href, style)]
    if style.has_front_matter:
        texts.insert(0, front_matter(document))
    return "\n\n".join(text for text in texts if text) + "\n"


def _page_texts(page: Page, figures_href: str | None, style: Style) -> list[str]:
    page = written_page(page, style.headers)
    pictures = {} if figures_href is None else find_pictures(page)
    texts = [f'<a id="page-{page.number}"></a>'] if style.has_page_anchors else []
    for index, block in enumerate(page.blocks):
        texts.append(_block_to_markdown(block, style))
        if index in pictures and figures_href is not None:
            texts.append(_image(page, pictures[index], figures_href))
    return texts


def _block_to_markdown(block: Block, style: Style) -> str:
    if isinstance(block.data, Table):
        pipes = table_to_pipes(block.data) if style.tables is TableStyle.MARKDOWN else None
        return pipes or table_to_html(block.data)
    text = block_markdown(block).strip()
    return disarm(text if block.kind == "code" else _with_formulas(_BOX.sub(_task, text), style.math))


def _task(box: re.Match[str]) -> str:
    """An item with a check box as GitHub writes it."""
    return f"{box[1]}[{' ' if box[2] == '☐' else 'x'}]"


def _image(page: Page, picture: Picture, figures_href: str) -> str:
    caption = "" if picture.caption_index is None else plain_text(page.blocks[picture.caption_index].text)
    alternative = _BRACKET.sub(r"\\\g<0>", " ".join(caption.split())) or f"Figure on page {page.number}"
    return f"![{alternative}]({figure_link(figures_href, picture.figure)})"


def _with_formulas(text: str, math: MathStyle) -> str:
    """Formulas as was wished; prices get a backslash where a renderer could take them for a formula."""
    pieces = list(split_math(text))
    prose = "".join(piece for piece in pieces if isinstance(piece, str))
    is_escaped = len(pieces) > 1 or _DOLLAR_PAIR.search(prose) is not None
    written = ""
    for piece in pieces:
        if isinstance(piece, MathSpan):
            addition = _formula(piece, math)
        else:
            addition = _DOLLAR.sub(r"\\$", piece) if is_escaped else piece
        # A dollar next to a dollar or before a digit would not close the formula.
        needs_gap = written.endswith("$") and (addition.startswith("$") or addition[:1].isdigit())
        written += f" {addition}" if needs_gap else addition
    return written


def _formula(span: MathSpan, math: MathStyle) -> str:
    latex = _DOLLAR.sub(r"\\$", span.latex)
    if not latex:
        return ""
    if math is MathStyle.BRACKETS:
        # Two backslashes, since markdown takes the first of them away.
        return rf"\\[{latex}\\]" if span.is_displayed else rf"\\({' '.join(latex.split())}\\)"
    return f"$${latex}$$" if span.is_displayed else f"${' '.join(latex.split())}$"
