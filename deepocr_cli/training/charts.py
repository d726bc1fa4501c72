"""Charts by chance: bars, a line or a pie, their labels and values, and the table that says the same."""

import random
from dataclasses import dataclass
from enum import StrEnum

from deepocr_cli.training.inventions import MONTHS
from deepocr_cli.training.words import TextKind, Texts, choose_words

POINT_COUNTS = (2, 6)
PRINTED_SHARE = 0.7
"""Charts with their values written at the points."""


class ChartKind(StrEnum):
    """How values are drawn."""

    BARS = "bars"
    LEVEL_BARS = "level bars"
    LINE = "line"
    PIE = "pie"


@dataclass(frozen=True, slots=True)
class InventedChart:
    """What a chart shows; values as they are written, at the points too where they are printed."""

    kind: ChartKind
    labels: tuple[str, ...]
    values: tuple[str, ...]
    is_printed: bool
    title: str | None = None
    unit: str | None = None
    """What the axis of the values is called."""

    @property
    def numbers(self) -> list[float]:
        return [float(value.rstrip("%")) for value in self.values]


def invent_chart(texts: Texts, chance: random.Random) -> InventedChart:
    """A chart of a few points with different labels."""
    kind = chance.choice(list(ChartKind))
    count = chance.randint(*POINT_COUNTS)
    longest = {ChartKind.LEVEL_BARS: 9, ChartKind.PIE: 7}.get(kind, max(1, 15 // count))
    labels = _labels(texts, count, longest, chance)
    is_printed = kind is ChartKind.PIE or chance.random() < PRINTED_SHARE
    values = _percentages(count, chance) if kind is ChartKind.PIE else _values(count, is_printed, chance)
    title = " ".join(_words(texts, chance.randint(1, 2), 10, chance)).capitalize() if chance.random() < 0.35 else None
    has_unit = kind is not ChartKind.PIE and chance.random() < 0.25
    unit = _words(texts, 1, 8, chance)[0].capitalize() if has_unit else None
    return InventedChart(kind, labels, values, is_printed, title, unit)


def _labels(texts: Texts, count: int, longest: int, chance: random.Random) -> tuple[str, ...]:
    """Words, months, years, quarters or letters, as many as there are points and no longer than fits."""
    kind = chance.random()
    if kind < 0.6 and longest >= 3:
        return tuple(word.capitalize() for word in _words(texts, count, longest, chance))
    if kind < 0.75 and longest >= 3:
        first = chance.randrange(len(MONTHS))
        return tuple((MONTHS * 2)[first + place][:3] for place in range(count))
    if kind < 0.9 and longest >= 4:
        year = chance.randint(1950, 2030 - count)
        return tuple(str(year + place) for place in range(count))
    prefix = chance.choice(("Q", "", "", "T")) if longest >= 2 else ""
    names = "123456" if prefix else chance.choice(("ABCDEF", "PQRSTU", "abcdef", "123456"))
    return tuple(prefix + names[place] for place in range(count))


def _words(texts: Texts, count: int, longest: int, chance: random.Random) -> list[str]:
    """Different words of letters alone."""
    found: dict[str, None] = {}
    while len(found) < count:
        for word in choose_words(texts, TextKind.NATURAL, 40, chance):
            letters = "".join(filter(str.isalpha, word)).lower()
            if len(letters) >= 2:
                found[letters[:longest]] = None
    words = list(found)
    chance.shuffle(words)
    return words[:count]


def _percentages(count: int, chance: random.Random) -> tuple[str, ...]:
    """Whole percentages of at least 6 that make a hundred."""
    cuts = sorted(chance.sample(range(1, 95 - 6 * (count - 1)), count - 1))
    parts = [end - start for start, end in zip([0, *cuts], [*cuts, 100 - 6 * count], strict=True)]
    return tuple(f"{6 + part}%" for part in parts)


def _values(count: int, is_printed: bool, chance: random.Random) -> tuple[str, ...]:
    """Values of one magnitude; rounder where they must be read from an axis."""
    largest = chance.choice((10, 50, 100, 100, 500, 1000))
    if not is_printed:
        return tuple(str(chance.randint(1, 20) * largest // 20 or 1) for _ in range(count))
    if largest <= 100 and chance.random() < 0.35:
        return tuple(f"{chance.uniform(0.1, 1) * largest:.1f}" for _ in range(count))
    return tuple(str(chance.randint(largest // 10, largest)) for _ in range(count))
