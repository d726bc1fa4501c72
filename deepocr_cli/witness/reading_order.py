"""Lines of text with their boxes in, blocks in reading order out: columns first, then lines.

The page is cut along gutters, tall empty strips with text columns on both sides. What lies above a gutter is read
first, then its left side, its right side, and what lies below; each part is cut again in the same way. Strips
between the cells of a table are no gutters, so that a table is read row by row.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

from deepocr_cli.document import Block, Box

GUTTER_WIDTH = 0.55
"""The least width of a gutter, in line heights."""
PARAGRAPH_GAP = 0.75
"""Lines further apart than this many line heights belong to different paragraphs."""


@dataclass(frozen=True, slots=True)
class Line:
    """A run of text on one baseline; edges in any unit that is the same on both axes, origin top left."""

    text: str
    left: float
    top: float
    right: float
    bottom: float

    @property
    def height(self) -> float:
        return self.bottom - self.top

    @property
    def middle(self) -> float:
        return (self.top + self.bottom) / 2


@dataclass(frozen=True, slots=True)
class Gutter:
    """An empty strip between two columns, and the stretch of the page over which it is empty."""

    left: float
    right: float
    top: float
    bottom: float

    @property
    def height(self) -> float:
        return self.bottom - self.top


def arrange(lines: Sequence[Line], width: float, height: float) -> tuple[Block, ...]:
    """The blocks of a page of `width` x `height` (the unit of the lines), in reading order; no line is lost."""
    blocks: list[Block] = []
    for region in order_regions(lines):
        for paragraph in paragraphs(rows(region)):
            text = join_lines(row_text(row) for row in paragraph)
            blocks.append(Block("text", text, _box_of([line for row in paragraph for line in row], width, height)))
    return tuple(blocks)


def order_regions(lines: Sequence[Line]) -> list[list[Line]]:
    """The lines in groups that need no further cut, in reading order."""
    gutter = find_gutter(lines)
    if gutter is None:
        return [list(lines)] if lines else []
    above = [line for line in lines if line.middle < gutter.top]
    below = [line for line in lines if line.middle > gutter.bottom]
    beside = [line for line in lines if gutter.top <= line.middle <= gutter.bottom]
    centre = (gutter.left + gutter.right) / 2
    left = [line for line in beside if line.right <= centre]
    right = [line for line in beside if line.right > centre]
    return [region for part in (above, left, right, below) for region in order_regions(part)]


def find_gutter(lines: Sequence[Line]) -> Gutter | None:
    """The tallest strip with columns on both sides; None where the lines are one column or a table."""
    if len(lines) < 4:
        return None
    least_width = GUTTER_WIDTH * median(line.height for line in lines)
    best: Gutter | None = None
    for edge in sorted({line.right for line in lines}):
        for gutter in _strips(lines, edge, edge + least_width):
            if (best is None or gutter.height > best.height) and _parts_columns(lines, gutter):
                best = gutter
    return best


def rows(lines: Sequence[Line]) -> list[list[Line]]:
    """Lines that share a baseline together, left to right; the rows from top to bottom."""
    result: list[list[Line]] = []
    for line in sorted(lines, key=lambda line: (line.middle, line.left)):
        if result and _shares_baseline(result[-1], line):
            result[-1].append(line)
        else:
            result.append([line])
    return [sorted(row, key=lambda line: line.left) for row in result]


def paragraphs(page_rows: Sequence[list[Line]]) -> list[list[list[Line]]]:
    """Rows in groups: a new one begins after a wide gap, or where the height of the letters changes."""
    result: list[list[list[Line]]] = []
    for row in page_rows:
        if result and _continues(result[-1][-1], row):
            result[-1].append(row)
        else:
            result.append([row])
    return result


def row_text(row: Sequence[Line]) -> str:
    """The texts of a row, joined by spaces."""
    return " ".join(line.text for line in row)


def join_lines(texts: Iterable[str]) -> str:
    """The lines of a paragraph as one text; a word that was cut at the end of a line is made whole."""
    result = ""
    for text in texts:
        if len(result) > 1 and result[-1] in "-\u00ad" and result[-2].isalpha() and text[:1].islower():
            result = result[:-1] + text
        else:
            result = f"{result} {text}" if result else text
    return result


# ------------------------------------------------------------------------------------------------ gutters


def _strips(lines: Sequence[Line], left: float, right: float) -> list[Gutter]:
    """The stretches over which the strip from `left` to `right` is empty."""
    blockers = sorted((line for line in lines if line.left < right and line.right > left), key=lambda line: line.top)
    top = min(line.top for line in lines)
    strips = []
    for line in blockers:
        if line.top > top:
            strips.append(Gutter(left, right, top, line.top))
        top = max(top, line.bottom)
    strips.append(Gutter(left, right, top, max(line.bottom for line in lines)))
    return [strip for strip in strips if strip.height > 0]


def _parts_columns(lines: Sequence[Line], gutter: Gutter) -> bool:
    beside = [line for line in lines if gutter.top <= line.middle <= gutter.bottom]
    left = rows([line for line in beside if line.right <= gutter.left])
    right = rows([line for line in beside if line.left >= gutter.right])
    if min(len(left), len(right)) < 2:
        return False
    if _is_prose(left) and _is_prose(right):
        return True
    return _aligned_share(left, right) < 0.5


def _is_prose(side: Sequence[list[Line]]) -> bool:
    """Whether a side's rows are lines of running text rather than cells: several words each."""
    return median(len(row_text(row).split()) for row in side) >= 3 and median(len(row) for row in side) == 1


def _aligned_share(left: Sequence[list[Line]], right: Sequence[list[Line]]) -> float:
    """The share of the shorter side's rows that stand on the same baseline as a row of the other side."""
    fewer, more = sorted((left, right), key=len)
    middles = [_row_middle(row) for row in more]
    tolerance = 0.3 * median(line.height for row in fewer for line in row)
    aligned = sum(any(abs(_row_middle(row) - middle) <= tolerance for middle in middles) for row in fewer)
    return aligned / len(fewer)


# ------------------------------------------------------------------------------------------------ rows


def _row_middle(row: Sequence[Line]) -> float:
    return sum(line.middle for line in row) / len(row)


def _shares_baseline(row: Sequence[Line], line: Line) -> bool:
    last = row[-1]
    overlap = min(last.bottom, line.bottom) - max(last.top, line.top)
    return overlap > 0.5 * min(last.height, line.height)


def _continues(row: Sequence[Line], following: Sequence[Line]) -> bool:
    height = median(line.height for line in row)
    following_height = median(line.height for line in following)
    gap = min(line.top for line in following) - max(line.bottom for line in row)
    return gap <= PARAGRAPH_GAP * min(height, following_height) and 0.75 < height / following_height < 1.33


def _box_of(lines: Sequence[Line], width: float, height: float) -> Box:
    """The box around `lines` as fractions of the page."""
    return Box(
        left=_clamped(min(line.left for line in lines) / width),
        top=_clamped(min(line.top for line in lines) / height),
        right=_clamped(max(line.right for line in lines) / width),
        bottom=_clamped(max(line.bottom for line in lines) / height),
    )


def _clamped(fraction: float) -> float:
    return min(1.0, max(0.0, fraction))
