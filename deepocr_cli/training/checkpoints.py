"""A training's state goes to a folder and comes back to the step: safetensors and JSON, nothing pickled.

config.json  tokenizer.json    the network and its alphabet
run.json                       options, progress, and the name of the state; replaced last
state-<step>.safetensors       float32 masters, averages and moments
curve.csv                      a line of figures a minute
"""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from deepocr_cli.errors import InputError
from deepocr_cli.training.optimizer import OptimizerOptions
from deepocr_cli.training.stages import Stage


@dataclass(frozen=True, slots=True)
class TrainingOptions:
    """What a training was started with; a resumed one keeps it.

    A step of each process sums up `batch_count` batches of one shape and about `pixel_count` pixels each. In the first
    `new_heads_steps` the heads do not move the network.
    """

    stage: Stage = Stage.READING
    seed: int = 1
    pixel_count: int = 409600
    batch_count: int = 3
    new_heads_steps: int = 0
    real_share: float = 0.35
    optimizer: OptimizerOptions = field(default_factory=OptimizerOptions)


@dataclass(slots=True)
class Progress:
    """How far a training has come."""

    step: int = 0
    seconds: float = 0.0
    character_count: int = 0


@dataclass(frozen=True, slots=True)
class SavedRun:
    """What a run folder holds."""

    options: TrainingOptions
    progress: Progress
    state_path: Path

    def state(self) -> dict[str, Tensor]:
        """The optimizer's tensors.

        Raises:
            InputError: the file is missing or damaged.
        """
        try:
            return load_file(self.state_path)
        except (SafetensorError, OSError) as error:
            raise InputError(f"{self.state_path}: damaged: {error}", hint="start from an older run") from error


def save_run(folder: Path, options: TrainingOptions, progress: Progress, state: dict[str, Tensor]) -> None:
    """Write a run so that a stop at any time leaves the old state or the new one."""
    path = folder / f"state-{progress.step}.safetensors"
    partial = path.with_suffix(".part")
    save_file(state, partial)
    partial.replace(path)
    fields = {"options": asdict(options), "progress": asdict(progress), "state": path.name}
    _replace_text(folder / "run.json", json.dumps(fields, indent=1) + "\n")
    for older in folder.glob("state-*.safetensors"):
        if older != path:
            older.unlink()


def load_run(folder: Path) -> SavedRun:
    """Read what `save_run` wrote, without the tensors.

    Raises:
        InputError: there is no run, or it is damaged.
    """
    try:
        fields = json.loads((folder / "run.json").read_text(encoding="utf-8"))
        return SavedRun(_options(fields["options"]), Progress(**fields["progress"]), folder / fields["state"])
    except FileNotFoundError as error:
        raise InputError(f"{folder}: no run", hint="start one with --init") from error
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(f"{folder}/run.json: damaged: {error}", hint="start from an older run") from error


def _options(fields: dict[str, Any]) -> TrainingOptions:
    optimizer = OptimizerOptions(**fields.pop("optimizer"))
    return TrainingOptions(stage=Stage(fields.pop("stage")), optimizer=optimizer, **fields)


def _replace_text(path: Path, text: str) -> None:
    partial = path.with_suffix(".part")
    partial.write_text(text, encoding="utf-8")
    partial.replace(path)
