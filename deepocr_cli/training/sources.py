"""Files of Debian packages become paragraphs: English, and other languages of Europe in Latin script."""

import gzip
import hashlib
import html
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from deepocr_cli.training.alphabet import clean

LANGUAGES = ("ca", "cs", "da", "de", "es", "fi", "fr", "hr", "hu", "it", "nb", "nl", "pl", "pt", "ro", "sv", "tr")
EUROPEAN = (
    "doc/debian-handbook/html/{}-*/*.html", "man/{}/man[1-8]/*.gz", "man/{}_*/man[1-8]/*.gz", "games/fortunes/{}/*",
    "doc/aptitude/html/{}/*.html", "doc/installation-guide-amd64/{}/*.html", "doc/maint-guide-{0}/html/*.{0}.html",
    "debian-reference/*.{}.html",
)  # fmt: skip
"""Where the texts of a language are."""
PARAGRAPHS_OF_A_LANGUAGE = 6000
"""So that German manuals do not outweigh everything else."""

HELD_FILE_SHARE = 10 / 256
MANUAL_COUNT = 5000
LENGTHS = (40, 4000)
"""Shortest and longest paragraph, in characters."""
ENGLISH = re.compile(r"\b(?:the|and|this|that|with|are)\b", re.IGNORECASE)

Source = tuple[str, Iterable[str]]
"""The name of a file, as if it were installed, so that the same are held out wherever it lies; its texts."""


def english_files(root: Path) -> Iterator[Source]:
    """Every English file of the packages whose /usr/share is `root`."""
    for path in sorted((root / "games/fortunes").glob("*")):
        if path.suffix not in (".dat", ".u8") and "ascii-art" not in path.name and path.is_file():
            yield _installed(path, root), _read(path).split("\n%\n")
    for pattern in ("doc/anarchism/html/*.html", "doc/debian-handbook/html/en-US/*.html"):
        for path in sorted(root.glob(pattern)):
            yield _installed(path, root), html_paragraphs(_read(path))
    for path in root.glob("dictd/gcide.dict.dz"):
        entries = _read(path).split("\n\n")
        for start in range(0, len(entries), 2000):
            yield f"gcide{start}", entries[start : start + 2000 : 4]
    manuals = sorted(root.glob("man/man[1-8]/*.gz"), key=lambda path: _digest(path.name))
    for path in manuals[:MANUAL_COUNT]:
        yield _installed(path, root), manual_paragraphs(_read(path))


def european_files(root: Path, language: str) -> Iterator[Source]:
    """Every file of a language."""
    for pattern in EUROPEAN:
        for path in sorted(root.glob(pattern.format(language))):
            if path.is_file() and path.suffix not in (".dat", ".u8"):
                yield _installed(path, root), _texts(path)


def european_paragraphs(root: Path, language: str, *, is_held: bool) -> list[str]:
    """The usable paragraphs of a language for one part, those left out that nobody translated.

    The translated handbook is for training alone, because earlier weights have seen all of it.
    """
    found = [
        text
        for name, texts in european_files(root, language)
        if is_held == (is_held_out(name) and "debian-handbook" not in name)
        for text in usable(texts)
        if len(ENGLISH.findall(text)) < 2
    ]
    return sorted(dict.fromkeys(found), key=_digest)[:PARAGRAPHS_OF_A_LANGUAGE]


def is_held_out(name: str) -> bool:
    """Whether a file of texts is for evaluation alone, by a digest of its name; the shipped weights kept to it."""
    return hashlib.md5(name.encode(), usedforsecurity=False).digest()[0] < 256 * HELD_FILE_SHARE


def usable(paragraphs: Iterable[str]) -> Iterator[str]:
    """Clean paragraphs of a fit length that are mostly letters."""
    shortest, longest = LENGTHS
    for paragraph in paragraphs:
        text = clean(paragraph)
        if shortest <= len(text) <= longest and sum(map(str.isalpha, text)) > 0.55 * len(text):
            yield text


def html_paragraphs(markup: str) -> list[str]:
    """The texts of a page's block elements, entities resolved."""
    body = re.sub(r"(?s)<(script|style|head).*?</\1>", " ", markup)
    pieces = re.split(r"(?i)</?(?:p|li|h\d|div|td|pre|br|dt|dd)[^>]*>", body)
    return [html.unescape(re.sub(r"<[^>]+>", "", piece)) for piece in pieces]


def manual_paragraphs(source: str) -> list[str]:
    """The running text of a manual page in roff."""
    without_requests = re.sub(r"(?m)^[.'].*$", "\n", source).replace(r"\-", "-")
    return re.sub(r"\\f.|\\&|\\\(..|\\\[..?.?\]|\\", "", without_requests).split("\n\n")


def _texts(path: Path) -> list[str]:
    text = _read(path, errors="replace")
    if "\ufffd" in text:
        return []  # An older encoding: without its accents it would teach the wrong words.
    if path.suffix == ".html":
        return html_paragraphs(text)
    return manual_paragraphs(text) if path.suffix == ".gz" else text.split("\n%\n")


def _installed(path: Path, root: Path) -> str:
    return f"/usr/share/{path.relative_to(root).as_posix()}"


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


def _read(path: Path, errors: str = "ignore") -> str:
    if path.suffix in (".gz", ".dz"):
        with gzip.open(path, "rt", encoding="utf-8", errors=errors) as file:
            return file.read()
    return path.read_text(encoding="utf-8", errors=errors)
