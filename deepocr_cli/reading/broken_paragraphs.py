"""Pages in, the same pages out with each paragraph that a page or a column cuts in one piece, where it begins."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from deepocr_cli.block_kinds import FLOATS, FOOTNOTES, MARGINS
from deepocr_cli.document import Block, Page

_PASSED_OVER = MARGINS | FOOTNOTES | FLOATS | {"aside_text"}
"""What may stand between the halves of a paragraph: figures and tables float, feet and heads are no text."""
_ITEM = re.compile(r" *(?:[-*+•]|\d{1,9}[.)]) ")
_ENDS_OPEN = re.compile(r"[\w,;)\]’'\"”%$]\Z")
_HYPHENATED = re.compile(r"(?P<half>[^\W\d_]{2,})[-‐\u00ad]\Z")
_GOES_ON = re.compile(r"[^\W\d_A-Z]")
_FIRST_WORD = re.compile(r"[^\W\d_]+")

_Place = tuple[int, int]


def join_paragraphs(pages: Sequence[Page]) -> list[Page]:
    """Joins where the first half ends within a sentence or a word and the second begins with a small letter."""
    blocks = [list(page.blocks) for page in pages]
    words = {word.casefold() for page in pages for block in page.blocks for word in re.findall(r"[\w-]+", block.text)}
    previous: _Place | None = None
    for at, place in _flow(blocks):
        block = blocks[at][place]
        if previous is not None and _is_broken(blocks, previous, (at, place)):
            first = blocks[previous[0]][previous[1]]
            blocks[previous[0]][previous[1]] = replace(first, text=_joined(first.text, block.text, words))
            blocks[at][place] = replace(block, text="", continues=True)
        else:
            previous = (at, place) if block.kind == "text" else None
    return [replace(page, blocks=tuple(own)) for page, own in zip(pages, blocks, strict=True)]


def _flow(blocks: Sequence[Sequence[Block]]) -> Iterator[_Place]:
    """The places of running text and of what ends a paragraph, in order."""
    for at, own in enumerate(blocks):
        for place, block in enumerate(own):
            if block.kind not in _PASSED_OVER and (block.text.strip() or block.data is not None):
                yield at, place


def _is_broken(blocks: Sequence[Sequence[Block]], before: _Place, after: _Place) -> bool:
    first, second = blocks[before[0]][before[1]], blocks[after[0]][after[1]]
    if second.kind != "text" or _ITEM.match(first.text) or _ITEM.match(second.text):
        return False
    if before[0] == after[0] and not _is_next_column(first, second):
        return False
    start, end = second.text.lstrip(), first.text.rstrip()
    is_open = _ENDS_OPEN.search(end) is not None or _HYPHENATED.search(end) is not None
    return is_open and _GOES_ON.match(start) is not None and start[:1].islower()


def _is_next_column(first: Block, second: Block) -> bool:
    """Whether the second stands higher than the first ends, and to its right."""
    if first.box is None or second.box is None:
        return False
    last, next_ = first.parts[-1] if first.parts else first.box, second.parts[0] if second.parts else second.box
    return next_.top < last.bottom and next_.left > last.left + 0.5 * last.width


def _joined(first: str, second: str, words: set[str]) -> str:
    """Both halves; a word that was cut is put together, with its hyphen only where the document writes it so."""
    first, second = first.rstrip(), second.lstrip()
    cut, rest = _HYPHENATED.search(first), _FIRST_WORD.match(second)
    if cut is None or rest is None:
        return f"{first} {second}"
    keeps_hyphen = f"{cut['half']}-{rest[0]}".casefold() in words
    return (first if keeps_hyphen else first[:-1]) + second
