"""Rows of print in, whether they are a table of contents out, and its entries without the dots before the page."""

import re
from collections.abc import Sequence
from itertools import pairwise

from deepocr_cli.layout.prose import is_number
from deepocr_cli.layout.rows import Line

_DOTS = r"(?:[.·…]\s{0,3}){5,}"
"""The dots of a leader; a sentence ends with four at most."""
LEADER = re.compile(rf"\s*(?:{_DOTS}|(?:(?:\s[.…])+|(?:\s[.·…]){{2,}}|…)(?=\s*\d{{1,4}}\Z))\s*")
"""What leads from an entry to its page, of which a reader may have missed most dots before a number."""
FEWEST = 3
"""Entries with numbers of pages."""

_PAGE = re.compile(r"\d{1,4}|[ivxlc]{1,7}")


def are_contents(print_rows: Sequence[Sequence[Line]]) -> bool:
    """Whether rows of print are a table of contents: they end with numbers of pages, none less than the one before."""
    several = [row for row in print_rows if len(row) > 1]
    pages = [row[-1].text.lstrip("._· ") for row in several if _PAGE.fullmatch(row[-1].text.lstrip("._· "))]
    numbers = [int(page) for page in pages if page.isdigit()]
    figures = [is_number(line.text) for row in several for line in row[1:-1]]
    if len(pages) < 0.8 * len(several) or len(numbers) < FEWEST or sum(figures) > 0.2 * len(several):
        return False
    return sum(after >= before for before, after in pairwise(numbers)) >= 0.9 * (len(numbers) - 1)


def without_leaders(text: str) -> str:
    """What was read of a paragraph, with an ellipsis in place of the dots that lead from an entry to its page."""
    return LEADER.sub(" … ", text).strip()


def without_dots(text: str) -> str:
    """A piece of a text layer, in which no dot is missed, with an ellipsis in place of the dots of a leader."""
    return re.sub(rf"\s?{_DOTS}", " … ", text)
