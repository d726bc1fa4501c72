"""The man page, in roff, made from the same table of flags as `--help`.

Typer builds its commands from a private copy of click, whose types cannot be named: they are `Any` here.
"""

from collections.abc import Iterator
from typing import Any

from deepocr_cli import __version__
from deepocr_cli.cli.words import DESCRIPTION, DIAL, EXAMPLES, EXIT_CODES


def man_page(program: Any) -> str:
    """The man page of a Typer program as roff text.

    Args:
        program: what `typer.main.get_command` makes of the app: a command with subcommands.
    """
    return "\n".join(_lines(program)) + "\n"


def _lines(program: Any) -> Iterator[str]:
    yield f'.TH DEEPOCR 1 "" "deepocr {__version__}" "User Commands"'
    yield from (".SH NAME", "deepocr \\- convert PDFs and images to text through vision tokens")
    yield ".SH SYNOPSIS"
    for name, command in _commands(program):
        yield from (f".B deepocr {name}", f"{_escape(_synopsis(command))}", ".br")
    yield from (".B deepocr", "\\-\\-version | \\-\\-generate man|bash|zsh|fish")
    yield from (".SH DESCRIPTION", _escape(DESCRIPTION))
    for name, command in _commands(program):
        yield from (f".SH DEEPOCR {name.upper()}", _escape(_first_paragraph(command.help)))
        yield from _options(command)
    yield from _section("THE DIAL", DIAL)
    yield from _section("EXIT STATUS", [(str(code.value), meaning) for code, meaning in EXIT_CODES.items()])
    yield from _section(
        "ENVIRONMENT",
        [
            ("DEEPOCR_PASSWORD", "A password to try on encrypted PDFs."),
            ("DEEPOCR_CACHE", "The folder of the page cache, where --cache does not name one."),
            ("DEEPOCR_CACHE_SIZE", "What the page cache may take, in MiB; 1024 by default."),
            ("NO_COLOR, TERM=dumb", "No colours; no progress on a dumb terminal."),
            ("HF_HOME", "Where the Hugging Face cache with the released weights lies."),
            (
                "HF_ENDPOINT, HF_TOKEN",
                "The hub to fetch from, where it is another, and a token for what it does not give to all.",
            ),
        ],
    )
    yield from _section("EXAMPLES", EXAMPLES)


def _commands(program: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Every command with its name as it is typed, those of groups as `cache show`."""
    for name, command in program.commands.items():
        if hasattr(command, "commands"):
            yield from _commands(command, f"{prefix}{name} ")
        else:
            yield f"{prefix}{name}", command


def _synopsis(command: Any) -> str:
    arguments = [parameter for parameter in command.params if parameter.param_type_name == "argument"]
    names = (f"{argument.metavar}{'' if argument.nargs == 1 else '...'}" for argument in arguments)
    return " ".join(["[options]", *names])


def _options(command: Any) -> Iterator[str]:
    heading = None
    for parameter in command.params:
        if parameter.param_type_name != "option":
            continue
        panel = getattr(parameter, "rich_help_panel", None)
        if panel != heading and panel is not None:
            yield f".SS {_escape(panel)}"
        heading = panel
        yield from (".TP", f".B {_escape(_usage(parameter))}", _escape(_help(parameter)))


def _usage(parameter: Any) -> str:
    names = ", ".join(sorted(parameter.opts, key=len))
    if parameter.is_flag:
        return names
    return f"{names} {parameter.metavar}"


def _help(parameter: Any) -> str:
    default = parameter.default
    if parameter.is_flag or default is None or not parameter.show_default:
        return str(parameter.help)
    return f"{parameter.help} Default: {getattr(default, 'value', default)}."


def _first_paragraph(text: str) -> str:
    return " ".join(text.split("\n\n")[0].split())


def _section(title: str, entries: Any) -> Iterator[str]:
    yield f".SH {title}"
    for term, meaning in entries:
        yield from (".TP", f".B {_escape(term)}", _escape(meaning))


def _escape(text: str) -> str:
    """Roff reads backslashes, hyphens and a line's leading dot or quote as its own."""
    escaped = text.replace("\\", "\\e").replace("-", "\\-")
    return f"\\&{escaped}" if escaped.startswith((".", "'")) else escaped
