"""The program: commands, and the one place where errors become a line and an exit code."""

import os
import signal
import sys
import traceback
from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated, Any, NoReturn

import typer
from typer.exceptions import TyperException

from deepocr_cli import __version__
from deepocr_cli.cli.bench import bench_commands
from deepocr_cli.cli.cache import cache_commands
from deepocr_cli.cli.console import report_error
from deepocr_cli.cli.convert import convert
from deepocr_cli.cli.models import models_commands
from deepocr_cli.cli.plan import plan
from deepocr_cli.cli.report import report
from deepocr_cli.cli.schema import schema
from deepocr_cli.cli.tasks import describe, figure, find
from deepocr_cli.cli.words import dial_help
from deepocr_cli.errors import DeepOcrError, ExitCode, MemoryExhaustedError, OutputError, UsageError

app = typer.Typer(
    name="deepocr",
    help="Convert PDFs and images to text through vision tokens, every page checked by an independent reader.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command(name="convert", epilog=dial_help())(convert)
app.command(name="plan", epilog=dial_help())(plan)
app.command(name="find")(find)
app.command(name="describe")(describe)
app.command(name="figure")(figure)
app.command(name="report")(report)
app.command(name="schema")(schema)
app.add_typer(models_commands)
app.add_typer(cache_commands)
app.add_typer(bench_commands)


class Generated(StrEnum):
    """What `--generate` prints."""

    MAN = "man"
    BASH = "bash"
    ZSH = "zsh"
    FISH = "fish"


def run() -> None:
    """The entry point of the `deepocr` command."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, _terminate)
    _open_closed_streams()
    _leave(main(sys.argv[1:]))


def _open_closed_streams() -> None:
    """Take the numbers of standard streams that the caller closed, before a file or a pipe gets them.

    An input is empty then, results cannot be written, messages vanish.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_WRONLY if number == 2 else os.O_RDONLY)
    sys.stdin = sys.stdin or os.fdopen(0, closefd=False)
    sys.stdout = sys.stdout or os.fdopen(1, "w", closefd=False)
    sys.stderr = sys.stderr or os.fdopen(2, "w", closefd=False)


def _leave(code: int) -> NoReturn:
    """End without taking the interpreter down piece by piece.

    Other threads may be in the midst of a page, for which nobody waits, and those that import or run torch abort the
    process when they come back to an interpreter that is going away.
    """
    from deepocr_cli.isolation.process import end_workers

    end_workers()
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        pass
    except OSError as error:
        report_error(OutputError(f"standard output: cannot be written: {error.strerror}"))
        code = ExitCode.OUTPUT
    os._exit(code)


def _terminate(_number: int, _frame: object) -> NoReturn:
    """End like an interrupt does: what is open is closed, and nothing half written stays."""
    raise _Terminated


class _Terminated(BaseException):
    """The process was asked to end."""


def main(arguments: Sequence[str]) -> int:
    """Run one command line and return its exit code; nothing is raised and no traceback printed."""
    try:
        return int(_command().main(args=list(arguments), prog_name="deepocr", standalone_mode=False) or 0)
    except DeepOcrError as error:
        report_error(error)
        return error.code
    except typer.Exit as exit_:
        return exit_.exit_code
    except TyperException as error:
        report_error(UsageError(error.format_message().rstrip("."), hint=f"{_place(error)} --help lists what there is"))
        return ExitCode.USAGE
    except (KeyboardInterrupt, typer.Abort):
        return ExitCode.INTERRUPTED
    except _Terminated:
        return ExitCode.TERMINATED
    except SystemExit as exit_:
        # typer ends so with 1 when the reader of a pipe went away.
        return ExitCode.COMPLETE if isinstance(exit_.__context__, BrokenPipeError) else int(exit_.code or 0)
    except MemoryError:
        report_error(MemoryExhaustedError("out of memory", hint="try a smaller --batch-pages or --dpi"))
        return ExitCode.MEMORY
    except Exception as error:  # noqa: BLE001 (the last line of defence)
        _report_unexpected(error, is_verbose=bool({"-v", "--verbose"} & set(arguments)))
        return ExitCode.UNEXPECTED


def _report_unexpected(error: Exception, *, is_verbose: bool) -> None:
    if is_verbose:
        traceback.print_exception(error)
    report_error(DeepOcrError(f"unexpected {type(error).__name__}: {error}", hint="--verbose shows where"))


def _place(error: TyperException) -> str:
    """The command that was asked for the wrong way, as far as it was understood."""
    context = getattr(error, "ctx", None)
    return "deepocr" if context is None else str(context.command_path)


def _command() -> Any:
    program = typer.main.get_command(app)
    _show_no_types(program)
    return program


def _show_no_types(command: Any, above: Any = None) -> None:
    """Leave the word for a Python type out of the help of flags that take no value."""
    context = command.context_class(command, parent=above, **command.context_settings)
    for parameter in command.get_params(context):
        if getattr(parameter, "is_flag", False):
            parameter.metavar = ""
    for below in getattr(command, "commands", {}).values():
        _show_no_types(below, context)


def _print_version(is_asked: bool) -> None:
    if is_asked:
        print(f"deepocr {__version__}")
        raise typer.Exit


def _generate(what: Generated | None) -> None:
    if what is None:
        return
    if what is Generated.MAN:
        from deepocr_cli.cli.manual import man_page

        print(man_page(_command()), end="")
        raise typer.Exit
    os.environ["_DEEPOCR_COMPLETE"] = f"source_{what}"
    _command().main(args=[], prog_name="deepocr")


@app.callback()
def _program(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", callback=_print_version, is_eager=True)
    ] = False,
    generate: Annotated[
        Generated | None,
        typer.Option(
            help="Print the man page, or the completion script of a shell.", callback=_generate, is_eager=True
        ),
    ] = None,
) -> None:
    """The flags that stand before a command."""
