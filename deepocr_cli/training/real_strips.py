"""Lines of real pages become strips at a fixed pitch, as the network is trained on and as a whole page is read.

A run is a piece of a line that fits a strip: whole words of known characters, without a wide gap.
"""

import functools
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from deepocr_cli.training.real_pages import LETTER_SIZE, UNKNOWN, RealPage, load_page
from deepocr_cli.training.sample import USUAL_PITCH, Sample, make_sample

WIDEST_GAP = 2.2
"""Between the words of a run, in letter heights."""
ABOVE, BELOW = 0.70, 0.60
"""What is cut out above and below a letter's middle, in letter heights."""
LARGEST_SCALE = 2.2
MARGIN = 3.0
"""Paper left and right of a run, in pixels of the strip."""


@dataclass(frozen=True, slots=True)
class Run:
    """Characters `indices` of a page, a space between its words, shown `scale` times as large as on the page."""

    page: RealPage = field(repr=False)
    indices: tuple[int | None, ...]
    """None where a space stands."""
    scale: float

    @property
    def text(self) -> str:
        return "".join(" " if index is None else self.page.characters[index] for index in self.indices)


def draw_real_strips(
    pages: Sequence[Path], shape: tuple[int, int], pitch: float, sizes: tuple[float, float], chance: random.Random
) -> Sample:
    """Consecutive lines of a page, from any of its words on, on a canvas of `shape` (width, height).

    Args:
        sizes: least and greatest letter height, in pixels.
    """
    width, height = shape
    page = _cached_page(chance.choice(pages))
    letter_size = chance.uniform(*sizes) * min(1.0, pitch / USUAL_PITCH)
    line_count = int(page.lines[-1]) + 1
    first = chance.randrange(line_count)
    row_count = round(height / pitch)
    runs: list[Run] = []
    for line in range(first, line_count):
        found = list(cut_runs(page, line, width, letter_size))
        runs += [chance.choice(found)] if found else []
        if len(runs) == row_count:
            break
    return paste_runs(runs, shape, pitch, jitter=chance)


def cut_runs(page: RealPage, line: int, width: int, letter_size: float) -> Iterator[Run]:
    """The runs of a line, left to right, shown with letters of `letter_size` pixels, no wider than `width` pixels."""
    words = _words(page, line)
    if not words:
        return
    median = float(np.median(page.boxes[[index for word in words for index in word], 3]))
    scale = min(letter_size / max(median, 6.0), LARGEST_SCALE)
    room = (width - 12) / scale
    run: list[list[int]] = []
    for word in words:
        is_known = all(page.characters[index] != UNKNOWN for index in word)
        if run and (not is_known or not _continues(page, run, word, room)):
            yield _make_run(page, run, scale)
            run = []
        # A word of a PDF that runs backwards has no width.
        if is_known and 0 < page.boxes[word[-1], 1] - page.boxes[word[0], 0] <= room:
            run.append(word)
    if run:
        yield _make_run(page, run, scale)


def paste_runs(
    runs: Sequence[Run], shape: tuple[int, int], pitch: float, jitter: random.Random | None = None
) -> Sample:
    """Runs on a white canvas of `shape` (width, height), one a row; `jitter` moves each by a pixel or so."""
    width, height = shape
    canvas = np.full((height, width), 255, dtype=np.uint8)
    characters: list[str] = []
    places: list[tuple[float, float]] = []
    for row, run in enumerate(runs):
        strip, middle = _cut_strip(run, pitch)
        left = round(jitter.uniform(1, 8)) if jitter else 4
        top = round((row + 0.5) * pitch - middle + (jitter.uniform(-1.5, 1.5) if jitter else 0))
        _darken(canvas, strip, left, top)
        if characters:
            characters.append("\n")
            places.append((min(width - 1.0, places[-1][0] + 6), places[-1][1]))
        characters += run.text
        places += _places(run, left + MARGIN, top + middle)
    return make_sample(canvas, characters, places)


def _words(page: RealPage, line: int) -> list[list[int]]:
    """Indices of the characters of each word of a line, left to right."""
    words: list[list[int]] = [[]]
    for index in np.flatnonzero(page.lines == line).tolist():
        if page.characters[index] == " ":
            words.append([])
        else:
            words[-1].append(index)
    return sorted(filter(None, words), key=lambda word: float(page.boxes[word[0], 0]))


def _continues(page: RealPage, run: list[list[int]], word: list[int], room: float) -> bool:
    gap = page.boxes[word[0], 0] - page.boxes[run[-1][-1], 1]
    length = page.boxes[word[-1], 1] - page.boxes[run[0][0], 0]
    return bool(gap <= WIDEST_GAP * LETTER_SIZE and length <= room)


def _make_run(page: RealPage, words: list[list[int]], scale: float) -> Run:
    indices: list[int | None] = []
    for word in words:
        indices += [None, *word] if indices else word
    return Run(page, tuple(indices), scale)


def _cut_strip(run: Run, pitch: float) -> tuple[NDArray[np.uint8], float]:
    """A run's picture, scaled, with `MARGIN` on both sides, and the height of its letters' middle in it."""
    boxes = run.page.boxes[[index for index in run.indices if index is not None]]
    middle, size, half = float(np.median(boxes[:, 2])), float(np.median(boxes[:, 3])), pitch / 2 / run.scale
    above, below = min(half, ABOVE * size), min(half, BELOW * size)
    left, right = boxes[0, 0] - MARGIN / run.scale, boxes[-1, 1] + MARGIN / run.scale
    frame = (float(left), middle - above, float(right), middle + below)
    outer = (int(frame[0]) - 1, int(frame[1]) - 1, int(frame[2]) + 2, int(frame[3]) + 2)
    # Inverted, because a crop beyond the page is filled with zeros, and the paper is white.
    piece = Image.fromarray(255 - _padded_crop(run.page.image, outer))
    inner = tuple(side - outer[place % 2] for place, side in enumerate(frame))
    size_after = (max(1, round((frame[2] - frame[0]) * run.scale)), max(1, round((frame[3] - frame[1]) * run.scale)))
    resized = piece.resize(size_after, Image.Resampling.BICUBIC, box=inner)  # type: ignore[arg-type]
    return 255 - np.asarray(resized, dtype=np.uint8), above * run.scale


def _padded_crop(image: NDArray[np.uint8], frame: tuple[int, int, int, int]) -> NDArray[np.uint8]:
    """Pixels within left, top, right, bottom; white beyond the image."""
    left, top, right, bottom = frame
    crop = np.full((bottom - top, right - left), 255, dtype=np.uint8)
    _darken(crop, image[max(0, top) : max(0, bottom), max(0, left) : max(0, right)], max(0, -left), max(0, -top))
    return crop


def _darken(canvas: NDArray[np.uint8], strip: NDArray[np.uint8], left: int, top: int) -> None:
    """Lay a strip over the canvas, the darker pixel wins; what lies beyond is cut off."""
    above = max(0, -top)
    height, width = min(strip.shape[0], canvas.shape[0] - top), min(strip.shape[1], canvas.shape[1] - left)
    if height <= above or width <= 0:
        return
    part = canvas[top + above : top + height, left : left + width]
    np.minimum(part, strip[above:height, :width], out=part)


def _places(run: Run, left: float, middle: float) -> list[tuple[float, float]]:
    """The middle of every character of a run whose first letter begins at `left`."""
    boxes = run.page.boxes
    start = float(boxes[run.indices[0], 0]) if run.indices[0] is not None else 0.0
    places: list[tuple[float, float]] = []
    for place, index in enumerate(run.indices):
        if index is None:
            before, after = run.indices[place - 1], run.indices[place + 1]
            across = (float(boxes[before, 1]) + float(boxes[after, 0])) / 2
        else:
            across = float(boxes[index, :2].mean())
        places.append((left + (across - start) * run.scale, middle))
    return places


@functools.lru_cache(maxsize=16)
def _cached_page(path: Path) -> RealPage:
    return load_page(path)
