"""A page whose text layer is doubtful in, what light OCR makes of the doubtful words out: whether the layer says them.

Letters of music, of games, of show look like no others: that a word does not look like what it says is a suspicion,
which some words of the page, cut out and read, confirm or disperse.
"""

import re
from collections.abc import Callable, Sequence

import numpy as np

from deepocr_cli.document import Box, Doubt, PageImage, TextLayer, Word
from deepocr_cli.witness.plain_words import is_legible_to_ocr, plain_form

ReadLines = Callable[[Sequence[np.ndarray]], list[tuple[str, float]]]
"""Cut-out lines of text, grey pixels (H, W), in; what they say, and how sure the reader is of it, out."""

FEWEST_WORDS, LEAST_SHARE = 2, 0.005
"""Of doubtful words, and of all letters in them, from which on a page is looked at again."""
CHECKED_WORDS = 8
SURE = 0.9
"""A word that is read with less says nothing; RapidOCR has .95 and more for print on a drawn page."""
MOST_CONTRADICTED = 0.25
"""Of the words that were read, and no more than one: the share that may be others for the layer to be believed."""
HOPELESS_SHARE = 0.3
"""Of a page's letters, that must not look unlike their like where they cannot be read."""
CONTRADICTED = "the text layer has other words than the page shows"
_LEAST_SIDE = 4
"""Pixels of a piece of a page that can hold a word."""
_LONGEST = 16
"""Letters of a word; longer ones are lines of code."""
_LEGIBLE = re.compile(r"[^\W_]{3,}")


def contradiction(page: PageImage, read_lines: ReadLines) -> str | None:
    """Why the text layer of an upright page is not to be believed, where words of it do not look like what they say and
    light OCR does not find them there; None where it is."""
    layer = page.text_layer
    if layer is None:
        return None
    doubtful = [word for word in layer.words if word.doubt is not None]
    if len(doubtful) < FEWEST_WORDS or _share(doubtful, layer) < LEAST_SHARE:
        return None
    grey = np.asarray(page.image.convert("L"))
    pieces = {word: _cut(grey, word.box) for word in _to_be_read(doubtful)}
    words = [word for word, piece in pieces.items() if min(piece.shape) >= _LEAST_SIDE]
    readings = read_lines([pieces[word] for word in words])
    are_others = [
        _letters_of(word.text) not in _letters_of(reading)
        for word, (reading, confidence) in zip(words, readings, strict=True)
        if confidence >= SURE
    ]
    if len(are_others) < FEWEST_WORDS:
        are_unlike = [word for word in doubtful if word.doubt is Doubt.UNLIKE]
        return CONTRADICTED if _share(are_unlike, layer) > HOPELESS_SHARE else None
    return CONTRADICTED if sum(are_others) > max(1, MOST_CONTRADICTED * len(are_others)) else None


def _share(words: Sequence[Word], layer: TextLayer) -> float:
    """The share of the visible letters that some of the words have."""
    return sum(len(word.text) for word in words) / max(1, len(layer.visible_text.replace(" ", "")))


def _to_be_read(words: Sequence[Word]) -> list[Word]:
    """The longest of the words that light OCR could read without a slip."""
    legible = [
        word
        for word in words
        if len(word.text) <= _LONGEST and _LEGIBLE.search(word.text) and is_legible_to_ocr(word.text)
    ]
    return sorted(legible, key=lambda word: -len(word.text))[:CHECKED_WORDS]


def _cut(grey: np.ndarray, box: Box) -> np.ndarray:
    """A piece of the page with a little paper around it."""
    height, width = grey.shape
    edge = max(2, round(box.height * height / 8))
    left, right = max(0, round(box.left * width) - edge), round(box.right * width) + edge
    return grey[round(box.top * height) : round(box.bottom * height), left:right]


def _letters_of(text: str) -> str:
    return "".join(letter for letter in plain_form(text) if letter.isalnum())
