"""`deepocr cache`: what is kept of pages that were read, and the choice of where it is kept."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from deepocr_cli.cli import options
from deepocr_cli.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from deepocr_cli.store.page_cache import PageCache

cache_commands = typer.Typer(
    name="cache", help="Show or clear the readings that are kept of pages.", no_args_is_help=True
)


def choose_cache(
    folder: Path | None, *, is_off: bool = False, environment: Mapping[str, str] = os.environ
) -> "PageCache | None":
    """The cache that the flags ask for, else the one of the environment, else the user's own; None where it is off.

    Raises:
        UsageError: the flags contradict each other, or the size in the environment is no number.
    """
    from deepocr_cli.store.page_cache import PageCache, default_cache_folder

    if is_off:
        if folder is not None:
            raise UsageError("--cache and --no-cache contradict each other", hint="give only one of them")
        return None
    named = environment.get("DEEPOCR_CACHE")
    place = folder or (Path(named) if named else default_cache_folder(environment))
    return PageCache(place, _limit_bytes(environment))


def _limit_bytes(environment: Mapping[str, str]) -> int:
    from deepocr_cli.store.page_cache import DEFAULT_LIMIT_BYTES

    size = environment.get("DEEPOCR_CACHE_SIZE")
    if not size:
        return DEFAULT_LIMIT_BYTES
    if not (size.isascii() and size.isdigit()):
        raise UsageError(f"DEEPOCR_CACHE_SIZE={size} is not a number of MiB", hint="try DEEPOCR_CACHE_SIZE=2048")
    return int(size) << 20


@cache_commands.command()
def show(cache: options.CacheFolder = None) -> ExitCode:
    """Show where readings are kept, how many there are, and what they take."""
    chosen = choose_cache(cache)
    assert chosen is not None
    state = chosen.state()
    print(
        f"{chosen.folder}: {state.page_count} pages, {_mebibytes(state.byte_count)} of {_mebibytes(chosen.limit_bytes)}"
    )
    return ExitCode.COMPLETE


@cache_commands.command()
def clear(cache: options.CacheFolder = None) -> ExitCode:
    """Delete the readings that are kept."""
    chosen = choose_cache(cache)
    assert chosen is not None
    deleted = chosen.clear()
    print(f"{chosen.folder}: {deleted.page_count} pages deleted, {_mebibytes(deleted.byte_count)}")
    return ExitCode.COMPLETE


def _mebibytes(byte_count: int) -> str:
    return f"{byte_count / (1 << 20):.1f} MiB"
