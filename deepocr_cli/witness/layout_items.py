"""The parts of a page in, those that are items of lists found, marked and nested out."""

import re
from collections.abc import Callable, Iterator, Sequence, Set
from dataclasses import replace
from itertools import pairwise

from deepocr_cli.layout.lists import BOXES, BULLETS
from deepocr_cli.layout.runs import Look, Run, join_runs, write_runs
from deepocr_cli.witness.layout_parts import BOX, BULLET, Part, edges_of, is_item, row_runs

_POINT = re.compile(f"[{BULLETS}]|[{BOXES}]\\s")
_LETTER = re.compile(r"o\s*")
"""Word sets an o of Courier before the items of inner lists."""
_NUMBER = re.compile(r"(?:\d{1,3}|[a-zA-Z]|[ivx]{1,4})[.)]\s+|\(\w{1,3}\)\s+|\[\w{1,8}\]\s+")
_MARKDOWN_NUMBER = re.compile(r"(\d{1,3}[.)])\s+")
DEEPEST_LIST = 4


def split_items(part: Part) -> Iterator[Part]:
    """The part, with rows that begin with a bullet as items of their own; a dash there may be one of its words."""
    if part.name not in ("text", "list-item"):
        yield part
        return
    names = {number: "list-item" for number, row in enumerate(part.rows) if number and _POINT.match(row[0].text)}
    for number, (before, row) in enumerate(pairwise(part.rows), start=1):
        # A box that is drawn stands before its line.
        is_out = row[0].box[0] < before[0].box[0] - 0.5 * row[0].size
        if is_out and number not in names and BOX.match(before[0].text):
            names[number] = "text"
    for start, end in pairwise((0, *sorted(names), len(part.rows))):
        own = part.rows[start:end]
        yield Part(names.get(start, part.name), own, edges_of(own)) if names else part


def with_missed_items(parts: Sequence[Part]) -> list[Part]:
    """The parts, with the numbered ones among list items as items, where the layout model took them for text."""
    found = list(parts)
    for index, part in enumerate(parts):
        beside = (*found[max(0, index - 1) : index], *parts[index + 1 : index + 2])
        if part.name == "text" and _NUMBER.match(part.text) and any(_stands_under(part, other) for other in beside):
            found[index] = replace(part, name="list-item")
    return found


def item_text(part: Part, compounds: Set[str]) -> tuple[str, str]:
    """The mark of a list item as markdown writes it, and its text without it, but for a check box."""
    runs = join_runs(map(row_runs, part.rows), compounds)
    words = "".join(run.text for run in runs)
    if BOX.match(words):
        return "- ", write_runs(runs)
    is_letter = bool(runs) and Look.CODE in runs[0].look and runs[0].text.strip() == "o"
    bullet, number = (_LETTER if is_letter else BULLET).match(words), _MARKDOWN_NUMBER.match(words)
    match = bullet or number
    rest = write_runs(_without_start(runs, match.end() if match else 0))
    return f"{number[1]} " if number and not bullet else "- ", rest


def nest_items(parts: Sequence[Part], mark_of: Callable[[Part], str]) -> list[int]:
    """By how many blanks each part is indented: that of its mark's column for an item within an item, else 0."""
    indents: list[int] = []
    open_items: list[tuple[float, int]] = []  # left edge, and the column of the text of the item
    for part in parts:
        if not is_item(part):
            open_items.clear()
            indents.append(0)
            continue
        while open_items and part.left < open_items[-1][0] + 0.8 * part.size:
            open_items.pop()
        if len(open_items) >= DEEPEST_LIST or (open_items and part.left > open_items[-1][0] + 8 * part.size):
            open_items.clear()
        indents.append(open_items[-1][1] if open_items else 0)
        open_items.append((part.left, indents[-1] + len(mark_of(part))))
    return indents


def _stands_under(part: Part, other: Part) -> bool:
    is_numbered = other.name == "list-item" and _NUMBER.match(other.text) is not None
    return is_numbered and abs(part.left - other.left) < 0.3 * part.size


def _without_start(runs: Sequence[Run], count: int) -> list[Run]:
    left: list[Run] = []
    for run in runs:
        cut = min(count, len(run.text))
        count -= cut
        if cut < len(run.text):
            left.append(replace(run, text=run.text[cut:]))
    return left
