"""Documents in, pages with their true text out: those whose text layer can stand for what is printed on them."""

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from PIL import Image

from deepocr_cli.document import PageImage
from deepocr_cli.errors import InputError
from deepocr_cli.pages.inputs import find_documents, open_source
from deepocr_cli.pages.opening import Opened, open_pages
from deepocr_cli.pages.rasterize import rasterize_page

FEWEST_CHARACTERS = 200
"""Of a page with less text one wrong letter would be too large a share."""
LEAST_LATIN = 0.9
"""The share of a page's letters that is Latin; other scripts are another measurement."""
MAX_PIXELS = 100_000_000


@dataclass(frozen=True, slots=True)
class LayeredPage:
    """A page as pixels, and the words of its text layer in the order of its content, joined by spaces."""

    source: str
    number: int
    image: Image.Image = field(repr=False)
    text: str = field(repr=False)
    paper: PageImage = field(repr=False)


def find_layered_pages(inputs: Sequence[str], per_document: int, dpi: float) -> Iterator[LayeredPage]:
    """Up to `per_document` pages of every document, spread evenly over it.

    A page with too little text, or in another script, is passed over for the next one that serves before the following
    place. Documents that cannot be opened are passed over.

    Args:
        inputs: files and folders.

    Raises:
        InputError: a folder cannot be listed or has no documents.
    """
    for name in find_documents(inputs, recursive=True).documents:
        try:
            source = open_source(name)
            with open_pages(source) as opened:
                for numbers in _stretches(source.page_count, per_document):
                    page = next(filter(None, (_layered_page(opened, number, dpi) for number in numbers)), None)
                    if page is not None:
                        yield page
        except InputError:
            continue


def is_latin(text: str) -> bool:
    """Whether nearly all letters of a text are Latin."""
    letters = [character for character in text if character.isalpha()]
    latin = sum(unicodedata.name(letter, "").startswith("LATIN") for letter in letters)
    return latin >= LEAST_LATIN * len(letters)


def _stretches(page_count: int, count: int) -> list[range]:
    """The numbers (from 1) of a document in `count` stretches, each looked at from its middle on."""
    count = min(count, page_count)
    edges = [page_count * place // (2 * count) for place in range(2 * count + 1)]
    return [range(edges[place] + 1, edges[place + 1] + 1) for place in range(1, 2 * count, 2)]


def _layered_page(opened: Opened, number: int, dpi: float) -> LayeredPage | None:
    try:
        paper = rasterize_page(opened, number, dpi=dpi, max_pixels=MAX_PIXELS)
    except InputError:
        return None
    text = "" if paper.text_layer is None else paper.text_layer.visible_text
    if len(text) < FEWEST_CHARACTERS or not is_latin(text):
        return None
    return LayeredPage(opened.source.name, number, paper.image, text, paper)
