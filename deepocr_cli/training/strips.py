"""Words become synthetic pictures: strips of lines at a fixed pitch, or a free block of paragraphs."""

import random

from PIL import Image

from deepocr_cli.training.lines import write_line
from deepocr_cli.training.sample import MIDDLE, USUAL_PITCH, Canvas, Sample
from deepocr_cli.training.styles import Writer

DESCENT, ASCENT = 0.28, 0.80
"""How far letters reach below and above the baseline, in letter heights."""


def draw_strips(writer: Writer, width: int, height: int, pitch: float, chance: random.Random) -> Sample:
    """Lines cut out and pasted `pitch` pixels apart, the middles of their letters on the middles of the rows.

    The canvas is `width` x `height` pixels; some lines are short, some rows stay empty.
    """
    canvas = _new_canvas(width, height, chance)
    scale = min(1.0, pitch / USUAL_PITCH)
    style = writer.choose_style(chance, scale)
    stock: list[str] = []
    row_count = round(height / pitch)
    for row in range(row_count if chance.random() < 0.85 else chance.randint(1, row_count)):
        if row and chance.random() < 0.15:
            style, stock = writer.choose_style(chance, scale), []
        if len(stock) < 60:
            stock += writer.words(style, 40, chance)
        left = chance.uniform(1, 10) if chance.random() < 0.85 else chance.uniform(1, 60)
        right = width - chance.uniform(4, 60) if chance.random() < 0.8 else chance.uniform(left + 30, width - 4)
        middle = (row + 0.5) * pitch + chance.uniform(-1.8, 1.8) * scale
        baseline = min(middle + MIDDLE * style.size, height - DESCENT * style.size)
        write_line(canvas, stock, style, (left, right), baseline, chance)
        if not style.is_plain and chance.random() < 0.02:
            canvas.invert(row * pitch, (row + 1) * pitch)
    return canvas.finish()


def draw_block(writer: Writer, width: int, height: int, chance: random.Random) -> Sample:
    """Paragraphs from any place of the picture on, with blank areas, indents and spacing of all kinds."""
    canvas = _new_canvas(width, height, chance)
    style, leading = writer.choose_style(chance), chance.uniform(1.08, 1.6)
    left = chance.uniform(1, 14) if chance.random() < 0.7 else chance.uniform(1, width * 0.4)
    right = width - (chance.uniform(4, 16) if chance.random() < 0.7 else chance.uniform(4, width * 0.4))
    top = chance.uniform(0, 12) if chance.random() < 0.6 else chance.uniform(0, height * 0.6)
    bottom = height if chance.random() < 0.75 else top + chance.uniform(0.15, 1) * (height - top)
    while top + (ASCENT + DESCENT) * style.size <= bottom:
        canvas.new_paragraph()
        stock = writer.words(style, chance.choice((5, 20, 60)), chance)
        indent = chance.choice((0.0, 0.0, 1.5 * style.size))
        while stock and top + (ASCENT + DESCENT) * style.size <= bottom:
            baseline = top + ASCENT * style.size
            write_line(canvas, stock, style, (left + indent, right), baseline, chance)
            top, indent = top + leading * style.size, 0.0
        top += chance.uniform(0.4, 1.3) * style.size
        if chance.random() < 0.12:
            style = writer.choose_style(chance)
    return canvas.finish()


def _new_canvas(width: int, height: int, chance: random.Random) -> Canvas:
    shrink = Image.Resampling.BOX if chance.random() < 0.6 else Image.Resampling.LANCZOS
    return Canvas(width, height, scale=chance.choice((1, 1, 2, 2, 3)), shrink=shrink)
