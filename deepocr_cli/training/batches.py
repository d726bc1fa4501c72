"""Samples of one size become the tensors of a step: pixels, ids, labels, places, and the characters to probe.

Shapes: B samples, H and W pixels, T positions of the longest text, P probed characters.
"""

import signal
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from deepocr_cli.model.config import ViewConfig
from deepocr_cli.training.alphabet import CLASS_OF
from deepocr_cli.training.render import BatchSampler
from deepocr_cli.training.sample import Sample
from deepocr_cli.training.tokenizer import BOS_ID, EOS_ID, encode_sample

NO_LABEL = -100
"""Positions without a label, as cross entropy knows them."""
PROBES_PER_SAMPLE = 192
BATCHES_AHEAD = 8
"""How many batches a drawing process has ready."""


@dataclass(frozen=True, slots=True)
class Batch:
    """The tensors of a step."""

    pixels: Tensor
    """(B, 1, H, W) as the view's config shows them, in float32."""
    inputs: Tensor
    """(B, T) ids, the beginning of the sequence first."""
    labels: Tensor
    """(B, T) ids, the end of the sequence last; `NO_LABEL` after it."""
    places: Tensor
    """(B, T, 2) the middle (x, y) of what each label names, in pixels; -1 where it names nothing in the picture."""
    probed_views: Tensor
    """(P) the sample of each probed character."""
    probed_places: Tensor
    """(P, 2) its middle (x, y) in pixels."""
    probed_classes: Tensor
    """(P) its class in the alphabet."""
    character_count: int


def make_batch(samples: Sequence[Sample], ids: dict[str, int], view: ViewConfig, seed: int = 0) -> Batch:
    """The batch of samples of one size; `seed` chooses among the characters of long ones."""
    pixels = torch.from_numpy(np.stack([sample.image for sample in samples]))
    inputs, labels, places = _make_sequences(samples, ids)
    views, probed_places, classes = _choose_probes(samples, np.random.default_rng(seed))
    return Batch(
        pixels=show(pixels, view),
        inputs=torch.from_numpy(inputs),
        labels=torch.from_numpy(labels),
        places=torch.from_numpy(places),
        probed_views=torch.from_numpy(views),
        probed_places=torch.from_numpy(probed_places),
        probed_classes=torch.from_numpy(classes),
        character_count=sum(len(sample.text) for sample in samples),
    )


@dataclass(frozen=True, slots=True)
class Batches(Dataset[Batch]):
    """Every batch by its number, drawn when it is asked for."""

    sampler: BatchSampler
    ids: dict[str, int]
    view: ViewConfig

    def __getitem__(self, number: int) -> Batch:
        return make_batch(self.sampler.samples(number), self.ids, self.view, seed=number)

    def drawn_aside(self, first: int) -> Iterator[Batch]:
        """The batches from number `first` on, without end, drawn ahead by a process of their own."""
        numbers = range(first, sys.maxsize)
        return iter(
            DataLoader(
                self,
                batch_size=None,
                sampler=numbers,
                num_workers=1,
                prefetch_factor=BATCHES_AHEAD,
                worker_init_fn=_leave_stopping_to_the_parent,
            )
        )


def _leave_stopping_to_the_parent(_worker: int) -> None:
    """An interrupt reaches every process of a terminal; the parent still needs its batch to end the step."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)


def show(pixels: Tensor, view: ViewConfig) -> Tensor:
    """Grey values (B, H, W) as the network sees them: (B, 1, H, W) in float32."""
    return pixels[:, None].float().div_(255).sub_(view.mean).div_(view.deviation)


def _make_sequences(samples: Sequence[Sample], ids: dict[str, int]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    height, width = samples[0].image.shape
    encoded = [encode_sample(sample, ids) for sample in samples]
    shape = (len(samples), 1 + max(len(token_ids) for token_ids, _ in encoded))
    inputs, labels = np.zeros(shape, dtype=np.int64), np.full(shape, NO_LABEL, dtype=np.int64)
    places = np.full((*shape, 2), -1, dtype=np.float32)
    for row, (token_ids, middles) in enumerate(encoded):
        count = len(token_ids)
        inputs[row, : count + 1] = [BOS_ID, *token_ids]
        labels[row, : count + 1] = [*token_ids, EOS_ID]
        is_somewhere = middles[:, :1] >= 0
        places[row, :count] = np.where(is_somewhere, middles.clip(0, (width - 1, height - 1)), -1)
    return inputs, labels, places


def _choose_probes(samples: Sequence[Sample], chance: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    views, places, classes = [], [], []
    for row, sample in enumerate(samples):
        height, width = sample.image.shape
        across, down = sample.positions.T
        within = (across >= 0) & (across < width) & (down >= 0) & (down < height)
        if sample.is_glyph is not None:
            within &= sample.is_glyph
        known = [place for place, character in enumerate(sample.text) if within[place] and character in CLASS_OF]
        chosen = chance.permutation(known)[:PROBES_PER_SAMPLE].astype(np.int64)
        views += [row] * len(chosen)
        places.append(sample.positions[chosen])
        classes += [CLASS_OF[sample.text[place]] for place in chosen]
    return np.array(views, dtype=np.int64), np.concatenate(places), np.array(classes, dtype=np.int64)
