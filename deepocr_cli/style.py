"""What the user chose about the written form: tables, formulas, running heads, front matter."""

from dataclasses import dataclass
from enum import StrEnum


class TableStyle(StrEnum):
    """How markdown holds tables."""

    HTML = "html"
    MARKDOWN = "markdown"
    """Pipe tables, where no span is lost."""
    CSV = "csv"
    """As HTML, and each in a file of its own beside the document."""


class MathStyle(StrEnum):
    """What stands around formulas in markdown."""

    DOLLARS = "dollars"
    BRACKETS = "brackets"


class Headers(StrEnum):
    """What becomes of running headers, running footers and page numbers."""

    DROP = "drop"
    KEEP = "keep"
    MARK = "mark"
    """Kept, and said to be what they are."""


@dataclass(frozen=True, slots=True)
class Style:
    """How a document is written; JSON has everything in any case."""

    tables: TableStyle = TableStyle.HTML
    math: MathStyle = MathStyle.DOLLARS
    headers: Headers = Headers.DROP
    has_front_matter: bool = False
    has_page_anchors: bool = False
    joins_tables: bool = True


PLAIN_STYLE = Style()
"""What is written where nothing was chosen."""
