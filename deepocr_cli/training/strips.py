"""Words become synthetic pictures: strips of lines at a fixed pitch, or a free block of paragraphs."""

import random
from dataclasses import dataclass

from deepocr_cli.training.sample import MIDDLE, Canvas, Sample
from deepocr_cli.training.typefaces import Typeface, load_face
from deepocr_cli.training.words import TextKind, Texts, choose_words

DESCENT, ASCENT = 0.28, 0.80
"""How far letters reach below and above the baseline, in letter heights."""


@dataclass(frozen=True, slots=True)
class Style:
    """How the next lines are written; `size` is the letter height (em) in pixels."""

    face: Typeface
    kind: TextKind
    size: float


@dataclass(frozen=True, slots=True)
class Writer:
    """What synthetic samples are made of: texts, typefaces by family, kinds of text with weights, letter heights."""

    texts: Texts
    families: tuple[tuple[Typeface, ...], ...]
    mix: tuple[tuple[TextKind, float], ...]
    sizes: tuple[float, float]

    def choose_style(self, chance: random.Random) -> Style:
        """A family first, so that large families are not seen more often."""
        low, high = self.sizes
        kind = chance.choices([kind for kind, _ in self.mix], [weight for _, weight in self.mix])[0]
        face = chance.choice(chance.choice(self.families))
        return Style(face, kind, low + (high - low) * chance.betavariate(2, 2))

    def words(self, style: Style, count: int, chance: random.Random) -> list[str]:
        """Words that the style's face can write."""
        words = choose_words(self.texts, style.kind, count, chance, style.face.signs)
        return [kept for word in words if (kept := "".join(filter(style.face.can_write, word)))]


def draw_strips(writer: Writer, width: int, height: int, pitch: float, chance: random.Random) -> Sample:
    """Lines cut out and pasted `pitch` pixels apart, the middles of their letters on the middles of the rows.

    The canvas is `width` x `height` pixels; some lines are short, some rows stay empty.
    """
    canvas = Canvas(width, height, scale=chance.choice((1, 1, 2, 2, 3)))
    style = writer.choose_style(chance)
    stock: list[str] = []
    row_count = round(height / pitch)
    for row in range(row_count if chance.random() < 0.85 else chance.randint(1, row_count)):
        if row and chance.random() < 0.15:
            style, stock = writer.choose_style(chance), []
        if len(stock) < 60:
            stock += writer.words(style, 40, chance)
        left = chance.uniform(1, 10) if chance.random() < 0.85 else chance.uniform(1, 60)
        right = width - chance.uniform(4, 60) if chance.random() < 0.8 else chance.uniform(left + 30, width - 4)
        middle = (row + 0.5) * pitch + chance.uniform(-1.8, 1.8)
        baseline = min(middle + MIDDLE * style.size, height - DESCENT * style.size)
        _write_line(canvas, stock, style, (left, right), baseline, chance)
    return canvas.finish()


def draw_block(writer: Writer, width: int, height: int, chance: random.Random) -> Sample:
    """Paragraphs from any place of the picture on, with blank areas, indents and spacing of all kinds."""
    canvas = Canvas(width, height, scale=chance.choice((1, 1, 2, 2, 3)))
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
            _write_line(canvas, stock, style, (left + indent, right), baseline, chance)
            top, indent = top + leading * style.size, 0.0
        top += chance.uniform(0.4, 1.3) * style.size
        if chance.random() < 0.12:
            style = writer.choose_style(chance)
    return canvas.finish()


def _write_line(
    canvas: Canvas, stock: list[str], style: Style, span: tuple[float, float], baseline: float, chance: random.Random
) -> None:
    """Write as many words of the stock as fit between the ends of the span, and take them out of it."""
    left, right = span
    font = load_face(style.face, round(style.size * canvas.scale))
    space = max(font.getlength(" ") / canvas.scale, 0.15 * style.size)
    words: list[str] = []
    end = left
    while stock:
        length = font.getlength(stock[0]) / canvas.scale
        if end + length <= right:
            words.append(stock.pop(0))
            end += length + space
        elif words or left + length <= canvas.width - 4:
            break
        else:
            stock.pop(0)
    if words:
        slack = max(0.0, right - end) / len(words)
        stretch = min(slack, 0.35 * style.size) * chance.random() if chance.random() < 0.35 else 0.0
        canvas.line(words, left, baseline, style.face, style.size, space + stretch)
