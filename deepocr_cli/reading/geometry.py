r"""The dictionary that the model makes of a geometric drawing in, a Geometry out.

It is written as a Python literal and is read as one, by `ast.literal_eval` below a size: never evaluated.

    {'Line': {'line': ['A(-1, 2) -- B(3, 4)', ...], 'line_type': ['--', ...], 'line_endpoint': ['A: (-1, 2)', ...]},
     'Circle': {'circle_center': ['(0, 0)', ...], 'radius': [1.5, ...]}}
"""

import ast
import re
from typing import Any

from deepocr_cli.structures import Circle, Geometry, Point, Segment

LONGEST = 20_000
"""Characters; a longer dictionary is a page gone wrong."""

_NUMBER = r"\s*(-?\d{1,9}(?:\.\d{1,9})?)\s*"
_PLACE = re.compile(rf"(?P<name>[^\s():,]{{0,12}})\s*:?\s*\({_NUMBER},{_NUMBER}\)")


def parse_geometry(text: str) -> Geometry | None:
    """The drawing that a text states; None where it is no dictionary of lines and circles."""
    start, end = text.find("{"), text.rfind("}")
    if start < 0 or end - start > LONGEST:
        return None
    try:
        literal = ast.literal_eval(text[start : end + 1])
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return None
    if not isinstance(literal, dict):
        return None
    lines, circles = _part(literal, "Line"), _part(literal, "Circle")
    points = [point for entry in _entries(lines, "line_endpoint") for point in _places(entry)]
    geometry = Geometry(tuple(points), tuple(_segments(lines, points)), tuple(_circles(circles)))
    return geometry if geometry.segments or geometry.circles or geometry.points else None


def _part(literal: dict[Any, Any], name: str) -> dict[Any, Any]:
    part = literal.get(name, {})
    return part if isinstance(part, dict) else {}


def _entries(part: dict[Any, Any], name: str) -> list[Any]:
    entries = part.get(name, [])
    return list(entries) if isinstance(entries, list | tuple) else [entries]


def _places(entry: Any) -> list[Point]:
    """The points written in a string as A(1, 2), or given as a pair of numbers."""
    if isinstance(entry, list | tuple) and len(entry) == 2 and all(isinstance(part, int | float) for part in entry):
        return [Point(float(entry[0]), float(entry[1]))]
    return [Point(float(match[2]), float(match[3]), match["name"]) for match in _PLACE.finditer(str(entry)[:1000])]


def _segments(lines: dict[Any, Any], points: list[Point]) -> list[Segment]:
    named = {point.name: point for point in points if point.name}
    styles = [str(style) for style in _entries(lines, "line_type")]
    segments = []
    for place, entry in enumerate(_entries(lines, "line")):
        ends = _places(entry)
        if len(ends) < 2 and isinstance(entry, str):
            names = re.findall(r"[^\s\-,]{1,12}", entry)
            ends = [named[name] for name in names if name in named]
        if len(ends) == 2:
            segments.append(Segment(ends[0], ends[1], styles[place] if place < len(styles) else ""))
    return segments


def _circles(part: dict[Any, Any]) -> list[Circle]:
    centers = [point for entry in _entries(part, "circle_center") for point in _places(entry)]
    radii = [_to_float(entry) for entry in _entries(part, "radius")]
    return [Circle(center, radius) for center, radius in zip(centers, radii, strict=False) if radius is not None]


def _to_float(entry: Any) -> float | None:
    match = re.search(_NUMBER, str(entry)[:100])
    return None if match is None else float(match[1])
