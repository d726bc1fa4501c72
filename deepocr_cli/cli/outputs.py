"""Where each result goes: standard output for one, a file for one, a folder for several."""

import os
from collections import Counter
from collections.abc import Sequence
from pathlib import Path, PurePath

from deepocr_cli.errors import OutputError, UsageError
from deepocr_cli.settings import Format


def choose_format(to: Format | None, output: str | None) -> Format:
    """The format asked for, else the one that the output's suffix says, else markdown."""
    from_suffix = None if output is None else Format.of_path(Path(output))
    return to or from_suffix or Format.MARKDOWN


def choose_targets(names: Sequence[str], output: str | None, format_: Format) -> list[Path | None]:
    """One target per source, in order; None is standard output.

    Args:
        names: the sources' names, paths or "-".
        output: what `--output` said; a trailing slash says that a folder is meant.

    Raises:
        UsageError: several sources and no folder to put them in.
    """
    if output is not None and means_folder(output):
        return [Path(output) / name for name in _file_names(names, format_.suffix)]
    if len(names) > 1:
        raise UsageError(f"{len(names)} documents need a folder to be written to", hint=f"try -o {_as_folder(output)}/")
    return [None if output is None or output == "-" else Path(output)]


def _as_folder(output: str | None) -> str:
    """The folder that was probably meant; a name with the suffix of a file was not."""
    return "out" if output is None or output == "-" or Path(output).suffix else output


def means_folder(output: str | None) -> bool:
    """Whether `--output` names a folder: one that exists, or any name with a slash at its end."""
    return output is not None and output != "-" and (output.endswith("/") or Path(output).is_dir())


def refuse_existing(target: Path | None, *, force: bool) -> None:
    """Refuse a target that exists before any work is done for it.

    Raises:
        OutputError: the target is a file that exists, and `force` is False.
    """
    if target is not None and not force and target.is_file():
        raise OutputError(f"{target}: exists already", hint="--force replaces it")


def _file_names(names: Sequence[str], suffix: str) -> list[str]:
    """`a.pdf` becomes `a.md`; where two would meet they become `a.pdf.md` and `a.png.md`, then `a.pdf-2.md`."""
    paths = [PurePath("standard-input" if name == "-" else name) for name in names]
    sharers = Counter(path.stem.casefold() for path in paths)
    taken: Counter[str] = Counter()
    chosen = []
    for path in paths:
        stem = path.stem if sharers[path.stem.casefold()] == 1 else path.name
        taken[stem.casefold()] += 1
        number = taken[stem.casefold()]
        chosen.append(f"{stem}{suffix}" if number == 1 else f"{stem}-{number}{suffix}")
    return chosen


def link_to_figures(folder: Path | None, target: Path | None) -> str | None:
    """How a document at `target` links to the files in `folder`: relative to itself; None where there are none."""
    if folder is None:
        return None
    beside = Path.cwd() if target is None else target.parent
    return os.path.relpath(folder, beside)
