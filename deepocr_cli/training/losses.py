"""What the network is taught with: the next character, and on the way to it a ladder of probes, places and balance.

The bottleneck is packing sixteen patches into one vision token. A probe asks the features at a stride of 8, 16, 32 and
64 pixels which character stands at a given offset; each rung makes the next one learnable. The heads are for training
alone and are never exported.

Shapes: B samples, T positions, S vision positions before them, P probed characters, D width, K classes.
"""

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from deepocr_cli.model.config import ModelConfig, PatchEmbedding
from deepocr_cli.model.decoder import Memory
from deepocr_cli.model.network import DeepOcr
from deepocr_cli.training.alphabet import CHARACTERS
from deepocr_cli.training.batches import NO_LABEL, Batch
from deepocr_cli.training.observe import Observations, observed

TOKEN_SIZE = 64
"""Pixels along the side of what a vision token shows."""
PLACE_STEP, PLACE_COUNT = 10, 64
"""The next character's place is told in steps of 10 pixels, 64 along each side."""


@dataclass(frozen=True, slots=True)
class LossWeights:
    """How much each lesson counts; cross entropy counts 1, or 0 where the decoder is not run."""

    probes: dict[int, float]
    """By stride in pixels."""
    alignment: float = 0.4
    place: float = 0.2
    balance: float = 0.01
    text: float = 1.0


class Probe(nn.Module):
    """Names the character at an offset within a feature's square: the offset chooses channels, they name the class."""

    def __init__(self, feature_width: int, stride: int, hidden_width: int) -> None:
        super().__init__()
        # An offset is told to 2 pixels within small squares, to 4 within large ones.
        self.stride, self.offset_count = stride, stride // (2 if stride <= 16 else 4)
        self.project = nn.Linear(feature_width, hidden_width)
        # The finer rungs learn as well without.
        self.norm = nn.LayerNorm(hidden_width) if stride > 16 else nn.Identity()
        self.select = nn.Embedding(self.offset_count**2, hidden_width)
        self.shift = nn.Embedding(self.offset_count**2, hidden_width)
        self.name = nn.Linear(hidden_width, len(CHARACTERS))
        nn.init.normal_(self.select.weight, 1.0, 0.4)
        nn.init.zeros_(self.shift.weight)

    def forward(self, features: Tensor, views: Tensor, places: Tensor) -> Tensor:
        """Features (B, H, W, D), views (P) and places (P, 2) in pixels to logits (P, K) in float32."""
        columns, rows = (places / self.stride).long().unbind(dim=-1)
        steps = ((places % self.stride) * self.offset_count / self.stride).long()
        offsets = steps[:, 1] * self.offset_count + steps[:, 0]
        chosen = self.norm(self.project(features[views, rows, columns]))
        logits: Tensor = self.name(F.gelu(chosen * self.select(offsets) + self.shift(offsets)))
        return logits.float()


class TrainingHeads(nn.Module):
    """Every head that only training needs."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        widths = {16: config.sam.width, 32: config.sam.compressor_widths[0], 64: config.decoder.width}
        if config.sam.patch_embedding is PatchEmbedding.CONV_STEM:
            widths[8] = config.sam.stem_widths[-1]
        hidden = {8: 192, 16: 192, 32: 256, 64: 512}
        self.probes = nn.ModuleDict(
            {str(stride): Probe(width, stride, hidden[stride]) for stride, width in sorted(widths.items())}
        )
        self.place = nn.Linear(config.decoder.width, 2 * PLACE_COUNT)


def compute_losses(
    model: DeepOcr, heads: TrainingHeads, batch: Batch, weights: LossWeights, *, are_heads_new: bool = False
) -> tuple[Tensor, dict[str, float]]:
    """The weighted loss of a batch, and the figures of its parts: losses in nats, accuracies in 0..1.

    What new heads miss does not move the network: it would spoil weights that read already.
    """
    with observed(model) as seen:
        vision = encode_views(model, batch.pixels)  # (B, S, D)
        logits = read_text(model, vision, batch.inputs, seen) if weights.text else None
    if are_heads_new:
        seen = seen.from_afar()
    loss, figures = probe_loss(heads, seen, batch, weights.probes)
    if logits is not None:
        lessons = {
            "text": (weights.text, text_loss(logits, batch.labels)),
            "alignment": (weights.alignment, alignment_loss(seen, batch)),
            "place": (weights.place, place_loss(heads, seen, batch)),
            "balance": (weights.balance, torch.stack(seen.imbalances).sum() if seen.imbalances else loss * 0),
        }
        loss = loss + torch.stack([weight * lesson for weight, lesson in lessons.values()]).sum()
        figures |= {name: float(lesson.detach()) for name, (_, lesson) in lessons.items()}
    return loss, figures


def encode_views(model: DeepOcr, pixels: Tensor) -> Tensor:
    """Views (B, C, H, W), of any sides that are multiples of 64, to what the decoder reads (B, S, D)."""
    maps = model.encoder(pixels.to(model.dtype))
    return torch.stack([model.encoder.assemble(tokens) for tokens in maps])


def read_text(model: DeepOcr, vision: Tensor, inputs: Tensor, memory: Memory | None = None) -> Tensor:
    """Logits (B, T, V) after every id of `inputs` (B, T), all of them known."""
    features = torch.cat([vision, model.decoder.embed(inputs)], dim=1)  # (B, S + T, D)
    positions = torch.arange(features.shape[1]).expand(len(features), -1)
    known: Tensor = model.decoder(features, positions, memory)
    return model.decoder.logits(known[:, vision.shape[1] :])


def text_loss(logits: Tensor, labels: Tensor) -> Tensor:
    """Cross entropy of logits (B, T, V) with labels (B, T), in nats a character."""
    return F.cross_entropy(logits.flatten(0, 1), labels.flatten(), ignore_index=NO_LABEL)


def probe_loss(
    heads: TrainingHeads, seen: Observations, batch: Batch, weights: dict[int, float]
) -> tuple[Tensor, dict[str, float]]:
    """The weighted loss of the ladder, and the accuracy of every rung."""
    loss, figures = torch.zeros(()), {}
    for stride, weight in weights.items():
        if str(stride) not in heads.probes or stride not in seen.maps:
            continue
        logits = heads.probes[str(stride)](seen.maps[stride], batch.probed_views, batch.probed_places)
        loss = loss + weight * F.cross_entropy(logits, batch.probed_classes)
        figures[f"probe_{stride}"] = float((logits.argmax(dim=-1) == batch.probed_classes).float().mean())
    return loss, figures


def alignment_loss(seen: Observations, batch: Batch) -> Tensor:
    """Nats by which the first head misses the vision token that holds the next character, mean of its layers."""
    if not seen.first_heads:
        return torch.zeros(())
    row_count, column_count = (side // TOKEN_SIZE for side in batch.pixels.shape[-2:])
    columns, rows = (batch.places.clamp(min=0) / TOKEN_SIZE).long().unbind(dim=-1)
    # A newline stands after every row of vision tokens.
    targets = rows.clamp(max=row_count - 1) * (column_count + 1) + columns.clamp(max=column_count - 1)  # (B, T)
    has_place = batch.places[..., 0] >= 0
    losses = [_attention_nats(queries, keys, targets)[has_place].mean() for queries, keys in seen.first_heads]
    return torch.stack(losses).mean()


def _attention_nats(queries: Tensor, keys: Tensor, targets: Tensor) -> Tensor:
    """-log of the attention (B, T) that the last T of the positions pay to `targets` (B, T)."""
    length, total = targets.shape[1], keys.shape[1]
    scores = (queries[:, -length:] @ keys.transpose(1, 2)).float() / math.sqrt(keys.shape[-1])  # (B, T, S + T)
    future = torch.ones(length, total, dtype=torch.bool).triu(total - length + 1)
    scores = scores.masked_fill(future, -torch.inf)
    return scores.logsumexp(dim=-1) - scores.gather(-1, targets[..., None])[..., 0]


def place_loss(heads: TrainingHeads, seen: Observations, batch: Batch) -> Tensor:
    """Nats by which the decoder's first layer misses the place of the next character, x and y together."""
    assert seen.early is not None, "the decoder was not run"
    has_place = batch.places[..., 0] >= 0
    early = seen.early[:, -batch.inputs.shape[1] :][has_place]  # (places, D)
    logits = heads.place(early).float().unflatten(-1, (2, PLACE_COUNT))
    targets = (batch.places[has_place] / PLACE_STEP).long().clamp(0, PLACE_COUNT - 1)  # (places, 2)
    return 2 * F.cross_entropy(logits.flatten(0, 1), targets.flatten())
