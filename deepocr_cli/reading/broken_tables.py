"""Pages in, the same pages out with each table that goes on across pages in one piece, on the page where it begins."""

import re
from collections.abc import Sequence
from dataclasses import replace

from deepocr_cli.block_kinds import FOOTNOTES, MARGINS
from deepocr_cli.document import Block, Cell, Joint, Page, Table
from deepocr_cli.table_markup import table_to_html

_ASIDE = MARGINS | FOOTNOTES | {"table_footnote", "aside_text"}
_CONTINUED = re.compile(r"continued|cont['’.]?d?\b|fortsetzung|forts\.|suite|continuaci[oó]n|续表|続き", re.IGNORECASE)
_LOWEST_START, _HIGHEST_END = 0.5, 0.5
"""A table that goes on ends in the lower half of its page, and begins again in the upper half of the next."""


def join_tables(pages: Sequence[Page]) -> list[Page]:
    """Joins the last table of a page with the first of the next where columns and headings agree; the joint is kept in
    the table, and the block that was joined stays, empty, where it was."""
    joined = [list(page.blocks) for page in pages]
    open_at: tuple[int, int] | None = None  # page and place of the table that the next page may go on with
    for at, page in enumerate(pages):
        start = _leading_table(joined[at])
        continued = False
        if open_at is not None and start is not None:
            first, second = joined[open_at[0]][open_at[1]], joined[at][start]
            whole = _join(first, second, page.number)
            if whole is not None:
                joined[open_at[0]][open_at[1]] = whole
                joined[at][start] = replace(second, text="", data=None, continues=True)
                continued = True
        end = _trailing_table(joined[at])
        is_same = continued and end == start
        if not is_same:
            open_at = None if end is None else (at, end)
    return [replace(page, blocks=tuple(blocks)) for page, blocks in zip(pages, joined, strict=True)]


def _leading_table(blocks: Sequence[Block]) -> int | None:
    """The place of the table that a page begins with, running heads and a caption that says "continued" aside."""
    for place, block in enumerate(blocks):
        if isinstance(block.data, Table):
            return place if block.box is None or block.box.top <= _LOWEST_START else None
        is_caption = block.kind.endswith("caption") or len(block.text) < 80
        if block.kind not in _ASIDE and not (is_caption and _CONTINUED.search(block.text)) and block.text.strip():
            return None
    return None


def _trailing_table(blocks: Sequence[Block]) -> int | None:
    for place in reversed(range(len(blocks))):
        block = blocks[place]
        if isinstance(block.data, Table) or (block.kind == "table" and block.continues):
            return place if block.box is None or block.box.bottom >= _HIGHEST_END else None
        if block.kind not in _ASIDE and block.text.strip():
            return None
    return None


def _join(first: Block, second: Block, page: int) -> Block | None:
    """Both as one; None where columns or headings do not agree."""
    above, below = first.data, second.data
    assert isinstance(above, Table)
    assert isinstance(below, Table)
    if above.column_count != below.column_count or above.column_count < 2:
        return None
    repeated = _repeated_rows(above, below)
    if repeated is None:
        return None
    joint = Joint(page, len(above.rows), repeated)
    whole = Table((*above.rows, *below.rows[repeated:]), (*above.joints, joint))
    return replace(first, text=table_to_html(whole), data=whole)


def _repeated_rows(above: Table, below: Table) -> int | None:
    """How many rows of the second table repeat the heading of the first; None where it has another heading."""
    count = above.header_row_count or 1
    if _texts(below.rows[:count]) == _texts(above.rows[:count]) and len(below.rows) >= count:
        return count
    return None if below.header_row_count else 0


def _texts(rows: Sequence[tuple[Cell, ...]]) -> list[list[str]]:
    return [[" ".join(cell.text.casefold().split()) for cell in row] for row in rows]
