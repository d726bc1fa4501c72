"""A Document in, JSON out as `document.schema.json` describes it."""

import json

from deepocr_cli.document import Block, Box, Cell, Document, Figure, Page, Table
from deepocr_cli.errors import printable
from deepocr_cli.serialize import Plain, plain_reading
from deepocr_cli.writers.block_text import figure_link

SCHEMA_VERSION = 1
"""Counts up when a field changes its meaning or goes away; new fields leave it as it is."""

_COORDINATE_DIGITS = 4  # a tenth of the grid that the model points with


def to_json(document: Document, figures_href: str | None) -> str:
    """Indented JSON, keys in the order of the schema, the same bytes for the same document.

    Args:
        document: what was read.
        figures_href: the folder of the figures as the output file sees it; None leaves their address null.
    """
    plain = {
        "schema_version": SCHEMA_VERSION,
        "source": printable(document.source),
        "complete": document.is_complete,
        "pages": [_plain_page(page, figures_href) for page in document.pages],
    }
    return json.dumps(plain, ensure_ascii=False, allow_nan=False, indent=2) + "\n"


def _plain_page(page: Page, figures_href: str | None) -> Plain:
    width, height = page.size
    return {
        "number": page.number,
        "width": width,
        "height": height,
        **plain_reading(page),
        "blocks": [_plain_block(block) for block in page.blocks],
        "figures": [_plain_figure(figure, figures_href) for figure in page.figures],
        "note": page.note,
    }


def _plain_block(block: Block) -> Plain:
    return {
        "kind": block.kind,
        "text": block.text,
        "box": None if block.box is None else _plain_box(block.box),
        "table": None if block.data is None else _plain_table(block.data),
    }


def _plain_box(box: Box) -> Plain:
    return {
        "left": round(box.left, _COORDINATE_DIGITS),
        "top": round(box.top, _COORDINATE_DIGITS),
        "right": round(box.right, _COORDINATE_DIGITS),
        "bottom": round(box.bottom, _COORDINATE_DIGITS),
    }


def _plain_table(table: Table) -> Plain:
    return {"rows": [[_plain_cell(cell) for cell in row] for row in table.rows]}


def _plain_cell(cell: Cell) -> Plain:
    return {
        "text": cell.text,
        "column_span": cell.column_span,
        "row_span": cell.row_span,
        "is_header": cell.is_header,
    }


def _plain_figure(figure: Figure, figures_href: str | None) -> Plain:
    return {
        "name": figure.name,
        "href": None if figures_href is None else figure_link(figures_href, figure),
        "box": _plain_box(figure.box),
    }
