"""Points of precision by ratio become a picture: a line a mode, and the paper's figures as rings."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

Mark = tuple[str, float, float]
"""Mode, ratio, precision."""
Line = Sequence[tuple[float, float]]
"""Ratios and precisions of one mode."""
Colour = tuple[float, float, float]

WIDTH, HEIGHT = 640.0, 420.0
LEFT, TOP, RIGHT, BOTTOM = 62.0, 52.0, 24.0, 54.0
DPI = 180

INK: Colour = (0.13, 0.15, 0.18)
FAINT: Colour = (0.87, 0.88, 0.90)
MUTED: Colour = (0.42, 0.45, 0.50)
COLOURS: Sequence[Colour] = (
    (0.12, 0.38, 0.67),
    (0.84, 0.37, 0.10),
    (0.16, 0.55, 0.36),
    (0.56, 0.27, 0.60),
    (0.72, 0.58, 0.07),
    (0.20, 0.62, 0.70),
)
"""Told apart by people who see few colours, too: they differ in lightness."""


def plot_curve(title: str, measured: Sequence[Mark], published: Sequence[Mark]) -> bytes:
    """A PNG with a line for the measured marks of every mode, and the published ones in the colour of their mode."""
    import pymupdf

    ours, theirs = _by_mode(measured), _by_mode(published)
    with pymupdf.open() as document:
        page = document.new_page(width=WIDTH, height=HEIGHT)
        marks = [*measured, *published]
        chart = _Chart(page, _last_tick([ratio for _, ratio, _ in marks]), _floor([mark[2] for mark in marks]))
        chart.draw_frame(title)
        names = list(dict.fromkeys([*ours, *theirs]))
        for number, name in enumerate(names):
            colour = COLOURS[number % len(COLOURS)]
            chart.draw_published(theirs.get(name, ()), colour)
            chart.draw_line(ours.get(name, ()), colour)
        chart.draw_legend(names, has_published=bool(published))
        png: bytes = page.get_pixmap(dpi=DPI).tobytes("png")
        return png


def _by_mode(marks: Sequence[Mark]) -> dict[str, list[tuple[float, float]]]:
    lines: dict[str, list[tuple[float, float]]] = {}
    for mode, ratio, precision in marks:
        lines.setdefault(mode, []).append((ratio, precision))
    return lines


def _last_tick(ratios: Sequence[float]) -> float:
    """Where the ratios end, on a tick."""
    largest = max(ratios, default=1.0)
    step = _step(largest)
    return step * -(-largest // step)


def _floor(precisions: Sequence[float]) -> float:
    """Where the precisions begin, so that the best of curves is not a line along the top."""
    lowest = min(precisions, default=0.0)
    return next(floor for floor in (0.9, 0.8, 0.5, 0.0) if floor == 0 or floor + 0.02 <= lowest)


def _step(largest: float) -> float:
    return next(step for step in (0.5, 1, 2, 5, 10, 20, 50, 100, 1e9) if largest / step <= 12)


class _Chart:
    """A page with axes: ratios from 0 to `last`, precisions from `floor` to 1."""

    def __init__(self, page: Any, last: float, floor: float) -> None:
        self.page, self.last, self.floor = page, last, floor

    def draw_frame(self, title: str) -> None:
        self._write(title, LEFT, TOP - 26, size=13, font="hebo", colour=INK)
        self._write("precision: 1 - edit distance / length of the text", LEFT, TOP - 10, size=9)
        self._write("ratio: text tokens per vision token", WIDTH - RIGHT, HEIGHT - 16, size=9, align=1.0)
        for fifth in range(6):
            precision = self.floor + (1 - self.floor) * fifth / 5
            self._rule(self._at(0, precision), self._at(self.last, precision))
            self._write(f"{precision:.2f}", LEFT - 8, self._at(0, precision)[1] + 3, size=9, align=1.0)
        for ratio in self._ticks():
            self._write(f"{ratio:g}", self._at(ratio, self.floor)[0], HEIGHT - BOTTOM + 16, size=9, align=0.5)
            self._rule(
                self._at(ratio, self.floor), (self._at(ratio, self.floor)[0], self._at(ratio, self.floor)[1] + 4)
            )

    def draw_line(self, line: Line, colour: Colour) -> None:
        places = [self._at(*point) for point in sorted(line)]
        for start, end in pairwise(places):
            self.page.draw_line(start, end, color=colour, width=1.8, lineCap=1)
        for place in places:
            self.page.draw_circle(place, 3.2, color=(1, 1, 1), fill=colour, width=0.8)

    def draw_published(self, line: Line, colour: Colour) -> None:
        places = [self._at(*point) for point in sorted(line)]
        for start, end in pairwise(places):
            self.page.draw_line(start, end, color=colour, width=0.8, dashes="[3 3] 0")
        for place in places:
            self.page.draw_circle(place, 2.8, color=colour, fill=(1, 1, 1), width=1)

    def draw_legend(self, names: Sequence[str], *, has_published: bool) -> None:
        top = HEIGHT - BOTTOM - 14 - 15 * (len(names) - 1 + has_published)
        for number, name in enumerate(names):
            place = (LEFT + 20, top + 15 * number)
            self.page.draw_circle(place, 3.2, fill=COLOURS[number % len(COLOURS)], color=None)
            self._write(name, place[0] + 9, place[1] + 3, size=10, colour=INK)
        if has_published:
            place = (LEFT + 20, top + 15 * len(names))
            self.page.draw_circle(place, 2.8, color=MUTED, fill=(1, 1, 1), width=1)
            self._write("as published", place[0] + 9, place[1] + 3, size=10)

    def _ticks(self) -> Iterator[float]:
        step = _step(self.last)
        return (number * step for number in range(round(self.last / step) + 1))

    def _at(self, ratio: float, precision: float) -> tuple[float, float]:
        across = LEFT + (WIDTH - LEFT - RIGHT) * ratio / self.last
        share = (precision - self.floor) / (1 - self.floor)
        return across, HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * share

    def _rule(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        self.page.draw_line(start, end, color=FAINT, width=0.8)

    def _write(
        self,
        text: str,
        across: float,
        down: float,
        *,
        size: float,
        font: str = "helv",
        colour: Colour = MUTED,
        align: float = 0.0,
    ) -> None:
        """Text on a baseline; `align` is the share of its width that lies before `across`."""
        import pymupdf

        start = across - align * pymupdf.get_text_length(text, fontname=font, fontsize=size)
        self.page.insert_text((start, down), text, fontname=font, fontsize=size, color=colour)
