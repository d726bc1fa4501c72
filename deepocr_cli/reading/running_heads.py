"""Pages in, the same pages out with running headers, running footers and page numbers known for what they are.

Only what recurs is running: a header that one page alone has, a letter's head above all, stays what it was, and so does
the first heading of those words, which is the title that the others repeat.
"""

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from deepocr_cli.block_kinds import HEADINGS
from deepocr_cli.document import Block, Page

LONGEST = 160
"""Characters of a running head."""
_DEPTH = 3
"""How many blocks from the end of a page a running head may stand."""
_KINDS = HEADINGS | {"text", "header", "footer", "page_number", "aside_text"}
_NUMBER_AT_END = re.compile(r"\A\W*\d+\W+|\W+\d+(?:/\d+)?\W*\Z")
_PAGE_NUMBER = re.compile(
    r"[-–—|· ]*(?:(?:page|seite|p\.|s\.)\s*)?(?P<number>\d{1,5})(?:\s*(?:/|of|von|de)\s*\d{1,5})?[-–—|· ]*",
    re.IGNORECASE,
)

_Place = tuple[int, int]
"""Which page, which block, both from 0."""


def find_running_heads(pages: Sequence[Page]) -> list[Page]:
    """Blocks at the top or bottom whose words return at that end of other pages, and numbers that count the pages."""
    kinds: dict[_Place, str] = {}
    for end, kind in (("top", "running_header"), ("bottom", "running_footer")):
        candidates = _candidates(pages, end)
        found = dict.fromkeys(_recurring(pages, candidates), kind)
        found.update(dict.fromkeys(_counting(pages, candidates), "page_number"))
        kinds = found | kinds
    return [
        replace(
            page,
            blocks=tuple(
                replace(block, kind=kinds.get((at, place), block.kind)) for place, block in enumerate(page.blocks)
            ),
        )
        for at, page in enumerate(pages)
    ]


def _candidates(pages: Sequence[Page], end: str) -> list[_Place]:
    places = []
    for at, page in enumerate(pages):
        reach = range(len(page.blocks))
        near = reach[:_DEPTH] if end == "top" else reach[-_DEPTH:]
        places += [(at, place) for place in near if _may_run(page.blocks[place], end)]
    return places


def _may_run(block: Block, end: str) -> bool:
    """A short block of words, in the upper or lower fifth of the page where its place is known."""
    if block.kind not in _KINDS or not block.text.strip() or len(block.text) > LONGEST or "\n\n" in block.text:
        return False
    if block.box is None:
        return True
    return block.box.bottom <= 0.2 if end == "top" else block.box.top >= 0.8


def _recurring(pages: Sequence[Page], candidates: Sequence[_Place]) -> list[_Place]:
    groups: dict[str, list[_Place]] = defaultdict(list)
    for at, place in candidates:
        groups[_words(pages[at].blocks[place])].append((at, place))
    found = []
    for words, places in groups.items():
        count = len({at for at, _ in places})
        if not any(map(str.isalpha, words)) or count < max(2, len(pages) / 4) or (count < 3 and count < len(pages)):
            continue
        headings = [place for place in places if pages[place[0]].blocks[place[1]].kind in HEADINGS]
        found += [place for place in places if place not in headings[:1]]
    return found


def _counting(pages: Sequence[Page], candidates: Sequence[_Place]) -> list[_Place]:
    """Bare numbers that count up as the pages do, on two pages at least."""
    by_offset: dict[int, list[_Place]] = defaultdict(list)
    for at, place in candidates:
        match = _PAGE_NUMBER.fullmatch(pages[at].blocks[place].text.strip())
        if match is not None:
            by_offset[int(match["number"]) - pages[at].number].append((at, place))
    return [place for places in by_offset.values() if len({at for at, _ in places}) > 1 for place in places]


def _words(block: Block) -> str:
    """What recurs: the words without their mark and without the page's number before or after them."""
    return _NUMBER_AT_END.sub("", " ".join(block.text.lstrip("# ").casefold().split()))
