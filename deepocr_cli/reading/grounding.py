"""The text of one page as the model writes it in, its Blocks in reading order out.

Four forms are read, mixed as they come:

    <|ref|>label<|/ref|><|det|>[[x1, y1, x2, y2], ...]<|/det|>content      as released
    label[[x1, y1, x2, y2]]content                                         special tokens stripped by a server
    <|det|>label [x1, y1, x2, y2]<|/det|>content                           the long-document release
    content                                                                plain markdown

Coordinates are 0..999 over the page's width and height, so that 999 is the right or bottom edge; they become
fractions here and nowhere else. What the model wrote is untrusted: it is matched, in linear time, never evaluated.
"""

import re
from collections.abc import Iterator
from dataclasses import replace

from deepocr_cli.document import Block, Box, Table
from deepocr_cli.reading.cleanup import clean_text
from deepocr_cli.reading.formulas import understand_formulas
from deepocr_cli.reading.paragraphs import split_islands, split_paragraphs, table_block
from deepocr_cli.reading.tables import parse_pipe_table, parse_table

LAST_COORDINATE = 999

KINDS = frozenset(
    {
        *(
            "title",
            "sub_title",
            "text",
            "list",
            "code",
            "code_caption",
            "algorithm",
            "reference",
            "ref_text",
            "abstract",
        ),
        *("table", "table_caption", "table_footnote", "chart", "chart_caption"),
        *("image", "image_caption", "image_footnote", "figure", "figure_caption", "seal"),
        *("equation", "equation_number", "formula", "formula_number"),
        *("header", "footer", "page_number", "footnote", "page_footnote", "aside_text"),
    }
)
"""The labels that say what a block is. Any other text between ref tags is text of the page, found at a place."""

_INNER = r"[^<]*+(?:<(?!\|)[^<]*+)*+"  # up to the next special token
_END_OF_BOXES = r"(?:<\|/det\|>|(?=<\|(?:ref|det)\|>)|\Z)"  # where the closing tag is missing, the next one opens
_NUMBER = r"[ \t]*+-?\d{1,7}(?:\.\d{0,7})?[ \t]*+"
_BOX = rf"\[{_NUMBER}(?:,{_NUMBER}){{3}}\]"
_BOXES = rf"\[[ \t]*+{_BOX}(?:[ \t]*+,?[ \t]*+{_BOX})*+[ \t]*+\]"
_MARK = re.compile(
    rf"""
      <\|ref\|>(?P<label>{_INNER})<\|/ref\|>(?:\s*+<\|det\|>(?P<boxes>{_INNER}){_END_OF_BOXES})?
    | <\|det\|>(?P<detected>{_INNER}){_END_OF_BOXES}
    | ^(?P<stripped_label>{"|".join(sorted(KINDS, key=len, reverse=True))})[ \t]?(?P<stripped_boxes>{_BOXES})
    """,
    re.VERBOSE | re.MULTILINE,
)
_ONE_BOX = re.compile(_BOX)
_DETECTED = re.compile(rf"\s*+(?P<label>[a-z_]*+)\s*+(?P<boxes>{_BOX}|{_BOXES})\s*+")
_CUT_OFF = re.compile(r"\s*+(?P<label>[a-z_]*+)[-\[\]\d\s,.]*+")
_ONLY_COORDINATES = re.compile(r"[-\[\]\d\s,.]*+")
_COORDINATES = re.compile(rf"{_BOXES}|{_BOX}")
_STRAY_TAG = re.compile(r"<\|/?(?:ref|det)\|>")


def parse_blocks(text: str) -> tuple[Block, ...]:
    """The blocks of a page, cleaned up (`clean_text`); never raises, and keeps every word that is not markup.

    Several boxes of one label become their union; a picture or a found phrase becomes one block per box instead.
    """
    return understand_formulas(_cut_into_blocks(clean_text(text)))


def _cut_into_blocks(text: str) -> list[Block]:
    marks = list(_MARK.finditer(text))
    starts = [mark.start() for mark in marks] + [len(text)]
    blocks = list(split_paragraphs(_without_stray_tags(text[: starts[0]])))
    for mark, end in zip(marks, starts[1:], strict=True):
        said = mark["boxes"] or mark["stripped_boxes"] or mark["detected"]
        found = _marked_blocks(mark, text[mark.end() : end])
        blocks.extend(replace(block, coordinates=_coordinates(said)) for block in found)
    return blocks


def _marked_blocks(mark: re.Match[str], content: str) -> Iterator[Block]:
    label, boxes, content = _read_mark(mark, content)
    content = _without_stray_tags(content).strip("\n")
    is_phrase = label not in KINDS
    kind = "text" if is_phrase else label
    text = "\n".join(part for part in (label, content) if part) if is_phrase else content
    if len(boxes) > 1 and Block(kind, text).is_picture:
        yield from _content_blocks(kind, text, boxes[0])
        yield from (Block(kind, "", box) for box in boxes[1:])
    elif len(boxes) > 1 and is_phrase and text and not content:
        yield from (Block(kind, text, box) for box in boxes)
    else:
        parts = tuple(boxes) if len(boxes) > 1 else ()
        yield from (replace(block, parts=parts) for block in _content_blocks(kind, text, _union(boxes)))


def _read_mark(mark: re.Match[str], content: str) -> tuple[str, list[Box], str]:
    """The label, the boxes, and the content that follows; what was no coordinate after all is content."""
    if mark["stripped_label"] is not None:
        return mark["stripped_label"], _read_boxes(mark["stripped_boxes"]), content
    if mark["label"] is not None:
        inner, label = mark["boxes"] or "", _without_stray_tags(mark["label"]).strip()
        if not _ONLY_COORDINATES.fullmatch(inner):
            content = f"{inner}\n{content}"
        return label, _read_boxes(inner), content
    detected = _DETECTED.fullmatch(mark["detected"])
    if detected is not None:
        return detected["label"] or "text", _read_boxes(detected["boxes"]), content
    cut_off = _CUT_OFF.fullmatch(mark["detected"])
    if cut_off is not None and cut_off["label"] in KINDS:
        return cut_off["label"], [], content
    return "text", [], f"{mark['detected']}\n{content}"


def _coordinates(said: str | None) -> str | None:
    """The boxes as the model wrote them."""
    found = None if said is None else _COORDINATES.search(said)
    return None if found is None else found[0].strip()


def _read_boxes(text: str) -> list[Box]:
    return [_to_box(*map(float, match[0].strip("[]").split(","))) for match in _ONE_BOX.finditer(text)]


def _to_box(x1: float, y1: float, x2: float, y2: float) -> Box:
    left, right = sorted((_to_fraction(x1), _to_fraction(x2)))
    top, bottom = sorted((_to_fraction(y1), _to_fraction(y2)))
    return Box(left, top, right, bottom)


def _to_fraction(coordinate: float) -> float:
    return min(max(coordinate / LAST_COORDINATE, 0.0), 1.0)


def _union(boxes: list[Box]) -> Box | None:
    if not boxes:
        return None
    return Box(
        min(box.left for box in boxes),
        min(box.top for box in boxes),
        max(box.right for box in boxes),
        max(box.bottom for box in boxes),
    )


def _content_blocks(kind: str, content: str, box: Box | None) -> Iterator[Block]:
    """One block, or several where the content holds tables or fenced code beside other text."""
    islands = [(island, piece.strip()) for island, piece in split_islands(content) if piece.strip()]
    picture = Block(kind, "", box)
    if not islands and picture.is_picture and box is not None:
        yield picture
    for island, piece in islands:
        table = _read_table(island, piece, is_expected=kind == "table")
        if table is not None:
            yield table_block(table, box)
        elif island == "code":
            yield Block("code", piece, box)
        else:
            yield Block("text" if kind == "table" and len(islands) > 1 else kind, piece, box)


def _read_table(island: str, piece: str, *, is_expected: bool) -> Table | None:
    if island == "table":
        return parse_table(piece)
    return parse_pipe_table(piece) if is_expected else None


def _without_stray_tags(text: str) -> str:
    return _STRAY_TAG.sub("", text)
