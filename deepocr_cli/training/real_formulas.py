r"""Formulas typeset in PDFs become files of a corpus, and each of them a view of its own, as invented ones do.

They are the displayed ones, row by row, and those in lines of text; of what is written alike one is kept.
"""

import functools
import gzip
import random
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from deepocr_cli.training.corpus import Part
from deepocr_cli.training.formula_pages import LETTER_SIZE, PAPER, RealFormula, page_formulas
from deepocr_cli.training.formula_views import CLOSING, MARGIN, OPENING, SIZES, SMALLEST
from deepocr_cli.training.real_pages import HELD_PACKAGES
from deepocr_cli.training.sample import Sample

HELD_FORMULA_PACKAGES = HELD_PACKAGES | {"glpk-doc", "libmpfr-doc", "siscone-doc-pdf"}
"""Packages whose formulas are never trained on; those of manuals that have none are not enough."""
FORMULAS_PER_FILE = 250
PAGES_PER_FILE = 60
"""Pages of a document that are looked at, spread over it."""
FILTERS = (Image.Resampling.BOX, Image.Resampling.BILINEAR, Image.Resampling.BICUBIC, Image.Resampling.LANCZOS)


def write_formulas(documents: Path, folder: Path) -> dict[str, int]:
    """Find formulas in every PDF below `documents`, whose subfolders are packages, for `folder`/formulas; gives counts.

    Those to be held out come first, so that no other document teaches them.
    """
    known: set[str] = set()
    counts = {Part.HELD.value: 0, Part.TRAIN.value: 0}
    paths = sorted([*documents.rglob("*.pdf"), *documents.rglob("*.pdf.gz")])
    for part in (Part.HELD, Part.TRAIN):
        target = folder / "formulas" / part
        target.mkdir(parents=True, exist_ok=True)
        for path in paths:
            package = path.relative_to(documents).parts[0]
            if (package in HELD_FORMULA_PACKAGES) == (part is Part.HELD):
                for number, formula in enumerate(_new_formulas(path, known), 1):
                    save_formula(formula, target / f"{package}-{path.name.split('.pdf')[0]}-{number}.npz")
                    counts[part] += 1
    return counts


def _new_formulas(path: Path, known: set[str]) -> Iterator[RealFormula]:
    """The first formulas of a document that are not `known` yet; they are known then."""
    count = 0
    for formula in _document_formulas(path):
        if formula.latex not in known:
            known.add(formula.latex)
            yield formula
            count += 1
        if count == FORMULAS_PER_FILE:
            return


def _document_formulas(path: Path) -> Iterator[RealFormula]:
    import pymupdf

    try:
        content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        with pymupdf.open(stream=content, filetype="pdf") as document:
            for index in range(0, len(document), max(1, len(document) // PAGES_PER_FILE)):
                yield from page_formulas(document[index])
    except (OSError, EOFError, RuntimeError, ValueError):
        # A damaged file among the packages gives what it gave so far.
        return


def save_formula(formula: RealFormula, path: Path) -> None:
    codes = np.array([ord(character) for character in formula.latex], dtype=np.int32)
    np.savez_compressed(path, image=formula.image, codes=codes, places=formula.places, is_glyph=formula.is_glyph)


def load_formula(path: Path) -> RealFormula:
    """Read what `save_formula` wrote; nothing is unpickled."""
    with np.load(path, allow_pickle=False) as arrays:
        latex = "".join(map(chr, arrays["codes"]))
        return RealFormula(arrays["image"], latex, arrays["places"], arrays["is_glyph"])


def draw_real_formula_view(paths: Sequence[Path], width: int, height: int, chance: random.Random) -> Sample:
    """A formula of a document anywhere on paper of `width` x `height` pixels."""
    while True:
        formula = _cached_formula(chance.choice(paths))
        rows, columns = formula.image.shape
        widest = min((width - 2 * MARGIN) / columns, (height - 2 * MARGIN) / rows)
        if widest * LETTER_SIZE >= SMALLEST:
            return _lay(formula, min(widest, chance.uniform(*SIZES) / LETTER_SIZE), (width, height), chance)


def _lay(formula: RealFormula, scale: float, canvas: tuple[int, int], chance: random.Random) -> Sample:
    """A formula `scale` times as large as it is kept, on paper of `canvas` (width, height)."""
    rows, columns = formula.image.shape
    size = (max(1, round(columns * scale)), max(1, round(rows * scale)))
    ink = Image.fromarray(formula.image).resize(size, chance.choice(FILTERS))
    left, top = (chance.randint(0, room - side) for room, side in zip(canvas, size, strict=True))
    paper = Image.new("L", canvas, PAPER)
    paper.paste(ink, (left, top))
    where = formula.places * scale + np.array((left, top), dtype=np.float32)
    before, after = np.repeat(where[:1], len(OPENING), axis=0), np.repeat(where[-1:], len(CLOSING), axis=0)
    is_glyph = np.pad(formula.is_glyph, (len(OPENING), len(CLOSING)))
    text = OPENING + formula.latex + CLOSING
    return Sample(np.asarray(paper, dtype=np.uint8), text, np.concatenate([before, where, after]), is_glyph)


@functools.lru_cache(maxsize=2048)
def _cached_formula(path: Path) -> RealFormula:
    return load_formula(path)
