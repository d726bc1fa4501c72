r"""The LaTeX of a formula in, about where a typesetter puts the ink of each of its signs out.

Letters are boxes as high as those of most faces, placed by TeX's rules for scripts, fractions and limits (The TeXbook,
appendix G). All is in letter heights (em), y falls from the baseline on. What is not known gives no boxes at all.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from deepocr_cli.layout.formula_metrics import ACCENTS, BIG, DELIMITERS, FUNCTIONS, LIMITED, PLAIN, SPACES, sign_boxes

Box = tuple[float, float, float, float]
"""Left, top, right, bottom of a connected piece of ink."""

SCRIPT_SIZE, SMALLEST_SIZE = 0.7, 0.5
AXIS = -0.25
"""Where rules of fractions lie, and the middles of tall brackets."""
RULE = 0.02
"""Half of a rule's thickness."""
RAISED, LOWERED, LOWERED_BESIDE = -0.41, 0.15, 0.25
"""Baselines of scripts; that of a lower one with an upper one above it."""
DROP = 0.33
"""How far the baseline of a script lies within the edge of what it stands at, where that is tall."""
GAP = 0.15
"""Between a large sign and its limits, and around rules."""

_TOKEN = re.compile(r"\\[A-Za-z]+|\\.|\s+|[^\\\s]")


@dataclass(frozen=True, slots=True)
class Part:
    """Ink and room of a piece of a formula."""

    boxes: tuple[Box, ...] = ()
    width: float = 0.0
    has_limits: bool = False

    @property
    def top(self) -> float:
        return min((box[1] for box in self.boxes), default=0.0)

    @property
    def bottom(self) -> float:
        return max((box[3] for box in self.boxes), default=0.0)

    def moved(self, right: float, down: float) -> tuple[Box, ...]:
        return tuple((box[0] + right, box[1] + down, box[2] + right, box[3] + down) for box in self.boxes)

    def beside(self, other: "Part") -> "Part":
        return Part(self.boxes + other.moved(self.width, 0.0), self.width + other.width)


@dataclass(frozen=True, slots=True)
class Style:
    """Letter height, and whether fractions are high and limits above and below."""

    size: float = 1.0
    is_displayed: bool = True

    @property
    def smaller(self) -> "Style":
        return Style(max(SMALLEST_SIZE, SCRIPT_SIZE * self.size), is_displayed=False)

    @property
    def of_fractions(self) -> "Style":
        return replace(self, is_displayed=False) if self.is_displayed else self.smaller


class UnknownSignError(ValueError):
    """The formula has something in it whose ink is not known."""


def lay_formula(latex: str, *, is_displayed: bool) -> Sequence[Box]:
    """The ink of a formula, as it stands alone or, where it is not displayed, as within a line.

    Raises:
        UnknownSignError: it has a sign of unknown ink, or is not well formed.
    """
    tokens = _Tokens([token for token in _TOKEN.findall(latex) if not token.isspace()])
    part = _row(tokens, Style(is_displayed=is_displayed))
    if tokens.next is not None:
        raise UnknownSignError(f"{tokens.next} closes nothing")
    return part.boxes


class _Tokens:
    """What is left of a formula."""

    def __init__(self, tokens: list[str]) -> None:
        self._left = tokens[::-1]

    @property
    def next(self) -> str | None:
        return self._left[-1] if self._left else None

    def take(self) -> str:
        if not self._left:
            raise UnknownSignError("the formula ends too soon")
        return self._left.pop()

    def expect(self, token: str) -> None:
        if self.take() != token:
            raise UnknownSignError(f"no {token}")


def _row(tokens: _Tokens, style: Style, end: Sequence[str] = ("}", r"\right")) -> Part:
    row = Part()
    while tokens.next is not None and tokens.next not in end:
        row = row.beside(_with_scripts(_atom(tokens, style), tokens, style))
    return row


def _atom(tokens: _Tokens, style: Style) -> Part:
    token = tokens.take()
    if token == "{":
        part = _row(tokens, style)
        tokens.expect("}")
        return part
    if token == r"\frac":
        return _fraction(_atom(tokens, style.of_fractions), _atom(tokens, style.of_fractions), style)
    if token == r"\sqrt":
        return _root(_atom(tokens, style), style)
    if token == r"\left":
        return _fenced(tokens, style)
    if token == r"\binom":
        return _binomial(_atom(tokens, style.of_fractions), _atom(tokens, style.of_fractions), style)
    if token == r"\overline":
        return _overlined(_atom(tokens, style), style)
    if token in ACCENTS:
        return _accented(_atom(tokens, style), ACCENTS[token], style)
    if token in PLAIN:
        return _atom(tokens, style)
    if token in SPACES:
        return Part(width=SPACES[token] * style.size)
    if token in FUNCTIONS:
        letters = [_sign(letter, style.size) for letter in token[1:]]
        whole = letters[0]
        for letter in letters[1:]:
            whole = whole.beside(letter)
        return replace(whole, has_limits=token in LIMITED and style.is_displayed)
    if token in BIG:
        top, bottom, width = BIG[token][0 if style.is_displayed else 1]
        box = (0.05, top * style.size, 0.05 + width * style.size, bottom * style.size)
        return Part((box,), width * style.size + 0.15, token in LIMITED and style.is_displayed)
    return _sign(token, style.size)


def _sign(token: str, size: float) -> Part:
    found = sign_boxes(token)
    if found is None:
        raise UnknownSignError(token)
    boxes, width = found
    return Part(tuple((x0 * size, y0 * size, x1 * size, y1 * size) for x0, y0, x1, y1 in boxes), width * size)


def _with_scripts(base: Part, tokens: _Tokens, style: Style) -> Part:
    scripts: dict[str, Part] = {}
    while tokens.next in ("_", "^", "'"):
        mark = tokens.take()
        if mark == "'":
            prime = _sign("'", style.smaller.size)
            before = scripts.get("^", Part())
            scripts["^"] = before.beside(prime)
        elif mark in scripts:
            raise UnknownSignError("two scripts at one place")
        else:
            scripts[mark] = _atom(tokens, style.smaller)
    if not scripts:
        return base
    lower, upper = scripts.get("_"), scripts.get("^")
    return _limits(base, lower, upper) if base.has_limits else _at_side(base, lower, upper, style)


def _at_side(base: Part, lower: Part | None, upper: Part | None, style: Style) -> Part:
    boxes, size, width = base.boxes, style.size, 0.0
    if upper is not None:
        boxes += upper.moved(base.width, min(RAISED * size, base.top + DROP * size))
        width = upper.width
    if lower is not None:
        usual = LOWERED if upper is None else LOWERED_BESIDE
        boxes += lower.moved(base.width, max(usual * size, base.bottom + 0.05 * size))
        width = max(width, lower.width)
    return Part(boxes, base.width + width + 0.05 * size)


def _limits(base: Part, lower: Part | None, upper: Part | None) -> Part:
    width = max(part.width for part in (base, lower, upper) if part is not None)
    boxes = base.moved((width - base.width) / 2, 0.0)
    if upper is not None:
        boxes += upper.moved((width - upper.width) / 2, base.top - GAP - upper.bottom)
    if lower is not None:
        boxes += lower.moved((width - lower.width) / 2, base.bottom + GAP - lower.top)
    return Part(boxes, width + 0.15)


def _fraction(over: Part, under: Part, style: Style) -> Part:
    size, width = style.size, max(over.width, under.width)
    axis = AXIS * size
    raised, lowered = (-0.68, 0.69) if style.is_displayed else (-0.39, 0.35)
    up = min(raised * size, axis - (GAP if style.is_displayed else 0.08) * size - over.bottom)
    down = max(lowered * size, axis + (GAP if style.is_displayed else 0.08) * size - under.top)
    rule = (0.1 * size, axis - RULE * size, 0.1 * size + width, axis + RULE * size)
    above, below = (0.1 * size + (width - part.width) / 2 for part in (over, under))
    return Part((*over.moved(above, up), rule, *under.moved(below, down)), width + 0.24 * size)


def _binomial(over: Part, under: Part, style: Style) -> Part:
    """A fraction without its rule, in brackets."""
    fraction = _fraction(over, under, style)
    above, below = fraction.boxes[: len(over.boxes)], fraction.boxes[len(over.boxes) + 1 :]
    reach = (1.2 if style.is_displayed else 0.6) * style.size
    opening, closing = (_fence(sign, reach, style.size) for sign in "()")
    return opening.beside(Part(above + below, fraction.width)).beside(closing)


def _overlined(body: Part, style: Style) -> Part:
    height = body.top - 0.12 * style.size
    return Part((*body.boxes, (0.0, height - 2 * RULE, body.width, height)), body.width)


def _root(body: Part, style: Style) -> Part:
    size = style.size
    top = body.top - (0.2 if style.is_displayed else 0.1) * size
    bottom = max(body.bottom, 0.0) + 0.08 * size
    sign = (0.0, min(top, bottom - size), 0.8 * size + body.width, bottom)
    return Part((sign, *body.moved(0.8 * size, 0.0)), 0.85 * size + body.width)


def _fenced(tokens: _Tokens, style: Style) -> Part:
    left = tokens.take()
    body = _row(tokens, style)
    tokens.expect(r"\right")
    right = tokens.take()
    reach = max(0.5 * style.size, AXIS * style.size - body.top, body.bottom - AXIS * style.size)
    opening, closing = (_fence(sign, reach, style.size) for sign in (left, right))
    return opening.beside(body).beside(closing)


def _fence(sign: str, reach: float, size: float) -> Part:
    """A bracket or a bar that reaches so far above and below the axis."""
    axis = AXIS * size
    if sign == ".":
        return Part()
    if sign in ("|", r"\|"):
        places = (0.1,) if sign == "|" else (0.1, 0.3)
        bars = tuple((place * size, axis - reach, (place + 0.04) * size, axis + reach) for place in places)
        return Part(bars, (places[-1] + 0.14) * size)
    if sign not in DELIMITERS:
        raise UnknownSignError(sign)
    width = (0.35 + 0.12 * (reach - 0.5)) * size
    return Part(((0.1 * size, axis - reach, 0.1 * size + width, axis + reach),), width + 0.15 * size)


def _accented(body: Part, shape: tuple[float, float, float], style: Style) -> Part:
    """A letter with a mark above it: how high and wide the mark is, and how far above."""
    height, width, gap = (share * style.size for share in shape)
    middle, foot = body.width / 2, body.top - gap
    return Part((*body.boxes, (middle - width / 2, foot - height, middle + width / 2, foot)), body.width)
