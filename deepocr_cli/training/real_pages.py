"""Pages of PDFs become pictures with the place of every character, from the text layer; lines of them become strips.

A page is drawn so that its median letter is `LETTER_SIZE` pixels high. Shapes: N characters, H and W pixels.
"""

import gzip
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deepocr_cli.training.alphabet import spell
from deepocr_cli.training.corpus import Part
from deepocr_cli.training.sample import MIDDLE

HELD_PACKAGES = frozenset({
    "auto-multiple-choice-doc-pdf", "bacula-doc", "bash-doc", "debian-policy", "debmake-doc", "developers-reference",
    "drbd-doc", "gnuplot-doc", "ledger", "live-manual-pdf", "maint-guide", "mpich-doc", "pspp",
})  # fmt: skip
"""Packages whose PDFs are never trained on."""

LETTER_SIZE = 26.0
UNKNOWN = "\0"
"""Stands for a character that the alphabet does not have."""
PAGES_PER_PACKAGE = {Part.TRAIN: 60, Part.HELD: 14}
PAGES_PER_FILE = 20
CHARACTER_COUNTS = range(150, 7000)
SIDES = range(500, 3400)
"""Sides of a usable page, in pixels."""


@dataclass(frozen=True, slots=True)
class RealPage:
    """A page and its characters, line by line in the text layer's order, spaces among them."""

    image: NDArray[np.uint8] = field(repr=False)
    """(H, W) grey values."""
    characters: str
    boxes: NDArray[np.float32] = field(repr=False)
    """(N, 4): left, right, middle of the height, letter height (em), in pixels."""
    lines: NDArray[np.int32] = field(repr=False)
    """(N) the line of each character, from 0."""

    def save(self, path: Path) -> None:
        codes = np.array([ord(character) for character in self.characters], dtype=np.int32)
        np.savez_compressed(path, image=self.image, codes=codes, boxes=self.boxes, lines=self.lines)


def load_page(path: Path) -> RealPage:
    """Read what `RealPage.save` wrote; nothing is unpickled."""
    with np.load(path, allow_pickle=False) as arrays:
        characters = "".join(map(chr, arrays["codes"]))
        return RealPage(arrays["image"], characters, arrays["boxes"], arrays["lines"])


def write_pages(documents: Path, folder: Path) -> dict[str, int]:
    """Draw pages of every PDF below `documents`, whose subfolders are packages, into `folder`/pages; gives counts."""
    taken: dict[str, int] = {}
    counts = {Part.TRAIN.value: 0, Part.HELD.value: 0}
    for path in sorted([*documents.rglob("*.pdf"), *documents.rglob("*.pdf.gz")]):
        package = path.relative_to(documents).parts[0]
        part = Part.HELD if package in HELD_PACKAGES else Part.TRAIN
        room = min(PAGES_PER_FILE, PAGES_PER_PACKAGE[part] - taken.get(package, 0))
        target = folder / "pages" / part
        target.mkdir(parents=True, exist_ok=True)
        for number, page in _document_pages(path, room):
            page.save(target / f"{package}-{path.name.split('.pdf')[0]}-{number}.npz")
            taken[package] = taken.get(package, 0) + 1
            counts[part] += 1
    return counts


def _document_pages(path: Path, room: int) -> Iterator[tuple[int, RealPage]]:
    """Up to `room` usable pages, spread over the document, with their numbers from 1."""
    import pymupdf

    if room < 1:
        return
    try:
        content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        with pymupdf.open(stream=content, filetype="pdf") as document:
            for index in range(0, len(document), max(1, len(document) // room)):
                page = read_page(document[index])
                if page is not None:
                    yield index + 1, page
    except (OSError, EOFError, RuntimeError, ValueError):
        # A damaged file among the packages gives what it gave so far.
        return


def read_page(page: Any) -> RealPage | None:
    """A page of pymupdf, or None where it has too little text, too much, or text that cannot be spelled."""
    import pymupdf

    flags = pymupdf.TEXT_PRESERVE_LIGATURES | pymupdf.TEXT_PRESERVE_WHITESPACE
    blocks = page.get_text("rawdict", flags=flags)["blocks"]
    sizes = [span["size"] for span, character in _glyphs(blocks) if character["c"].strip()]
    if len(sizes) not in CHARACTER_COUNTS:
        return None
    scale = LETTER_SIZE / float(np.median(sizes))
    if any(int(side * scale) not in SIDES for side in (page.rect.width, page.rect.height)):
        return None
    pixmap = page.get_pixmap(matrix=pymupdf.Matrix(scale, scale), colorspace=pymupdf.csGRAY)
    image = np.frombuffer(pixmap.samples, np.uint8).reshape(pixmap.h, pixmap.stride)[:, : pixmap.w]
    spelled = [(text, box, line) for line, row in enumerate(_rows(blocks)) for text, box in _spell_row(row)]
    characters = "".join(text for text, _, _ in spelled)
    if characters.count(UNKNOWN) > 0.15 * len(characters):
        return None
    origin = np.array([page.rect.x0, page.rect.x0, page.rect.y0, 0], dtype=np.float32)
    boxes = (np.array([box for _, box, _ in spelled], dtype=np.float32) - origin) * scale
    return RealPage(image, characters, boxes.astype(np.float32), np.array([row for _, _, row in spelled], np.int32))


def _glyphs(blocks: list[Any]) -> Iterator[tuple[Any, Any]]:
    for row in _rows(blocks):
        yield from row


def _rows(blocks: list[Any]) -> Iterator[list[tuple[Any, Any]]]:
    """The level lines of a page: pairs of span and character; pieces of one line that the file wrote apart are one."""
    for block in blocks:
        rows: list[list[tuple[Any, Any]]] = []
        for line in block.get("lines", []):
            row = [(span, character) for span in line["spans"] for character in span["chars"]]
            if not row or abs(line["dir"][0] - 1) > 1e-3:
                continue
            if rows and _continues(rows[-1][-1], row[0]):
                rows[-1] += row
            else:
                rows.append(row)
        yield from rows


def _continues(last: tuple[Any, Any], first: tuple[Any, Any]) -> bool:
    (span, left), (_, right) = last, first
    is_level = abs(left["origin"][1] - right["origin"][1]) < 0.25 * span["size"]
    return bool(is_level and right["bbox"][0] >= left["bbox"][2] - 0.1 * span["size"])


def _spell_row(row: list[tuple[Any, Any]]) -> Iterator[tuple[str, tuple[float, float, float, float]]]:
    """Characters of the alphabet with boxes in points; ligatures are shared out, wide gaps become spaces."""
    end: float | None = None
    for span, character in row:
        size, (left, _, right, _) = span["size"], character["bbox"]
        middle = character["origin"][1] - MIDDLE * size
        if end is not None and left - end > 0.15 * size and character["c"] != " ":
            yield " ", (end, left, middle, size)
        spelled = spell(character["c"]) or UNKNOWN
        width = (right - left) / len(spelled)
        for place, letter in enumerate(spelled):
            yield letter, (left + place * width, left + (place + 1) * width, middle, size)
        end = None if spelled == " " else right
