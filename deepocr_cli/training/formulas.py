"""Simple formulas by chance: their LaTeX, and pictures of it drawn by matplotlib's mathtext."""

import random
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

GREEK = (
    "alpha", "beta", "gamma", "delta", "epsilon", "theta", "lambda", "mu", "nu", "pi", "rho", "sigma", "tau", "phi",
    "psi", "omega", "Delta", "Gamma", "Lambda", "Sigma", "Omega",
)  # fmt: skip
LATIN = "abcdefghijklmnpqrstuvwxyzABCEFGHKLMNPQRSTVXYZ"
OPERATORS = ("+", "-", "+", "-", "=", r"\times", r"\cdot", r"\pm", "/")
RELATIONS = ("=", "=", "=", "<", ">", r"\leq", r"\geq", r"\neq", r"\approx", r"\in", r"\rightarrow")
INDICES: tuple[str, ...] = (*"0123456789ijklmnk", "n-1", "n+1", "ij", "-1", "2n", "10")
FUNCTIONS = (r"\sin", r"\cos", r"\log", r"\exp", r"\max", r"\min", "f", "g", "P")
FACES = ("stix", "stix", "cm", "cm", "stixsans", "dejavuserif")
POINTS_AN_INCH = 72
"""At so many dots an inch a point is a pixel."""
TALLEST = 1.3
"""What a strip shows of a line, in letter heights."""
SMALLEST = 0.6
"""Share of its size that a formula has to keep."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """A formula's ink (H, W), 0 where the paper is bare, and the pixels of it that lie below the baseline."""

    ink: NDArray[np.uint8] = field(repr=False)
    depth: int

    @property
    def width(self) -> int:
        return int(self.ink.shape[1])

    @property
    def height(self) -> int:
        return int(self.ink.shape[0])


def write_formula(chance: random.Random) -> str:
    """LaTeX of a few terms, some on both sides of a relation; a number alone is no formula."""
    left = _expression(chance, 2)
    if left.isdigit() or chance.random() < 0.5:
        return f"{left} {chance.choice(RELATIONS)} {_expression(chance, 2)}"
    return left


def write_tall_formula(chance: random.Random) -> str:
    """LaTeX with a fraction, a root, a sum or an integral, as formulas have that stand alone."""
    lower, upper = f"{chance.choice('ijk')}={chance.randrange(2)}", chance.choice(("n", "N", r"\infty", "10"))
    forms = (
        rf"\frac{{{_expression(chance, 1)}}}{{{_expression(chance, 1)}}}",
        rf"\sqrt{{{_expression(chance, 1)}}}",
        rf"\sum_{{{lower}}}^{{{upper}}} {_term(chance)}",
        rf"\int_{{{chance.randrange(3)}}}^{{{upper}}} {_term(chance)} d{chance.choice('xyt')}",
        rf"\prod_{{{lower}}}^{{{upper}}} {_term(chance)}",
    )
    tall = chance.choice(forms)
    return f"{_term(chance)} {chance.choice(RELATIONS)} {tall}" if chance.random() < 0.6 else tall


def fit_formula(latex: str, size: float, chance: random.Random) -> Drawing | None:
    """The formula in letters of `size` pixels, smaller where a strip would cut it off; None where it got too small."""
    face = chance.choice(FACES)
    drawing = draw_formula(latex, face, size)
    share = TALLEST * size / drawing.height
    if share < SMALLEST:
        return None
    return drawing if share >= 1 else draw_formula(latex, face, share * size)


def draw_formula(latex: str, face: str, size: float) -> Drawing:
    """The formula in letters of `size` pixels."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.mathtext import MathTextParser

    properties = FontProperties(size=size, math_fontfamily=face)
    drawn = MathTextParser("agg").parse(f"${latex}$", dpi=POINTS_AN_INCH, prop=properties)
    return Drawing(np.asarray(drawn.image, dtype=np.uint8), round(drawn.depth))


def _expression(chance: random.Random, most: int) -> str:
    terms = [_term(chance) for _ in range(chance.randint(1, most))]
    return "".join(term + f" {chance.choice(OPERATORS)} " for term in terms[:-1]) + terms[-1]


def _term(chance: random.Random) -> str:
    """A letter or a number with what hangs on it, or a function of one."""
    kind = chance.random()
    if kind < 0.15:
        return str(chance.randint(0, 10 ** chance.randint(1, 3)))
    letter = rf"\{chance.choice(GREEK)}" if chance.random() < 0.3 else chance.choice(LATIN)
    if kind < 0.4:
        return letter
    if kind < 0.6:
        return f"{letter}_{{{_index(chance)}}}"
    if kind < 0.8:
        return f"{letter}^{{{_index(chance)}}}"
    if kind < 0.88:
        return f"{letter}_{{{_index(chance)}}}^{{{_index(chance)}}}"
    return f"{chance.choice(FUNCTIONS)}({letter})"


def _index(chance: random.Random) -> str:
    """What hangs on a letter."""
    return chance.choice(INDICES)
