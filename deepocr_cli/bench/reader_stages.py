"""Whole programs that read pages, from their start to the finished text: ours, RapidOCR, and Tesseract where it is.

All are given the same pictures by turns; the text is thrown away. Tesseract is run with the threads that it takes, and
with one: where its threads do not have a core each, they wait for one another, and it takes many times as long.
"""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

from deepocr_cli.bench.other_readers import has_tesseract, rapidocr_command, tesseract_command
from deepocr_cli.bench.prose import write_paragraphs
from deepocr_cli.bench.row import Row, Unit
from deepocr_cli.bench.trial import DPI, PARAGRAPHS, TYPE_SIZE, Trial
from deepocr_cli.bench.typeset import draw, typeset
from deepocr_cli.errors import DeepOcrError, ExitCode
from deepocr_cli.model.devices import SMALL_NETWORK

PAGE_COUNTS = (1, 8)
"""Pages that a program is given at once: one, and enough for its start to hardly count."""

PATIENCE = 20.0
"""Seconds after which no further round is begun."""

Command = Callable[[Sequence[Path], Path], list[str]]
"""Pictures, and a folder for what the program needs or writes, to a command line."""


@dataclass(frozen=True, slots=True)
class Program:
    """How a program is called; `environment` is what it is told beside what all are told."""

    command: Command
    environment: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Spent:
    """Seconds of the clock, and of all processors together."""

    clock: float
    processor: float


def measure_readers(trial: Trial) -> Iterator[Row]:
    """Seconds a page of every program, by the clock and of the processors, in rows named after it; only where the
    network is small enough to compete.

    Raises:
        DeepOcrError: a program fails.
    """
    subject = trial.subject
    if subject.is_random or subject.model.parameter_count > SMALL_NETWORK:
        return
    with TemporaryDirectory() as name:
        folder = Path(name)
        pictures = [_draw_page(seed, folder) for seed in range(max(PAGE_COUNTS))]
        for count in PAGE_COUNTS:
            for reader, spent in _by_turns(subject.name, pictures[:count], folder, trial.stopwatch.rounds).items():
                for unit, seconds in ((Unit.SECONDS, spent.clock), (Unit.PROCESSOR_SECONDS, spent.processor)):
                    yield trial.row(f"page, {reader}", DPI, count, unit, seconds / count, None)


def _by_turns(network: str, pictures: Sequence[Path], folder: Path, rounds: int) -> dict[str, Spent]:
    """The least that every program took for all pictures."""
    least: dict[str, Spent] = {}
    started = time.perf_counter()
    for _ in range(rounds):
        for reader, program in _installed_readers(network).items():
            spent = _run(program.command(pictures, folder), dict(program.environment))
            before = least.get(reader, spent)
            least[reader] = Spent(min(before.clock, spent.clock), min(before.processor, spent.processor))
        if time.perf_counter() - started > PATIENCE:
            break
    return least


def _draw_page(seed: int, folder: Path) -> Path:
    sheet = typeset(list(islice(write_paragraphs(seed), PARAGRAPHS)), size=TYPE_SIZE)
    path = folder / f"page{seed}.png"
    draw(sheet.pdf, DPI).image.save(path, dpi=(DPI, DPI))
    return path


def _installed_readers(network: str) -> Mapping[str, Program]:
    readers = {network: Program(lambda pictures, folder: _ours(network, pictures, folder))}
    if has_tesseract():
        readers["tesseract"] = Program(tesseract_command)
        readers["tesseract, one thread"] = Program(tesseract_command, (("OMP_THREAD_LIMIT", "1"),))
    return {**readers, "rapidocr": Program(rapidocr_command)}


def _ours(network: str, pictures: Sequence[Path], folder: Path) -> list[str]:
    output = ["-o", f"{folder / 'texts'}/", "--force"]
    return [
        *(sys.executable, "-m", "deepocr_cli", "convert", *map(str, pictures), *output),
        *("--model", network, "--verify", "off", "--no-cache", "--quiet"),
    ]


def _run(arguments: Sequence[str], environment: Mapping[str, str]) -> Spent:
    clock, processor = time.perf_counter(), _children_seconds()
    finished = subprocess.run(
        arguments, capture_output=True, text=True, errors="replace", check=False, env={**os.environ, **environment}
    )
    spent = Spent(time.perf_counter() - clock, _children_seconds() - processor)
    # A page that is not read to its end took its time all the same.
    if finished.returncode not in (ExitCode.COMPLETE, ExitCode.INCOMPLETE):
        last = finished.stderr.strip().rpartition("\n")[2]
        raise DeepOcrError(f"{Path(arguments[0]).name} failed with code {finished.returncode}: {last}")
    return spent


def _children_seconds() -> float:
    """What the processes that this one has started, and they, have computed until they ended."""
    times = os.times()
    return times.children_user + times.children_system
