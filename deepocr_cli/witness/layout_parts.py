"""The lines of a layout box in, the part of the page that they are out: paragraph, heading, list item, code, note."""

import math
import re
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass, replace
from itertools import groupby, pairwise
from statistics import median

from deepocr_cli.document import Table
from deepocr_cli.heading_numbers import depth_of_number
from deepocr_cli.layout.lists import BOXES, BULLETS
from deepocr_cli.layout.notes import NOTE_SIZE
from deepocr_cli.layout.paragraphs import FEW, LINE_BREAK, NARROW
from deepocr_cli.layout.rows import Line, rows
from deepocr_cli.layout.runs import Look, Run, join_runs, plain_runs, write_runs
from deepocr_cli.layout.side_by_side import find_side_by_side
from deepocr_cli.witness.page_lines import SPACE_WIDTH, PageLine, raised

Row = tuple[PageLine, ...]
Edges = tuple[float, float, float, float]

BOX = re.compile(rf"[{BOXES}]\s+(?=\S)")
BULLET = re.compile(rf"(?:[{BULLETS}·–∗\uf0b7\u2043\u2212\x88]|[-*—](?=\s))\s*")
"""TeX has its bullet at 0x88 of fonts that name no letters."""
_ENTRY = re.compile(r"…\W*(?:\d{1,4}|[ivxlc]{1,7})\Z")
_NOTE = re.compile(r"(?:[⁰¹²³⁴-⁹*†‡§]+|\d{1,3}(?=\s?[^\W\d_]))\s?\S")
WIDE_GAP = 3
"""Words further apart than this many font sizes are of two columns."""
HEADINGS = {"title", "section-header"}
MISSED_TITLE = 1.4
"""A title that the layout model took for a paragraph is at least so large beside the text."""
LIKE_SIZE = 1.5
"""Rows whose letters are so much larger than the next row's are a heading, and no words of its paragraph."""
LONGEST_HEADING = 200
"""Letters of a heading of several lines."""


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a page before it is a block: its class in the layout model's words, its rows, its edges in points.

    A table has its cells in place of rows. The lines of a part that `has_lines` were ended on purpose, each of them.
    """

    name: str
    rows: tuple[Row, ...]
    edges: Edges
    table: Table | None = None
    has_lines: bool = False

    @property
    def size(self) -> float:
        return median(line.size for row in self.rows for line in row)

    @property
    def left(self) -> float:
        return min(line.box[0] for row in self.rows for line in row)

    @property
    def text(self) -> str:
        return " ".join(line.text for row in self.rows for line in row)


def rows_of(lines: Sequence[PageLine]) -> tuple[Row, ...]:
    """The lines of a box as rows in reading order; of lines that are drawn twice at one place, one."""
    by_place = {Line(line.text, *line.box): line for line in lines}
    return tuple(tuple(by_place[line] for line in row) for row in rows(list(by_place)))


def split_columns(part: Part) -> Iterator[Part]:
    """The part, blocks that stand side by side in it, such as two addresses, as parts of their own."""
    owners = {Line(line.text, *line.box): line for row in part.rows for line in row}
    print_rows = rows(list(owners))
    pieces: list[tuple[Sequence[Sequence[Line]], bool]] = []
    start = 0
    for first, last, blocks in find_side_by_side(print_rows) if part.name == "text" else ():
        pieces += [(print_rows[start:first], False), *((rows(block), True) for block in blocks)]
        start = last
    if not pieces:
        yield part
        return
    for own, has_lines in (*pieces, (print_rows[start:], False)):
        if own:
            found = tuple(tuple(owners[line] for line in row) for row in own)
            yield Part(part.name, found, edges_of(found), has_lines=has_lines)


def split_sizes(part: Part) -> Iterator[Part]:
    """The part, with rows of letters much larger than those of the rows beside them as parts of their own."""
    starts = [
        number
        for number, (before, row) in enumerate(pairwise(part.rows), start=1)
        if part.name == "text" and not 1 / LIKE_SIZE < _size(row) / _size(before) < LIKE_SIZE
    ]
    for start, end in pairwise((0, *starts, len(part.rows))):
        own = part.rows[start:end]
        yield replace(part, rows=own, edges=edges_of(own)) if starts else part


def _size(row: Row) -> float:
    """The size of most letters; the capital that begins a chapter may be larger."""
    return max(row, key=lambda line: len(line.text)).size


def with_lines(parts: Sequence[Part]) -> list[Part]:
    """The parts, those marked whose lines were all ended on purpose: addresses leave much of their column free."""
    return [replace(part, has_lines=part.has_lines or _are_short(part, parts)) for part in parts]


def _are_short(part: Part, parts: Sequence[Part]) -> bool:
    if part.name != "text" or not 1 < len(part.rows) <= FEW or is_item(part):
        return False
    left, size = part.left, part.size
    flush = [other.edges[2] for other in parts if other.rows and abs(other.left - left) < size and other is not part]
    # A block that stands alone, as at the right of a letter's head, has no column but the page.
    room = (
        max(flush) - left if flush else max(other.edges[2] for other in parts) - min(other.edges[0] for other in parts)
    )
    is_narrow = part.edges[2] - left < NARROW * room and (len(flush) > 0 or len(part.rows) > 2)
    is_flush = all(row[0].box[0] < left + 0.6 * size for row in part.rows)
    return is_narrow and is_flush and not any(row[0].text[:1].islower() for row in part.rows[1:])


def split_displays(part: Part) -> Iterator[Part]:
    """The part, with every displayed formula in it as a part of its own, called "equation"."""
    groups = [(own, list(row_group)) for own, row_group in groupby(part.rows, key=_is_display)]
    if not any(is_display for is_display, _ in groups):
        yield part
        return
    for is_display, own in groups:
        if is_display:
            yield from (Part("equation", (row,), edges_of((row,))) for row in own)
        else:
            yield Part("text" if part.name == "formula" else part.name, tuple(own), edges_of(own))


def _is_display(row: Row) -> bool:
    return len(row) == 1 and row[0].is_displayed


def join_paragraphs(parts: Sequence[Part]) -> list[Part]:
    """Parts in one where the layout model cut a paragraph within a sentence, or a heading of several lines."""
    joined: list[Part] = []
    for part in parts:
        if joined and (_goes_on(joined[-1], part) or _is_one_heading(joined[-1], part)):
            own = (*joined[-1].rows, *part.rows)
            name = "title" if "title" in (joined[-1].name, part.name) else part.name
            joined[-1] = Part(name, own, edges_of(own))
        else:
            joined.append(part)
    return joined


def edges_of(part_rows: Sequence[Row]) -> Edges:
    boxes = [line.box for row in part_rows for line in row]
    return (
        min(box[0] for box in boxes),
        min(box[1] for box in boxes),
        max(box[2] for box in boxes),
        max(box[3] for box in boxes),
    )


def paragraph_text(part: Part, compounds: Set[str]) -> str:
    """The words of a part, with a break where a line ends although the next word had room on it, as in an address."""
    stretches: list[list[Row]] = []
    for row in part.rows:
        right = math.inf if part.has_lines else part.edges[2]
        if stretches and not _ends_early(stretches[-1][-1], row, right):
            stretches[-1].append(row)
        else:
            stretches.append([row])
    return LINE_BREAK.join(write_runs(join_runs(map(row_runs, stretch), compounds)) for stretch in stretches)


def plain_text(part: Part, compounds: Set[str]) -> str:
    """The words as a heading has them, which looks alike all through."""
    return write_runs(plain_runs(join_runs(map(row_runs, part.rows), compounds)))


def row_runs(row: Row) -> list[Run]:
    """The runs of a row, with a space between lines that are not written together."""
    runs: list[Run] = []
    for before, line in zip((None, *row), row, strict=False):
        own = line if before is None else raised(line, before)
        gap = 0.0 if before is None else max(line.box[0] - before.box[2], before.box[0] - line.box[2])
        if gap > SPACE_WIDTH * min(line.size, before.size if before else line.size) and own is line:
            runs.append(Run(" "))
        runs.extend(own.runs)
    return runs


# ------------------------------------------------------------------------------------------------ kinds


def is_item(part: Part) -> bool:
    return bool(part.rows) and (
        part.name == "list-item"
        or (part.name == "text" and (BULLET.match(part.text) or BOX.match(part.text)) is not None)
    )


def with_missed_title(parts: Sequence[Part], body_size: float) -> list[Part]:
    """The parts of a first page, with the largest words on it as its title, where the layout model found none."""
    sizes = [part.size if part.rows else 0.0 for part in parts]
    largest = sizes.index(max(sizes)) if parts else 0
    found = list(parts)
    if not any(part.name == "title" for part in parts) and parts and _may_be_title(parts[largest], body_size):
        found[largest] = replace(parts[largest], name="title")
    return found


def _may_be_title(part: Part, body_size: float) -> bool:
    is_heading = len(part.text) < LONGEST_HEADING and not part.text.endswith((".", ",", ";", ":"))
    is_words = sum(letter.isalpha() for letter in part.text) > max(3, len(part.text) / 2)
    return part.name in ("text", "formula") and is_heading and is_words and part.size >= MISSED_TITLE * body_size


def is_note(part: Part, body_size: float, height: float) -> bool:
    """Whether a part is a footnote: small print in the lower half of the page that begins with a raised mark."""
    if part.name == "footnote":
        return True
    is_small = part.size <= NOTE_SIZE * body_size and part.edges[1] > height / 2
    return part.name in ("text", "list-item") and is_small and _NOTE.match(part.text) is not None


def is_entry(row: Row) -> bool:
    """Whether a row ends as an entry of a table of contents does."""
    return _ENTRY.search(" ".join(line.text for line in row)) is not None


def _ends_early(row: Row, following: Row, right: float) -> bool:
    """Whether a line was ended on purpose: the first word of the next would have fitted on it, and some more.

    So are rows with wide gaps, such as two addresses side by side, and rows with a label each, as in an e-mail.
    """
    if _has_gap(row) or _has_gap(following) or is_entry(row) or (_has_label(row) and _has_label(following)):
        return True
    line, word = following[0], following[0].text.split()[0]
    width = (line.box[2] - line.box[0]) * len(word) / len(line.text)
    return right - max(line.box[2] for line in row) > width + 2 * row[-1].size and not word[0].islower()


def _has_label(row: Row) -> bool:
    """Whether a row begins with bold words and a colon."""
    first = row[0].runs[0]
    return Look.BOLD in first.look and first.text.rstrip().endswith(":")


def _has_gap(row: Row) -> bool:
    return any(line.box[0] - before.box[2] > WIDE_GAP * line.size for before, line in pairwise(row))


def _goes_on(part: Part, other: Part) -> bool:
    """Whether the next line of a paragraph is at its place, and within a sentence."""
    if not part.name == other.name == "text" or not part.rows or not other.rows:
        return False
    last, first = part.rows[-1][0], other.rows[0][0]
    is_next = 0.8 * last.size < first.box[3] - last.box[3] < 1.45 * last.size
    is_flush = abs(first.box[0] - part.left) < 0.5 * last.size and abs(first.size - last.size) < 0.5
    is_within = re.search(r"[\w,;-]\Z", part.text) is not None and other.text[:1].islower()
    return is_next and is_flush and is_within and not is_item(part)


def _is_one_heading(part: Part, other: Part) -> bool:
    if not {part.name, other.name} <= HEADINGS or abs(part.size - other.size) > 0.5 or depth_of_number(other.text):
        return False
    is_next = other.rows[0][0].box[3] - part.rows[-1][0].box[3] < 1.5 * part.size
    is_short = len(part.text) + len(other.text) < LONGEST_HEADING
    centres = [(edges[0] + edges[2]) / 2 for edges in (edges_of(part.rows), edges_of(other.rows))]
    is_below = min(abs(part.left - other.left), abs(centres[0] - centres[1])) < part.size
    return is_next and is_short and is_below and not part.text.endswith((".", ":"))
