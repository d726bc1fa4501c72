"""A page's text layer, its glyphs and its pixels in, the layer out with the words marked that the pixels contradict."""

from dataclasses import replace

import numpy as np

from deepocr_cli.document import Doubt, TextLayer
from deepocr_cli.pages.glyphs import Glyphs
from deepocr_cli.pages.likeness import likeness, looks_of
from deepocr_cli.pages.mistaken_letters import mistaken_letters

_LEAST_HEIGHT = 8
"""Pixels that a font has to be high before its letters mean anything."""
_FEWEST_LETTERS = 2
_UNLIKE, _STRANGE = 0.8, 0.5
"""A word is doubted whose letters look less like their own kind on average, or two of them each: of the words of 250
public pages fewer than one in a thousand; of words under which something else stands, six in seven."""


def mark_doubtful_words(layer: TextLayer, glyphs: Glyphs, grey: np.ndarray) -> TextLayer:
    """`layer` with a doubt for visible words whose letters look unlike what they are said to be in `grey` (H, W), the
    drawn page: unlike the same letters elsewhere on the page, or like other letters."""
    heights = np.linalg.norm(glyphs.heights * grey.shape[::-1], axis=1)
    is_visible = np.array([word.is_visible for word in layer.words], dtype=bool)
    glyphs = glyphs.among(is_visible[glyphs.words] & (heights >= _LEAST_HEIGHT))
    are_unlike = _are_unlike(glyphs, grey, len(layer.words))
    others = glyphs.among(~are_unlike[glyphs.words])
    doubts = dict.fromkeys(np.flatnonzero(are_unlike).tolist(), Doubt.UNLIKE)
    doubts |= dict.fromkeys(others.words[mistaken_letters(others, grey)].tolist(), Doubt.MISTAKEN)
    words = (replace(word, doubt=doubts[place]) if place in doubts else word for place, word in enumerate(layer.words))
    return replace(layer, words=tuple(words))


def _are_unlike(glyphs: Glyphs, grey: np.ndarray, word_count: int) -> np.ndarray:
    """For each word whether its letters look unlike the same letters elsewhere, (word_count,).

    Words that do are looked at again beside all others alone, for false ones spoil the picture of true ones.
    """
    looks = looks_of(glyphs, grey)
    are_unlike = np.zeros(word_count, dtype=bool)
    for _ in range(2):
        ranks = likeness(glyphs, looks, ~are_unlike[glyphs.words])
        is_known = ~np.isnan(ranks)
        counts = np.bincount(glyphs.words[is_known], minlength=word_count)
        sums = np.bincount(glyphs.words[is_known], weights=ranks[is_known], minlength=word_count)
        strangers = np.bincount(glyphs.words[ranks < _STRANGE], minlength=word_count)
        are_unlike = (counts >= _FEWEST_LETTERS) & ((sums < _UNLIKE * counts) | (strangers >= _FEWEST_LETTERS))
        if not are_unlike.any():
            break
    return are_unlike
