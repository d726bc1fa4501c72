"""Pages and tables in, the parts of a web page that help to find one's way out: contents, anchors, table heads."""

import re
from collections.abc import Sequence
from html import escape

from deepocr_cli.block_kinds import HEADINGS
from deepocr_cli.document import Cell, Page, Table
from deepocr_cli.table_markup import cell_to_html
from deepocr_cli.writers.block_text import block_markdown
from deepocr_cli.writers.plain_text import plain_text

_HEADING = re.compile(r"<h([1-6])>")
_MARKS = re.compile(r"#{1,6}(?= )")
_FEWEST = 3
"""Headings below which a table of contents says nothing new."""


class Contents:
    """The headings of a document: where each stands, and all of them as a list of links."""

    def __init__(self, pages: Sequence[Page]) -> None:
        self._anchors: dict[tuple[int, int], str] = {}
        items = []
        for page in pages:
            for index, block in enumerate(page.blocks):
                marks = _MARKS.match(block_markdown(block)) if block.kind in HEADINGS else None
                words = "" if marks is None else " ".join(plain_text(block_markdown(block)).split())
                if marks is not None and words:
                    anchor = f"heading-{len(self._anchors) + 1}"
                    self._anchors[page.number, index] = anchor
                    items.append(f'<li class="level-{len(marks[0])}"><a href="#{anchor}">{escape(words)}</a></li>')
        self.html = ""
        if len(items) >= _FEWEST:
            self.html = f'<nav aria-label="Contents"><ol>\n{"".join(f"{item}{chr(10)}" for item in items)}</ol></nav>'

    def with_anchor(self, html: str, page: Page, index: int) -> str:
        """A heading's HTML with the name under which the contents find it."""
        anchor = self._anchors.get((page.number, index))
        return html if anchor is None else _HEADING.sub(rf'<h\1 id="{anchor}">', html, count=1)


def accessible_table(table: Table) -> str:
    """The table with its head told from its body, and with the direction that each heading cell heads."""
    count = table.header_row_count if table.header_row_count < len(table.rows) else 0
    count = _whole_head(table, count)
    head = "".join(_row(row, "col") for row in table.rows[:count])
    body = "".join(_row(row, "row") for row in table.rows[count:])
    return f"<table>{f'<thead>{head}</thead>' if head else ''}<tbody>{body}</tbody></table>"


def _whole_head(table: Table, count: int) -> int:
    """No head at all where one of its cells reaches down into the body."""
    reaches = (cell.row_span + number for number, row in enumerate(table.rows[:count]) for cell in row)
    return count if max(reaches, default=0) <= count else 0


def _row(row: Sequence[Cell], scope: str) -> str:
    return f"<tr>{''.join(cell_to_html(cell, scope) for cell in row)}</tr>"
