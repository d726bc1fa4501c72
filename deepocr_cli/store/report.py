"""A document in, the report of its run out: JSON lines, one a page."""

import json
from collections.abc import Iterator

from deepocr_cli.document import Document
from deepocr_cli.errors import printable
from deepocr_cli.serialize import plain_reading


def report_lines(document: Document) -> Iterator[str]:
    """One line a page, each ending with a newline: source, page, what `plain_reading` tells, seconds by the model.

    A page found in the cache keeps the seconds that its reading took.
    """
    source = printable(document.source)
    for page in document.pages:
        seconds = round(sum(attempt.seconds for attempt in page.attempts), 2)
        line = {"source": source, "page": page.number, **plain_reading(page), "seconds": seconds}
        yield json.dumps(line, ensure_ascii=False, allow_nan=False) + "\n"
