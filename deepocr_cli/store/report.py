"""A document in, the report of its run out: JSON lines, one a page."""

import json
from collections.abc import Iterator

from deepocr_cli.document import Document
from deepocr_cli.errors import printable
from deepocr_cli.serialize import plain_reading


def report_lines(document: Document) -> Iterator[str]:
    """One line a page, each ending with a newline: source, page, then what `plain_reading` tells."""
    source = printable(document.source)
    for page in document.pages:
        line = {"source": source, "page": page.number, **plain_reading(page)}
        yield json.dumps(line, ensure_ascii=False, allow_nan=False) + "\n"
