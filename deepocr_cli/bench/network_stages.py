"""The stages inside the network: encoder, prefill, decode, each ours and that of `transformers` by turns.

Shapes: B views or sequences, C channels, H and W pixels, T positions, D the decoder's width.
"""

from collections.abc import Iterator

import torch
from torch import Tensor

from deepocr_cli.bench.row import Row, Unit
from deepocr_cli.bench.trial import Trial

PROMPT_POSITIONS = 290
"""A page in the mode base with its question."""
BATCHES = (1, 4, 8)
STEPS = 8
"""Tokens that are decoded in a round."""


def measure_encoder(trial: Trial) -> Iterator[Row]:
    """The overview of every size, then the tiles of a page where a mode has them."""
    for shape in dict.fromkeys(mode.view_shape for mode in trial.modes):
        yield _encoder_row(trial, "encoder", shape, 1)
    for mode in trial.modes:
        grid = mode.grid_for(*trial.page.image.size)
        if grid is not None and mode.tile_size is not None:
            shape = (mode.tile_size, mode.tile_size)
            yield _encoder_row(trial, f"encoder, {mode.name} tiles", shape, grid.tile_count)


def measure_prefill(trial: Trial) -> Iterator[Row]:
    features = random_prompts(trial, 1)
    ours, theirs = trial.by_turns(lambda twin: twin.prefill(features))
    yield trial.row("prefill", features.shape[1], 1, Unit.SECONDS, ours, theirs)


def measure_decode(trial: Trial) -> Iterator[Row]:
    """Tokens a second, those of all sequences together; the ids are random, so that every step asks other experts."""
    for batch in BATCHES:
        features, ids = random_prompts(trial, batch), random_ids(trial, STEPS, batch, 1)
        ours, theirs = _decode_by_turns(trial, features, ids)
        their_rate = None if theirs is None else batch * STEPS / theirs
        yield trial.row("decode", features.shape[1], batch, Unit.TOKEN_RATE, batch * STEPS / ours, their_rate)


def _encoder_row(trial: Trial, stage: str, shape: tuple[int, int], batch: int) -> Row:
    pixels = random_views(trial, shape, batch)
    ours, theirs = trial.by_turns(lambda twin: twin.encode(pixels))
    return trial.row(stage, shape[0], batch, Unit.SECONDS, ours, theirs)


def _decode_by_turns(trial: Trial, features: Tensor, ids: Tensor) -> tuple[float, float | None]:
    subject = trial.subject
    with subject.ours.decode(features) as our_step:
        if subject.theirs is None:
            return trial.stopwatch.compare(lambda: list(map(our_step, ids)), None)
        with subject.theirs.decode(features) as their_step:
            return trial.stopwatch.compare(lambda: list(map(our_step, ids)), lambda: list(map(their_step, ids)))


def random_views(trial: Trial, shape: tuple[int, int], batch: int) -> Tensor:
    """Noise as views (B, C, H, W) of a shape (W, H)."""
    model, (width, height) = trial.subject.model, shape
    pixels = torch.randn((batch, model.config.view.channel_count, height, width), generator=_generator())
    return pixels.to(model.device, model.dtype)


def random_prompts(trial: Trial, batch: int) -> Tensor:
    """Embeddings (B, T, D) of random ids, half of the decoder's positions at most."""
    decoder = trial.subject.model.decoder
    return decoder.embed(random_ids(trial, batch, min(PROMPT_POSITIONS, decoder.config.position_count // 2)))


def random_ids(trial: Trial, *shape: int) -> Tensor:
    model = trial.subject.model
    return torch.randint(model.config.decoder.vocabulary_size, shape, generator=_generator()).to(model.device)


def _generator() -> torch.Generator:
    return torch.Generator().manual_seed(0)
