r"""A block's text in, its formulas and the prose between them out.

The model writes `\( \)` and `\[ \]`; `$` and `$$` are known too, where they cannot be prices.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_LATEX = r"(?:[^\\\n]|\\[^()\[\]\n]|\n(?![ \t]*\n))*+"
_DOLLAR_LATEX = r"(?:[^$\\\n]|\\[^\n]|\n(?![ \t]*\n))++"
MATH = re.compile(
    rf"""
      (?<!\\) \\\( (?P<round>{_LATEX}) \\\)
    | (?<!\\) \\\[ (?P<square>{_LATEX}) \\\]
    | (?<![\\$]) \$\$ (?P<double>{_DOLLAR_LATEX}) \$\$ (?!\$)
    | (?<![\\$\w]) \$ (?P<single>{_DOLLAR_LATEX}) \$ (?![$\w])
    """,
    re.VERBOSE,
)
_LOOKS_LIKE_LATEX = re.compile(r"[\\^_={}]|^\s*[A-Za-z]\s*$|^[A-Za-z]\S*$")


@dataclass(frozen=True, slots=True)
class MathSpan:
    """A formula: its LaTeX, whether it stands on a line of its own, and how it was written, delimiters included."""

    latex: str
    is_displayed: bool
    written: str


def split_math(text: str) -> Iterator[str | MathSpan]:
    """Prose and formulas in turn; joined as they were written they are the text."""
    position = start = 0
    while (match := MATH.search(text, start)) is not None:
        start = match.start() + 1
        span = read_math(match)
        if span is not None:
            yield text[position : match.start()]
            yield span
            position = start = match.end()
    yield text[position:]


def read_math(match: re.Match[str]) -> MathSpan | None:
    """The formula that `MATH` matched; None where dollars enclose prose, as between two prices."""
    single = match["single"]
    if single is not None and not _is_latex(single):
        return None
    displayed = match["square"] or match["double"]
    latex = displayed or match["round"] or single or ""
    return MathSpan(latex.strip(), is_displayed=displayed is not None, written=match[0])


def _is_latex(single: str) -> bool:
    """Whether what stands between two single dollars is a formula: a gap at one end alone belongs to two prices."""
    return single[0].isspace() == single[-1].isspace() and _LOOKS_LIKE_LATEX.search(single) is not None
