"""Pages in, the same pages out with headings whose levels agree through the document."""

import re
from collections.abc import Iterable
from dataclasses import replace

from deepocr_cli.document import Block, Page

_HEADING = re.compile(r"(?P<marks>#{0,6})\s*(?P<words>.*)", re.DOTALL)
_NUMBER = re.compile(r"(?P<number>\d{1,2}(?:\.\d{1,2}){0,4})\.?\s+\S|[A-Z](?P<letters>(?:\.\d{1,2}){1,4})\.?\s+\S")
_DEEPEST = 6


def level_headings(pages: Iterable[Page]) -> list[Page]:
    """A numbered heading is as deep as its number, 2.1 below 2; no heading is more than one below the one before it."""
    previous = 0
    levelled = []
    for page in pages:
        blocks = []
        for block in page.blocks:
            if block.kind in ("title", "sub_title") and block.text.strip():
                previous, block = _levelled(block, previous)
            blocks.append(block)
        levelled.append(replace(page, blocks=tuple(blocks)))
    return levelled


def _levelled(block: Block, previous: int) -> tuple[int, Block]:
    match = _HEADING.match(block.text.strip())
    assert match is not None
    words = match["words"]
    level = _level_of(block, len(match["marks"]), words)
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
