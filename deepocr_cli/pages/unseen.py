"""A page of a PDF in, a digest of what its reading follows from and no eye sees out: its links, all bookmarks."""

import hashlib
from contextlib import suppress
from functools import lru_cache
from typing import TYPE_CHECKING

from deepocr_cli.pages.libraries import mupdf_errors

if TYPE_CHECKING:
    import pymupdf


def unseen_digest(document: "pymupdf.Document", page: "pymupdf.Page") -> str:
    """Hexadecimal digits; alike on pages that differ in nothing but ink and words. Damaged lists count as empty."""
    links: list[object] = []
    with suppress(*mupdf_errors()):
        links = [(link.get("uri"), tuple(link["from"])) for link in page.get_links()]
    return hashlib.sha256(repr((links, _bookmarks(document))).encode(errors="backslashreplace")).hexdigest()


@lru_cache(maxsize=1)
def _bookmarks(document: "pymupdf.Document") -> object:
    """The bookmarks, and the words of the first page, among which a title is looked for that no bookmark leads to."""
    with suppress(*mupdf_errors()):
        bookmarks = document.get_toc(simple=True)
        return bookmarks and (bookmarks, document[0].get_text())
    return None
