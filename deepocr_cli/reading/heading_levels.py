"""Pages in, the same pages out with headings whose levels agree through the document."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from deepocr_cli.block_kinds import HEADINGS
from deepocr_cli.document import Block, Page
from deepocr_cli.heading_numbers import depth_of_number

_HEADING = re.compile(r"(?P<marks>#{0,6})\s*(?P<words>.*)", re.DOTALL)
_DEEPEST = 6


def level_headings(pages: Iterable[Page]) -> list[Page]:
    """A numbered heading is as deep as its number, 2.1 below 2; no heading is more than one below the one before it.

    Headings without numbers are as deep as numbered ones with as many marks. Where none has a number, the first one is
    the title if all others have more marks, and the topmost below a title are 2.
    """
    pages = list(pages)
    depths = _depths([_split(block) for page in pages for block in page.blocks if _is_heading(block)])
    previous = 0
    levelled = []
    for page in pages:
        blocks = []
        for block in page.blocks:
            if _is_heading(block):
                previous, block = _levelled(block, previous, depths)
            blocks.append(block)
        levelled.append(replace(page, blocks=tuple(blocks)))
    return levelled


def _is_heading(block: Block) -> bool:
    return block.kind in HEADINGS and bool(block.text.strip())


def _split(block: Block) -> tuple[int, str]:
    """How many marks a heading has, and its words; a title without marks has one."""
    match = _HEADING.match(block.text.strip())
    assert match is not None
    return len(match["marks"]) or (1 if block.kind == "title" else 2), " ".join(match["words"].split())


def _depths(headings: Sequence[tuple[int, str]]) -> Mapping[int, int]:
    """How deep a heading without a number is, by its marks."""
    numbered = [(marks, depth) for marks, words in headings if (depth := _level_of_number(words)) is not None]
    if numbered or not headings:
        return {marks: min(depth for own, depth in numbered if own == marks) for marks, _ in numbered}
    (first, _), *others = headings
    below = min((marks for marks, _ in others), default=first + 1)
    if first < below:
        return {first: 1} | {marks: marks - below + 2 for marks, _ in others}
    surplus = max(0, below - 2)
    return {marks: marks - surplus for marks, _ in headings}


def _levelled(block: Block, previous: int, depths: Mapping[int, int]) -> tuple[int, Block]:
    marks, words = _split(block)
    number = None if block.kind == "title" else _level_of_number(words)
    level = number or (marks if block.kind == "title" else depths.get(marks, marks))
    if previous:
        level = min(level, previous + 1)
    return level, replace(block, text=f"{'#' * level} {words}")


def _level_of_number(words: str) -> int | None:
    """Numbered headings stand below the title."""
    depth = depth_of_number(words)
    return None if depth is None else min(depth + 1, _DEEPEST)
