"""A page image in, its text as blocks out: the independent reader for pages without a usable text layer.

RapidOCR with the PP-OCRv6 models inside its wheel finds and reads the lines; `reading_order` puts them in order.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import compress
from typing import Any

import numpy as np
from PIL import Image

from deepocr_cli.document import Block, Box
from deepocr_cli.layout.as_markdown import escape_words
from deepocr_cli.layout.blocks import lay_out
from deepocr_cli.layout.lines import find_lines
from deepocr_cli.layout.pieces import weighted_median
from deepocr_cli.layout.rows import Line
from deepocr_cli.layout.spread_text import spread_text
from deepocr_cli.places import box_within
from deepocr_cli.witness.rapid import open_rapidocr
from deepocr_cli.witness.statement import Statement
from deepocr_cli.witness.turning import turn_back

LONGEST_SIDE = 2000
"""Pages are shown to the detector at no more than this many pixels; larger letters are not read better."""
THINNEST = 6
"""A page is at most so many times as long as it is wide, or the other way round, when it is shown."""
MAX_SKEW = math.radians(15)
"""A page slanted more than this is taken as it is."""
DOUBTFUL_SCORE = 0.8
"""A page read with a lower mean score may lie on its head."""
STANDING = 1.5
"""A line that is so many times as high as wide may run up or down the page; single digits do not, though."""
CLEARLY_STANDING = 3.0
FEW_LINES = 3
"""Fewer upright lines than these say nothing about the page: they may be labels."""


class LightOcr:
    """Reads pages with RapidOCR, on `thread_count` threads; its sessions are created at the first page."""

    def __init__(self, thread_count: int = 1) -> None:
        self._thread_count = thread_count
        self._engine: Any = None

    def read(self, image: Image.Image) -> Statement:
        """The blocks of a page in reading order, boxes as fractions of its image, and the mean score of their letters.

        A page that lies on its side or on its head is turned first, when its lines or their scores give it away.
        """
        if self._engine is None:
            self._engine = _create_engine(self._thread_count)
        pixels = np.asarray(_bounded(image).convert("RGB"))[:, :, ::-1]
        found = self._find(pixels, 0)
        if found.is_sideways:
            found = max(self._find(pixels, 90), self._find(pixels, 270), key=lambda found: found.score)
        elif found.texts and found.score < DOUBTFUL_SCORE:
            found = max(found, self._find(pixels, 180), key=lambda found: found.score)
        lying = found.choose(~found.are_standing(CLEARLY_STANDING))
        blocks = [*_blocks(pixels, lying), *self._read_standing(found, pixels)]
        return Statement(tuple(blocks), found.score if found.texts else None)

    def _read_standing(self, found: "Found", pixels: np.ndarray) -> tuple[Block, ...]:
        """The lines that run up or down a page: each a block, read both ways, for the first reading knew only one."""
        turned = _turned(pixels, found.turn)
        blocks = []
        for corners in found.choose(found.are_standing(CLEARLY_STANDING)).corners:
            left, top, right, bottom = (max(0, int(edge)) for edge in (*corners.min(axis=0), *corners.max(axis=0)))
            line = turned[top:bottom, left:right]
            if not line.size:  # beside a thin page
                continue
            text, _ = max((self._read_line(_turned(line, turn)) for turn in (90, 270)), key=_score)
            box = Box(left / found.width, top / found.height, right / found.width, bottom / found.height)
            blocks.append(Block("text", escape_words(text), turn_back(box, found.turn)))
        return tuple(block for block in blocks if block.text.strip())

    def _read_line(self, line: np.ndarray) -> tuple[str, float]:
        result = self._engine(line, use_det=False, use_cls=False)
        return (result.txts[0], float(result.scores[0])) if result.txts else ("", 0.0)

    def _find(self, pixels: np.ndarray, turn: int) -> "Found":
        """The lines on the page turned clockwise by `turn` degrees."""
        turned = _turned(pixels, turn)
        height, width = turned.shape[:2]
        result = self._engine(_on_sheet(turned), use_det=True, use_cls=False)  # it remembers what it was told last
        if result.boxes is None:
            return Found(turn, width, height, np.zeros((0, 4, 2)), (), ())
        return Found(turn, width, height, np.asarray(result.boxes), tuple(result.txts), tuple(result.scores))


@dataclass(frozen=True, slots=True)
class Found:
    """The lines found on a page turned clockwise by `turn` degrees; `corners` (N, 4, 2) in pixels of that page."""

    turn: int
    width: int
    height: int
    corners: np.ndarray
    texts: tuple[str, ...]
    scores: tuple[float, ...]

    @property
    def score(self) -> float:
        """The mean score of a character; 0 where nothing was found."""
        lengths = [len(text) for text in self.texts]
        return float(np.average(self.scores, weights=lengths)) if any(lengths) else 0.0

    @property
    def is_sideways(self) -> bool:
        """Whether most lines run up or down the page."""
        return len(self.texts) >= FEW_LINES and float(np.mean(self.are_standing(STANDING))) > 0.5

    def are_standing(self, aspect: float) -> np.ndarray:
        """For each line (N,) whether it is `aspect` times as high as wide."""
        across, down = np.ptp(self.corners, axis=1).T
        return np.asarray(down > aspect * across)

    def choose(self, chosen: np.ndarray) -> "Found":
        """The lines that are True in `chosen` (N,)."""
        texts, scores = tuple(compress(self.texts, chosen)), tuple(compress(self.scores, chosen))
        return replace(self, corners=self.corners[chosen], texts=texts, scores=scores)


def _turned(pixels: np.ndarray, turn: int) -> np.ndarray:
    return np.ascontiguousarray(np.rot90(pixels, -turn // 90))


def _score(reading: tuple[str, float]) -> float:
    return reading[1]


def _blocks(pixels: np.ndarray, found: Found) -> Iterator[Block]:
    """What was found on a page as blocks: the page's pixels (H, W, 3) tell where its tables are."""
    if not found.texts:
        return
    page = find_lines(Image.fromarray(_turned(pixels, found.turn)))
    lines = spread_text(straighten(found.corners, found.texts), page)
    for block in lay_out(lines, found.height, page.rules):
        box = box_within((block.left, block.top, block.right, block.bottom), found.width, found.height)
        yield Block(block.kind, block.markdown, turn_back(box, found.turn), block.table)


def _bounded(image: Image.Image) -> Image.Image:
    """A thin page no longer than what the detector is shown; others are brought to that size by RapidOCR."""
    longest, shortest = max(image.size), min(image.size)
    if longest <= max(LONGEST_SIDE, THINNEST * shortest):
        return image
    scale = LONGEST_SIDE / longest
    return image.resize((max(1, round(image.width * scale)), max(1, round(image.height * scale))))


def _on_sheet(pixels: np.ndarray) -> np.ndarray:
    """A thin page (H, W, 3) at the top left of a sheet of paper, another page as it is.

    The detector enlarges what it sees until the short side has 736 pixels: 300 x 20,000 took 4.6 GB.
    """
    height, width = pixels.shape[:2]
    below, beside = max(0, width // THINNEST - height), max(0, height // THINNEST - width)
    return np.pad(pixels, ((0, below), (0, beside), (0, 0)), constant_values=255) if below or beside else pixels


def _create_engine(thread_count: int) -> Any:
    parameters = {
        "Global.max_side_len": LONGEST_SIDE,
        # The usual 0.5 drops faint lines whole: nine tenths of a slightly blurred table of contents.
        "Det.box_thresh": 0.3,
        # Lines of a batch are padded to the longest: that is slower, and their text would depend on one another.
        "Rec.rec_batch_num": 1,
    }
    return open_rapidocr(thread_count, parameters)


def straighten(corners: np.ndarray, texts: Sequence[str]) -> list[Line]:
    """Lines from the `corners` (N, 4, 2) of slanted boxes, turned about the origin by the page's skew.

    Corners run clockwise from the top left. The skew is the median slope of the lines, the long ones counting most.
    """
    if not len(texts):
        return []
    baseline = (corners[:, 1] + corners[:, 2] - corners[:, 0] - corners[:, 3]) / 2
    lengths = np.hypot(baseline[:, 0], baseline[:, 1])
    heights = np.linalg.norm(corners[:, 3] + corners[:, 2] - corners[:, 0] - corners[:, 1], axis=1) / 2
    skew = weighted_median(np.arctan2(baseline[:, 1], baseline[:, 0]), lengths)
    if abs(skew) > MAX_SKEW:
        skew = 0.0
    cosine, sine = np.cos(skew), np.sin(skew)
    centres = corners.mean(axis=1) @ np.array([[cosine, -sine], [sine, cosine]])
    halves = np.stack([lengths, heights], axis=1) / 2
    edges = np.concatenate([centres - halves, centres + halves], axis=1).tolist()
    return [Line(text.strip(), *box) for text, box in zip(texts, edges, strict=True) if text.strip()]
