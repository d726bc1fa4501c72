"""A document in, the report of its run out: JSON lines, one a page."""

import json
from collections.abc import Iterator

from deepocr_cli.document import Attempt, Document, text_of
from deepocr_cli.errors import printable
from deepocr_cli.serialize import Plain, plain_attempt, plain_reading


def report_lines(document: Document) -> Iterator[str]:
    """One line a page, each ending with a newline: source, page, what `plain_reading` tells, seconds by the model, what
    went wrong, the text that was read and the one that it was compared with.

    A page found in the cache keeps the seconds that its reading took.
    """
    source = printable(document.source)
    for page in document.pages:
        seconds = round(sum(attempt.seconds for attempt in page.attempts), 2)
        line = {
            "source": source,
            "page": page.number,
            **plain_reading(page),
            "attempts": [_plain_attempt(attempt) for attempt in page.attempts],
            "seconds": seconds,
            "note": page.note,
            "text": text_of(page.blocks),
            "witness_text": page.witness_text,
        }
        yield json.dumps(line, ensure_ascii=False, allow_nan=False) + "\n"


def _plain_attempt(attempt: Attempt) -> Plain:
    return {**plain_attempt(attempt), "text_tokens": attempt.text_tokens, "seconds": round(attempt.seconds, 2)}
