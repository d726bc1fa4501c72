"""A network reads what it was never trained on: character error rates by kind of text, and of whole real pages.

Error rates are Levenshtein distances over the truth's length, both with white space folded to single spaces.
"""

import random
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from rapidfuzz.distance import Levenshtein
from tokenizers import Tokenizer
from torch import Tensor

from deepocr_cli.engine.kv_cache import UNBOUNDED, KeyValueCache
from deepocr_cli.model.network import DeepOcr
from deepocr_cli.training.batches import show
from deepocr_cli.training.chart_scores import ChartScore, score_charts
from deepocr_cli.training.corpus import Corpus
from deepocr_cli.training.losses import TOKEN_SIZE, encode_views
from deepocr_cli.training.real_pages import load_page
from deepocr_cli.training.real_strips import cut_runs, paste_runs
from deepocr_cli.training.render import CHART, FORMULA, STRIPS, Renderer, Shape
from deepocr_cli.training.sample import Sample
from deepocr_cli.training.styles import Writer
from deepocr_cli.training.tokenizer import BOS_ID, EOS_ID, decode_ids
from deepocr_cli.training.words import TextKind

BATCH = 16
SEED = 4242


@dataclass(frozen=True, slots=True)
class Trial:
    """A kind of held-out sample: shape, kind of text, letter heights in pixels, how many are left unworn.

    One that is not plain has lines of all layouts, words in several faces, rules and so on.
    """

    shape: Shape
    kind: TextKind = TextKind.NATURAL
    sizes: tuple[float, float] = (22, 27)
    clean_share: float = 1.0
    is_plain: bool = True
    is_typeset: bool = False
    """Whether formulas are those of documents."""


TRIALS: Mapping[str, Trial] = {
    "strips, natural": Trial(STRIPS),
    "strips, random": Trial(STRIPS, TextKind.RANDOM),
    "strips, accented": Trial(STRIPS, TextKind.ACCENTED),
    "strips, code": Trial(STRIPS, TextKind.CODE),
    "strips, European": Trial(STRIPS, TextKind.EUROPEAN),
    "strips, natural, dressed": Trial(STRIPS, is_plain=False),
    "strips, natural, worn": Trial(STRIPS, clean_share=0.0),
    "2 strips, natural": Trial(Shape(640, 128, 64.0)),
    "3 strips, natural": Trial(Shape(640, 128, 128 / 3)),
    "5 strips, natural": Trial(Shape(640, 128, 128 / 5)),
    "6 strips, natural": Trial(Shape(640, 128, 128 / 6)),
    "8 strips, natural": Trial(Shape(640, 128, 16.0)),
    "block, natural": Trial(Shape(640, 128)),
    "formula": Trial(FORMULA),
    "formula, typeset": Trial(FORMULA, is_typeset=True),
    "chart": Trial(CHART),
}


@dataclass(frozen=True, slots=True)
class Score:
    """Errors and characters of a trial, and the vision tokens that they were read from."""

    errors: int
    characters: int
    vision_tokens: int
    samples: int
    exact: int
    """Samples without an error."""

    @property
    def error_rate(self) -> float:
        return self.errors / max(1, self.characters)

    @property
    def characters_per_token(self) -> float:
        return self.characters / max(1, self.vision_tokens)


def evaluate_trials(model: DeepOcr, tokenizer: Tokenizer, corpus: Corpus, count: int) -> Iterator[tuple[str, Score]]:
    """Read `count` samples of every trial, drawn from held-out texts in held-out families."""
    for name, trial in TRIALS.items():
        yield name, score_samples(model, tokenizer, draw_trial(trial, corpus, count))


def evaluate_charts(model: DeepOcr, tokenizer: Tokenizer, corpus: Corpus, count: int) -> ChartScore:
    """Read `count` charts, and compare labels and values."""
    samples = draw_trial(Trial(CHART), corpus, count)
    return score_charts((reading, sample.text) for sample, reading in _read_sorted(model, tokenizer, samples))


def draw_trial(trial: Trial, corpus: Corpus, count: int) -> list[Sample]:
    """The same samples for every network."""
    writer = Writer(corpus.texts, corpus.families, ((trial.kind, 1.0),), trial.sizes, trial.is_plain)
    renderer = Renderer(writer, corpus, 0.0, trial.clean_share, real_formula_share=float(trial.is_typeset))
    chance = random.Random(SEED)
    return [renderer.draw(trial.shape, chance) for _ in range(count)]


def evaluate_page(
    model: DeepOcr, tokenizer: Tokenizer, path: Path, *, letter_size: float = 25.0, shape: Shape = STRIPS
) -> Score:
    """Read a whole real page cut into line strips with letters of `letter_size` pixels."""
    page = load_page(path)
    assert shape.pitch is not None, "pages are read as strips"
    row_count = round(shape.height / shape.pitch)
    lines = range(int(page.lines[-1]) + 1)
    runs = [run for line in lines for run in cut_runs(page, line, shape.width, letter_size)]
    tiles = [
        paste_runs(runs[start : start + row_count], (shape.width, shape.height), shape.pitch)
        for start in range(0, len(runs), row_count)
    ]
    return score_samples(model, tokenizer, tiles)


def score_samples(model: DeepOcr, tokenizer: Tokenizer, samples: Sequence[Sample]) -> Score:
    """Read samples of one size and count the errors."""
    errors = characters = vision_tokens = exact = 0
    for sample, reading in _read_sorted(model, tokenizer, samples):
        truth = _fold(sample.text)
        distance = Levenshtein.distance(_fold(reading), truth)
        errors += distance
        exact += distance == 0
        characters += len(truth)
        vision_tokens += sample.image.size // TOKEN_SIZE**2
    return Score(errors, characters, vision_tokens, len(samples), exact)


def _read_sorted(model: DeepOcr, tokenizer: Tokenizer, samples: Sequence[Sample]) -> Iterator[tuple[Sample, str]]:
    """Samples of one size and what is read on them, short texts first, so that those of a batch are of one length."""
    ordered = sorted(samples, key=lambda sample: len(sample.text))
    for start in range(0, len(ordered), BATCH):
        batch = ordered[start : start + BATCH]
        yield from zip(batch, read_samples(model, tokenizer, batch), strict=True)


@torch.no_grad()
def read_samples(model: DeepOcr, tokenizer: Tokenizer, samples: Sequence[Sample]) -> list[str]:
    """What the network reads on samples of one size, always choosing the likeliest character."""
    pixels = torch.stack([torch.from_numpy(sample.image.copy()) for sample in samples])
    vision = encode_views(model, show(pixels, model.config.view))  # (B, S, D)
    limit = int(1.15 * max(len(sample.text) for sample in samples)) + 12
    ids = _write(model, vision, min(limit, model.config.decoder.position_count - vision.shape[1] - 1))
    return [decode_ids(row, tokenizer) for row in ids.tolist()]


def _write(model: DeepOcr, vision: Tensor, limit: int) -> Tensor:
    """Up to `limit` ids for each of vision (B, S, D): (B, ids)."""
    rows, length, _ = vision.shape
    cache: KeyValueCache[int] = KeyValueCache(model.config.decoder, UNBOUNDED, model.device, model.dtype)
    positions = torch.arange(length).expand(rows, -1)
    model.decoder(vision, positions, cache.open_rows(range(rows), length))
    latest = torch.full((len(vision), 1), BOS_ID)
    written: list[Tensor] = []
    is_over = torch.zeros(len(vision), dtype=torch.bool)
    while len(written) < limit and not is_over.all():
        cache.make_room()
        memory = cache.next_positions(range(rows))
        features = model.decoder(model.decoder.embed(latest), memory.positions[:, None], memory)
        cache.keep(range(rows))
        latest = model.decoder.logits(features[:, 0]).argmax(dim=-1, keepdim=True)
        written.append(latest)
        is_over |= latest[:, 0] == EOS_ID
    return torch.cat(written, dim=1)


def _fold(text: str) -> str:
    """White space folded, and left out of LaTeX but between letters; leaders of dots count as three."""
    folded = " ".join(re.sub(r"(?:\s*[.·]){4,}", " ... ", text).split())
    return re.sub(r"(?<![A-Za-z]) | (?![A-Za-z])", "", folded) if folded.startswith(r"\[") else folded
