"""A network reads pages of growing length in each of its modes: precision as a function of compression."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from deepocr_cli.bench.held_out import Bucket, TokenCount, typeset_bucket
from deepocr_cli.bench.precision import measure_precision
from deepocr_cli.bench.typeset import Sheet, draw
from deepocr_cli.engine.request import Completion, PageReader, Request
from deepocr_cli.modes import Mode
from deepocr_cli.settings import Task

FLOOR = 0.3
"""A mode that reads pages of one length no better than this is not shown longer ones."""


@dataclass(frozen=True, slots=True)
class Point:
    """Pages of one length read in one mode, averaged.

    `vision_tokens` are those of a page that show paper; `ratio` is text tokens / vision tokens, and
    `characters_per_token` says the same in characters, so that networks with different tokenizers compare.
    """

    mode: str
    bucket: str
    pages: int
    vision_tokens: float
    ratio: float
    characters_per_token: float
    precision: float
    word_precision: float


def measure_curve(
    reader: PageReader, count_tokens: TokenCount, modes: Sequence[Mode], buckets: Sequence[Bucket], page_count: int
) -> Iterator[Point]:
    """The points of every mode, from short pages to long ones, each as soon as it is measured."""

    @cache
    def sheets_of(bucket: Bucket) -> list[Sheet]:
        return typeset_bucket(bucket, page_count, count_tokens)

    for mode in modes:
        for bucket in buckets:
            point = _measure(reader, count_tokens, mode, bucket, sheets_of(bucket))
            yield point
            if point.precision < FLOOR:
                break


def as_calibration(points: Sequence[Point]) -> dict[str, Any]:
    """The content of calibration.json, which the dial predicts precision from."""
    return {
        "measured": "deepocr bench curve: clean prose; ratio is text tokens per vision token that shows paper, "
        "precision is 1 - edit distance / length of the longer text, the mean of the pages",
        "points": [
            {
                "mode": point.mode,
                "bucket": point.bucket,
                "ratio": round(point.ratio, 2),
                "precision": round(point.precision, 4),
                "pages": point.pages,
            }
            for point in points
        ],
    }


def _measure(
    reader: PageReader, count_tokens: TokenCount, mode: Mode, bucket: Bucket, sheets: Sequence[Sheet]
) -> Point:
    # Longer than any honest reading, so that a loop costs little.
    limit = bucket.high + bucket.high // 5 + 32
    requests = (
        Request(number, draw(sheet.pdf).image, mode, Task.TEXT, max_new_tokens=limit)
        for number, sheet in enumerate(sheets)
    )
    readings = {completion.number: completion for completion in reader.run(requests)}
    precisions = [measure_precision(readings[number].text, sheet.text) for number, sheet in enumerate(sheets)]
    vision_tokens = sum(_valid_tokens(completion, mode) for completion in readings.values())
    return Point(
        mode=mode.name,
        bucket=bucket.name,
        pages=len(sheets),
        vision_tokens=vision_tokens / len(sheets),
        ratio=_total(sheets, count_tokens) / vision_tokens,
        characters_per_token=_total(sheets, len) / vision_tokens,
        precision=sum(precision.characters for precision in precisions) / len(sheets),
        word_precision=sum(precision.words for precision in precisions) / len(sheets),
    )


_PAGE_PIXELS = (1190, 1684)
"""A4 at 144 dots per inch, as `draw` gives it."""


def _valid_tokens(completion: Completion, mode: Mode) -> float:
    """The vision tokens that a reading took, without the share that shows a grey border."""
    valid, total = mode.valid_token_count(*_PAGE_PIXELS), mode.vision_token_count(mode.grid_for(*_PAGE_PIXELS))
    return max(1, completion.vision_tokens) * valid / total


def _total(sheets: Sequence[Sheet], count: Callable[[str], int]) -> int:
    return sum(count(sheet.text) for sheet in sheets)
