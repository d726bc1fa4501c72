"""Pages of growing length for a network: a bucket of text tokens becomes typeset sheets whose text lies within it."""

from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice

from deepocr_cli.bench.prose import write_paragraphs
from deepocr_cli.bench.typeset import TYPEFACES, Sheet, typeset
from deepocr_cli.model.catalog import CatalogEntry
from deepocr_cli.model.config_json import read_config
from deepocr_cli.model.tokens import load_tokens

PARAGRAPHS = 40
"""More than any bucket takes."""

TokenCount = Callable[[str], int]


@dataclass(frozen=True, slots=True)
class Bucket:
    """Pages of `low` to `high` text tokens."""

    low: int
    high: int

    @property
    def name(self) -> str:
        return f"{self.low}-{self.high}"

    def targets(self, page_count: int) -> list[int]:
        """Lengths spread evenly over the bucket."""
        return [
            self.low + (self.high - self.low) * (2 * number + 1) // (2 * page_count) for number in range(page_count)
        ]


PAPER_BUCKETS = tuple(Bucket(low, low + 100) for low in range(600, 1300, 100))
"""Those of table 2 of the paper."""
CHARACTER_BUCKETS = tuple(Bucket(50 * 2**step, 100 * 2**step) for step in range(6))
"""For a network whose text tokens are characters: from a note to a full page of ten-point type."""


def buckets_of(entry: CatalogEntry) -> tuple[Bucket, ...]:
    """The buckets that suit a network's tokenizer."""
    return CHARACTER_BUCKETS if entry.text_tokens_per_character == 1 else PAPER_BUCKETS


def token_counter(entry: CatalogEntry) -> TokenCount:
    """Counts text in tokens of a network's own tokenizer.

    Raises:
        WeightsError: its files are not on the disk, or damaged.
    """
    folder = entry.require_folder()
    codec = load_tokens(folder, read_config(folder).prompt)
    return lambda text: len(codec.encode_plain(text))


def typeset_bucket(bucket: Bucket, page_count: int, count_tokens: TokenCount) -> list[Sheet]:
    """Sheets filled with prose, each in the largest type that its text leaves room for; the same in every run."""
    return [
        typeset(_write_text(bucket.low + number, target, count_tokens), TYPEFACES[number % len(TYPEFACES)])
        for number, target in enumerate(bucket.targets(page_count))
    ]


def _write_text(seed: int, token_count: int, count_tokens: TokenCount) -> list[str]:
    """Paragraphs that have about as many tokens together; the last one may break off."""
    paragraphs = list(islice(write_paragraphs(seed), PARAGRAPHS))
    words = [word for paragraph in paragraphs for word in (*paragraph.split(), _END)][:-1]
    word_count = bisect_left(
        range(len(words)), token_count, key=lambda count: count_tokens("\n".join(_paragraphs(words[:count])))
    )
    return _paragraphs(words[:word_count])


_END = "\n"


def _paragraphs(words: Sequence[str]) -> list[str]:
    return [paragraph.strip() for paragraph in " ".join(words).split(_END) if paragraph.strip()]
