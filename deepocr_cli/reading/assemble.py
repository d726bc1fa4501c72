"""The pages of a document in, the same pages as parts of one document out.

What recurs on every page is told from the text, headings get levels that agree, footnotes stand last on their page,
and tables and paragraphs that a page or column cuts are put together. Nothing is lost: a block whose text has gone to
the block that it continues says so.
"""

from collections.abc import Sequence
from dataclasses import replace

from deepocr_cli.block_kinds import FOOTNOTES
from deepocr_cli.document import Page
from deepocr_cli.reading.broken_paragraphs import join_paragraphs
from deepocr_cli.reading.broken_tables import join_tables
from deepocr_cli.reading.heading_levels import level_headings
from deepocr_cli.reading.running_heads import find_running_heads

_FOOT = frozenset({"footer", "running_footer", "page_number"})


def assemble(pages: Sequence[Page], *, joins_tables: bool = True) -> tuple[Page, ...]:
    """The pages in order; kinds `running_header`, `running_footer` and `page_number` are what pages merely repeat."""
    assembled = level_headings(find_running_heads([_with_footnotes_last(page) for page in pages]))
    if joins_tables:
        assembled = join_tables(assembled)
    return tuple(join_paragraphs(assembled))


def _with_footnotes_last(page: Page) -> Page:
    """Footnotes after the text and before the foot of the page; within each group the order stays."""
    if not any(block.kind in FOOTNOTES for block in page.blocks):
        return page
    ranks = [1 if block.kind in FOOTNOTES else 2 if block.kind in _FOOT else 0 for block in page.blocks]
    order = sorted(range(len(ranks)), key=ranks.__getitem__)
    return replace(page, blocks=tuple(page.blocks[place] for place in order))
