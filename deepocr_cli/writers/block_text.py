"""Blocks in, what all writers must know of them out: their markdown, which caption a picture has, which file."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from os import fsencode
from types import MappingProxyType
from urllib.parse import quote

from deepocr_cli.block_kinds import RUNNING
from deepocr_cli.document import Block, Box, Document, Figure, Page
from deepocr_cli.math_spans import split_math
from deepocr_cli.style import Headers
from deepocr_cli.writers.plain_text import plain_text

_HEADING_MARKS = {"title": "#", "sub_title": "##"}
_MARK_OF_TEXT = re.compile(r"^#(?= )", re.MULTILINE)
_TIMES = re.compile(r"(?<=\d)\*(?=\d)")
_UNDERLINE = re.compile(r"(?<=\n)(?=(?:=+|-+)[ \t]*$)", re.MULTILINE)
_ITEM = re.compile(r" *(?:[-*+]|\d{1,9}[.)]) +\S")
_RUNNING = MappingProxyType({"running_header": "Header", "running_footer": "Footer", "page_number": "Page"})
_FENCE = re.compile(r"^[ \t]{0,3}(?:```|~~~)", re.MULTILINE)
_CAPTIONS = frozenset({"image_caption", "figure_caption"})


def block_markdown(block: Block) -> str:
    """The block's text as markdown that says what its kind says.

    A title gets its mark, a bare equation its delimiters. In other text, signs that only happen to be markdown are
    escaped: stars between digits, a rule under a line, the # before a comment.
    """
    text = block.text.strip("\n")
    if block.kind == "code":
        return text if _FENCE.search(text) or not text.strip() else f"```\n{text}\n```"
    if block.kind in _HEADING_MARKS and text.strip() and not text.lstrip().startswith("#"):
        text = f"{_HEADING_MARKS[block.kind]} {' '.join(text.split())}"
    pieces = list(split_math(text))
    if block.kind == "equation" and "\\" in text and len(pieces) == 1:
        return rf"\[{text}\]"
    written = (_escape_chance_markup(piece) if isinstance(piece, str) else piece.written for piece in pieces)
    return _MARK_OF_TEXT.sub(r"\\#", "".join(written)) if block.kind == "text" else "".join(written)


def written_page(page: Page, headers: Headers) -> Page:
    """The page as it is written: without blocks that went to the one they continue, running heads as was wished, and
    list items that follow one another as one list."""
    blocks = (block for block in page.blocks if not block.continues)
    if headers is Headers.DROP:
        blocks = (block for block in blocks if block.kind not in RUNNING)
    elif headers is Headers.MARK:
        blocks = (_marked(block) for block in blocks)
    return _join_lists(replace(page, blocks=tuple(blocks)))


def title_of(document: Document) -> str | None:
    """The words of the document's first title; None without one."""
    blocks = (block for page in document.pages for block in page.blocks if block.kind == "title")
    titles = (" ".join(plain_text(block_markdown(block)).split()) for block in blocks)
    return next(filter(None, titles), None)


def _marked(block: Block) -> Block:
    name = _RUNNING.get(block.kind)
    return block if name is None else replace(block, text=f"[{name}: {block.text.lstrip('# ')}]")


def _join_lists(page: Page) -> Page:
    """The page with list items that follow one another as one list, where a reader gave each a block of its own."""
    blocks: list[Block] = []
    for block in page.blocks:
        if blocks and _is_item(blocks[-1]) and _is_item(block):
            blocks[-1] = Block(block.kind, f"{blocks[-1].text}\n{block.text}")
        else:
            blocks.append(block)
    return replace(page, blocks=tuple(blocks))


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


def _escape_chance_markup(prose: str) -> str:
    times = _TIMES.sub(r"\*", prose) if prose.count("*") > 1 else prose
    return _UNDERLINE.sub(r"\\", times)


def _is_item(block: Block) -> bool:
    return block.kind in ("text", "list") and _ITEM.match(block.text) is not None and "\n\n" not in block.text


def _caption_of(blocks: Sequence[Block], index: int, taken: set[int]) -> int | None:
    for neighbour in (index + 1, index - 1):
        if 0 <= neighbour < len(blocks) and neighbour not in taken and blocks[neighbour].kind in _CAPTIONS:
            return neighbour
    return None
