"""A network and samples become a better network: steps until the time is over, saved, resumable to the step."""

import csv
import signal
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

import torch
from torch import Tensor

from deepocr_cli.model.network import DeepOcr
from deepocr_cli.training.batches import Batch
from deepocr_cli.training.checkpoints import Progress, SavedRun, TrainingOptions, save_run
from deepocr_cli.training.held_out import HeldOut
from deepocr_cli.training.losses import LossWeights, TrainingHeads, compute_losses
from deepocr_cli.training.optimizer import Optimizer, rate_share
from deepocr_cli.training.processes import Group, agree, average_gradients

STOPS = (signal.SIGINT, signal.SIGTERM)
LONGEST_STEP = 60.0
"""Seconds; a step that took longer was stopped meanwhile, and a rate must not fall while nothing is learned."""
LINE_SECONDS, SAVE_SECONDS = 60.0, 300.0
CURVE_COLUMNS = (
    "step", "minutes", "characters", "characters_a_second", "rate", "gradient", "text", "alignment", "place",
    "balance", "probe_8", "probe_16", "probe_32", "probe_64", "held_out",
)  # fmt: skip


@dataclass(slots=True)
class Trainer:
    """A network being trained with its heads, its optimizer and how far it has come."""

    model: DeepOcr
    heads: TrainingHeads
    options: TrainingOptions
    weights: LossWeights
    group: Group = field(default_factory=Group)
    progress: Progress = field(default_factory=Progress)
    optimizer: Optimizer = field(init=False)

    def __post_init__(self) -> None:
        parameters = dict(self.model.named_parameters())
        parameters |= {f"heads.{name}": parameter for name, parameter in self.heads.named_parameters()}
        self.optimizer = Optimizer(parameters, self.options.optimizer)

    def resume(self, run: SavedRun) -> None:
        """Take up a saved run where it stopped."""
        self.optimizer.load(run.state(), run.progress.step)
        self.progress = run.progress

    @property
    def next_batch(self) -> int:
        """The number of the batch that the next step begins with."""
        return self.progress.step * self.options.batch_count

    def step(self, batches: Iterator[Batch]) -> dict[str, float]:
        """Learn from the next of the batches, as many as a step sums up; gives their mean figures."""
        figures = _mean([self._learn(batch) for batch in islice(batches, self.options.batch_count)])
        average_gradients(self.optimizer.parameters.values(), self.group)
        share = rate_share(self.progress.step, self.progress.seconds, self.options.optimizer)
        gradient = self.optimizer.step(share)
        self.progress.step += 1
        return {**figures, "gradient": gradient, "rate": share * self.options.optimizer.learning_rate}

    def _learn(self, batch: Batch) -> dict[str, float]:
        """Add the gradients of a batch; gives its figures."""
        are_heads_new = self.progress.step < self.options.new_heads_steps
        loss, figures = compute_losses(self.model, self.heads, batch, self.weights, are_heads_new=are_heads_new)
        torch.autograd.backward(loss / self.options.batch_count)
        self.progress.character_count += batch.character_count * self.group.size
        return figures

    @property
    def is_at_end(self) -> bool:
        """Whether the rate has fallen all the way."""
        options = self.options.optimizer
        return 0 < options.decay_seconds <= self.progress.seconds - options.decay_from


def train(
    trainer: Trainer,
    batches: Iterator[Batch],
    held_out: HeldOut,
    folder: Path,
    minutes: float,
    say: Callable[[str], None],
) -> None:
    """Take steps until `minutes` are over, a branch has ended or somebody says stop; save now and then, and at the end.

    Args:
        held_out: measured at the beginning and with every save.
        say: gets a line of figures every minute.
    """
    clock = _Clock(trainer, held_out, folder, say)
    clock.measure()
    with asked_to_stop() as is_asked:
        while not agree(clock.minutes >= minutes or trainer.is_at_end or is_asked(), trainer.group):
            clock.note(trainer.step(batches))
    clock.end()


@contextmanager
def asked_to_stop() -> Iterator[Callable[[], bool]]:
    """Whether somebody has interrupted or ended this process since, which then is not done until the block is."""
    asked: list[int] = []
    previous = {number: signal.signal(number, lambda number, _: asked.append(number)) for number in STOPS}
    try:
        yield lambda: bool(asked)
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


def averaged_model(model: DeepOcr, state: dict[str, Tensor]) -> DeepOcr:
    """The network with the averages of a run's state as its weights, in bfloat16, to be evaluated or exported."""
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            parameter.copy_(state[f"average.{name}"])
    return model.eval().requires_grad_(False)


@dataclass(slots=True)
class _Clock:
    """Figures of the steps since the last line, and when the next line and the next save are due."""

    trainer: Trainer
    held_out: HeldOut
    folder: Path
    say: Callable[[str], None]
    started: float = field(default_factory=time.monotonic)
    figures: list[dict[str, float]] = field(default_factory=list)
    line_at: float = field(init=False)
    saved_at: float = field(init=False)
    noted_at: float = field(init=False)
    characters_before: int = field(init=False)

    def __post_init__(self) -> None:
        self.line_at = self.saved_at = self.noted_at = self.started
        self.characters_before = self.trainer.progress.character_count

    @property
    def minutes(self) -> float:
        return (time.monotonic() - self.started) / 60

    def note(self, figures: dict[str, float]) -> None:
        now = time.monotonic()
        self.trainer.progress.seconds += min(now - self.noted_at, LONGEST_STEP)
        self.noted_at = now
        self.figures.append(figures)
        if now - self.line_at >= LINE_SECONDS:
            self._write_line(now)
        if now - self.saved_at >= SAVE_SECONDS:
            self._save(now)
            self.measure()

    def end(self) -> None:
        now = time.monotonic()
        if self.figures:
            self._write_line(now)
        self._save(now)
        self.measure()

    def measure(self) -> None:
        """Say how the averaged weights do on what is held out."""
        if not self.trainer.group.is_first:
            return
        line = {"step": self.trainer.progress.step, "minutes": self.trainer.progress.seconds / 60}
        line["held_out"] = self.held_out.measure(self.trainer.model, self.trainer.optimizer)
        self.say(_in_words(line))
        _append(self.folder / "curve.csv", line)

    def _write_line(self, now: float) -> None:
        progress = self.trainer.progress
        line = _mean(self.figures)
        self.figures.clear()
        line |= {"step": progress.step, "minutes": progress.seconds / 60, "characters": progress.character_count}
        written = progress.character_count - self.characters_before
        line["characters_a_second"] = written / max(1e-9, now - self.line_at)
        self.line_at, self.characters_before = now, progress.character_count
        if self.trainer.group.is_first:
            self.say(_in_words(line))
            _append(self.folder / "curve.csv", line)

    def _save(self, now: float) -> None:
        self.saved_at = now
        if self.trainer.group.is_first:
            save_run(self.folder, self.trainer.options, self.trainer.progress, self.trainer.optimizer.state())


def _mean(rows: Iterable[dict[str, float]]) -> dict[str, float]:
    """The mean of every figure over the rows that have it."""
    gathered: dict[str, list[float]] = {}
    for row in rows:
        for name, figure in row.items():
            gathered.setdefault(name, []).append(figure)
    return {name: sum(figures) / len(figures) for name, figures in gathered.items()}


def _in_words(line: dict[str, float]) -> str:
    return "  ".join(f"{name} {line[name]:.4g}" for name in CURVE_COLUMNS if name in line)


def _append(path: Path, line: dict[str, float]) -> None:
    is_new = not path.exists()
    with path.open("a", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, CURVE_COLUMNS, restval="", extrasaction="ignore")
        if is_new:
            writer.writeheader()
        writer.writerow({name: f"{figure:.6g}" for name, figure in line.items()})
