"""`python -m deepocr_cli.training`: a corpus, a training, its evaluation and its export, each a command."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from deepocr_cli.errors import DeepOcrError
from deepocr_cli.training import commands
from deepocr_cli.training.stages import Stage

app = typer.Typer(help="Make the embedded network's weights; docs/training.md goes through it.", no_args_is_help=True)

CorpusFolder = Annotated[Path, typer.Option(help="The corpus folder.")]
RunFolder = Annotated[Path, typer.Argument(help="The run folder, outside the repository.")]


@app.command()
def corpus(
    folder: Annotated[Path, typer.Argument(help="The corpus folder to write.")],
    root: Annotated[Path, typer.Option(help="Where the packages are installed or unpacked.")] = Path("/"),
    documents: Annotated[
        Path | None, typer.Option(help="Where PDFs lie, in a folder for each package; ROOT/usr/share/doc by default.")
    ] = None,
) -> None:
    """Collect texts, fonts and pages of PDFs from Debian packages."""
    commands.make_corpus(folder, root, documents, typer.echo)


@app.command()
def train(
    run: RunFolder,
    corpus: CorpusFolder,
    init: Annotated[Path | None, typer.Option(help="Start from this checkpoint, or from a config.json alone.")] = None,
    branch: Annotated[
        Path | None, typer.Option(help="Start from this run's state, and end it: the rate falls.")
    ] = None,
    minutes: Annotated[float, typer.Option(help="Stop after this time.")] = 60.0,
    stage: Annotated[Stage, typer.Option(help="What is taught, in a new run.")] = Stage.READING,
    seed: Annotated[int, typer.Option(help="Seed of a new run.")] = 1,
    rate: Annotated[
        float | None, typer.Option(help="Learning rate of a new run; by default lower where --init has weights.")
    ] = None,
    pixels: Annotated[int, typer.Option(help="Pixels of a batch; a step sums up three.")] = 409600,
) -> None:
    """Start a run, or resume the one in the folder."""
    start = commands.Start(init, branch, stage, seed, rate, pixels)
    commands.run_training(run, corpus, start, minutes, typer.echo)


@app.command()
def evaluate(
    source: Annotated[Path, typer.Argument(help="A run or a checkpoint.")],
    corpus: CorpusFolder,
    samples: Annotated[int, typer.Option(help="Samples of each trial.")] = 32,
    pages: Annotated[int, typer.Option(help="Whole real pages.")] = 12,
) -> None:
    """Read held-out texts in held-out fonts, and held-out real pages."""
    commands.print_evaluation(source, corpus, samples, pages, typer.echo)


@app.command()
def export(run: RunFolder, folder: Annotated[Path, typer.Argument(help="The checkpoint folder to write.")]) -> None:
    """Write a run's averaged weights as a checkpoint that deepocr loads."""
    commands.export_run(run, folder)


def main() -> None:
    try:
        app()
    except DeepOcrError as error:
        typer.echo(f"error: {error.message}" + (f" ({error.hint})" if error.hint else ""), err=True)
        sys.exit(error.code)


if __name__ == "__main__":
    main()
