"""Words of a stock become a line of a sample: running text, an item of a list, cells of a table, a leader of dots."""

import random
from collections.abc import Callable, Mapping

from deepocr_cli.training.sample import Canvas, Lettering
from deepocr_cli.training.styles import Style
from deepocr_cli.training.typefaces import load_face

BULLETS = ("•", "•", "-", "–", "*", "▪", "■", "○", "✓", "1.", "2)", "(a)", "iv.", "12.")
NARROWEST_SPACE = 0.15
"""Between words, in letter heights."""

Line = list[tuple[str, Lettering]]


def write_line(
    canvas: Canvas, stock: list[str], style: Style, span: tuple[float, float], baseline: float, chance: random.Random
) -> None:
    """Write as many words of the stock as fit between the ends of the span, and take them out of it."""
    layouts = _PLAIN if style.is_plain else _LAYOUTS
    draw = chance.choices(list(layouts), list(layouts.values()))[0]
    end = draw(canvas, stock, style, span, baseline, chance)
    if end > span[0] and not style.is_plain:
        _adorn(canvas, style, (span[0], end), baseline, chance)


def _running(
    canvas: Canvas, stock: list[str], style: Style, span: tuple[float, float], baseline: float, chance: random.Random
) -> float:
    """Words a space apart, some lines stretched; gives the right end."""
    left, right = span
    space = _space(canvas, style)
    line = _take(canvas, stock, style, right - left, space, chance)
    if not line:
        return left
    slack = max(0.0, right - left - _length(canvas, line, space))
    stretch = min(slack / len(line), 0.35 * style.size) * chance.random() if chance.random() < 0.35 else 0.0
    return canvas.line(line, left, baseline, space + stretch)


def _item(
    canvas: Canvas, stock: list[str], style: Style, span: tuple[float, float], baseline: float, chance: random.Random
) -> float:
    """A bullet or a number, and running words."""
    bullet = chance.choice(BULLETS)
    if all(map(style.lettering.face.can_write, bullet)) and all(map(style.emphasised.face.can_write, bullet)):
        stock.insert(0, bullet)
    return _running(canvas, stock, style, span, baseline, chance)


def _cells(
    canvas: Canvas, stock: list[str], style: Style, span: tuple[float, float], baseline: float, chance: random.Random
) -> float:
    """Short strings, or single characters, with wide gaps."""
    if chance.random() < 0.4:
        stock[:0] = [letter for word in stock[:8] for letter in word[:2]]
    gap = _space(canvas, style) + style.size * chance.uniform(0.3, 2.0)
    line = _take(canvas, stock, style, span[1] - span[0], gap, chance)
    return canvas.line(line, span[0], baseline, gap) if line else span[0]


def _leader(
    canvas: Canvas, stock: list[str], style: Style, span: tuple[float, float], baseline: float, chance: random.Random
) -> float:
    """A title, dots, and the number of a page, as in a table of contents."""
    left, right = span
    space = _space(canvas, style)
    title = _take(canvas, stock, style, chance.uniform(0.2, 0.6) * (right - left), space, chance)
    number = (str(chance.randint(1, 400)), style.lettering)
    room = right - left - _length(canvas, [*title, number], space) - 2 * space
    dot = "." if chance.random() < 0.6 else " ."
    count = int(room / style.lettering.length(dot, canvas.scale))
    if not title or count < 3:
        return left
    dots: Line = [(piece, style.lettering) for piece in (dot * count).split()]
    return canvas.line([*title, *dots, number], left, baseline, space)


def _take(canvas: Canvas, stock: list[str], style: Style, room: float, gap: float, chance: random.Random) -> Line:
    """The first words of the stock that fit into `room` pixels; one that fits nowhere is dropped."""
    has_emphasis = not style.is_plain and chance.random() < 0.12
    line: Line = []
    end = 0.0
    while stock:
        lettering = style.emphasised if has_emphasis and chance.random() < 0.3 else style.lettering
        length = lettering.length(stock[0], canvas.scale)
        if end + length <= room:
            line.append((stock.pop(0), lettering))
            end += length + gap
        elif line:
            break
        else:
            stock.pop(0)
    return line


def _adorn(canvas: Canvas, style: Style, span: tuple[float, float], baseline: float, chance: random.Random) -> None:
    """Now and then a rule below or above the line, under its words, or bars on both sides of it."""
    left, right = span
    size, kind = style.size, chance.random()
    if kind < 0.02:
        _level(canvas, 0, canvas.width, baseline + size * chance.uniform(0.28, 0.4))
    elif kind < 0.04:
        _level(canvas, 0, canvas.width, baseline - size * chance.uniform(0.85, 1.0))
    elif kind < 0.07:
        _level(canvas, left, right, baseline + size * chance.uniform(0.08, 0.2))
    elif kind < 0.085:
        for across in (left - 3, right + 3):
            canvas.rule((across, baseline - size), (across, baseline + 0.35 * size))


def _level(canvas: Canvas, left: float, right: float, down: float) -> None:
    canvas.rule((left, down), (right, down))


def _space(canvas: Canvas, style: Style) -> float:
    font = load_face(style.lettering.face, round(style.size * canvas.scale))
    return max(font.getlength(" ") / canvas.scale, NARROWEST_SPACE * style.size)


def _length(canvas: Canvas, line: Line, gap: float) -> float:
    return sum(lettering.length(word, canvas.scale) + gap for word, lettering in line)


_Layout = Callable[[Canvas, list[str], Style, tuple[float, float], float, random.Random], float]

_PLAIN: Mapping[_Layout, float] = {_running: 1.0}
_LAYOUTS: Mapping[_Layout, float] = {_running: 0.85, _item: 0.06, _cells: 0.06, _leader: 0.03}
"""What a line is, and how often."""
