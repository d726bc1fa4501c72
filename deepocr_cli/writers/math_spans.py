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
    """A formula without its delimiters; `is_displayed` where it stands on a line of its own."""

    latex: str
    is_displayed: bool


def split_math(text: str) -> Iterator[str | MathSpan]:
    """Prose and formulas in turn; joined with their delimiters they are the text."""
    position = 0
    for match in MATH.finditer(text):
        span = read_math(match)
        if span is not None:
            yield text[position : match.start()]
            yield span
            position = match.end()
    yield text[position:]


def read_math(match: re.Match[str]) -> MathSpan | None:
    """The formula that `MATH` matched; None where dollars enclose prose, as between two prices."""
    single = match["single"]
    if single is not None:
        return MathSpan(single.strip(), is_displayed=False) if _LOOKS_LIKE_LATEX.search(single) else None
    if match["round"] is not None:
        return MathSpan(match["round"].strip(), is_displayed=False)
    return MathSpan((match["square"] or match["double"] or "").strip(), is_displayed=True)
