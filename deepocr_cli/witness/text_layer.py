"""A PDF page with a visible text layer in, its text as blocks in reading order out.

pymupdf4llm's layout model finds the blocks and their classes; their text is put together here, from the lines of
the text layer, and ordered by `reading_order`. Text that the layout model passed over is kept. What the PDF knows
beyond its words is written as markdown: bold and italic, code, links, nested lists, and how deep a heading is.
"""

import contextlib
import logging
import math
import re
import sys
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from statistics import median
from typing import Any

from deepocr_cli.document import Block, Source
from deepocr_cli.errors import InputError
from deepocr_cli.layout.paragraphs import split_paragraphs
from deepocr_cli.layout.reading_order import order_regions, read_regions
from deepocr_cli.layout.rows import Line, rows
from deepocr_cli.layout.rules import NO_RULES
from deepocr_cli.places import holds
from deepocr_cli.witness.code_parts import join_code, split_code, without_code
from deepocr_cli.witness.formula_lines import Region
from deepocr_cli.witness.layout_blocks import LayoutPage, blocks_of, table_parts
from deepocr_cli.witness.layout_items import split_items
from deepocr_cli.witness.layout_parts import (
    Part,
    edges_of,
    is_entry,
    join_paragraphs,
    rows_of,
    split_columns,
    split_displays,
    split_sizes,
)
from deepocr_cli.witness.outline import Outline, read_outline
from deepocr_cli.witness.page_lines import PageLine, read_lines, turn_of
from deepocr_cli.witness.table_print import read_rules

ATOMIC = {"table", "picture"}
MARGINAL = {"page-header", "page-footer"}
OPEN_DOCUMENTS = 2
CROWDED_BYTES, CROWDED_WORDS = 1 << 20, 6000
TYPEWRITTEN = 0.9
"""The least share of a page's letters in a font of code, for a page that may be typewritten prose."""
_COMPOUND = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)+(?!-?\n)")
_PLAIN_WORD = re.compile(r"(?<![^\s(])[^\W\d_]+[,.;:)]?(?=\s|$)")


def read_text_layer(source: Source, number: int) -> tuple[Block, ...]:
    """The visible text of page `number` (from 1) in reading order; boxes are fractions of the upright page.

    Raises:
        InputError: the document cannot be opened, or has no such page.
    """
    page = _parse(source, number)
    return tuple(blocks_of(in_order(page), page))


def picture_share(source: Source, number: int) -> float:
    """The share of page `number` (from 1) that its largest picture covers."""
    page = _open(source)[number - 1]
    covered = [abs(page.rect & picture["bbox"]) for picture in page.get_image_info()]
    return float(max(covered, default=0.0) / abs(page.rect))


def _parse(source: Source, number: int) -> LayoutPage:
    """The layout of page `number`; what the libraries print goes to stderr."""
    import numpy as np

    document = _open(source)
    if not 1 <= number <= document.page_count:
        raise InputError(f"{source.name}: no page {number}", hint=f"the document has {document.page_count} pages")
    with contextlib.redirect_stdout(sys.stderr), np.errstate(all="ignore"):
        page = _lay_out(source, number, 0)
        turn = turn_of(page.lines)
        return _lay_out(source, number, turn) if turn else page


def _lay_out(source: Source, number: int, turn: int) -> LayoutPage:
    """The layout of page `number`, turned clockwise by `turn` degrees so that its text runs from left to right."""
    import pymupdf
    from pymupdf4llm.helpers.document_layout import parse_document

    document = _open(source)
    page = document[number - 1]
    page.set_rotation((page.rotation + turn) % 360)
    if _is_crowded(page):
        page.remove_rotation()
        boxes = []
    else:
        boxes = parse_document(document, pages=[number - 1], use_ocr=False, force_text=True).pages[0].boxes
        # Read after parsing, which turns the content and not the page: both speak of the same coordinates.
        page = document[number - 1]
    width, height = page.rect.width, page.rect.height
    regions = [Region(_edges(box), box.boxclass == "formula") for box in boxes if box.boxclass not in ATOMIC]
    lines, text = read_lines(page, regions), page.get_text()
    for box in boxes:
        if box.boxclass == "table" and _has_contents(box, lines):
            box.boxclass = "text"
    has_table = any(box.boxclass == "table" for box in boxes)
    flags = pymupdf.TEXTFLAGS_WORDS & ~pymupdf.TEXT_PRESERVE_LIGATURES
    words = page.get_text("words", flags=flags) if has_table else []
    rules = read_rules(page) if has_table else NO_RULES
    page.set_rotation(-turn % 360)
    page.remove_rotation()
    return LayoutPage(
        number=number,
        width=width,
        height=height,
        turn=turn,
        boxes=boxes,
        lines=without_code(lines) if _is_typewritten(lines) else lines,
        words=words,
        is_right_to_left=_is_right_to_left(text),
        body_size=_body_size(lines),
        compounds=frozenset(word.casefold() for word in _COMPOUND.findall(text)),
        outline=_outline(source),
        rules=rules,
    )


def _has_contents(box: Any, lines: Sequence[PageLine]) -> bool:
    """Whether a table of the layout model's is a table of contents, whose leaders it takes for cells."""
    own = rows_of([line for line in lines if holds(_edges(box), line.box)])
    return sum(map(is_entry, own)) > max(2, len(own) / 2)


def _is_crowded(page: Any) -> bool:
    """Whether a page is a map or a plan: the layout model takes minutes for ten thousand words, and finds nothing.

    Words are counted where the page's content is long enough for so many; most is drawn.
    """
    return len(page.read_contents()) > CROWDED_BYTES and len(page.get_text("words")) > CROWDED_WORDS


def _body_size(lines: Sequence[PageLine]) -> float:
    """The size of most of a page's letters, in points."""
    sizes: Counter[float] = Counter()
    for line in lines:
        sizes[round(line.size, 1)] += len(line.text)
    return max(sizes, key=lambda size: sizes[size], default=1.0)


def _is_typewritten(lines: Sequence[PageLine]) -> bool:
    """Whether prose is written in a font of code: most of the letters are, and most lines are made of words."""
    code = [line.text for line in lines if line.is_code]
    if sum(map(len, code)) < TYPEWRITTEN * sum(len(line.text) for line in lines):
        return False
    prose = [text for text in code if len(_PLAIN_WORD.findall(text)) > 4]
    return sum(map(len, prose)) > sum(map(len, code)) / 2


def _is_right_to_left(text: str) -> bool:
    """Whether most letters are of a script written from right to left."""
    directions = [unicodedata.bidirectional(letter) for letter in text if letter.isalpha()]
    return sum(direction in ("R", "AL") for direction in directions) > len(directions) / 2


@lru_cache(maxsize=OPEN_DOCUMENTS)
def _outline(source: Source) -> Outline:
    import pymupdf

    document = _open(source)
    bookmarks = pymupdf.Document.get_toc(document, simple=True)
    if not bookmarks:
        return read_outline([])
    largest = max(read_lines(document[0]), key=lambda line: line.size, default=None)
    return read_outline(bookmarks, "" if largest is None else largest.text)


@lru_cache(maxsize=OPEN_DOCUMENTS)
def _open(source: Source) -> Any:
    import pymupdf

    pymupdf.TOOLS.mupdf_display_errors(False)
    pymupdf.TOOLS.mupdf_display_warnings(False)
    pymupdf.set_messages(pylogging=True, pylogging_level=logging.DEBUG)
    try:
        document = pymupdf.open(source.path) if source.data is None else pymupdf.open(stream=source.data)
    except (RuntimeError, ValueError, OSError) as error:
        raise InputError(f"{source.name}: cannot be opened: {error}", hint="is it a whole PDF?") from error
    if document.needs_pass and not document.authenticate(source.password or ""):
        raise InputError(f"{source.name}: the password does not open it", hint="try --password-file FILE")
    if document.is_form_pdf:
        # As print: the layout model takes a page with fields for a table.
        document.bake(annots=False)
    # The parser would ask for all bookmarks anew on every page, 26 ms in a document of 2,400 pages, and use none.
    document.get_toc = lambda **_: []
    return document


# ------------------------------------------------------------------------------------------------ order


def in_order(page: LayoutPage) -> list[Part]:
    """The parts of the layout's boxes, and of the text in none of them, in the order of `reading_order`.

    The layout model's own order is used for running heads and feet alone: it mixes the columns of many pages.
    """
    lines = {Line(line.text, *line.box): line for line in page.lines}
    owners = _owners(page, lines)
    ranks: dict[int, list[int]] = {}
    ranked: list[tuple[float, Part]] = []
    positions: dict[Line, int] = {}
    for region in read_regions(list(owners), page.height):
        own = [line for row in region for line in row]
        positions |= {line: position for position, line in enumerate(own, len(positions))}
        stray = [line for line in own if owners[line] is None]
        for paragraph in split_paragraphs(rows(stray)):
            first = min(positions[line] for row in paragraph.rows for line in row)
            ranked.append((first, _text_part(paragraph.rows, lines)))
    for line, position in positions.items():
        if (index := owners[line]) is not None:
            ranks.setdefault(index, []).append(position)
    ranked += [
        (_rank(box.boxclass, ranks.get(index)), part)
        for index, box in enumerate(page.boxes)
        for part in _parts_of(index, page)
    ]
    return join_paragraphs(join_code([part for _, part in sorted(ranked, key=lambda found: found[0])]))


def _parts_of(index: int, page: LayoutPage) -> Iterator[Part]:
    if page.boxes[index].boxclass == "table":
        own = [line for line in page.lines if _owner(line, page) == index]
        yield from table_parts(page.boxes[index], own, page)
        return
    for region in _regions_of(_part_of(index, page)):
        for piece in split_displays(region):
            for part in split_code(piece):
                for column in split_columns(part):
                    for same in split_sizes(column):
                        yield from split_items(same)


def _regions_of(part: Part) -> Iterator[Part]:
    """The part, columns that the layout model has in one box as parts of their own."""
    lines = {Line(line.text, *line.box): line for row in part.rows for line in row}
    regions = order_regions(list(lines)) if part.name == "text" else []
    if len(regions) < 2:
        yield part
    else:
        yield from (_text_part(rows(region), lines) for region in regions)


def _part_of(index: int, page: LayoutPage) -> Part:
    box = page.boxes[index]
    own = [line for line in page.lines if _owner(line, page) == index]
    own_rows = rows_of(own)
    if page.is_right_to_left:
        own_rows = tuple(row[::-1] for row in own_rows)
    return Part(box.boxclass, own_rows, _edges(box))


def _text_part(paragraph: Sequence[Sequence[Line]], lines: Mapping[Line, PageLine]) -> Part:
    own = tuple(tuple(lines[line] for line in row) for row in paragraph)
    return Part("text", own, edges_of(own))


def _owners(page: LayoutPage, lines: Mapping[Line, PageLine]) -> dict[Line, int | None]:
    """What is put in order: the lines of text, tables and pictures as one line each; with the index of their box."""
    owners: dict[Line, int | None] = {
        Line(box.boxclass, *_edges(box)): index for index, box in enumerate(page.boxes) if box.boxclass in ATOMIC
    }
    for line, found in lines.items():
        index = _owner(found, page)
        is_wanted = found.direction[0] > 0.99 if index is None else page.boxes[index].boxclass not in ATOMIC | MARGINAL
        if is_wanted:
            owners[line] = index
    return owners


def _owner(line: PageLine, page: LayoutPage) -> int | None:
    """The index of the box that a line stands in; of boxes that overlap, the one that covers most of its height."""

    def covered(index: int) -> float:
        return float(min(page.boxes[index].y1, line.box[3]) - max(page.boxes[index].y0, line.box[1]))

    holders = [index for index, box in enumerate(page.boxes) if holds(_edges(box), line.box)]
    return max(holders, key=covered, default=None)


def _rank(layout_class: str, positions: Sequence[int] | None) -> float:
    if layout_class in MARGINAL:
        return -math.inf if layout_class == "page-header" else math.inf
    return median(positions) if positions else math.inf


def _edges(box: Any) -> tuple[float, float, float, float]:
    return box.x0, box.y0, box.x1, box.y1
