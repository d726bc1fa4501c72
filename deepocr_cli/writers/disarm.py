"""One block's untrusted markdown in, markdown out that renders to neither raw HTML nor dangerous links.

What CommonMark itself finds harmless is not touched: `a < b`, `<div>` in a code span, a link to a web page.
"""

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token

_TAG_OPENING = re.compile(r"<(?=[A-Za-z/!?])")
_LINK_PART = re.compile(r"\](?=[(:])")
_PLAINLY_DANGEROUS = re.compile(
    r"\](?=[(:]\s*+<?(?!https?:|mailto:|ftp:|tel:)[A-Za-z][A-Za-z0-9+.-]*+:)", re.IGNORECASE
)
_FENCE = re.compile(r"```|~~~")
_SCHEME = re.compile(r"\s*([A-Za-z][A-Za-z0-9+.-]*):")
_HARMLESS_SCHEMES = frozenset({"http", "https", "mailto", "ftp", "tel"})
_SENTINEL = "after"


def disarm(markdown: str) -> str:
    """The same text, escaped only where it would become HTML, a script's address, or a fence around what follows."""
    if _FENCE.search(markdown) and _leaves_fence_open(markdown):
        markdown = _FENCE.sub(lambda fence: "".join(f"\\{mark}" for mark in fence[0]), markdown)
    if _TAG_OPENING.search(markdown) and _has_html(markdown):
        markdown = _TAG_OPENING.sub("&lt;", markdown)
    if _has_dangerous_link(markdown):
        markdown = _PLAINLY_DANGEROUS.sub("&#93;", markdown)
    if _has_dangerous_link(markdown):
        markdown = _TAG_OPENING.sub("&lt;", _LINK_PART.sub("&#93;", markdown))
    return markdown


@cache
def _reader() -> MarkdownIt:
    """Sees everything that some renderer might: HTML, and links of every scheme."""
    reader = MarkdownIt("commonmark", {"html": True}).enable("table")
    reader.validateLink = lambda url: True  # type: ignore[method-assign]
    return reader


def _leaves_fence_open(markdown: str) -> bool:
    """Whether a paragraph after the text would not be one."""
    *_, content = (token.content for token in _reader().parse(f"{markdown}\n\n{_SENTINEL}") if token.content)
    return content != _SENTINEL


def _has_html(markdown: str) -> bool:
    return any(token.type in ("html_block", "html_inline") for token in _tokens(markdown, {}))


def _has_dangerous_link(markdown: str) -> bool:
    if not _LINK_PART.search(markdown) and not _TAG_OPENING.search(markdown):
        return False
    env: dict[str, Any] = {}
    addresses = [str(token.attrs.get("href") or token.attrs.get("src") or "") for token in _tokens(markdown, env)]
    addresses += [reference["href"] for reference in env.get("references", {}).values()]
    return any(_is_dangerous(address) for address in addresses)


def _is_dangerous(address: str) -> bool:
    scheme = _SCHEME.match(address)
    return scheme is not None and scheme[1].lower() not in _HARMLESS_SCHEMES


def _tokens(markdown: str, env: dict[str, Any]) -> Iterator[Token]:
    for token in _reader().parse(markdown, env):
        yield token
        yield from token.children or ()
