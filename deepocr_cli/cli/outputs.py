"""Where each result goes: standard output for one, a file for one, a folder for several."""

import os
from collections import Counter
from collections.abc import Sequence
from pathlib import Path, PurePath

from deepocr_cli.errors import OutputError, UsageError
from deepocr_cli.reading.figures import safe_stem
from deepocr_cli.settings import Format


def choose_format(to: Format | None, output: str | None) -> Format:
    """The format asked for, else the one that the output's suffix says, else markdown."""
    from_suffix = None if output is None else Format.of_path(Path(output))
    return to or from_suffix or Format.MARKDOWN


def choose_targets(places: Sequence[PurePath], output: str | None, format_: Format) -> list[Path | None]:
    """One target per source, in order; None is standard output.

    Args:
        places: the sources' names, or where they lie below a folder: their texts lie likewise.
        output: what `--output` said; a trailing slash says that a folder is meant.

    Raises:
        UsageError: several sources and no folder to put them in.
    """
    if output is not None and means_folder(output):
        return [Path(output) / name for name in _file_names(places, format_.suffix)]
    if len(places) > 1:
        raise UsageError(
            f"{len(places)} documents need a folder to be written to", hint=f"try -o {_as_folder(output)}/"
        )
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


def refuse_like_figures(documents: Sequence[str]) -> None:
    """Refuse documents whose pictures would be called alike, before one replaces the other's.

    Raises:
        UsageError: two of them have one name, but for their folders and suffixes.
    """
    stems = Counter(safe_stem(PurePath(name).stem).casefold() for name in documents)
    stem, count = max(stems.items(), key=lambda entry: entry[1], default=("", 0))
    if count > 1:
        raise UsageError(
            f"--figures: the pictures of {count} documents would all be called {stem}-p01-1.png and so on",
            hint="convert them one by one, with a folder each",
        )


def _file_names(places: Sequence[PurePath], suffix: str) -> list[PurePath]:
    """`a.pdf` becomes `a.md`; where two would meet they become `a.pdf.md` and `a.png.md`, then `a.pdf-2.md`."""
    sharers = Counter(str(place.parent / place.stem).casefold() for place in places)
    taken: Counter[str] = Counter()
    chosen = []
    for place in places:
        bare = place.parent / place.stem
        name = bare if sharers[str(bare).casefold()] == 1 else place
        taken[str(name).casefold()] += 1
        number = taken[str(name).casefold()]
        chosen.append(PurePath(f"{name}{suffix}" if number == 1 else f"{name}-{number}{suffix}"))
    return chosen


def link_to_figures(folder: Path | None, target: Path | None) -> str | None:
    """How a document at `target` links to the files in `folder`: relative to itself; None where there are none."""
    if folder is None:
        return None
    beside = Path.cwd() if target is None else target.parent
    return os.path.relpath(folder, beside)
