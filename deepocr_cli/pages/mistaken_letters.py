"""A page's glyphs and its pixels in, those out that look like another letter than the one they are said to be.

A font may name its letters wrongly, all or a few: the page looks right, and what is copied from it is wrong. So what
each letter of a font looks like is compared with that letter in the fonts at hand, and with all others.
"""

import string
from collections import Counter

import numpy as np

from deepocr_cli.pages.glyphs import Glyphs, look_at
from deepocr_cli.pages.letter_shapes import (
    COLUMNS,
    FACES,
    ROWS,
    Shapes,
    ink_in,
    is_drawable,
    shapes_in_faces,
    shapes_of,
)

Kind = tuple[str, str]
"""A font, and what one of its glyphs says."""

_LETTERS = string.ascii_letters + string.digits
_EXAMPLES = 7
"""As many glyphs of a kind are looked at; what their neighbours reach in with is not on most of them."""
_RANKS = 2, 3
"""Which of a pixel's values, sorted, is taken. The middle one keeps thin strokes, which never fall on the same pixels;
the one before leaves out what reaches in from the neighbours of slanted letters."""
_FEWEST = 3
_MISTAKEN = 0.25
"""A letter that looks so much more like another one is not what it is said to be."""
_MISTAKEN_SHARE = 0.02
"""Of the letters of a page: one page in fifty has more, in fonts for music, games or show."""


def mistaken_letters(glyphs: Glyphs, grey: np.ndarray) -> np.ndarray:
    """For each glyph whether it looks like another letter, (N,); none where these are few.

    Letters of Latin and Greek script are looked at, small ones and capitals as one: small capitals are both.
    """
    kinds = list(zip(glyphs.fonts, glyphs.texts, strict=True))
    counts = Counter(kinds)
    known = [kind for kind in counts if counts[kind] >= _FEWEST and kind[1].isalnum() and is_drawable(kind[1])]
    typical = _typical_shapes(glyphs, kinds, known, grey) if known else []
    mistaken = {*known}.intersection(*(_mistaken_kinds(known, shapes) for shapes in typical))
    total = sum(counts[kind] for kind in known)
    # Names that are exchanged are at least two; a single strange letter is the font's taste.
    if len(mistaken) < 2 or sum(counts[kind] for kind in mistaken) <= _MISTAKEN_SHARE * total:
        mistaken = set()
    return np.array([kind in mistaken for kind in kinds], dtype=bool)


def _mistaken_kinds(kinds: list[Kind], shapes: Shapes) -> set[Kind]:
    others = sorted({form for _, text in kinds for form in _forms(text)} - set(_LETTERS))
    letters = [*_LETTERS, *others]
    alike = np.concatenate([shapes.likeness(shapes_in_faces(part)) for part in (_LETTERS, *others)], axis=1)
    alike = alike.reshape(len(kinds), len(letters), len(FACES)).max(axis=2)
    places = {letter: place for place, letter in enumerate(letters)}
    own = [max(row[places[form]] for form in _forms(text)) for row, (_, text) in zip(alike, kinds, strict=True)]
    is_mistaken = shapes.have_ink & (alike.max(axis=1) - np.array(own) > _MISTAKEN)
    return {kind for kind, is_one in zip(kinds, is_mistaken, strict=True) if is_one}


def _forms(letter: str) -> set[str]:
    """A letter as it may look."""
    return {form for form in (letter, letter.lower(), letter.upper()) if is_drawable(form)}


def _typical_shapes(glyphs: Glyphs, kinds: list[Kind], known: list[Kind], grey: np.ndarray) -> list[Shapes]:
    """What each of the known kinds looks like, for each of `_RANKS`."""
    examples: dict[Kind, list[int]] = {kind: [] for kind in known}
    for place, kind in enumerate(kinds):
        if kind in examples and len(examples[kind]) < _EXAMPLES:
            examples[kind].append(place)
    # Kinds of fewer examples show them several times, so that all are sorted at once.
    places = np.array([np.resize(several, _EXAMPLES) for several in examples.values()])
    chosen = glyphs.among(places.ravel())
    ink = ink_in(look_at(chosen, grey, COLUMNS, ROWS)).reshape(len(known), _EXAMPLES, ROWS, COLUMNS)
    ink.partition(_RANKS, axis=1)
    size = np.array(grey.shape[::-1])
    widths, heights = (np.linalg.norm(way[::_EXAMPLES] * size, axis=1) for way in (chosen.advances, chosen.heights))
    return [shapes_of(list(ink[:, rank]), widths / heights) for rank in _RANKS]
