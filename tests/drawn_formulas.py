"""Formulas as trees in, their glyphs and rules as a typesetter places them out, with the LaTeX that they are."""

from dataclasses import dataclass, field

from deepocr_cli.layout.math.atoms import Glyph, Rule

SIZE = 10.0
SMALLER = 0.7


@dataclass(slots=True)
class Drawn:
    """What was drawn: its glyphs, its rules, its edges around a baseline at 0, and its LaTeX."""

    latex: str
    width: float
    top: float
    bottom: float
    glyphs: list[Glyph] = field(default_factory=list)
    rules: list[Rule] = field(default_factory=list)

    def moved(self, across: float, down: float) -> "Drawn":
        glyphs = [
            Glyph(
                g.text,
                g.font,
                g.size,
                g.left + across,
                g.top + down,
                g.right + across,
                g.bottom + down,
                g.baseline + down,
            )
            for g in self.glyphs
        ]
        rules = [Rule(rule.left + across, rule.right + across, rule.y + down) for rule in self.rules]
        return Drawn(self.latex, self.width, self.top + down, self.bottom + down, glyphs, rules)


def letter(text: str, size: float = SIZE, font: str = "CMMI10", height: float = 0.43) -> Drawn:
    width = 0.5 * size
    glyph = Glyph(text, font, size, 0.0, -height * size, width, 0.01 * size, 0.0)
    return Drawn(text, width, -height * size, 0.01 * size, [glyph])


def row(parts: list[Drawn]) -> Drawn:
    latex, across = "", 0.0
    whole = Drawn("", 0.0, 0.0, 0.0)
    for part in parts:
        _add(whole, part, across, 0.0)
        latex += part.latex
        across += part.width
    whole.latex, whole.width = latex, across
    return whole


def scripts(base: Drawn, lower: Drawn | None, upper: Drawn | None, size: float) -> Drawn:
    """`size` is that of the base; the scripts were drawn smaller."""
    whole = Drawn(base.latex, base.width, 0.0, 0.0)
    _add(whole, base, 0.0, 0.0)
    rise = 0.0 if upper is None else max(0.4 * size, upper.bottom + 0.25 * size)
    drop = 0.0 if lower is None else max(0.25 * size, -lower.top - 0.2 * size)
    if upper is not None and lower is not None:
        # Typesetters keep them apart.
        drop = max(drop, upper.bottom - rise + 0.16 * size - lower.top)
    for mark, part, shift in (("_", lower, drop), ("^", upper, -rise)):
        if part is not None:
            _add(whole, part, base.width, shift)
            whole.latex += mark + (part.latex if len(part.latex) == 1 else f"{{{part.latex}}}")
    whole.width += max(part.width for part in (lower, upper) if part is not None) + 0.05 * size
    return whole


def fraction(upper: Drawn, lower: Drawn, size: float) -> Drawn:
    width = max(upper.width, lower.width)
    axis = -0.25 * size
    whole = Drawn(rf"\frac{{{upper.latex}}}{{{lower.latex}}}", width, 0.0, 0.0, [], [Rule(0.0, width, axis)])
    _add(whole, upper, (width - upper.width) / 2, axis - 0.2 * size - upper.bottom)
    _add(whole, lower, (width - lower.width) / 2, axis + 0.2 * size - lower.top)
    return whole


def root(inner: Drawn, size: float) -> Drawn:
    sign = 0.83 * size
    top, bottom = inner.top - 0.2 * size, inner.bottom + 0.05 * size
    glyph = Glyph("\u221a", "CMSY10", size, 0.0, top, sign, bottom, top)
    rule = Rule(sign, sign + inner.width, top)
    whole = Drawn(rf"\sqrt{{{inner.latex}}}", sign + inner.width, top, bottom, [glyph], [rule])
    _add(whole, inner, sign, 0.0)
    return whole


def _add(whole: Drawn, part: Drawn, across: float, down: float) -> None:
    placed = part.moved(across, down)
    whole.glyphs += placed.glyphs
    whole.rules += placed.rules
    whole.top, whole.bottom = min(whole.top, placed.top), max(whole.bottom, placed.bottom)
