"""Blocks in, what all writers must know of them out: their markdown, which caption a picture has, which file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from os import fsencode
from urllib.parse import quote

from deepocr_cli.document import Block, Box, Figure, Page
from deepocr_cli.writers.math_spans import MathSpan, split_math

_HEADING_MARKS = {"title": "#", "sub_title": "##"}
_CAPTIONS = frozenset({"image_caption", "figure_caption"})


def block_markdown(block: Block) -> str:
    """The block's text, with the heading mark or the formula's delimiters that its kind asks for."""
    text = block.text.strip("\n")
    if block.kind in _HEADING_MARKS and text.strip() and not text.lstrip().startswith("#"):
        return f"{_HEADING_MARKS[block.kind]} {' '.join(text.split())}"
    if block.kind == "equation" and "\\" in text and not any(isinstance(span, MathSpan) for span in split_math(text)):
        return rf"\[{text}\]"
    return text


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture of a page with the file it was cut to, and the places of picture and caption among the blocks."""

    index: int
    caption_index: int | None
    figure: Figure


def find_pictures(page: Page) -> Mapping[int, Picture]:
    """The picture blocks that have a figure, by their place; a caption stands right after its picture, or before."""
    figures: dict[Box | None, Figure] = {figure.box: figure for figure in page.figures}
    pictures: dict[int, Picture] = {}
    taken: set[int] = set()
    for index, block in enumerate(page.blocks):
        if block.is_picture and block.box in figures:
            caption = _caption_of(page.blocks, index, taken)
            taken.update(() if caption is None else (caption,))
            pictures[index] = Picture(index, caption, figures[block.box])
    return pictures


def figure_link(figures_href: str, figure: Figure) -> str:
    """Where a written document finds the figure's file: a relative address, quoted as addresses are."""
    folder = figures_href.rstrip("/")
    return quote(fsencode(f"{folder}/{figure.name}" if folder else figure.name))


def _caption_of(blocks: Sequence[Block], index: int, taken: set[int]) -> int | None:
    for neighbour in (index + 1, index - 1):
        if 0 <= neighbour < len(blocks) and neighbour not in taken and blocks[neighbour].kind in _CAPTIONS:
            return neighbour
    return None
