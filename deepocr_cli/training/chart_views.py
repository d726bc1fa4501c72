"""A chart becomes a view of its own: its picture by matplotlib, its table as text, labels where they are drawn."""

import random
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deepocr_cli.training.charts import ChartKind, InventedChart, invent_chart
from deepocr_cli.training.sample import Sample
from deepocr_cli.training.styles import Writer
from deepocr_cli.training.typefaces import Typeface

SIZES = (17.0, 23.0)
"""Least and greatest letter height, in pixels."""
POINTS_AN_INCH = 72
"""At so many dots an inch a point is a pixel."""
INKS = ("#000000", "#303030", "#1f77b4", "#d62728", "#2ca02c", "#ff7f0e", "#888888", "#4c72b0", "#dd8452")

Cell = tuple[str, Any]
"""A text, and the artist that draws it, or axes and the point on them that it stands for; None where neither is."""
Box = tuple[float, float, float, float]


def draw_chart_view(writer: Writer, width: int, height: int, chance: random.Random) -> Sample:
    """A chart of `width` x `height` pixels, in one of the writer's faces."""
    while True:
        chart = invent_chart(writer.texts, chance)
        face = chance.choice(chance.choice(writer.families))
        sample = _draw(chart, face, (width, height), chance)
        if sample is not None:
            return sample


def _draw(chart: InventedChart, face: Typeface, size: tuple[int, int], chance: random.Random) -> Sample | None:
    """The sample, or None where its labels run into each other or out of the picture."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.font_manager import FontProperties

    letters = FontProperties(fname=face.path, size=chance.uniform(*SIZES))
    figure = Figure(figsize=(size[0] / POINTS_AN_INCH, size[1] / POINTS_AN_INCH), dpi=POINTS_AN_INCH)
    canvas = FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    draw = _draw_pie if chart.kind is ChartKind.PIE else _draw_points
    labels, values = draw(axes, chart, letters, chance)
    cells: list[list[Cell]] = []
    if chart.title:
        cells.append([(chart.title, axes.set_title(chart.title, fontproperties=letters))])
    cells.append([("", None), (chart.unit or "", _name_axis(axes, chart, letters))])
    cells += [list(row) for row in zip(labels, values, strict=True)]
    figure.tight_layout(pad=0.6)
    canvas.draw()
    boxes = _boxes(cells, size[1])
    if not _is_clear(boxes, size):
        return None
    pixels = np.asarray(canvas.buffer_rgba())[..., :3] @ np.array((0.299, 0.587, 0.114))
    return _spell(cells, boxes, pixels.round().astype(np.uint8))


def _draw_points(axes: Any, chart: InventedChart, letters: Any, chance: random.Random) -> tuple[list[Cell], list[Cell]]:
    """Bars or a line; gives the cells of labels and values."""
    numbers, places = chart.numbers, range(len(chart.values))
    color, is_level = chance.choice(INKS), chart.kind is ChartKind.LEVEL_BARS
    if chart.kind is ChartKind.LINE:
        axes.plot(places, numbers, color=color, marker=chance.choice("os^D"), linewidth=chance.uniform(1, 3))
    else:
        draw = axes.barh if is_level else axes.bar
        draw(places, numbers, chance.uniform(0.4, 0.85), color=color, edgecolor=chance.choice(("none", "black")))
    _set_axis(axes, chart, letters, chance)
    along = axes.yaxis if is_level else axes.xaxis
    along.set_ticks(list(places), list(chart.labels), fontproperties=letters)
    marks = [_mark(axes, chart, place, letters) for place in places] if chart.is_printed else [None] * len(numbers)
    points = [(number, place) if is_level else (place, number) for place, number in enumerate(numbers)]
    values = [(value, mark or (axes, point)) for value, mark, point in zip(chart.values, marks, points, strict=True)]
    return list(zip(chart.labels, along.get_ticklabels(), strict=True)), values


def _set_axis(axes: Any, chart: InventedChart, letters: Any, chance: random.Random) -> None:
    """From nothing to a little more than the largest value, with a few ticks, or none where the values are printed."""
    is_level = chart.kind is ChartKind.LEVEL_BARS
    (axes.set_xlim if is_level else axes.set_ylim)(0, max(chart.numbers) * (1.35 if chart.is_printed else 1.1))
    if chart.kind is not ChartKind.LINE and is_level:
        axes.invert_yaxis()
    axis = axes.xaxis if is_level else axes.yaxis
    axis.set_major_locator(_few_ticks())
    if chart.is_printed and chance.random() < 0.5:
        axis.set_ticks([])
    for label in axis.get_ticklabels():
        label.set_fontproperties(letters)
    axes.spines[["top", "right"]].set_visible(chance.random() < 0.5)
    if chance.random() < 0.3:
        axes.grid(axis="x" if is_level else "y", alpha=0.4)


def _few_ticks() -> Any:
    from matplotlib.ticker import MaxNLocator

    return MaxNLocator(4, integer=True)


def _mark(axes: Any, chart: InventedChart, place: int, letters: Any) -> Any:
    """The value written at its point."""
    number = chart.numbers[place]
    is_level = chart.kind is ChartKind.LEVEL_BARS
    where, shift = ((number, place), (4, 0)) if is_level else ((place, number), (0, 4))
    sides = {"va": "center", "ha": "left"} if is_level else {"va": "bottom", "ha": "center"}
    return axes.annotate(chart.values[place], where, shift, textcoords="offset points", fontproperties=letters, **sides)


def _draw_pie(axes: Any, chart: InventedChart, letters: Any, chance: random.Random) -> tuple[list[Cell], list[Cell]]:
    """Wedges with their labels beside them and their shares in them, told clockwise from the top."""
    start = chance.uniform(0, 360)
    wedges, labels, values = axes.pie(
        chart.numbers, labels=chart.labels, autopct="%.0f%%", startangle=start, counterclock=False,
        colors=[str(chance.uniform(0.55, 0.95)) for _ in chart.values],
        textprops={"fontproperties": letters}, wedgeprops={"edgecolor": chance.choice(("white", "black"))},
    )  # fmt: skip
    order = sorted(range(len(wedges)), key=lambda place: (90 - (wedges[place].theta1 + wedges[place].theta2) / 2) % 360)
    return [(chart.labels[place], labels[place]) for place in order], [
        (chart.values[place], values[place]) for place in order
    ]


def _name_axis(axes: Any, chart: InventedChart, letters: Any) -> Any:
    if chart.unit is None:
        return None
    set_name = axes.set_xlabel if chart.kind is ChartKind.LEVEL_BARS else axes.set_ylabel
    return set_name(chart.unit, fontproperties=letters)


def _boxes(cells: list[list[Cell]], height: int) -> list[list[Box | None]]:
    """Left, top, right and bottom in pixels of every cell, None where nothing is drawn."""
    return [[_box(source, height) for _, source in row] for row in cells]


def _box(source: Any, height: int) -> Box | None:
    if source is None:
        return None
    if isinstance(source, tuple):
        axes, point = source
        across, up = axes.transData.transform(point)
        return (across, height - up, across, height - up)
    left, bottom, right, top = source.get_window_extent().extents
    return (left, height - top, right, height - bottom)


def _is_clear(boxes: list[list[Box | None]], size: tuple[int, int]) -> bool:
    """Whether all lies within the picture, and no text upon another."""
    drawn = [box for row in boxes for box in row if box is not None]
    is_within = all(box[0] >= 0 and box[1] >= 0 and box[2] <= size[0] and box[3] <= size[1] for box in drawn)
    return is_within and not any(
        one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
        for place, one in enumerate(drawn)
        for other in drawn[:place]
    )


def _spell(cells: list[list[Cell]], boxes: list[list[Box | None]], pixels: NDArray[np.uint8]) -> Sample:
    """The table with the places of its characters; markup lies where the next cell is."""
    known: list[tuple[str, tuple[float, float], bool]] = []
    latest = (0.0, 0.0)

    def add(text: str, box: Box | None, is_glyph: bool) -> None:
        nonlocal latest
        for number in reversed(range(len(text))):
            if box is not None:
                share = (number + 0.5) / len(text)
                latest = (box[0] + share * (box[2] - box[0]), (box[1] + box[3]) / 2)
            known.append((text[number], latest, is_glyph))

    add("</table>", None, False)
    for row, row_boxes in zip(reversed(cells), reversed(boxes), strict=True):
        add("</tr>", None, False)
        for (text, source), box in zip(reversed(row), reversed(row_boxes), strict=True):
            add("</td>", None, False)
            add(text, box, box is not None and not isinstance(source, tuple))
            add("<td>", None, False)
        add("<tr>", None, False)
    add("<table>", None, False)
    characters, where, is_glyph = zip(*reversed(known), strict=True)
    return Sample(pixels, "".join(characters), np.array(where, dtype=np.float32), np.array(is_glyph))
