"""A page image in, its lines of text out: letters are chained to phrases, phrases of one baseline joined to lines.

A line ends at a wide gap, at a gutter between columns, and where a cell of a table does; what belongs together on one
row is found when it has been read. Shapes: N pieces, S phrases.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from deepocr_cli.layout.bullets import mark_bullets
from deepocr_cli.layout.cells import cut_lines
from deepocr_cli.layout.chains import SMALL, chain_letters, find_slope
from deepocr_cli.layout.ink import Ink, find_ink
from deepocr_cli.layout.ink_line import InkLine
from deepocr_cli.layout.pieces import Pieces, find_pieces, weighted_median
from deepocr_cli.layout.rules import NO_RULES, Rules
from deepocr_cli.layout.strokes import letter_pitch, stroke_width

SMALL_LETTER, CAPITAL = 0.46, 0.70
"""Heights of x and of H, in letter heights (em), in most typefaces."""
TALL = 94
"""The percentile of letters' heights that is that of capitals: in some lines one letter in ten is tall, or fewer."""
WIDEST_GAP = 1.6
"""Within a line, in letter heights."""
LOWEST_LETTER = 5
"""Pixels: lower letters cannot be read."""
SMALL_PRINT, FEWEST_LETTERS = 0.25, 4
"""Letters of print much smaller than most of the page, in heights of a small letter; fewer than these are dust."""
MARK_HEIGHT, MARK_WIDTH = 0.8, 0.5
"""Pieces lower and narrower than this are commas and quotation marks, in the same unit."""
DOT_COUNTS, DOT_HEIGHT = range(3, 7), 0.4
"""The dots of an ellipsis, and what they are lower than, in the same unit."""
RAISED_WIDTH = 2.5
"""Raised figures stand no wider than this, in letter heights of the line that they stand at."""
LINE_STEP = 0.9
"""Feet of letters further apart down the page are of two lines, in heights of the phrase's letters."""
UNLIKELY = 2.0
"""How much must speak for so many letters of one height being small ones: few words have neither stem nor tail."""
UNLIKE, UNLIKE_LETTERS = 0.2, 0.75
"""Sizes of lines whose logarithms differ by more than this are two: of a line of N letters by the second / sqrt(N)."""
SAFE_GAP = 0.8
"""No gutter is narrower than this, in letter heights."""


@dataclass(frozen=True, slots=True)
class PageLines:
    """The lines of a page, its ink, its slope: how far baselines fall for a pixel across; and its rules, made level."""

    ink: Ink = field(repr=False)
    slope: float
    lines: tuple[InkLine, ...] = field(repr=False)
    rules: Rules = field(default=NO_RULES, repr=False)


@dataclass(slots=True)
class Phrase:
    """Letters close to one another: their boxes (N, 4) as they would stand on a level page, and what follows."""

    boxes: NDArray[np.float64]
    baseline: float
    size: float
    is_sure: bool
    """False where the letters may be small ones or capitals."""

    @property
    def left(self) -> float:
        return float(self.boxes[:, 0].min())

    @property
    def right(self) -> float:
        return float(self.boxes[:, 2].max())


def find_lines(image: Image.Image) -> PageLines:
    """The lines of text on a page, about from top to bottom."""
    ink = find_ink(image)
    pieces = find_pieces(ink)
    if not len(pieces.boxes):
        return PageLines(ink, 0.0, ())
    numbers = chain_letters(pieces)
    slope = find_slope(pieces, numbers)
    level = pieces.boxes.astype(float)
    level[:, 1::2] -= slope * (level[:, :1] + level[:, 2:3]) / 2
    phrases, crumbs = _phrases(level, pieces, numbers)
    _settle_sizes(phrases)
    whole, crumbs = _whole_lines(_join(phrases), crumbs)
    _even_sizes(whole)
    found = sorted(_take_in(whole, crumbs), key=lambda line: (line.baseline, line.left))
    rules = pieces.rules.level(slope)
    lines = mark_bullets(cut_lines([_to_line(phrase) for phrase in found], rules, slope), level, slope)
    return PageLines(ink, slope, tuple(_with_look(line, ink, slope) for line in lines), rules)


def _with_look(line: InkLine, ink: Ink, slope: float) -> InkLine:
    return replace(line, stroke=stroke_width(ink.mask, line, slope), pitch=letter_pitch(line))


def _phrases(
    level: NDArray[np.float64], pieces: Pieces, numbers: NDArray[np.int32]
) -> tuple[list[Phrase], NDArray[np.float64]]:
    """The phrases that hold a letter, and the boxes of the other pieces: points, strokes and specks."""
    order = np.argsort(numbers, kind="stable")
    groups = np.split(order, np.flatnonzero(np.diff(numbers[order])) + 1)
    phrases, crumbs = [], [np.zeros((0, 4))]
    for group in groups:
        is_letter = _are_letters(pieces.boxes[group], pieces.letter_height)
        if is_letter.any():
            phrases += _split(level[group], is_letter)
        elif _are_dots(pieces.boxes[group], pieces.letter_height):
            boxes = level[group]
            phrases.append(Phrase(boxes, float(boxes[:, 3].max()), pieces.letter_height / SMALL_LETTER, True))
        else:
            crumbs.append(level[group])
    return phrases, np.concatenate(crumbs)


def _are_letters(boxes: NDArray[np.int32], letter_height: float) -> NDArray[np.bool_]:
    """Which pieces of a phrase (N, 4) are letters: the higher ones, or what stands in a row of small print."""
    widths, heights = boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1]
    is_letter = heights >= SMALL * letter_height
    is_small_print = heights >= max(LOWEST_LETTER, SMALL_PRINT * letter_height)
    if len(boxes) < FEWEST_LETTERS:
        is_mark = (heights < MARK_HEIGHT * letter_height) & (widths < MARK_WIDTH * letter_height)
        return is_letter & (not is_mark.all())
    return is_small_print if not is_letter.any() and is_small_print.sum() >= FEWEST_LETTERS else is_letter


def _are_dots(boxes: NDArray[np.int32], letter_height: float) -> bool:
    """Whether pieces (N, 4) are the dots of an ellipsis, which may stand alone; a leader has more of them."""
    heights, bottoms = boxes[:, 3] - boxes[:, 1], boxes[:, 3]
    return len(boxes) in DOT_COUNTS and bool(heights.max() < DOT_HEIGHT * letter_height and np.ptp(bottoms) <= 1)


def _split(boxes: NDArray[np.float64], is_letter: NDArray[np.bool_]) -> list[Phrase]:
    """The phrase of pieces (N), or the phrases of several lines whose letters touch one another."""
    bottoms, heights = boxes[is_letter, 3], (boxes[:, 3] - boxes[:, 1])[is_letter]
    ordered = np.sort(bottoms)
    steps = np.diff(ordered) > LINE_STEP * float(np.median(heights))
    if not steps.any():
        return [_phrase(boxes, boxes[is_letter])]
    ends = ordered[:-1][steps] + 1
    rows = np.searchsorted(ends, bottoms)
    baselines = np.array([np.median(bottoms[rows == row]) for row in range(len(ends) + 1)])
    # Points and strokes go to the line that they stand at: the next below them, or a little above.
    nearest = np.minimum(np.searchsorted(baselines + 0.4 * float(np.median(heights)), boxes[:, 3]), len(ends))
    nearest[is_letter] = rows
    return [_phrase(boxes[nearest == row], boxes[is_letter & (nearest == row)]) for row in range(len(ends) + 1)]


def _phrase(boxes: NDArray[np.float64], letters: NDArray[np.float64]) -> Phrase:
    baseline = float(np.median(letters[:, 3]))
    rises = baseline - letters[:, 1]
    high, low = np.percentile(rises, (TALL, 25))
    is_sure = len(letters) >= 3 and high > 1.22 * low > 0.55 * high
    size = (high / CAPITAL + low / SMALL_LETTER) / 2 if is_sure else high / CAPITAL
    return Phrase(boxes, baseline, max(float(size), 1.0), is_sure)


def _settle_sizes(phrases: Sequence[Phrase]) -> None:
    """Letters of one height are capitals, unless the phrases around say that they are small letters."""
    sure = [phrase for phrase in phrases if phrase.is_sure]
    if not sure:
        return
    sizes, heights = np.array([phrase.size for phrase in sure]), np.array([phrase.baseline for phrase in sure])
    weights = np.array([len(phrase.boxes) for phrase in sure])
    for phrase in phrases:
        if phrase.is_sure:
            continue
        near = np.exp(-np.abs(heights - phrase.baseline) / (2 * phrase.size)) * weights + 1e-9 * weights
        choices = phrase.size * np.array([1.0, CAPITAL / SMALL_LETTER])
        costs = [float((near * np.minimum(np.abs(np.log(sizes / choice)), 0.5)).sum()) for choice in choices]
        costs[1] *= UNLIKELY if len(phrase.boxes) >= FEWEST_LETTERS else 1
        phrase.size = float(choices[int(np.argmin(costs))])


def _join(phrases: Sequence[Phrase]) -> list[Phrase]:
    """Phrases that follow one another on a baseline become one, unless a gutter parts them."""
    ordered = sorted(phrases, key=lambda phrase: phrase.left)
    edges = np.array([[p.left, p.right, p.baseline, p.size] for p in ordered]).reshape(-1, 4)
    heads = list(range(len(ordered)))
    for index in range(len(ordered)):
        follower = _follower(edges, index)
        if follower is not None:
            heads[follower] = heads[index]
    groups: dict[int, list[Phrase]] = {}
    for head, phrase in zip(heads, ordered, strict=True):
        groups.setdefault(head, []).append(phrase)
    return [_merged(group) for group in groups.values()]


def _follower(edges: NDArray[np.float64], index: int) -> int | None:
    """The phrase that goes on where phrase `index` ends; None where there is none near, or a gutter between."""
    _, right, baseline, size = edges[index]
    after = edges[index + 1 :]
    gaps, greater = after[:, 0] - right, np.maximum(after[:, 3], size)
    fits = (np.abs(after[:, 2] - baseline) < 0.3 * greater) & (gaps < WIDEST_GAP * greater) & (gaps > -0.5 * greater)
    fits &= (after[:, 3] < 1.7 * size) & (size < 1.7 * after[:, 3])
    if not fits.any():
        return None
    nearest = int(np.flatnonzero(fits)[np.argmin(gaps[fits])])
    if gaps[nearest] > SAFE_GAP * size and _is_gutter(edges, right, after[nearest, 0], baseline, size):
        return None
    return index + 1 + nearest


def _is_gutter(edges: NDArray[np.float64], left: float, right: float, baseline: float, size: float) -> bool:
    """Whether the gap from `left` to `right` goes on above and below, with print on both sides of it."""
    inner_left, inner_right = left + 0.15 * (right - left), right - 0.15 * (right - left)
    crossing = edges[(edges[:, 0] < inner_right) & (edges[:, 1] > inner_left), 2]
    above, below = crossing[crossing < baseline - 0.5 * size], crossing[crossing > baseline + 0.5 * size]
    top, bottom = above.max(initial=-np.inf), below.min(initial=np.inf)
    beside = edges[(edges[:, 2] > top) & (edges[:, 2] < bottom)]
    rows = [beside[beside[:, 1] <= inner_left, 2], beside[beside[:, 0] >= inner_right, 2]]
    return min(len(np.unique(np.rint(side / (0.8 * size)))) for side in rows) >= 4


def _merged(group: Sequence[Phrase]) -> Phrase:
    if len(group) == 1:
        return group[0]
    weights = [phrase.right - phrase.left for phrase in group]
    boxes = np.concatenate([phrase.boxes for phrase in group])
    baseline = float(np.average([phrase.baseline for phrase in group], weights=weights))
    return Phrase(boxes, baseline, float(np.average([phrase.size for phrase in group], weights=weights)), True)


def _whole_lines(lines: Sequence[Phrase], crumbs: NDArray[np.float64]) -> tuple[list[Phrase], NDArray[np.float64]]:
    """The lines without what stands within another: commas, quotation marks, raised figures; these become crumbs."""
    edges = np.array([[line.left, line.right, line.baseline, line.size] for line in lines]).reshape(-1, 4)
    is_whole = [not _stands_within(line, edges) for line in lines]
    parts = [line.boxes for line, whole in zip(lines, is_whole, strict=True) if not whole]
    return [line for line, whole in zip(lines, is_whole, strict=True) if whole], np.concatenate([crumbs, *parts])


def _stands_within(line: Phrase, edges: NDArray[np.float64]) -> bool:
    top, bottom = line.boxes[:, 1].min(), line.boxes[:, 3].max()
    width, height = line.right - line.left, float((line.boxes[:, 3] - line.boxes[:, 1]).max())
    is_mark, is_raised = height < SMALL_LETTER * edges[:, 3], width < RAISED_WIDTH * edges[:, 3]
    is_wider = edges[:, 1] - edges[:, 0] > np.where(is_mark, 1.0, 1.5) * width
    wider = edges[is_wider & (is_mark | is_raised) & (bottom - top < 0.72 * edges[:, 3])]
    rise = (wider[:, 2] - (top + bottom) / 2) / wider[:, 3]
    beside = np.maximum(wider[:, 0] - line.right, line.left - wider[:, 1]) / wider[:, 3]
    return bool(((rise > -0.3) & (rise < 0.95) & (beside < 0.3)).any())


def _even_sizes(lines: Sequence[Phrase]) -> None:
    """Lines of about one size near one another get the median of their sizes, long ones counting more."""
    edges = np.array([[line.baseline, line.size, line.right - line.left] for line in lines]).reshape(-1, 3)
    for line, (baseline, size, _) in zip(lines, edges, strict=True):
        # The size of a few letters is hardly known, that of many is: small print beside the text stays small.
        reach = min(UNLIKE, UNLIKE_LETTERS / len(line.boxes) ** 0.5)
        is_alike = (np.abs(np.log(edges[:, 1] / size)) < reach) & (np.abs(edges[:, 0] - baseline) < 8 * size)
        line.size = weighted_median(edges[is_alike, 1], edges[is_alike, 2])


def _take_in(lines: list[Phrase], crumbs: NDArray[np.float64]) -> list[Phrase]:
    """Points, strokes and raised letters join the line that they stand at; what stands alone is dust."""
    lines = sorted(lines, key=lambda line: -line.size * (line.right - line.left) ** 0.5)
    edges = np.array([[line.left, line.right, line.baseline, line.size] for line in lines]).reshape(-1, 4)
    additions: dict[int, list[NDArray[np.float64]]] = {}
    for box in crumbs:
        middle = (box[1] + box[3]) / 2
        distance = np.maximum(edges[:, 0] - box[2], box[0] - edges[:, 1]) / edges[:, 3]
        rise = (edges[:, 2] - middle) / edges[:, 3]
        fits = (distance < 1.0) & (rise > -0.3) & (rise < 0.95)
        if fits.any():
            choice = int(np.flatnonzero(fits)[np.argmin(np.maximum(distance, 0)[fits] + np.abs(rise[fits] - 0.3))])
            additions.setdefault(choice, []).append(box[None])
    return [
        replace(line, boxes=np.concatenate([line.boxes, *additions.get(index, [])])) for index, line in enumerate(lines)
    ]


def _to_line(phrase: Phrase) -> InkLine:
    boxes = phrase.boxes[np.argsort(phrase.boxes[:, 0])]
    ends = np.maximum.accumulate(boxes[:, 2])
    starts = np.flatnonzero(np.r_[True, boxes[1:, 0] > ends[:-1]])
    inked = tuple(
        (int(left), int(right))
        for left, right in zip(boxes[starts, 0], ends[np.r_[starts[1:] - 1, len(ends) - 1]], strict=True)
    )
    return InkLine(
        phrase.left,
        float(boxes[:, 1].min()),
        phrase.right,
        float(boxes[:, 3].max()),
        phrase.baseline,
        phrase.size,
        inked,
    )
