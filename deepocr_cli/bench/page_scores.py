"""Readers and pages with their true text in, a score of every reading out, and what the scores of a reader come to."""

import os
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, median

from deepocr_cli.bench.layered_pages import LayeredPage
from deepocr_cli.bench.page_readers import TextReader
from deepocr_cli.bench.precision import compared_form, measure_precision
from deepocr_cli.document import Reader
from deepocr_cli.witness.fidelity import measure

ACCEPTED = 0.9
"""The fidelity from which a reading is accepted by its witness."""
CLOSE = 0.05
"""The share of a page that may be wrong before it is no longer a close reading."""


@dataclass(frozen=True, slots=True)
class PageScore:
    """One page by one reader.

    `characters` are those of the truth. `error` is 1 - precision, `word_precision` as in `bench curve`, `fidelity` the
    agreement with the text layer. `processor_seconds` are those of all cores. `mode` and `vision_tokens` are None of a
    reader that has none.
    """

    reader: str
    source: str
    page: int
    mode: str | None
    characters: int
    error: float
    word_precision: float
    fidelity: float
    vision_tokens: int | None
    seconds: float
    processor_seconds: float

    @property
    def characters_per_token(self) -> float | None:
        return self.characters / self.vision_tokens if self.vision_tokens else None


@dataclass(frozen=True, slots=True)
class Summary:
    """All pages of one reader: the median and the mean page's error, and shares of the pages."""

    reader: str
    pages: int
    median_error: float
    mean_error: float
    close: float
    accepted: float
    word_precision: float
    characters_per_token: float | None
    seconds: float
    processor_seconds: float


def score_pages(readers: Mapping[str, TextReader], pages: Iterable[LayeredPage]) -> Iterator[PageScore]:
    """Every page by every reader in turn, each as soon as it is read."""
    for page in pages:
        for name, read in readers.items():
            yield _score(name, read, page)


def summarise(scores: Sequence[PageScore]) -> list[Summary]:
    """One summary a reader, in the order in which they first read."""
    names = dict.fromkeys(score.reader for score in scores)
    return [_summary(name, [score for score in scores if score.reader == name]) for name in names]


def _score(name: str, read: TextReader, page: LayeredPage) -> PageScore:
    started, spent = time.perf_counter(), _processor_seconds()
    reading = read(page)
    seconds, processor_seconds = time.perf_counter() - started, _processor_seconds() - spent
    precision = measure_precision(reading.text, page.text)
    return PageScore(
        reader=name,
        source=page.source,
        page=page.number,
        mode=reading.mode,
        characters=len(compared_form(page.text)),
        error=1 - precision.characters,
        word_precision=precision.words,
        fidelity=measure(reading.text, page.text, Reader.TEXT_LAYER).score,
        vision_tokens=reading.vision_tokens,
        seconds=seconds,
        processor_seconds=processor_seconds,
    )


def _processor_seconds() -> float:
    """What this process and the programs that it has run have used of all cores."""
    return sum(os.times()[:4])


def _summary(name: str, scores: Sequence[PageScore]) -> Summary:
    vision_tokens = sum(score.vision_tokens or 0 for score in scores)
    characters = sum(score.characters for score in scores)
    return Summary(
        reader=name,
        pages=len(scores),
        median_error=median(score.error for score in scores),
        mean_error=fmean(score.error for score in scores),
        close=fmean(score.error <= CLOSE for score in scores),
        accepted=fmean(score.fidelity >= ACCEPTED for score in scores),
        word_precision=fmean(score.word_precision for score in scores),
        characters_per_token=characters / vision_tokens if vision_tokens else None,
        seconds=fmean(score.seconds for score in scores),
        processor_seconds=fmean(score.processor_seconds for score in scores),
    )
