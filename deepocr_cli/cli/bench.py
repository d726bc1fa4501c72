"""`deepocr bench`: how fast a network reads on this machine, and how precisely at which compression."""

import json
from typing import Annotated

import typer
from typer import Option

from deepocr_cli.cli import options
from deepocr_cli.cli.bench_tables import Plain, figure, plain_speed, speed_table
from deepocr_cli.cli.console import Console, protected_stdout
from deepocr_cli.errors import ExitCode

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
        help="What to measure: rasterize, views, encoder, prefill, decode, page, memory, with commas between.",
    ),
]
Rounds = Annotated[
    int, Option(metavar="N", min=1, max=1000, help="Rounds that count, after one to warm up; the fastest is shown.")
]


@bench_commands.command()
def speed(
    shape: Shape = "full",
    dtype: options.Dtype = "auto",
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
        rows = _measure_speed(shape, device, dtype, threads, stages, rounds, console)
        text = json.dumps(rows, indent=2) + "\n" if as_json else speed_table(rows)
        stdout.write(text.encode())
    return ExitCode.COMPLETE


def _measure_speed(
    shape: str, device: str, dtype: str, threads: int | None, stages: str, rounds: int, console: Console
) -> list[Plain]:
    from deepocr_cli.bench.machine import describe_machine
    from deepocr_cli.bench.speed import STAGES, check_stages, measure_speed
    from deepocr_cli.bench.stopwatch import Stopwatch
    from deepocr_cli.bench.subject import prepare_subject
    from deepocr_cli.bench.trial import Trial

    names = list(STAGES) if stages == "all" else [name.strip() for name in stages.split(",")]
    check_stages(names)
    console.say(f"preparing the network {shape}")
    subject = prepare_subject(shape, device, dtype, threads)
    console.say(describe_machine(subject))
    rows = []
    for row in measure_speed(Trial(subject, Stopwatch(subject.model.device, rounds)), names):
        rows.append(plain_speed(row))
        console.say(f"{row.stage} {row.size} x {row.batch}: {figure(row.ours)} {row.unit.value}")
    return rows
