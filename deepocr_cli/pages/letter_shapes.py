"""Pictures of ink in, the shapes of its letters out, to be compared with those of letters in fonts that are at hand."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from deepocr_cli.pages.glyphs import Glyphs, look_at
from deepocr_cli.pages.libraries import load_mupdf

COLUMNS, ROWS = 14, 22
"""Of the picture in which a letter is looked for."""
FACES = ("helv", "hebo", "heit", "tiro", "tibo", "tiit", "tibi", "cour", "cobo", "cobi")
"""The fonts that PyMuPDF carries: with serifs and without, of one width, bold and slanted. They have the letters of
Latin and Greek script."""
_WIDTH, _HEIGHT = 10, 14
"""Of the picture of a letter alone."""
_IS_INK = 0.35
_WEIGHTS = 1.2, 2.0, 0.15
"""What a difference of the top, the bottom and the width costs."""
_FIELD = 64
"""Points of a page on which a letter is drawn half as high."""


@dataclass(frozen=True, slots=True)
class Shapes:
    """The shapes of N letters: pictures cut to their ink, (N, pixels), of mean 0 and length 1, or 0 without any ink;
    `extents` (N, 3) are the top and the bottom of the ink in the picture that it was cut from, as fractions, and the
    logarithm of its width in heights of the font."""

    pictures: np.ndarray
    extents: np.ndarray

    @property
    def have_ink(self) -> np.ndarray:
        """Which letters can be seen, (N,)."""
        return np.asarray(self.pictures.any(axis=1))

    def likeness(self, others: "Shapes") -> np.ndarray:
        """How much these look like `others`, (N, M): 1 for the same, less for other shapes, places and widths."""
        apart = np.abs(self.extents[:, None] - others.extents[None]) @ np.array(_WEIGHTS)
        return np.asarray(self.pictures @ others.pictures.T - apart)


def shapes_of(ink: Sequence[np.ndarray], proportions: np.ndarray) -> Shapes:
    """The shapes of letters.

    Args:
        ink: for each a picture of `ROWS` by `COLUMNS`, 0 for paper to 1.
        proportions: the widths of these pictures in heights of the font, (N,).
    """
    cut = [_cut_out(picture) for picture in ink]
    pictures = np.array([picture.ravel() for picture, *_ in cut], dtype=np.float32).reshape(-1, _WIDTH * _HEIGHT)
    pictures -= pictures.mean(axis=1, keepdims=True)
    pictures /= np.maximum(np.linalg.norm(pictures, axis=1, keepdims=True), 1e-3)
    tops, bottoms, widths = np.array([extent for _, *extent in cut]).reshape(-1, 3).T
    return Shapes(pictures, np.stack([tops, bottoms, np.log(np.maximum(widths * proportions, 0.01))], axis=1))


def ink_in(looks: np.ndarray) -> np.ndarray:
    """How far each pixel of pictures (N, rows, columns) differs from their ground, from 0 to 1."""
    levels = looks.astype(np.float32)
    # Most of the room around a letter's line is empty, so the median is the ground.
    ink = np.abs(levels - np.median(levels, axis=(1, 2), keepdims=True))
    return np.asarray(ink / np.maximum(ink.max(axis=(1, 2), keepdims=True), _LEAST_CONTRAST))


_LEAST_CONTRAST = 16
"""Grey levels out of 255."""


def _cut_out(picture: np.ndarray) -> tuple[np.ndarray, float, float, float]:
    """The ink of a letter in a picture of its own, its top, its bottom and its width as fractions of where it was."""
    import cv2

    is_ink = picture > _IS_INK
    if not is_ink.any():
        return np.zeros((_HEIGHT, _WIDTH), np.float32), 0.0, 0.0, 0.0
    rows, columns = np.flatnonzero(is_ink.any(axis=1)), np.flatnonzero(is_ink.any(axis=0))
    part = picture[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    is_smaller = part.shape[0] < _HEIGHT or part.shape[1] < _WIDTH
    part = cv2.resize(part, (_WIDTH, _HEIGHT), interpolation=cv2.INTER_LINEAR if is_smaller else cv2.INTER_AREA)
    return part, rows[0] / ROWS, (rows[-1] + 1) / ROWS, (columns[-1] + 1 - columns[0]) / COLUMNS


# ------------------------------------------------------------------------------------------ fonts at hand


@lru_cache(maxsize=4096)
def is_drawable(letter: str) -> bool:
    """Whether the fonts at hand have a letter, and it is of Latin or Greek script: others nobody here could read."""
    return len(letter) == 1 and letter < "\u0400" and all(_font(face).has_glyph(ord(letter)) for face in FACES)


@lru_cache(maxsize=1024)
def shapes_in_faces(letters: str) -> Shapes:
    """The shapes of letters that are drawable: each of them in all `FACES`, one letter after another.

    Letters that are always wanted together are best asked for together: they are drawn once.
    """
    pymupdf = load_mupdf()
    places = [(letter, face) for letter in letters for face in FACES]
    lines = np.array([(column + 0.25, row + 0.75) for row in range(len(letters)) for column in range(len(FACES))])
    size = np.array([len(FACES), len(letters)])
    with pymupdf.open() as document:
        page = document.new_page(width=len(FACES) * _FIELD, height=len(letters) * _FIELD)
        writer = pymupdf.TextWriter(page.rect)
        for (letter, face), (x, y) in zip(places, (lines * _FIELD).tolist(), strict=True):
            writer.append((x, y), letter, font=_font(face), fontsize=_FIELD / 2)
        writer.write_text(page)
        pixmap = page.get_pixmap(colorspace=pymupdf.csGRAY, alpha=False)
        grey = np.frombuffer(pixmap.samples, np.uint8).reshape(pixmap.height, pixmap.width)
    widths = np.array([_font(face).glyph_advance(ord(letter)) for letter, face in places])
    nothing = np.zeros(len(places))
    advances, heights = np.stack([widths / 2, nothing], axis=1), np.stack([nothing, nothing - 0.5], axis=1)
    texts, faces = zip(*places, strict=True)
    glyphs = Glyphs(texts, faces, np.arange(len(places)), lines / size, advances / size, heights / size)
    return shapes_of(list(ink_in(look_at(glyphs, grey, COLUMNS, ROWS))), widths)


@lru_cache(maxsize=len(FACES))
def _font(name: str) -> Any:
    return load_mupdf().Font(name)
