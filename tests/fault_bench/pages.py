"""Pages with their true texts, drawn and read by all witnesses: the samples, and synthetic ones."""

import random
from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pymupdf

from deepocr_cli.document import text_of
from deepocr_cli.pages.inputs import open_source
from deepocr_cli.pages.opening import open_pages
from deepocr_cli.pages.rasterize import rasterize_page
from deepocr_cli.witness.light_ocr import LightOcr
from deepocr_cli.witness.text_layer import read_text_layer
from fault_bench.table import Case, Witness
from fault_bench.wear import worn

SAMPLES = Path(__file__).parent.parent.parent / "samples"
SAMPLE_NAMES = ("letter", "article", "invoice", "leaflet", "rundbrief")
"""The samples of one page that have a visible text layer."""
SYNTHETIC_COUNT = 30

_NOUNS = (
    *("harbour", "pilot", "tide", "ledger", "garden", "lantern", "bridge", "orchard", "kettle", "signal"),
    *("gravel", "beacon", "miller", "cellar", "anchor", "compass", "meadow", "chimney", "timber", "ferry"),
    *("candle", "quarry", "blanket", "saddle", "whistle", "ladder", "furnace", "hamlet", "parcel", "thimble"),
)
_VERBS = (
    *("carries", "follows", "measures", "repairs", "forgets", "lifts"),
    *("counts", "answers", "borrows", "crosses", "empties", "guards"),
)
_WAYS = (
    *("slowly before noon", "without a word", "in the second week"),
    *("under the old roof", "for the third time", "by the river"),
)


def make_cases(folder: Path) -> None:
    """Draw and read every page that has not been read yet, and keep its texts in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    light_ocr = LightOcr()
    for name, truth, data in _pages():
        source = open_source("-", stdin=BytesIO(data))
        with open_pages(source) as opened:
            page = rasterize_page(opened, 1, dpi=144, max_pixels=10**8)
        worn_page = replace(page, image=worn(page.image, random.Random(name)))
        (folder / f"{name}.truth.md").write_text(truth)
        for witness, read in (
            (Witness.TEXT_LAYER, lambda source=source: read_text_layer(source, 1)),
            (Witness.OCR, lambda page=page: light_ocr.read(page.image).blocks),
            (Witness.OCR_OF_WORN, lambda page=worn_page: light_ocr.read(page.image).blocks),
        ):
            path = folder / f"{name}.{witness}.txt"
            if not path.exists():
                path.write_text(text_of(read()))


def load_cases(folder: Path) -> list[Case]:
    """What `make_cases` kept."""
    return [
        Case(
            name=path.name.removesuffix(".truth.md"),
            truth=path.read_text(),
            testimonies={
                witness: path.with_name(path.name.replace(".truth.md", f".{witness}.txt")).read_text()
                for witness in Witness
            },
        )
        for path in sorted(folder.glob("*.truth.md"))
    ]


def _pages() -> Iterator[tuple[str, str, bytes]]:
    """Name, true text and PDF of each page."""
    for name in SAMPLE_NAMES:
        yield name, (SAMPLES / f"{name}.truth.md").read_text(), (SAMPLES / f"{name}.pdf").read_bytes()
    for number in range(SYNTHETIC_COUNT):
        chance = random.Random(number)
        yield f"synthetic-{number:02d}", *(_columns(chance), _table(chance))[number % 3 == 2]


def _columns(chance: random.Random) -> tuple[str, bytes]:
    """One to three columns of paragraphs."""
    column_count, size = chance.randint(1, 3), chance.choice((9, 10, 12))
    width = (475 - 20 * (column_count - 1)) / column_count
    texts = [_paragraphs(chance, round(width * 0.9)) for _ in range(column_count)]
    with pymupdf.open() as document:
        page = document.new_page()
        for column, text in enumerate(texts):
            left = 60 + column * (width + 20)
            page.insert_textbox(
                (left, 60, left + width, 800), text, fontsize=size, fontname=chance.choice(("helv", "tiro"))
            )
        return "\n\n".join(texts), document.tobytes()


def _table(chance: random.Random) -> tuple[str, bytes]:
    """A paragraph, and rows of names and numbers."""
    rows = [
        [chance.choice(_NOUNS).title(), *(f"{chance.randint(10, 99999) / 100:.2f}" for _ in range(4))]
        for _ in range(30)
    ]
    text = _paragraphs(chance, 90)
    with pymupdf.open() as document:
        page = document.new_page()
        page.insert_textbox((60, 40, 535, 200), text, fontsize=10)
        for line, row in enumerate(rows):
            for column, cell in enumerate(row):
                page.insert_text((60 + 100 * column, 230 + 18 * line), cell, fontsize=10)
        return "\n\n".join([text, *(" ".join(row) for row in rows)]), document.tobytes()


def _paragraphs(chance: random.Random, word_count: int) -> str:
    sentences: list[str] = []
    while sum(sentence.count(" ") + 1 for sentence in sentences) < word_count:
        first, second, third = chance.sample(_NOUNS, 3)
        sentence = f"The {first} {chance.choice(_VERBS)} the {second} and the {third} {chance.choice(_WAYS)}."
        sentences.append(
            f"In {chance.randint(1700, 2030)} {sentence[0].lower()}{sentence[1:]}"
            if chance.random() < 0.2
            else sentence
        )
    return "\n\n".join(" ".join(sentences[start : start + 4]) for start in range(0, len(sentences), 4))
