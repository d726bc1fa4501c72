"""A Document in, JSON lines out: a page a line, each complete, so that a pipe can have them as they come."""

import json

from deepocr_cli.document import Document, Page
from deepocr_cli.errors import printable
from deepocr_cli.style import PLAIN_STYLE, Style
from deepocr_cli.writers.to_json import SCHEMA_VERSION, plain_page


def to_jsonl(document: Document, figures_href: str | None, style: Style = PLAIN_STYLE) -> str:
    """A line for every page; `style` is not used, for JSON has everything.

    Args:
        document: what was read.
        figures_href: the folder of the figures as the output file sees it; None leaves their address null.
    """
    return "".join(page_line(document.source, page, figures_href) for page in document.pages)


def page_line(source: str, page: Page, figures_href: str | None) -> str:
    """One page as a line with its newline: version and source, then what the schema says of a page."""
    plain = {"schema_version": SCHEMA_VERSION, "source": printable(source), **plain_page(page, figures_href)}
    return json.dumps(plain, ensure_ascii=False, allow_nan=False) + "\n"
