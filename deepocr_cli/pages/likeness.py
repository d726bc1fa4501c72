"""A page's glyphs and its pixels in, how far glyphs that say the same look the same out.

Where a text layer lies on the letters that it names, all that a font calls e look alike, and unlike what it calls a.
Where it is shifted, belongs to another page, or has other words than are seen, they look like anything. Nothing need
be known of the font, the language or the script, and a page takes some milliseconds.
"""

import numpy as np

from deepocr_cli.pages.glyphs import Glyphs, look_at

_COLUMNS, _ROWS = 8, 12
_FEWEST_KINDS = 5
"""Kinds of glyphs in a font below which nothing can be told."""


def looks_of(glyphs: Glyphs, grey: np.ndarray) -> np.ndarray:
    """What each glyph looks like in `grey` (H, W), the drawn page: (N, D), of mean 0 and length 1."""
    looks = look_at(glyphs, grey, _COLUMNS, _ROWS).reshape(len(glyphs), _COLUMNS * _ROWS).astype(np.float32)
    looks = _unit(looks - looks.mean(axis=1, keepdims=True))
    # A third moment's sign tells ink from ground: a letter that is white on black looks like itself.
    return np.asarray(looks * np.sign((looks * looks * looks).sum(axis=1, keepdims=True)))


def likeness(glyphs: Glyphs, looks: np.ndarray, are_models: np.ndarray) -> np.ndarray:
    """For each glyph the share of the other kinds of its font that it looks less like than like its own kind, (N,).

    It is 1 for true ones and 0.5, on average, for those that anything stands under; NaN where it cannot be known: a
    glyph that is the only one of its kind, a font of few kinds.

    Args:
        are_models: which glyphs tell what their kinds look like, (N,).
    """
    ranks = np.full(len(glyphs), np.nan, dtype=np.float32)
    fonts, kinds = _numbered(glyphs.fonts), _numbered(glyphs.texts)
    for font in range(fonts.max(initial=-1) + 1):
        places = np.flatnonzero(fonts == font)
        ranks[places] = _ranks(looks[places], kinds[places], are_models[places])
    return ranks


def _ranks(looks: np.ndarray, kinds: np.ndarray, are_models: np.ndarray) -> np.ndarray:
    """The same for the glyphs of one font; `kinds` (N,) are numbers."""
    _, kinds = np.unique(kinds, return_inverse=True)
    order = np.argsort(kinds, kind="stable")
    counts = np.bincount(kinds, weights=are_models)
    sums = np.add.reduceat((looks * are_models[:, None])[order], np.searchsorted(kinds[order], np.arange(len(counts))))
    if (counts > 0).sum() < _FEWEST_KINDS:
        return np.full(len(looks), np.nan, dtype=np.float32)
    to_kinds = looks @ _unit(sums).T
    # A glyph is compared with the others of its kind: beside itself it would look like itself.
    own = sums[kinds] - looks * are_models[:, None]
    to_own = (looks * _unit(own)).sum(axis=1)
    to_kinds[:, counts == 0] = np.inf
    to_kinds[np.arange(len(looks)), kinds] = np.inf
    has_others = counts[kinds] - are_models > 0
    other_count = np.maximum(1, (counts > 0).sum() - (counts[kinds] > 0))
    return np.where(has_others, (to_kinds < to_own[:, None]).sum(axis=1) / other_count, np.nan)


def _unit(rows: np.ndarray) -> np.ndarray:
    scaled: np.ndarray = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-6)
    return scaled


def _numbered(names: tuple[str, ...]) -> np.ndarray:
    numbers: dict[str, int] = {}
    return np.array([numbers.setdefault(name, len(numbers)) for name in names], dtype=int)
