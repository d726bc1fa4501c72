"""The words of a paragraph in, whether they are what stands at a table or a picture out."""

import re

_CAPTION = re.compile(
    r"(?P<table>table|tab\.|tabelle|tableau)?(?(table)|(?:figure|fig\.|abb\.|abbildung|listing))\s*\d+(?:\.\d+)*\s*[.:–]",
    re.IGNORECASE,
)


def caption_kind(words: str) -> str | None:
    """`table_caption`, `image_caption`, or None for other words."""
    match = _CAPTION.match(words)
    return None if match is None else "table_caption" if match["table"] else "image_caption"
