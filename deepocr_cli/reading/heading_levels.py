"""Pages in, the same pages out with headings whose levels agree through the document."""

import re
from collections.abc import Iterable
from dataclasses import replace

from deepocr_cli.document import Block, Page

_HEADING = re.compile(r"(?P<marks>#{0,6})\s*(?P<words>.*)", re.DOTALL)
_NUMBER = re.compile(r"(?P<number>\d{1,2}(?:\.\d{1,2}){0,4})\.?\s+\S|[A-Z](?P<letters>(?:\.\d{1,2}){1,4})\.?\s+\S")
_DEEPEST = 6


def level_headings(pages: Iterable[Page]) -> list[Page]:
    """A numbered heading is as deep as its number, 2.1 below 2; no heading is more than one below the one before it.

    The marks of headings without numbers say how deep they are beside one another: the topmost below the title are 2.
    """
    pages = list(pages)
    surplus = _surplus(block for page in pages for block in page.blocks if _is_heading(block))
    previous = 0
    levelled = []
    for page in pages:
        blocks = []
        for block in page.blocks:
            if _is_heading(block):
                previous, block = _levelled(block, previous, surplus)
            blocks.append(block)
        levelled.append(replace(page, blocks=tuple(blocks)))
    return levelled


def _is_heading(block: Block) -> bool:
    return block.kind in ("title", "sub_title") and bool(block.text.strip())


def _surplus(headings: Iterable[Block]) -> int:
    """By how much all headings below the title are too deep: 0 where a number says how deep one of them is."""
    matches = [_HEADING.match(block.text.strip()) for block in headings if block.kind == "sub_title"]
    found = [(len(match["marks"]), _NUMBER.match(match["words"])) for match in matches if match is not None]
    if not found or any(number for _, number in found):
        return 0
    return max(0, min(marks for marks, _ in found) - 2)


def _levelled(block: Block, previous: int, surplus: int) -> tuple[int, Block]:
    match = _HEADING.match(block.text.strip())
    assert match is not None
    words = match["words"]
    level = _level_of(block, max(0, len(match["marks"]) - surplus), words)
    if previous:
        level = min(level, previous + 1)
    return level, replace(block, text=f"{'#' * level} {' '.join(words.split())}")


def _level_of(block: Block, mark_count: int, words: str) -> int:
    """1 for a title; a section's number tells its depth, and else its mark does."""
    if block.kind == "title":
        return mark_count or 1
    number = _NUMBER.match(words)
    if number is None:
        return mark_count or 2
    depth = (number["number"] or f"0{number['letters']}").count(".") + 1
    return min(depth + 1, _DEEPEST)
