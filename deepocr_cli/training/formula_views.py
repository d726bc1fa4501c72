"""A formula becomes a view of its own: its picture by matplotlib's mathtext, somewhere on the paper, its LaTeX as text.

No other view has this shape, so that the shape says what is to be written.
"""

import random

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from deepocr_cli.training.formulas import Formula, Piece, invent_formula
from deepocr_cli.training.sample import Sample

FACES = ("stix", "stix", "cm", "cm", "cm", "stixsans", "dejavuserif", "dejavusans")
SIZES = (24.0, 34.0)
"""Least and greatest letter height, in pixels; one that is too wide is made smaller."""
SMALLEST = 19.0
MARGIN = 4
POINTS_AN_INCH = 72
"""At so many dots an inch a point is a pixel."""
DISPLAYED_SHARE = 0.75
"""Fractions as high as where a formula stands alone; the others as within a line."""

OPENING, CLOSING = r"\[ ", r" \]"

Places = NDArray[np.floating]


def draw_formula_view(width: int, height: int, chance: random.Random) -> Sample:
    """A formula on paper of `width` x `height` pixels."""
    while True:
        formula, face = invent_formula(chance), chance.choice(FACES)
        source = _mathtext(formula, is_displayed=chance.random() < DISPLAYED_SHARE)
        size, scale = chance.uniform(*SIZES), chance.choice((1, 1, 2, 3))
        ink, places = _draw(source, face, size * scale)
        share = min((width - 2 * MARGIN) * scale / ink.shape[1], (height - 2 * MARGIN) * scale / ink.shape[0])
        if share * size < SMALLEST:
            continue
        if share < 1:
            ink, places = _draw(source, face, 0.98 * share * size * scale)
        if ink.shape[1] <= width * scale and ink.shape[0] <= height * scale:
            return _lay(formula, ink, places, (width, height, scale), chance)


def _lay(
    formula: Formula, ink: NDArray[np.uint8], places: Places, canvas: tuple[int, int, int], chance: random.Random
) -> Sample:
    """The drawing anywhere on the paper."""
    width, height, scale = canvas
    left, top = (
        chance.randint(0, room * scale - side) for room, side in zip((width, height), reversed(ink.shape), strict=True)
    )
    paper = np.full((height * scale, width * scale), 255, dtype=np.uint8)
    paper[top : top + ink.shape[0], left : left + ink.shape[1]] -= ink
    picture = Image.fromarray(paper).resize((width, height), Image.Resampling.BOX)
    text, where, is_glyph = _spell(formula, (places + np.array((left, top), dtype=np.float32)) / scale)
    return Sample(np.asarray(picture, dtype=np.uint8), text, where, is_glyph)


def _draw(source: str, face: str, size: float) -> tuple[NDArray[np.uint8], Places]:
    """The ink (H, W) of mathtext in letters of `size` pixels, and the middle (x, y) of each glyph in it."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.mathtext import MathTextParser

    properties = FontProperties(size=size, math_fontfamily=face)
    raster = MathTextParser("agg").parse(f"${source}$", dpi=POINTS_AN_INCH, prop=properties)
    vector = MathTextParser("path").parse(f"${source}$", dpi=POINTS_AN_INCH, prop=properties)
    ink = np.asarray(raster.image, dtype=np.uint8)
    baseline = ink.shape[0] - raster.depth
    middles = [(glyph[-2] + 0.28 * glyph[1], baseline - glyph[-1] - 0.28 * glyph[1]) for glyph in vector.glyphs]
    return ink, np.array(middles, dtype=np.float32).reshape(-1, 2)


def _mathtext(formula: Formula, *, is_displayed: bool) -> str:
    return formula.latex.replace(r"\frac", r"\dfrac") if is_displayed else formula.latex


def _spell(formula: Formula, places: Places) -> tuple[str, NDArray[np.float32], NDArray[np.bool_]]:
    """The text, the place of every character, and which characters are drawn as they are written.

    What draws nothing, as a brace, lies where the next glyph is.
    """
    place_of, start = {}, 0
    for piece in formula.drawn:
        place_of[piece] = tuple(places[start])
        start += piece.glyph_count
    assert start == len(places), f"{formula.latex}: mathtext draws {len(places)} glyphs, not {start}"
    latest, known = place_of[formula.drawn[-1]], []
    for piece in reversed((Piece(OPENING), *formula.pieces, Piece(CLOSING))):
        latest = place_of.get(piece, latest)
        is_itself = piece in place_of and len(piece.latex) == 1
        known += [(character, latest, is_itself) for character in reversed(piece.latex)]
    characters, where, is_glyph = zip(*reversed(known), strict=True)
    return "".join(characters), np.array(where, dtype=np.float32), np.array(is_glyph)
