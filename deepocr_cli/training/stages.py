"""The stages that a network goes through from nothing: glyphs, packing, reading."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from deepocr_cli.training.losses import LossWeights
from deepocr_cli.training.render import CHART, FORMULA, STRIPS, Shape


class Stage(StrEnum):
    """What is taught."""

    GLYPHS = "glyphs"
    """The encoder names single characters; the decoder is not run."""
    READING = "reading"
    """Everything at once; goes on from GLYPHS, or from weights that read already."""


@dataclass(frozen=True, slots=True)
class Lesson:
    """What a stage is shown, and what counts. `sizes`: least and greatest letter height in pixels."""

    shapes: tuple[tuple[Shape, float], ...]
    sizes: tuple[float, float]
    weights: LossWeights


LADDER = {8: 0.2, 16: 0.5, 32: 0.5, 64: 1.0}

LESSONS: Mapping[Stage, Lesson] = {
    Stage.GLYPHS: Lesson(
        shapes=((Shape(256, 256), 1.0), (STRIPS, 1.0)),
        sizes=(22, 30),
        weights=LossWeights({8: 1.0, 16: 1.0, 32: 1.0, 64: 1.0}, text=0.0),
    ),
    Stage.READING: Lesson(
        shapes=(
            (STRIPS, 5.5),
            (Shape(640, 128, 128 / 3), 1.2),
            (Shape(640, 128, 64.0), 0.6),
            (Shape(640, 128, 128 / 5), 1.7),
            (Shape(640, 128), 0.4),
            (Shape(256, 256), 0.1),
            (FORMULA, 4.0),
            (CHART, 1.4),
        ),
        sizes=(21, 29),
        weights=LossWeights(LADDER),
    ),
}
