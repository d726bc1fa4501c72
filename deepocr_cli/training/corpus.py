"""Debian packages become a corpus folder: paragraphs, typefaces and pages of PDFs, each with a part held out.

english.train.txt  english.held.txt  european.train.txt  european.held.txt    one paragraph a line
typefaces.json                                             files, families, signs
pages/train/*.npz  pages/held/*.npz                        see `real_pages`
formulas/train/*.npz  formulas/held/*.npz                  see `real_formulas`
"""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path

from deepocr_cli.errors import InputError
from deepocr_cli.training.sources import LANGUAGES, english_files, european_paragraphs, is_held_out, usable
from deepocr_cli.training.typefaces import Typeface, find_typefaces
from deepocr_cli.training.words import Texts


class Part(StrEnum):
    """Trained on, or held out for evaluation."""

    TRAIN = "train"
    HELD = "held"


@dataclass(frozen=True, slots=True)
class Corpus:
    """One part of a corpus folder; files of pages and formulas are read when they are drawn."""

    texts: Texts
    families: tuple[tuple[Typeface, ...], ...]
    pages: tuple[Path, ...]
    formulas: tuple[Path, ...] = ()


def write_corpus(folder: Path, root: Path = Path("/usr/share")) -> dict[str, int]:
    """Collect texts and typefaces of the packages whose /usr/share is `root`; gives the counts of what was found.

    Raises:
        InputError: there are no texts or no typefaces, or none to be held out.
    """
    folder.mkdir(parents=True, exist_ok=True)
    parts: dict[Part, list[str]] = {Part.TRAIN: [], Part.HELD: []}
    for name, paragraphs in english_files(root):
        parts[Part.HELD if is_held_out(name) else Part.TRAIN] += usable(paragraphs)
    trained = list(dict.fromkeys(parts[Part.TRAIN]))
    held = list(dict.fromkeys(set(parts[Part.HELD]).difference(trained)))
    _write_lines(folder / "english.train.txt", trained)
    _write_lines(folder / "english.held.txt", sorted(held))
    european_count = write_european(folder, root)
    faces = find_typefaces(root)
    (folder / "typefaces.json").write_text(json.dumps([asdict(face) for face in faces], ensure_ascii=False, indent=1))
    is_held = {face.is_held_out for face in faces}
    if not (trained and held and len(is_held) == 2):
        raise InputError(
            f"{root}: too few texts or fonts to train with some and hold some out",
            hint="install the packages that docs/training.md lists",
        )
    return {"paragraphs": len(trained), "held paragraphs": len(held), "european": european_count, "faces": len(faces)}


def write_european(folder: Path, root: Path) -> int:
    """Collect the texts of other languages; gives the count of those to train with."""
    trained = [text for language in LANGUAGES for text in european_paragraphs(root, language, is_held=False)]
    held = [text for language in LANGUAGES for text in european_paragraphs(root, language, is_held=True)]
    known = set(trained)
    _write_lines(folder / "european.train.txt", trained)
    _write_lines(folder / "european.held.txt", [text for text in held if text not in known])
    return len(trained)


def load_corpus(folder: Path, part: Part) -> Corpus:
    """Read one part of a corpus folder.

    Raises:
        InputError: the folder is no corpus.
    """
    try:
        english = (folder / f"english.{part}.txt").read_text(encoding="utf-8").splitlines()
        european = (folder / f"european.{part}.txt").read_text(encoding="utf-8").splitlines()
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
        texts=Texts(tuple(english), tuple(european)),
        families=tuple(map(tuple, families.values())),
        pages=tuple(sorted((folder / "pages" / part).glob("*.npz"))),
        formulas=tuple(sorted((folder / "formulas" / part).glob("*.npz"))),
    )


def _write_lines(path: Path, lines: Iterable[str]) -> None:
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
