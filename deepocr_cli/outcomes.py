"""How the reading of a page came out: how it stopped, who read, what the page holds, how far it can be trusted."""

from dataclasses import dataclass
from enum import StrEnum


class Ending(StrEnum):
    """How reading a page stopped."""

    COMPLETE = "complete"
    TOO_LONG = "too_long"
    LOOPED = "looped"
    FAILED = "failed"


class PageContent(StrEnum):
    """What a page holds."""

    TEXT = "text"
    PICTURE = "picture"
    """Pictures without words."""
    BLANK = "blank"
    """Nothing: paper without ink."""


class Reader(StrEnum):
    """Who read the page's text."""

    MODEL = "model"
    TEXT_LAYER = "text-layer"
    OCR = "ocr"
    NONE = "none"
    """Nobody could; the page failed."""


@dataclass(frozen=True, slots=True)
class Fidelity:
    """Agreement of a reading with an independent witness, each figure from 0 to 1.

    `coverage` is the share of the witness's text that the reading has, `invented` the share of the reading that the
    witness does not support, `score` the whole, order included. `order` is how much of the common text goes on as in
    the witness; `lost` and `added` are the shares of the witness's and of the reading's words that stand in stretches
    which the other does not have; `scored` is the share of the page that all this is about: formulas are not scored.
    `numbers` is the share of the witness's words with digits that the reading has digit for digit, None of few.
    """

    score: float
    coverage: float
    invented: float
    witness: Reader
    order: float = 1.0
    lost: float = 0.0
    added: float = 0.0
    scored: float = 1.0
    numbers: float | None = None
