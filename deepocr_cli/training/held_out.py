"""Batches that are never trained on, and how well a network foretells their text: the progress of a training."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from deepocr_cli.model.config import ViewConfig
from deepocr_cli.model.network import DeepOcr
from deepocr_cli.training.batches import Batch, Batches
from deepocr_cli.training.losses import encode_views, read_text, text_loss
from deepocr_cli.training.optimizer import Optimizer
from deepocr_cli.training.render import POOL_BATCHES, STRIPS, BatchSampler, Renderer

SEED = 4242
COUNT = 16
"""Batches of what is read most, four strips a view."""


@dataclass(frozen=True, slots=True)
class HeldOut:
    """Batches of held-out texts, families and pages."""

    batches: Sequence[Batch]

    @torch.no_grad()
    def measure(self, model: DeepOcr, optimizer: Optimizer) -> float:
        """Nats a character that the averaged weights are surprised by; the network is left as it was."""
        with optimizer.averaged():
            nats = [_foretell(model, batch) * batch.character_count for batch in self.batches]
        return sum(nats) / sum(batch.character_count for batch in self.batches)


def draw_held_out(renderer: Renderer, pixel_count: int, ids: dict[str, int], view: ViewConfig) -> HeldOut:
    """The same batches for every training, whatever its seed; `renderer` has what is held out."""
    batches = Batches(BatchSampler(renderer, ((STRIPS, 1.0),), pixel_count, SEED), ids, view)
    return HeldOut([batches[POOL_BATCHES * number] for number in range(COUNT)])


def _foretell(model: DeepOcr, batch: Batch) -> float:
    logits = read_text(model, encode_views(model, batch.pixels), batch.inputs)
    return float(text_loss(logits, batch.labels))
