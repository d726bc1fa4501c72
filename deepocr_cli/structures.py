"""What a formula, a chart, a molecule and a geometric drawing hold, once their text has been understood.

Everything here is data. The text that each was read from stays in the block beside it, word for word.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula as LaTeX without delimiters; `reason` says what is wrong with it, and is None where it is sound."""

    latex: str
    mathml: str | None = None
    reason: str | None = None

    @property
    def is_valid(self) -> bool:
        return self.reason is None


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number as it was written, its value in units of `unit` ("%", "$", "km"); the value is None where it misses."""

    text: str
    value: float | None = None
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class Series:
    """One row of values of a chart, as many as the chart has categories; `unit` is the one its name states."""

    name: str
    values: tuple[Quantity, ...]
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart as the numbers that it draws; `axis` names what the categories are."""

    title: str | None
    axis: str
    categories: tuple[str, ...]
    series: tuple[Series, ...]


@dataclass(frozen=True, slots=True)
class Molecule:
    """A structural formula as SMILES; `checked_by` is rdkit or grammar, `reason` says what is wrong with it."""

    smiles: str
    checked_by: str
    reason: str | None = None

    @property
    def is_valid(self) -> bool:
        return self.reason is None


@dataclass(frozen=True, slots=True)
class Point:
    """A point of a drawing, in the drawing's own units; its name is empty where it has none."""

    x: float
    y: float
    name: str = ""


@dataclass(frozen=True, slots=True)
class Segment:
    """A straight line between two points; `style` is the model's own word, as "--" for a solid line."""

    start: Point
    end: Point
    style: str = ""


@dataclass(frozen=True, slots=True)
class Circle:
    """A circle by its centre and radius."""

    center: Point
    radius: float


@dataclass(frozen=True, slots=True)
class Geometry:
    """A geometric drawing."""

    points: tuple[Point, ...]
    segments: tuple[Segment, ...]
    circles: tuple[Circle, ...]
