"""Page ranges as a person writes them, `1-3,7,-2,end`, into page numbers that count from 1.

    ranges := item ("," item)*
    item   := bound             one page
            | bound "-" bound   all pages between, backwards if the first lies after the last
            | bound "-"         from there to the last page
    bound  := N                 the N-th page
            | "-" N             the N-th page from the end: -1 is the last
            | "end"             the last page

A minus sign at the start of a bound belongs to its number, so `-3-end` is the last three pages and `2--2` runs from
the second page to the last but one. A range stops where the document does, `1-5` at the third of three
pages, and `-5-` begins where it begins. Spaces around an item are ignored.
"""

import re
from collections.abc import Iterator

from deepocr_cli.errors import UsageError, printable

_BOUND = r"-?[0-9]{1,9}|end"
_ITEM = re.compile(rf"(?P<first>{_BOUND})(?:(?P<dash>-)(?P<last>{_BOUND})?)?", re.IGNORECASE)
_HINT = "write pages as 3, 1-3, 5-, 5-end, end, or -2 for the last but one, separated by commas"


def parse_page_ranges(text: str, page_count: int) -> tuple[int, ...]:
    """The pages that `text` asks for, in the order it names them, each once.

    Args:
        text: ranges in the grammar above.
        page_count: pages of the document, at least 1.

    Raises:
        UsageError: the text does not follow the grammar, or names a page that the document does not have.
    """
    numbers = (number for item in _items(text) for number in _pages_of_item(item, page_count))
    return tuple(dict.fromkeys(numbers))


def check_page_ranges(text: str) -> None:
    """Refuse what is no page range of any document.

    Raises:
        UsageError: the text does not follow the grammar.
    """
    for _ in _items(text):
        pass


def _items(text: str) -> Iterator[re.Match[str]]:
    for item in map(str.strip, text.split(",")):
        match = _ITEM.fullmatch(item)
        if match is None:
            what = f"'{printable(item)}' is not a page or a range of pages" if item else "a page is missing in --pages"
            raise UsageError(what, hint=_HINT)
        yield match


def _pages_of_item(item: re.Match[str], page_count: int) -> Iterator[int]:
    first = last = _page_of_bound(item["first"], page_count)
    if item["dash"]:
        first, last = max(first, 1), min(_page_of_bound(item["last"] or "end", page_count), page_count)
    for bound, page in ((item["first"], first), (item["last"], last)):
        if not 1 <= page <= page_count:
            raise _missing(bound, page_count)
    step = 1 if first <= last else -1
    yield from range(first, last + step, step)


def _page_of_bound(bound: str, page_count: int) -> int:
    """A page from 1, in the document or beyond it."""
    if bound.lower() == "end":
        return page_count
    if int(bound) == 0:
        raise _missing(bound, page_count)
    return page_count + 1 + int(bound) if bound.startswith("-") else int(bound)


def _missing(bound: str, page_count: int) -> UsageError:
    has = "1 page" if page_count == 1 else f"{page_count} pages"
    return UsageError(f"page {bound} does not exist: the document has {has}", hint=_HINT)
