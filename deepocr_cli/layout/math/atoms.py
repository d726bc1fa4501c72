"""What a formula is made of: atoms, each a glyph or a piece that was put together already, and rules.

Lengths are points, origin top left. An `em` is the size of a font.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto

AXIS = 0.25
"""How far above the baseline fractions, operators and tall brackets are centred, in em."""


class Role(Enum):
    """What an atom is to its neighbours."""

    ORDINARY = auto()
    LETTER = auto()
    """A letter of an upright alphabet, which may be part of a word."""
    FUNCTION = auto()
    """A name such as sin."""
    LIMIT = auto()
    """A name such as lim, or a sum: what hangs on it may stand above and below."""
    INTEGRAL = auto()
    BINARY = auto()
    RELATION = auto()
    OPEN = auto()
    CLOSE = auto()
    FENCE = auto()
    """A bracket that opens and closes alike: a bar."""
    PUNCTUATION = auto()
    TEXT = auto()
    ACCENT = auto()
    SLASH = auto()
    """The stroke that negates a sign."""
    RADICAL = auto()
    FRACTION = auto()
    PIECE = auto()
    """A part of a tall bracket."""
    BRACE = auto()
    """A part of a brace that lies above or below."""


Sign = tuple[str, Role]
"""The LaTeX of a character, and its role."""


class Style(Enum):
    """Where a part of a formula stands, which tells how large its fractions are and where its limits go."""

    DISPLAYED = auto()
    RUNNING = auto()
    """In a line of text, or in a cell of a matrix."""
    INNER = auto()
    """In a fraction or a script."""


@dataclass(frozen=True, slots=True)
class Glyph:
    """One character of a text layer: its font's name, its size, the box of its ink (of its advance across)."""

    text: str
    font: str
    size: float
    left: float
    top: float
    right: float
    bottom: float
    baseline: float


@dataclass(frozen=True, slots=True)
class Rule:
    """A straight horizontal line that is drawn and not written."""

    left: float
    right: float
    y: float

    @property
    def width(self) -> float:
        return self.right - self.left


@dataclass(frozen=True, slots=True)
class Atom:
    """A piece of a formula. `axis` is the height that it is centred about, for atoms that have no foot to stand on.

    `count` is how many glyphs and rules are in it; `style` is the command of the alphabet that a letter is of.
    """

    latex: str
    left: float
    top: float
    right: float
    bottom: float
    baseline: float
    size: float
    role: Role = Role.ORDINARY
    axis: float | None = None
    count: int = 1
    style: str = ""

    @property
    def height(self) -> float:
        return self.bottom - self.top

    @property
    def centre(self) -> float:
        return (self.left + self.right) / 2

    @property
    def middle(self) -> float:
        return (self.top + self.bottom) / 2

    def foot(self, size: float) -> float:
        """Its baseline, on a line of letters of `size`."""
        return self.baseline if self.axis is None else self.axis + AXIS * size


class UnreadableFormula(Exception):
    """The structure of a formula cannot be made out; it stays as its letters."""


def joined(latex: str, atoms: Sequence[Atom], like: Atom, role: Role = Role.ORDINARY) -> Atom:
    """Several atoms as one that stands on the line as `like` does."""
    return Atom(
        latex,
        min(atom.left for atom in atoms),
        min(atom.top for atom in atoms),
        max(atom.right for atom in atoms),
        max(atom.bottom for atom in atoms),
        like.baseline,
        like.size,
        role,
        like.axis,
        sum(atom.count for atom in atoms),
    )


def without(atoms: Sequence[Atom], gone: Sequence[Atom]) -> list[Atom]:
    """The atoms but those that are `gone`; two of equal values are two."""
    taken = {id(atom) for atom in gone}
    return [atom for atom in atoms if id(atom) not in taken]
