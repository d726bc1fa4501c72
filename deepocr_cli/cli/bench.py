"""`deepocr bench`: how fast a network reads on this machine, and how precisely at which compression."""

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from typer import Option

from deepocr_cli.cli import options
from deepocr_cli.cli.bench_tables import (
    Plain,
    curve_table,
    figure,
    pages_table,
    plain_point,
    plain_score,
    plain_speed,
    speed_table,
)
from deepocr_cli.cli.console import Console, protected_stdout
from deepocr_cli.cli.outputs import refuse_existing
from deepocr_cli.errors import ExitCode, InputError
from deepocr_cli.settings import Dial, Quantization, Settings
from deepocr_cli.store.files import write_stdout

if TYPE_CHECKING:
    from collections.abc import Sequence

    from deepocr_cli.bench.curve import Point
    from deepocr_cli.bench.page_scores import PageScore
    from deepocr_cli.model.catalog import CatalogEntry
    from deepocr_cli.modes import Mode

bench_commands = typer.Typer(
    name="bench", help="Measure how fast and how precisely pages are read on this machine.", no_args_is_help=True
)

Shape = Annotated[
    str,
    Option(
        metavar="full|NAME|DIR",
        help="full: the released network with random weights, 6.7 GB; a known network; or a folder of weights.",
    ),
]
Threads = Annotated[
    int | None, Option(metavar="N", min=1, max=1024, help="Threads of the processor.", show_default=False)
]
Stages = Annotated[
    str,
    Option(
        metavar="NAMES",
        help="What to measure: rasterize, views, encoder, prefill, decode, page, memory, readers, with commas between.",
    ),
]
Rounds = Annotated[
    int, Option(metavar="N", min=1, max=1000, help="Rounds that count, after one to warm up; the fastest is shown.")
]
ModeNames = Annotated[
    str, Option("--mode", metavar="NAMES", help="Modes of the model, with commas between; all reads in each of them.")
]
PageCount = Annotated[int, Option("--pages", metavar="N", min=1, max=1000, help="Pages of every length.")]
PlotFile = Annotated[Path | None, Option("--plot", metavar="FILE.png", help="Draw the curve here.", show_default=False)]
PagesOfDocument = Annotated[
    int, Option("--pages", metavar="N", min=1, max=1000, help="Pages of every document, spread over it.")
]
Contenders = Annotated[
    list[str] | None,
    Option(
        "--contender",
        metavar="tesseract|rapidocr",
        help="Another reader of the same pages, where it is installed; may be given twice.",
        show_default=False,
    ),
]
CalibrationFile = Annotated[
    Path | None,
    Option(
        "--calibration",
        metavar="FILE",
        help="Write the points here; as calibration.json beside the weights they are what the dial goes by.",
        show_default=False,
    ),
]


@bench_commands.callback()
def _measure_unwatched() -> None:
    """What is measured runs in this process, which is not told to be silent as workers are."""
    from deepocr_cli.isolation.process import NO_TELEMETRY

    os.environ.update(NO_TELEMETRY)


@bench_commands.command()
def speed(
    shape: Shape = "full",
    dtype: options.Dtype = "auto",
    quantize: options.QuantizeWish = Quantization.NONE,
    device: options.Device = "auto",
    threads: Threads = None,
    stages: Stages = "all",
    rounds: Rounds = 3,
    as_json: options.AsJson = False,
    quiet: options.Quiet = False,
) -> ExitCode:
    """Time every stage of reading a page, and the same stages of transformers by turns, as ratios."""
    console = Console(is_quiet=quiet)
    with protected_stdout() as stdout:
        rows = _measure_speed(shape, device, dtype, quantize, threads, stages, rounds, console)
        text = json.dumps(rows, indent=2) + "\n" if as_json else speed_table(rows)
        write_stdout(stdout, text.encode())
    return ExitCode.COMPLETE


@bench_commands.command()
def curve(
    model: options.Model = "auto",
    mode: ModeNames = "all",
    pages: PageCount = 10,
    plot: PlotFile = None,
    calibration: CalibrationFile = None,
    device: options.Device = "auto",
    dtype: options.Dtype = "auto",
    quantize: options.QuantizeWish = Quantization.NONE,
    as_json: options.AsJson = False,
    force: options.Force = False,
    quiet: options.Quiet = False,
) -> ExitCode:
    """Read pages of growing length in every mode: how precision falls as fewer vision tokens carry more text."""
    from deepocr_cli.bench.paper import published_of
    from deepocr_cli.model.catalog import find_model

    entry = find_model(model)
    modes = _named_modes(entry, mode)
    for target in (plot, calibration):
        refuse_existing(target, force=force)
    with protected_stdout() as stdout:
        settings = Settings(model=model, device=device, dtype=dtype, quantize=quantize)
        points = _measure_curve(entry, modes, pages, settings, Console(is_quiet=quiet))
        _write_files(entry, points, plot, calibration, force=force)
        rows = [plain_point(point) for point in points]
        text = json.dumps(rows, indent=2) + "\n" if as_json else curve_table(rows, published_of(entry))
        write_stdout(stdout, text.encode())
    return ExitCode.COMPLETE


@bench_commands.command()
def pages(
    inputs: options.Inputs,
    model: options.Model = "auto",
    mode: options.ModeName = "auto",
    contender: Contenders = None,
    count: PagesOfDocument = 3,
    dpi: options.Dpi = 144,
    device: options.Device = "auto",
    dtype: options.Dtype = "auto",
    as_json: options.AsJson = False,
    quiet: options.Quiet = False,
) -> ExitCode:
    """Read pages of PDFs as pictures, and compare what is read with their text layers; other readers beside."""
    settings = Settings(
        dial=Dial(mode=None if mode == "auto" else mode), model=model, device=device, dtype=dtype, dpi=dpi
    )
    with protected_stdout() as stdout:
        scores = _score_pages(inputs, settings, contender or [], count, Console(is_quiet=quiet))
        text = json.dumps([plain_score(score) for score in scores], indent=2) + "\n" if as_json else pages_table(scores)
        write_stdout(stdout, text.encode())
    return ExitCode.COMPLETE


def _measure_speed(
    shape: str,
    device: str,
    dtype: str,
    quantize: Quantization,
    threads: int | None,
    stages: str,
    rounds: int,
    console: Console,
) -> list[Plain]:
    from deepocr_cli.bench.machine import describe_machine
    from deepocr_cli.bench.speed import STAGES, check_stages, measure_speed
    from deepocr_cli.bench.stopwatch import Stopwatch
    from deepocr_cli.bench.subject import prepare_subject
    from deepocr_cli.bench.trial import Trial

    names = list(STAGES) if stages == "all" else [name.strip() for name in stages.split(",")]
    check_stages(names)
    console.say(f"preparing the network {shape}")
    subject = prepare_subject(shape, device, dtype, quantize, threads)
    console.say(describe_machine(subject))
    rows = []
    for row in measure_speed(Trial(subject, Stopwatch(subject.model.device, rounds), quantize), names):
        rows.append(plain_speed(row))
        console.say(f"{row.stage} {row.size} x {row.batch}: {figure(row.ours)} {row.unit.value}")
    return rows


def _score_pages(
    inputs: "Sequence[str]", settings: Settings, contenders: "Sequence[str]", count: int, console: Console
) -> "list[PageScore]":
    from deepocr_cli.bench.layered_pages import find_layered_pages
    from deepocr_cli.bench.page_readers import open_contender, open_network
    from deepocr_cli.bench.page_scores import score_pages
    from deepocr_cli.model.catalog import find_model

    entry = find_model(settings.model)
    readers = {name: open_contender(name) for name in contenders}
    readers = {entry.name: open_network(entry, settings), **readers}
    scores = []
    for score in score_pages(readers, find_layered_pages(inputs, count, settings.dpi)):
        scores.append(score)
        place = f"{Path(score.source).name}, page {score.page}"
        console.say(f"{place}, {score.reader}: {score.error:.4f} wrong, {score.seconds:.1f} s")
    if not scores:
        raise InputError("none of the documents has a page that can be measured", hint="PDFs with a text layer can")
    return scores


def _named_modes(entry: "CatalogEntry", names: str) -> "list[Mode]":
    from deepocr_cli.planning.choose_mode import named_mode

    if names == "all":
        return list(entry.modes)
    return [named_mode(entry.modes, name.strip()) for name in names.split(",")]


def _measure_curve(
    entry: "CatalogEntry", modes: "Sequence[Mode]", pages: int, settings: Settings, console: Console
) -> "list[Point]":
    from deepocr_cli.bench.curve import measure_curve
    from deepocr_cli.bench.held_out import buckets_of, token_counter
    from deepocr_cli.engine.readers import open_reader

    count_tokens = token_counter(entry)
    points = []
    for point in measure_curve(open_reader(entry, settings), count_tokens, modes, buckets_of(entry), pages):
        points.append(point)
        console.say(f"{point.mode}, {point.bucket} text tokens: {point.precision:.3f} at ratio {point.ratio:.1f}")
    return points


def _write_files(
    entry: "CatalogEntry", points: "Sequence[Point]", plot: Path | None, calibration: Path | None, *, force: bool
) -> None:
    from deepocr_cli.bench.curve import as_calibration
    from deepocr_cli.bench.paper import published_of
    from deepocr_cli.bench.plot import plot_curve
    from deepocr_cli.store.files import write_atomically

    if plot is not None:
        title = f"{entry.name}: precision by compression"
        ours = [(point.mode, point.ratio, point.precision) for point in points]
        theirs = [(mode, figures.ratio, figures.precision) for (mode, _), figures in published_of(entry).items()]
        write_atomically(plot, plot_curve(title, ours, theirs), force=force)
    if calibration is not None:
        content = json.dumps(as_calibration(points), indent=2) + "\n"
        write_atomically(calibration, content.encode(), force=force)
