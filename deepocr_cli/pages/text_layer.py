"""A page of an opened PDF into the words it carries, told apart by whether a reader of the page can see them.

A word cannot be seen if its characters are drawn in render mode 3 (as OCR programs leave them) or at zero opacity,
if it lies off the page, or if an opaque image is drawn over it; `mark_unseen_words` finds those that left no ink.
Text in a Type 3 font whose glyphs bring their own colours is taken for invisible: MuPDF tells it no other way.
"""

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import TYPE_CHECKING, Any

import numpy as np

from deepocr_cli.document import Box, TextLayer, Word
from deepocr_cli.pages.drawing_order import drawing_order
from deepocr_cli.pages.glyphs import DrawnGlyph, Glyphs, glyphs_of
from deepocr_cli.pages.libraries import load_mupdf, page_errors
from deepocr_cli.pages.opening import Opened, OpenedPdf
from deepocr_cli.pages.unseen import unseen_digest

if TYPE_CHECKING:
    import pymupdf

_CLIPS = 64
"""The bit of `char_flags` for text that clips what is drawn next (FZ_STEXT_CLIPPED of MuPDF)."""
_LEAST_CONTRAST = 8
"""Grey levels out of 255 between a word's ink and its ground; the faintest print that people use has some 25."""

_LEAST_SIDE = 3
"""Pixels that the box of a word has to have each way before its emptiness means anything."""


@dataclass(frozen=True, slots=True)
class DrawnText:
    """The text layer of a page, and the glyphs that draw it."""

    layer: TextLayer
    glyphs: Glyphs


def read_text_layer(opened: Opened, number: int) -> DrawnText | None:
    """The words of page `number` (from 1) in the order of its content; None if it has no words or is an image.

    Boxes are fractions of the upright page. Nothing is drawn; a dense page takes some tens of milliseconds.

    Raises:
        InputError: the page is damaged.
    """
    if not isinstance(opened, OpenedPdf):
        return None
    with page_errors(opened.source, number):
        page = opened.document[number - 1]
        drawn_words = tuple(_drawn_words(page))
        if not drawn_words:
            return None
        words = tuple(_place_words(page, drawn_words))
        layer = TextLayer(words, _slant(drawn_words, words, page.rotation), unseen_digest(opened.document, page))
        glyphs, slants = [drawn.glyphs for drawn in drawn_words], [drawn.slant for drawn in drawn_words]
        size = page.rect.width, page.rect.height
        return DrawnText(layer, glyphs_of(glyphs, slants, _upright_matrix(page), size))


def mark_unseen_words(layer: TextLayer, grey: np.ndarray) -> TextLayer:
    """`layer` with the words marked invisible that have no ink in `grey`, the drawn page (H, W): white on white."""
    words = (replace(word, is_visible=word.is_visible and _has_ink(grey, word.box)) for word in layer.words)
    return replace(layer, words=tuple(words))


def _has_ink(grey: np.ndarray, box: Box) -> bool:
    height, width = grey.shape
    left, right = int(box.left * width), int(np.ceil(box.right * width))
    top, bottom = int(box.top * height), int(np.ceil(box.bottom * height))
    ground = grey[top:bottom, left:right]
    # A box of next to no area says nothing: some fonts state no height or width.
    return min(ground.shape) < _LEAST_SIDE or int(ground.max()) - int(ground.min()) >= _LEAST_CONTRAST


# ------------------------------------------------------------------------------------------------ words


@dataclass(frozen=True, slots=True)
class _DrawnWord:
    """A word as the page draws it: left, top, right, bottom in points of the page before its rotation, the degrees
    clockwise from left to right in which its line runs there, and its glyphs, each with the span that it is part of."""

    text: str
    rectangle: tuple[float, float, float, float]
    has_paint: bool
    slant: float
    glyphs: Sequence[DrawnGlyph]


def _drawn_words(page: "pymupdf.Page") -> Iterator[_DrawnWord]:
    pymupdf = load_mupdf()
    # Without the flag that clips to the page, so that words off it are known; without the one that puts glyph numbers
    # where the PDF does not tell a glyph's meaning, so that such a glyph is U+FFFD.
    flags = pymupdf.TEXT_PRESERVE_LIGATURES | pymupdf.TEXT_PRESERVE_WHITESPACE
    for block in page.get_textpage(clip=pymupdf.INFINITE_RECT(), flags=flags).extractRAWDICT()["blocks"]:
        for line in block.get("lines", ()):
            yield from _words_of_line(line["spans"], _slant_of_line(line))


def _slant_of_line(line: dict[str, Any]) -> float:
    """Vertical writing, as of Chinese, runs down an upright page."""
    across, down = (0.0, 0.0) if line["wmode"] else line["dir"]
    return math.degrees(math.atan2(down, across))


def _words_of_line(spans: Sequence[dict[str, Any]], slant: float) -> Iterator[_DrawnWord]:
    """A word may run over several spans, as where the font changes within it."""
    glyphs = [(glyph, span) for span in spans for glyph in span["chars"]]
    for is_space, group in groupby(glyphs, key=lambda glyph_and_span: glyph_and_span[0]["c"].isspace()):
        if not is_space:
            yield _join(tuple(group), slant)


def _has_paint(span: dict[str, Any]) -> bool:
    """Glyphs filled with a pattern clip it, and have no colour of their own; whether it shows, their ink will tell."""
    return span["alpha"] > 0 or bool(span["char_flags"] & _CLIPS)


def _join(glyphs: Sequence[DrawnGlyph], slant: float) -> _DrawnWord:
    text = "".join(glyph["c"] for glyph, _ in glyphs)
    lefts, tops, rights, bottoms = zip(*(glyph["bbox"] for glyph, _ in glyphs), strict=True)
    rectangle = (min(lefts), min(tops), max(rights), max(bottoms))
    return _DrawnWord(text, rectangle, any(_has_paint(span) for _, span in glyphs), slant, glyphs)


def _place_words(page: "pymupdf.Page", drawn_words: Sequence[_DrawnWord]) -> Iterator[Word]:
    order = drawing_order(page)
    sides = _upright_sides(page, np.array([drawn.rectangle for drawn in drawn_words]))
    centres = (sides[:, :2] + sides[:, 2:]) / 2
    on_page = ((centres >= 0) & (centres <= 1)).all(axis=1)
    for drawn, box, is_on_page in zip(drawn_words, np.clip(sides, 0, 1).tolist(), on_page.tolist(), strict=True):
        is_covered = order is not None and order.is_covered(drawn.rectangle)
        yield Word(drawn.text, Box(*box), drawn.has_paint and is_on_page and not is_covered)


def _slant(drawn_words: Sequence[_DrawnWord], words: Sequence[Word], rotation: int) -> float:
    """The slant of most visible letters, in whole tenths of a degree, on the page after its rotation."""
    letters: Counter[float] = Counter()
    for drawn, word in zip(drawn_words, words, strict=True):
        if word.is_visible:
            letters[round(drawn.slant, 1)] += len(word.text)
    most = max(letters, key=lambda slant: letters[slant], default=0.0)
    return (most + rotation + 180) % 360 - 180


def _upright_sides(page: "pymupdf.Page", rectangles: np.ndarray) -> np.ndarray:
    """Rectangles in points, (N, 4), as left, top, right, bottom in fractions of the page after its rotation."""
    matrix = _upright_matrix(page)
    corners = rectangles.reshape(-1, 2, 2) @ matrix[:2] + matrix[2]
    fractions = corners / np.array([page.rect.width, page.rect.height])
    return np.concatenate([fractions.min(axis=1), fractions.max(axis=1)], axis=1)


def _upright_matrix(page: "pymupdf.Page") -> np.ndarray:
    """From points of the page before its rotation to points of the page after it, (3, 2).

    PyMuPDF's own goes wrong where the part to be shown (CropBox) is larger than the sheet (MediaBox).
    """
    width, height = page.rect.width, page.rect.height
    match page.rotation:
        case 90:
            return np.array([(0, 1), (-1, 0), (width, 0)])
        case 180:
            return np.array([(-1, 0), (0, -1), (width, height)])
        case 270:
            return np.array([(0, -1), (1, 0), (0, height)])
        case _:
            return np.array([(1, 0), (0, 1), (0, 0)])
