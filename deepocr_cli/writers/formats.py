"""The writers by the name of their format."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from deepocr_cli.document import Document
from deepocr_cli.writers.to_html import to_html
from deepocr_cli.writers.to_json import to_json
from deepocr_cli.writers.to_markdown import to_markdown
from deepocr_cli.writers.to_text import to_text

Writer = Callable[[Document, str | None], str]
"""Document and the figures' folder as the output sees it (None: not linked) in, text that encodes as UTF-8 out."""

WRITERS: Mapping[str, Writer] = MappingProxyType(
    {"markdown": to_markdown, "html": to_html, "json": to_json, "text": to_text}
)
