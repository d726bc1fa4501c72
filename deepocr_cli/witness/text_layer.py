"""A PDF page with a visible text layer in, its text as blocks in reading order out.

pymupdf4llm's layout model finds the blocks and their classes; their text is put together here, from the spans of
the text layer. Text that the layout model passed over is kept: it is arranged by `reading_order`.
"""

import contextlib
import sys
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

from deepocr_cli.document import Block, Box, Cell, Source, Table
from deepocr_cli.errors import InputError
from deepocr_cli.witness.reading_order import Line, arrange, join_lines

KINDS = {
    "title": "title",
    "section-header": "sub_title",
    "page-header": "header",
    "page-footer": "footer",
    "picture": "image",
    "table": "table",
    "caption": "image_caption",
}
"""The layout model's classes in the vocabulary of `Block.kind`; all others are running text."""
OPEN_DOCUMENTS = 2
SPACE_WIDTH = 0.15
"""Spans further apart than this many font sizes are separate words."""


def read_text_layer(source: Source, number: int) -> tuple[Block, ...]:
    """The visible text of page `number` (from 1) in reading order; boxes are fractions of the upright page.

    Raises:
        InputError: the document cannot be opened, or has no such page.
    """
    page = _parse(source, number)
    blocks = [block for box in page.boxes for block in _blocks_of(box, page)]
    return tuple(_with_missed_text(blocks, page))


def _parse(source: Source, number: int) -> Any:
    """Page `number` as pymupdf4llm's layout model sees it; what its libraries print goes to stderr."""
    import numpy as np

    with contextlib.redirect_stdout(sys.stderr), np.errstate(all="ignore"):
        from pymupdf4llm.helpers.document_layout import parse_document

        document = _open(source)
        if not 1 <= number <= document.page_count:
            raise InputError(f"{source.name}: no page {number}", hint=f"the document has {document.page_count} pages")
        return parse_document(document, pages=[number - 1], use_ocr=False, force_text=True).pages[0]


@lru_cache(maxsize=OPEN_DOCUMENTS)
def _open(source: Source) -> Any:
    import pymupdf

    pymupdf.TOOLS.mupdf_display_errors(False)
    pymupdf.TOOLS.mupdf_display_warnings(False)
    try:
        document = pymupdf.open(source.path) if source.data is None else pymupdf.open(stream=source.data)
    except (RuntimeError, ValueError) as error:
        raise InputError(f"{source.name}: cannot be opened: {error}", hint="is it a whole PDF?") from error
    if document.needs_pass and not document.authenticate(source.password or ""):
        raise InputError(f"{source.name}: the password does not open it", hint="try --password-file FILE")
    return document


# ------------------------------------------------------------------------------------------------ blocks


def _blocks_of(box: Any, page: Any) -> list[Block]:
    """The blocks of one layout box: usually one; two for a picture with text in it; none for an empty box."""
    place = _place((box.x0, box.y0, box.x1, box.y1), page)
    kind = KINDS.get(box.boxclass, "text")
    if kind == "table":
        return _table_blocks(box, place)
    lines = [text for line in box.textlines or () if (text := _line_text(line["spans"]))]
    if kind == "image":
        return [Block("image", "", place)] + ([Block("text", "\n".join(lines), place)] if lines else [])
    if not lines:
        return []
    text = join_lines(lines)
    if kind == "image_caption" and text.lower().startswith("tab"):
        kind = "table_caption"
    return [Block(kind, _marked_up(box.boxclass, text), place)]


def _marked_up(layout_class: str, text: str) -> str:
    """The text with the markdown mark of its class."""
    marks = {"title": "# ", "section-header": "## ", "list-item": "- "}
    return marks.get(layout_class, "") + (text.lstrip("•◦▪‣·●○■- ") if layout_class == "list-item" else text)


def _table_blocks(box: Any, place: Box) -> list[Block]:
    grid = [[" ".join((text or "").split()) for text in row] for row in box.table["extract"] or ()]
    rows = tuple(tuple(Cell(text) for text in row) for row in grid if any(row))
    if not rows:
        return []
    return [Block("table", _table_html(rows), place, Table(rows))]


def _table_html(rows: Iterable[Iterable[Cell]]) -> str:
    from html import escape

    lines = ("<tr>" + "".join(f"<td>{escape(cell.text)}</td>" for cell in row) + "</tr>" for row in rows)
    return "<table>" + "".join(lines) + "</table>"


def _place(edges: Sequence[float], page: Any) -> Box:
    left, top, right, bottom = edges
    fractions = (left / page.width, top / page.height, right / page.width, bottom / page.height)
    return Box(*(min(1.0, max(0.0, fraction)) for fraction in fractions))


# ------------------------------------------------------------------------------------------------ text


def _line_text(spans: Iterable[Any]) -> str:
    """The visible spans of a line as text, with spaces where there is room for one."""
    text, right, size = "", 0.0, 1.0
    for span in spans:
        if not span["alpha"]:
            continue
        left = span["bbox"][0]
        if text and not text.endswith(" ") and left - right > SPACE_WIDTH * max(size, span["size"]):
            text += " "
        text += span["text"]
        right, size = span["bbox"][2], span["size"]
    return " ".join(text.split())


def _with_missed_text(blocks: list[Block], page: Any) -> list[Block]:
    """The blocks, and among them the text that lies in none of the layout's boxes."""
    boxes = [(box.x0, box.y0, box.x1, box.y1) for box in page.boxes]
    missed = [line for line in _horizontal_lines(page) if not any(_is_inside(line, box) for box in boxes)]
    result = list(blocks)
    for block in arrange(missed, page.width, page.height):
        result.insert(_position(result, block), block)
    return result


def _horizontal_lines(page: Any) -> list[Line]:
    lines = (line for block in page.fulltext or () for line in block["lines"] if line["dir"][0] > 0.99)
    return [Line(text, *map(float, line["bbox"])) for line in lines if (text := _line_text(line["spans"]))]


def _is_inside(line: Line, box: Sequence[float]) -> bool:
    centre = (line.left + line.right) / 2
    return box[0] <= centre <= box[2] and box[1] <= line.middle <= box[3]


def _position(blocks: Sequence[Block], block: Block) -> int:
    """Where `block` belongs: before the first block that lies below it in its column."""
    for index, other in enumerate(blocks):
        if other.box is None or block.box is None:
            continue
        overlaps = other.box.left < block.box.right and block.box.left < other.box.right
        if overlaps and other.box.top >= block.box.bottom:
            return index
    return len(blocks)
