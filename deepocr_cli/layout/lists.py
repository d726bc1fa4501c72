"""Rows of a region in, those that begin the items of lists out, and items as markdown.

What begins with a bullet is an item; numbers and letters begin items where they count. Edges are in the unit of the
lines.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import pairwise

from deepocr_cli.layout.as_markdown import escape_words
from deepocr_cli.layout.paragraphs import Paragraph, Row
from deepocr_cli.layout.rows import row_text

INDENT = 0.8
"""Items that begin further to the right than others by this many line heights are within them."""

BULLETS = "•◦▪‣●○■□➢✓"
"""Signs that are made to begin an item; dashes, asterisks and dots do, too."""
BOXES = "☐☑☒"
"""Signs that begin an item and say more than that."""
_PLAIN_SIGNS = "∙·*–—-○□"
"""Signs that a line may begin with and be no item: one alone makes no list."""
_BULLET = re.compile(rf"(?P<sign>[{BULLETS}{_PLAIN_SIGNS}])\s+(?=\S)")
_COUNTED = re.compile(
    r"(?P<open>[(\[]?)(?:(?P<number>\d{1,3})|(?P<roman>[ivx]{1,5})|(?P<letter>[a-zA-Z]))(?P<close>[.)\]])\s+(?=\S)"
)
_MISREAD = re.compile(r"(?:[^\w\s\"'“‘«„(\[$€£#]|[oO0](?=\s))\s*")
"""What a reader takes a bullet for."""
_LISTED = re.compile(r"\d{1,3}[.)]\s")
"""What markdown takes for the number of an item."""
_ROMAN = {"i": 1, "v": 5, "x": 10}


def find_items(page_rows: Sequence[Row]) -> set[int]:
    """The numbers of the rows that begin an item."""
    texts = [row_text(row) for row in page_rows]
    series: defaultdict[tuple[str, int], list[tuple[int, int]]] = defaultdict(list)
    found = set()
    for number, (row, text) in enumerate(zip(page_rows, texts, strict=True)):
        place = round(row[0].left / (2 * INDENT * row[0].height))
        for kind, value in _values(text):
            # What is at the edge of a place may stand at the next one on a page that is a little askew.
            for near in (place, place + 1):
                series[kind, near].append((number, value))
        if begins_with_bullet(text):
            found.add(number)
    for (kind, _), members in series.items():
        found.update(_counting(members) if kind[:1] != "=" else _repeated(members))
    return found


def begins_with_bullet(text: str) -> bool:
    """Whether text begins with a sign that is made to begin an item."""
    match = _BULLET.match(text)
    return match is not None and match["sign"] not in _PLAIN_SIGNS


def write_items(items: Sequence[Paragraph]) -> tuple[str, str]:
    """Items that follow one another as words and as markdown; what stands further right is within what is before."""
    lefts = [item.left for item in items]
    words, markdown = [], []
    for item in items:
        text = item.text()
        match = _BULLET.match(text)
        level = _level(lefts, item.left, item.rows[0][0].height)
        words.append(text)
        rest = escape_words(text[match.end() :] if match else text).replace("\n", "\n" + "   " * (level + 1))
        markdown.append("   " * level + ("" if _LISTED.match(text) else "- ") + rest)
    return "\n".join(words), "\n".join(markdown)


def with_bullet(text: str) -> str:
    """The text of a line at which a bullet stands, whatever its reader took that for."""
    return f"{BULLETS[0]} {_MISREAD.sub('', text, count=1) if _MISREAD.match(text) else text}"


def _values(text: str) -> Iterator[tuple[str, int]]:
    """What the start of a row may count as: how it is written, and which number it is."""
    sign, counted = _BULLET.match(text), _COUNTED.match(text)
    if sign and sign["sign"] in _PLAIN_SIGNS:
        yield f"={sign['sign']}", 0
    if counted is None:
        return
    frame = counted["open"] + counted["close"]
    if counted["number"]:
        yield f"1{frame}", int(counted["number"])
    if counted["roman"]:
        yield f"i{frame}", _roman(counted["roman"])
    letter = counted["letter"] or counted["roman"] or ""
    if len(letter) == 1:
        yield f"a{frame}", ord(letter)


def _roman(text: str) -> int:
    values = [_ROMAN[letter] for letter in text]
    return sum(-value if value < max(values[place:]) else value for place, value in enumerate(values))


def _counting(members: Sequence[tuple[int, int]]) -> set[int]:
    """The rows of numbers that count up by one."""
    steps = [(first, second) for first, second in pairwise(members) if second[1] == first[1] + 1]
    return {row for step in steps for row, _ in step}


def _repeated(members: Sequence[tuple[int, int]]) -> set[int]:
    return {row for row, _ in members} if len(members) > 1 else set()


def _level(lefts: Sequence[float], left: float, height: float) -> int:
    """How many indents lie left of an item."""
    steps: list[float] = []
    for edge in sorted(lefts):
        if not steps or edge > steps[-1] + INDENT * height:
            steps.append(edge)
    return sum(step < left - INDENT * height for step in steps)
