"""Whole programs that read pages, from their start to the finished text: ours, RapidOCR, and Tesseract where it is.

All are given the same pictures; the text is thrown away.
"""

import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
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

Command = Callable[[Sequence[Path], Path], list[str]]
"""Pictures, and a folder for what the program needs or writes, to a command line."""


def measure_readers(trial: Trial) -> Iterator[Row]:
    """Seconds a page of every program, in rows named after it; only where the network is small enough to compete.

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
            for reader, command in _installed_readers(subject.name).items():
                run = partial(_run, command(pictures[:count], folder))
                seconds, _ = trial.stopwatch.compare(run, None, is_warm=count > 1)
                yield trial.row(f"page, {reader}", DPI, count, Unit.SECONDS, seconds / count, None)


def _draw_page(seed: int, folder: Path) -> Path:
    sheet = typeset(list(islice(write_paragraphs(seed), PARAGRAPHS)), size=TYPE_SIZE)
    path = folder / f"page{seed}.png"
    draw(sheet.pdf, DPI).image.save(path, dpi=(DPI, DPI))
    return path


def _installed_readers(network: str) -> Mapping[str, Command]:
    readers: dict[str, Command] = {network: lambda pictures, folder: _ours(network, pictures, folder)}
    if has_tesseract():
        readers["tesseract"] = tesseract_command
    return {**readers, "rapidocr": rapidocr_command}


def _ours(network: str, pictures: Sequence[Path], folder: Path) -> list[str]:
    output = ["-o", f"{folder / 'texts'}/", "--force"]
    return [
        *(sys.executable, "-m", "deepocr_cli", "convert", *map(str, pictures), *output),
        *("--model", network, "--verify", "off", "--no-cache", "--quiet"),
    ]


def _run(arguments: Sequence[str]) -> None:
    finished = subprocess.run(arguments, capture_output=True, text=True, errors="replace", check=False)
    # A page that is not read to its end took its time all the same.
    if finished.returncode not in (ExitCode.COMPLETE, ExitCode.INCOMPLETE):
        last = finished.stderr.strip().rpartition("\n")[2]
        raise DeepOcrError(f"{Path(arguments[0]).name} failed with code {finished.returncode}: {last}")
