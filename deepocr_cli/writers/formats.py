"""The writers by the name of their format."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Protocol

from deepocr_cli.document import Document
from deepocr_cli.style import PLAIN_STYLE, Style
from deepocr_cli.writers.to_html import to_html
from deepocr_cli.writers.to_json import to_json
from deepocr_cli.writers.to_jsonl import to_jsonl
from deepocr_cli.writers.to_markdown import to_markdown
from deepocr_cli.writers.to_text import to_text


class Writer(Protocol):
    """Document, the figures' folder as the output sees it (None: not linked) and a style in, text that encodes as UTF-8
    out."""

    def __call__(self, document: Document, figures_href: str | None, style: Style = PLAIN_STYLE) -> str: ...


WRITERS: Mapping[str, Writer] = MappingProxyType(
    {"markdown": to_markdown, "html": to_html, "json": to_json, "jsonl": to_jsonl, "text": to_text}
)
