"""Debian packages become a corpus folder: paragraphs, typefaces and pages of PDFs, each with a part held out.

english.train.txt  english.held.txt  european.train.txt    one paragraph a line
typefaces.json                                             files, families, signs
pages/train/*.npz  pages/held/*.npz                        see `real_pages`
"""

import gzip
import hashlib
import html
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path

from deepocr_cli.errors import InputError
from deepocr_cli.training.alphabet import clean
from deepocr_cli.training.typefaces import Typeface, find_typefaces
from deepocr_cli.training.words import Texts

TEXT_PACKAGES = ("fortunes", "anarchism", "debian-handbook", "dict-gcide", "manpages", "manpages-dev")
"""Packages whose texts are used; the docs list them with the fonts."""

LANGUAGES = (
    "ca-ES", "cs-CZ", "da-DK", "de-DE", "es-ES", "fr-FR", "hr-HR", "it-IT",
    "nb-NO", "nl-NL", "pl-PL", "pt-BR", "ro-RO", "sv-SE", "tr-TR",
)  # fmt: skip

HELD_FILE_SHARE = 10 / 256
MANUAL_COUNT = 5000
LENGTHS = (40, 4000)
"""Shortest and longest paragraph, in characters."""


class Part(StrEnum):
    """Trained on, or held out for evaluation."""

    TRAIN = "train"
    HELD = "held"


@dataclass(frozen=True, slots=True)
class Corpus:
    """One part of a corpus folder; page files are read when they are drawn."""

    texts: Texts
    families: tuple[tuple[Typeface, ...], ...]
    pages: tuple[Path, ...]


def write_corpus(folder: Path, root: Path = Path("/usr/share")) -> dict[str, int]:
    """Collect texts and typefaces of the packages whose /usr/share is `root`; gives the counts of what was found.

    Raises:
        InputError: there are no texts or no typefaces, or none to be held out.
    """
    folder.mkdir(parents=True, exist_ok=True)
    parts: dict[Part, list[str]] = {Part.TRAIN: [], Part.HELD: []}
    for name, paragraphs in _english_files(root):
        parts[Part.HELD if is_held_out(name) else Part.TRAIN] += _usable(paragraphs)
    european = [text for paragraphs in _european_files(root) for text in _usable(paragraphs)]
    trained = list(dict.fromkeys(parts[Part.TRAIN]))
    held = list(dict.fromkeys(set(parts[Part.HELD]).difference(trained)))
    _write_lines(folder / "english.train.txt", trained)
    _write_lines(folder / "english.held.txt", sorted(held))
    _write_lines(folder / "european.train.txt", dict.fromkeys(european))
    faces = find_typefaces(root)
    (folder / "typefaces.json").write_text(json.dumps([asdict(face) for face in faces], ensure_ascii=False, indent=1))
    is_held = {face.is_held_out for face in faces}
    if not (trained and held and len(is_held) == 2):
        raise InputError(
            f"{root}: too few texts or fonts to train with some and hold some out",
            hint="install the packages that docs/training.md lists",
        )
    return {"paragraphs": len(trained), "held paragraphs": len(held), "european": len(european), "faces": len(faces)}


def load_corpus(folder: Path, part: Part) -> Corpus:
    """Read one part of a corpus folder.

    Raises:
        InputError: the folder is no corpus.
    """
    try:
        english = (folder / f"english.{part}.txt").read_text(encoding="utf-8").splitlines()
        european = (folder / "european.train.txt").read_text(encoding="utf-8").splitlines()
        faces = [Typeface(**fields) for fields in json.loads((folder / "typefaces.json").read_text(encoding="utf-8"))]
    except FileNotFoundError as error:
        raise InputError(
            f"{error.filename} is missing", hint="make the corpus first: python -m deepocr_cli.training corpus"
        ) from error
    families: dict[str, list[Typeface]] = {}
    for face in faces:
        if face.is_held_out == (part is Part.HELD):
            families.setdefault(face.family, []).append(face)
    return Corpus(
        texts=Texts(tuple(english), tuple(european) if part is Part.TRAIN else ()),
        families=tuple(map(tuple, families.values())),
        pages=tuple(sorted((folder / "pages" / part).glob("*.npz"))),
    )


def is_held_out(name: str) -> bool:
    """Whether a file of texts is for evaluation alone, by a digest of its name; the shipped weights kept to it."""
    return hashlib.md5(name.encode(), usedforsecurity=False).digest()[0] < 256 * HELD_FILE_SHARE


def _english_files(root: Path) -> Iterator[tuple[str, Iterable[str]]]:
    """The name of every file, as if it were installed, so that the same are held out wherever it lies; its texts."""
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
    manuals = sorted(root.glob("man/man[1-8]/*.gz"), key=lambda path: hashlib.sha256(path.name.encode()).digest())
    for path in manuals[:MANUAL_COUNT]:
        yield _installed(path, root), manual_paragraphs(_read(path))


def _installed(path: Path, root: Path) -> str:
    return f"/usr/share/{path.relative_to(root).as_posix()}"


def _european_files(root: Path) -> Iterator[Iterable[str]]:
    for language in LANGUAGES:
        for path in sorted((root / "doc/debian-handbook/html" / language).glob("*.html")):
            yield html_paragraphs(_read(path))


def html_paragraphs(markup: str) -> list[str]:
    """The texts of a page's block elements, entities resolved."""
    body = re.sub(r"(?s)<(script|style|head).*?</\1>", " ", markup)
    pieces = re.split(r"(?i)</?(?:p|li|h\d|div|td|pre|br|dt|dd)[^>]*>", body)
    return [html.unescape(re.sub(r"<[^>]+>", "", piece)) for piece in pieces]


def manual_paragraphs(source: str) -> list[str]:
    """The running text of a manual page in roff."""
    without_requests = re.sub(r"(?m)^[.'].*$", "\n", source).replace(r"\-", "-")
    return re.sub(r"\\f.|\\&|\\\(..|\\\[..?.?\]|\\", "", without_requests).split("\n\n")


def _usable(paragraphs: Iterable[str]) -> Iterator[str]:
    """Clean paragraphs of a fit length that are mostly letters."""
    shortest, longest = LENGTHS
    for paragraph in paragraphs:
        text = clean(paragraph)
        if shortest <= len(text) <= longest and sum(map(str.isalpha, text)) > 0.55 * len(text):
            yield text


def _read(path: Path) -> str:
    if path.suffix in (".gz", ".dz"):
        with gzip.open(path, "rt", encoding="utf-8", errors="ignore") as file:
            return file.read()
    return path.read_text(encoding="utf-8", errors="ignore")


def _write_lines(path: Path, lines: Iterable[str]) -> None:
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
