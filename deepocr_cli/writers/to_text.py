"""A Document in, its words as plain text out: no markup, tables in aligned columns."""

from deepocr_cli.document import Block, Document, Table
from deepocr_cli.style import PLAIN_STYLE, Style
from deepocr_cli.table_markup import table_to_text
from deepocr_cli.writers.block_text import block_markdown, written_page
from deepocr_cli.writers.plain_text import plain_text


def to_text(document: Document, figures_href: str | None, style: Style = PLAIN_STYLE) -> str:
    """The blocks with a blank line between them; figures have no place in plain text.

    Args:
        document: what was read.
        figures_href: not used; all writers are called alike.
        style: what becomes of running heads.
    """
    texts = [block_to_text(block) for page in document.pages for block in written_page(page, style.headers).blocks]
    return "\n\n".join(text for text in texts if text.strip()) + "\n"


def block_to_text(block: Block) -> str:
    """The words of a block without its markup, a table in aligned columns."""
    if isinstance(block.data, Table):
        return table_to_text(block.data)
    return plain_text(block_markdown(block))
