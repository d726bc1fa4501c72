"""Lines of print in, the same lines out, cut where cells of a table end: at rules down the page, and at white columns.

Cut too often does no harm, for pieces of one row meet again when it has been read. Lengths are in pixels of the page.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from deepocr_cli.layout.ink_line import InkLine
from deepocr_cli.layout.rules import Rules

LEAST_GAP, GREATEST_GAP = 0.55, 1.0
"""The least gap between cells lies between these, in letter heights (em): wider where words stand far apart."""
WORD_GAP = 0.15
"""Narrower gaps are within words, in letter heights."""
OPEN = 0.3
"""White that runs through rows is at least this wide, in letter heights."""
FEWEST_ROWS = 2
"""So many rows beside its own have print on both sides of a white column."""
RUNNING = 0.7
"""The share of the wide gaps of a row of cells that run on through other rows."""
FARTHEST = 3.0
"""Rows further apart do not share their columns, in letter heights."""
TALLEST_STROKE = 1.15
"""What is no longer down the page is a stroke of a letter, as in headings, in letter heights of the line."""
NEAR_RULE = 0.6
"""A line is cut at a gap no further than this from a rule down the page, in letter heights."""

Stretch = tuple[float, float]


@dataclass(frozen=True, slots=True)
class _Row:
    """A line, and where it has print: stretches without a gap that might part cells; neighbours in the row too."""

    baseline: float
    inked: tuple[Stretch, ...]


def cut_lines(lines: Sequence[InkLine], rules: Rules, slope: float) -> list[InkLine]:
    """The lines cut into the cells that they run through; `rules` are those of the level page."""
    least = _least_gap(lines)
    page_rows = _rows(lines, slope, least)
    return [piece for line in lines for piece in _pieces(line, _cuts(line, rules, page_rows, slope, least))]


def _least_gap(lines: Sequence[InkLine]) -> float:
    """The least gap between cells, in letter heights."""
    gaps = [width / line.size for line in lines for _, width in _gaps(line) if width > WORD_GAP * line.size]
    return min(GREATEST_GAP, max(LEAST_GAP, 1.6 * float(np.percentile(gaps, 25)))) if gaps else LEAST_GAP


def _gaps(line: InkLine) -> list[tuple[int, float]]:
    """Every gap of a line: the number of the stretch of ink before it, and its width."""
    return [
        (number, after[0] - before[1])
        for number, (before, after) in enumerate(zip(line.inked, line.inked[1:], strict=False))
    ]


def _rows(lines: Sequence[InkLine], slope: float, least: float) -> list[_Row]:
    """The rows of a page from top to bottom, with their stretches of print on the level page."""
    groups: list[list[InkLine]] = []
    for line in sorted(lines, key=lambda line: line.baseline):
        if groups and line.baseline - groups[-1][0].baseline < 0.4 * line.size:
            groups[-1].append(line)
        else:
            groups.append([line])
    return [_row(group, slope, least) for group in groups]


def _row(group: Sequence[InkLine], slope: float, least: float) -> _Row:
    shift = slope * group[0].baseline
    inked: list[Stretch] = []
    for line in sorted(group, key=lambda line: line.left):
        for left, right in line.inked:
            if inked and left + shift - inked[-1][1] < least * line.size:
                inked[-1] = (inked[-1][0], max(inked[-1][1], right + shift))
            else:
                inked.append((left + shift, right + shift))
    return _Row(group[0].baseline, tuple(inked))


def _cuts(line: InkLine, rules: Rules, page_rows: Sequence[_Row], slope: float, least: float) -> list[int]:
    """The numbers of the stretches of ink after which a line is cut."""
    shift = slope * line.baseline
    middle = line.baseline - 0.3 * line.size
    _, top, bottom = rules.down.T
    is_crossing = (top < middle) & (bottom > middle) & (bottom - top > TALLEST_STROKE * line.size)
    crossing = rules.down[is_crossing, 0] - shift
    cuts = set()
    for place in crossing[(crossing > line.left) & (crossing < line.right)]:
        distances = [max(before[1] - place, place - after[0], 0.0) for before, after in _neighbours(line)]
        if distances and min(distances) < NEAR_RULE * line.size:
            cuts.add(int(np.argmin(distances)))
    wide = [number for number, width in _gaps(line) if number not in cuts and width >= least * line.size]
    running = [number for number in wide if _runs_on(_white(line, number, shift), line, page_rows)]
    # Between the words of a spaced-out line some white runs on by chance, in a row of cells nearly all of it does.
    return sorted(cuts | set(running)) if len(running) >= RUNNING * len(wide) else sorted(cuts)


def _white(line: InkLine, number: int, shift: float) -> Stretch:
    """The gap after a stretch of ink, on the level page."""
    return line.inked[number][1] + shift, line.inked[number + 1][0] + shift


def _neighbours(line: InkLine) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    return list(zip(line.inked, line.inked[1:], strict=False))


def _runs_on(white: Stretch, line: InkLine, page_rows: Sequence[_Row]) -> bool:
    """Whether a gap goes on through rows above and below that have print on both sides of it."""
    own = min(range(len(page_rows)), key=lambda number: abs(page_rows[number].baseline - line.baseline))
    above, white = _count(white, line, page_rows[own::-1])
    below, _ = _count(white, line, page_rows[own:])
    return above + below >= FEWEST_ROWS


def _count(white: Stretch, line: InkLine, page_rows: Sequence[_Row]) -> tuple[int, Stretch]:
    """How many rows after the first have print on both sides of the white, and what is white in all of them."""
    count, baseline = 0, page_rows[0].baseline
    for row in page_rows[1:]:
        if abs(row.baseline - baseline) > FARTHEST * line.size or count >= FEWEST_ROWS:
            break
        left = max((stretch[1] for stretch in row.inked if stretch[0] < white[0]), default=None)
        right = min((stretch[0] for stretch in row.inked if stretch[1] > white[1]), default=None)
        open_ = (max(white[0], left or white[0]), min(white[1], right or white[1]))
        if open_[1] - open_[0] < OPEN * line.size:
            break
        white, baseline = open_, row.baseline
        count += left is not None and right is not None
    return count, white


def _pieces(line: InkLine, cuts: Sequence[int]) -> list[InkLine]:
    """The line cut after some of its stretches of ink."""
    ends = [*(cut + 1 for cut in cuts), len(line.inked)]
    starts = [0, *ends[:-1]]
    parts = [line.inked[start:end] for start, end in zip(starts, ends, strict=True)]
    return [replace(line, left=part[0][0], right=part[-1][1], inked=part) for part in parts] if cuts else [line]
