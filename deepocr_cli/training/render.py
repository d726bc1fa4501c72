"""A corpus becomes samples: shape, source and wear by chance, and those of a batch by its number alone."""

import functools
import random
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from deepocr_cli.training.chart_views import draw_chart_view
from deepocr_cli.training.corpus import Corpus
from deepocr_cli.training.formula_views import draw_formula_view
from deepocr_cli.training.real_formulas import draw_real_formula_view
from deepocr_cli.training.real_strips import draw_real_strips
from deepocr_cli.training.sample import Sample
from deepocr_cli.training.strips import draw_block, draw_strips
from deepocr_cli.training.styles import Writer
from deepocr_cli.training.wear import CLEAN_SHARE, wear_out
from deepocr_cli.training.words import TRAINING_MIX

FEWEST_FORMULAS = 100
"""So many formulas of documents are enough to learn from."""
POOL_BATCHES = 3
"""Batches drawn together, so that each has texts of about one length."""


class Content(StrEnum):
    """What a view shows; the network knows it by the view's size alone."""

    TEXT = "text"
    FORMULA = "formula"
    CHART = "chart"


@dataclass(frozen=True, slots=True)
class Shape:
    """A size of sample in pixels, and what it shows: strips of text `pitch` apart, or a free block without a pitch."""

    width: int
    height: int
    pitch: float | None = None
    content: Content = Content.TEXT


STRIPS = Shape(640, 128, 32.0)
"""Four lines a view: what is read most."""
FORMULA = Shape(384, 128, content=Content.FORMULA)
CHART = Shape(384, 256, content=Content.CHART)


@dataclass(frozen=True, slots=True)
class Renderer:
    """What samples are drawn from: a writer for synthetic ones, a corpus for real pages, and how often what."""

    writer: Writer
    corpus: Corpus
    real_share: float = 0.35
    clean_share: float = CLEAN_SHARE
    real_formula_share: float = 0.4

    def draw(self, shape: Shape, chance: random.Random) -> Sample:
        """A sample of the shape; strips and formulas may come from real pages."""
        if shape.content is Content.FORMULA and self._has_formulas() and chance.random() < self.real_formula_share:
            sample = draw_real_formula_view(self.corpus.formulas, shape.width, shape.height, chance)
        elif shape.content is Content.FORMULA:
            sample = draw_formula_view(shape.width, shape.height, chance)
        elif shape.content is Content.CHART:
            sample = draw_chart_view(self.writer, shape.width, shape.height, chance)
        elif shape.pitch is None:
            sample = draw_block(self.writer, shape.width, shape.height, chance)
        elif self.corpus.pages and chance.random() < self.real_share:
            size = (shape.width, shape.height)
            sample = draw_real_strips(self.corpus.pages, size, shape.pitch, self.writer.sizes, chance)
        else:
            sample = draw_strips(self.writer, shape.width, shape.height, shape.pitch, chance)
        return wear_out(sample, chance, self.clean_share)

    def _has_formulas(self) -> bool:
        return len(self.corpus.formulas) >= FEWEST_FORMULAS


def training_renderer(corpus: Corpus, sizes: tuple[float, float]) -> Renderer:
    """The renderer of training; `sizes` are the least and the greatest letter height in pixels."""
    return Renderer(Writer(corpus.texts, corpus.families, tuple(TRAINING_MIX.items()), sizes), corpus)


@dataclass(frozen=True, slots=True, eq=False)
class BatchSampler:
    """The samples of every batch, a function of the seed and the batch's number: a resumed training sees the same.

    `shapes` carry weights; `pixel_count` is what the samples of a batch have together.
    """

    renderer: Renderer
    shapes: tuple[tuple[Shape, float], ...]
    pixel_count: int
    seed: int

    def samples(self, number: int) -> Sequence[Sample]:
        """The samples of a batch, all of one shape and of about one length of text."""
        return _draw_pool(self, number // POOL_BATCHES)[number % POOL_BATCHES]


@functools.lru_cache(maxsize=1)
def _draw_pool(sampler: BatchSampler, number: int) -> list[list[Sample]]:
    """The samples of the batches of a pool, sorted by length and cut, the pieces in random order."""
    chance = random.Random(f"{sampler.seed}/{number}")
    shape = chance.choices([shape for shape, _ in sampler.shapes], [weight for _, weight in sampler.shapes])[0]
    count = max(1, sampler.pixel_count // (shape.width * shape.height))
    samples = [_draw_written(sampler.renderer, shape, chance) for _ in range(count * POOL_BATCHES)]
    samples.sort(key=lambda sample: len(sample.text))
    batches = [samples[start : start + count] for start in range(0, len(samples), count)]
    chance.shuffle(batches)
    return batches


def _draw_written(renderer: Renderer, shape: Shape, chance: random.Random) -> Sample:
    """A sample with text on it."""
    while True:
        sample = renderer.draw(shape, chance)
        if len(sample.text) >= 2:
            return sample
