"""A Document in, JSON out as `document.schema.json` describes it."""

import json

from deepocr_cli.document import Block, Box, Document, Figure, Page
from deepocr_cli.errors import printable
from deepocr_cli.places import Turn
from deepocr_cli.serialize import Plain, plain_data, plain_reading
from deepocr_cli.style import PLAIN_STYLE, Style
from deepocr_cli.writers.block_text import figure_link

SCHEMA_VERSION = 1
"""Counts up when a field changes its meaning or goes away; new fields leave it as it is."""

_COORDINATE_DIGITS = 4  # a tenth of the grid that the model points with


def to_json(document: Document, figures_href: str | None, style: Style = PLAIN_STYLE) -> str:
    """Indented JSON, keys in the order of the schema, the same bytes for the same document.

    Args:
        document: what was read.
        figures_href: the folder of the figures as the output file sees it; None leaves their address null.
        style: not used; JSON has everything.
    """
    plain = {
        "schema_version": SCHEMA_VERSION,
        "source": printable(document.source),
        "complete": document.is_complete,
        "pages": [plain_page(page, figures_href) for page in document.pages],
    }
    return json.dumps(plain, ensure_ascii=False, allow_nan=False, indent=2) + "\n"


def plain_page(page: Page, figures_href: str | None) -> Plain:
    width, height = page.size
    return {
        "number": page.number,
        "width": width,
        "height": height,
        "turn": None if page.turn is None else _plain_turn(page.turn),
        **plain_reading(page),
        "blocks": [_plain_block(block, page) for block in page.blocks],
        "figures": [_plain_figure(figure, figures_href) for figure in page.figures],
        "note": page.note,
    }


def _plain_turn(turn: Turn) -> Plain:
    return {"quarter_turns": turn.quarter_turns, "degrees": turn.degrees}


def _plain_block(block: Block, page: Page) -> Plain:
    return {
        "kind": block.kind,
        "text": block.text,
        "box": None if block.box is None else _plain_box(block.box),
        "points": None if block.box is None else _points(block.box, page),
        "parts": [_plain_box(part) for part in block.parts],
        "coordinates": block.coordinates,
        "continues": block.continues,
        **plain_data(block.data),
    }


def _plain_box(box: Box) -> Plain:
    return {
        "left": round(box.left, _COORDINATE_DIGITS),
        "top": round(box.top, _COORDINATE_DIGITS),
        "right": round(box.right, _COORDINATE_DIGITS),
        "bottom": round(box.bottom, _COORDINATE_DIGITS),
    }


def _points(box: Box, page: Page) -> Plain:
    """The box in units of 1/72 inch, from the upper left corner of the page as it is seen, turned and cropped."""
    width, height = (pixels * 72 / page.dpi for pixels in page.size)
    return {
        "left": round(box.left * width, 1),
        "top": round(box.top * height, 1),
        "right": round(box.right * width, 1),
        "bottom": round(box.bottom * height, 1),
    }


def _plain_figure(figure: Figure, figures_href: str | None) -> Plain:
    return {
        "name": figure.name,
        "href": None if figures_href is None else figure_link(figures_href, figure),
        "box": _plain_box(figure.box),
    }
