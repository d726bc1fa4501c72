"""The command line of the bench: python -m table_bench [--worn] [--pages N]."""

import argparse
import io
import math
import random
import re
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

import numpy as np
import pymupdf
from fault_bench.wear import worn
from PIL import Image
from test_table_distance import teds

from deepocr_cli.layout.lines import PageLines, find_lines
from deepocr_cli.layout.page_text import arrange_text
from table_bench.pages import document, draw_pages

RESOLUTIONS = (144, 200, 150, 300)
"""Dots per inch, page by page."""
STEEPEST = 2.5
"""Degrees by which `worn` turns a page at most: the first thing that it draws from its chance."""

Word = tuple[float, float, str]
"""The middle of a word, in pixels, and its letters."""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m table_bench", description=__doc__)
    parser.add_argument("--worn", action="store_true", help="search worn scans of the pages")
    parser.add_argument("--pages", type=int, help="search the first pages only")
    options = parser.parse_args()
    pages = list(draw_pages())
    marks: dict[str, list[tuple[float, float]]] = defaultdict(list)
    with tempfile.TemporaryDirectory() as folder:
        paper = print_pages(document(pages), Path(folder))
        for number, page in enumerate(pages[: options.pages]):
            image, words = draw(paper[number], RESOLUTIONS[number % len(RESOLUTIONS)], number if options.worn else None)
            marks[page.kind].append(mark(find_lines(image), words, page.truth))
    sys.stdout.write(f"{'tables':16}{'':>6}{'found':>7}{'structure':>11}{'with texts':>12}\n")
    for kind, own in marks.items():
        structure, texts = np.mean(own, axis=0)
        found = sum(first > 0 for first, _ in own)
        sys.stdout.write(f"{kind:16}{len(own):6}{found:7}{structure:11.3f}{texts:12.3f}\n")


def print_pages(markup: str, folder: Path) -> pymupdf.Document:
    """The pages as a browser prints them."""
    source, target = folder / "pages.html", folder / "pages.pdf"
    source.write_text(markup)
    options = ["--headless", "--no-sandbox", "--disable-gpu", "--no-pdf-header-footer"]
    subprocess.run(["chromium", *options, f"--print-to-pdf={target}", str(source)], check=True, capture_output=True)
    return pymupdf.open(stream=target.read_bytes())


def draw(page: pymupdf.Page, dpi: int, seed: int | None) -> tuple[Image.Image, list[Word]]:
    """A page's picture, worn where there is a seed, and its words as they stand in it."""
    image = Image.open(io.BytesIO(page.get_pixmap(dpi=dpi).tobytes())).convert("RGB")
    scale = dpi / 72
    words = [
        (scale * (left + right) / 2, scale * (top + bottom) / 2, text)
        for left, top, right, bottom, text, *_ in page.get_text("words")
    ]
    if seed is None:
        return image, words
    turn = math.radians(random.Random(seed).uniform(-STEEPEST, STEEPEST))
    cosine, sine, across, down = math.cos(turn), math.sin(turn), image.width / 2, image.height / 2
    turned = [
        ((x - across) * cosine + (y - down) * sine + across, (y - down) * cosine - (x - across) * sine + down, text)
        for x, y, text in words
    ]
    return worn(image, random.Random(seed)), turned


def mark(page: PageLines, words: list[Word], truth: str) -> tuple[float, float]:
    """How far the page's first table is the true one: its structure alone, and with its texts."""
    tables = [block.text for block in arrange_text(page, read(page, words)) if block.kind == "table"]
    return (teds(_bare(tables[0]), _bare(truth)), teds(tables[0], truth)) if tables else (0.0, 0.0)


def read(page: PageLines, words: list[Word]) -> list[str]:
    """The words on each line, as a reader without mistakes would tell them."""
    texts = []
    for line in page.lines:
        inside = [
            (x, text)
            for x, y, text in words
            if line.left - 2 < x < line.right + 2
            and line.baseline - line.size < y - page.slope * x < line.baseline + 0.35 * line.size
        ]
        texts.append(" ".join(text for _, text in sorted(inside)))
    return texts


def _bare(table: str) -> str:
    return re.sub(r">[^<]+<", "><", table)


if __name__ == "__main__":
    main()
