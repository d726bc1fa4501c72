"""Untrusted markdown in, tokens or HTML out: the one configuration of markdown-it that all writers share."""

from collections.abc import Sequence
from functools import cache
from html import escape
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from deepocr_cli.latex import read_formula
from deepocr_cli.math_spans import MATH, MathSpan, read_math, split_math

FORMULA_TOKENS = ("math_inline", "math_displayed")
"""The types of formulas' tokens, whose content is LaTeX."""


def parse_markdown(markdown: str) -> list[Token]:
    """CommonMark and tables as tokens; formulas are tokens of `FORMULA_TOKENS`."""
    return _parser().parse(_with_formulas_on_one_line(markdown))


def markdown_to_html(markdown: str) -> str:
    """HTML that runs nothing and loads nothing: markup in the text is shown, `javascript:` links are refused,
    pictures from elsewhere become links."""
    return str(_parser().render(_with_formulas_on_one_line(markdown)))


@cache
def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False, "linkify": False}).enable("table").disable("image")
    parser.inline.ruler.before("escape", "math", _math_rule)
    for kind in FORMULA_TOKENS:
        parser.add_render_rule(kind, _render_math)
    return parser


def _math_rule(state: StateInline, silent: bool) -> bool:
    """Takes a formula whole, before its backslashes and underscores are read as markdown."""
    match = MATH.match(state.src, state.pos, state.posMax)
    span = None if match is None else read_math(match)
    if match is None or span is None:
        return False
    if not silent:
        token = state.push("math_displayed" if span.is_displayed else "math_inline", "", 0)
        token.content = span.latex
    state.pos = match.end()
    return True


def _render_math(_renderer: Any, tokens: Sequence[Token], index: int, _options: Any, _env: Any) -> str:
    token = tokens[index]
    is_displayed = token.type == "math_displayed"
    formula = read_formula(token.content, is_displayed=is_displayed)
    kind = "math displayed" if is_displayed else "math"
    if formula.mathml is not None:
        return f'<span class="{kind}">{formula.mathml}</span>'
    return f'<code class="{kind}">{escape(token.content)}</code>'


def _with_formulas_on_one_line(markdown: str) -> str:
    """Line breaks mean nothing in a formula, but a line of it that begins with a minus would become a list."""
    return "".join(piece if isinstance(piece, str) else _one_line(piece) for piece in split_math(markdown))


def _one_line(span: MathSpan) -> str:
    latex = " ".join(span.latex.split())
    return rf"\[{latex}\]" if span.is_displayed else rf"\({latex}\)"
