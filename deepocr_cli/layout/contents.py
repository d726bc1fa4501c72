"""Rows of print in, whether they are a table of contents out, and its entries without the dots before the page."""

import re
from collections.abc import Sequence
from itertools import pairwise

from deepocr_cli.layout.prose import is_number
from deepocr_cli.layout.rows import Line

LEADER = re.compile(r"\s*(?:(?:[.·…]\s?){4,}|(?:\s[.·…])+(?=\s*\d{1,4}\Z)|…(?=\s*\d{1,4}\Z))\s*")
"""The dots between an entry and its page."""
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
    """The text with an ellipsis in place of the dots that lead from an entry to its page."""
    return LEADER.sub(" … ", text).strip()
