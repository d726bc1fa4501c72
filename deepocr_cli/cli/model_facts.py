"""A catalog entry as a person or a program reads it: a row of a table, lines of text, or plain data for JSON."""

from collections.abc import Iterator, Sequence
from typing import Any

from deepocr_cli.cli.text_table import table_lines
from deepocr_cli.model.catalog import CatalogEntry, Curve
from deepocr_cli.modes import Fit, Mode, TileGrid

Plain = dict[str, Any]


def as_table(entries: Sequence[CatalogEntry]) -> str:
    """One row an entry, as wide as it needs to be."""
    headings = ("name", "licence", "size", "modes", "where")
    rows = [
        (row["name"], row["licence"], _size(row), ", ".join(row["modes"]), _place(row))
        for row in map(plain_entry, entries)
    ]
    return "\n".join(filter(None, table_lines(headings, rows, left=headings, width=1000)))


def as_text(facts: Plain) -> str:
    """`plain_facts` as lines of a term and what is known of it."""
    lines = list(_lines(facts))
    width = max(len(term) for term, _ in lines)
    return "\n".join(f"{term:<{width}}  {fact}".rstrip() for term, fact in lines)


def plain_entry(entry: CatalogEntry) -> Plain:
    """The row of `models list`; `bytes_on_disk` and `folder` are null where the network is not on the disk."""
    return {
        "name": entry.name,
        "licence": entry.licence,
        "repository": entry.repository,
        "folder": None if entry.folder is None else str(entry.folder),
        "bytes_on_disk": entry.bytes_on_disk,
        "download_bytes": entry.download_bytes,
        "modes": [mode.name for mode in entry.modes],
    }


def plain_facts(entry: CatalogEntry) -> Plain:
    """Everything that the catalog knows of a network.

    Raises:
        WeightsError: its config.json is missing or not understood.
    """
    return plain_entry(entry) | {
        "modes": [_plain_mode(mode) for mode in entry.modes],
        "figure_modes": [_plain_mode(mode) for mode in entry.figure_modes],
        "calibration": list(_calibration(entry)),
        "text_tokens_per_character": entry.text_tokens_per_character,
        "guard": {"size": entry.guard.size, "window": entry.guard.window},
        "prompts": _prompts(entry),
    }


def _calibration(entry: CatalogEntry) -> Iterator[Plain]:
    """The points of every curve; `mode` is null where they are about all modes."""
    curves: list[tuple[str | None, Curve]] = [(None, entry.curve or ()), *entry.mode_curves.items()]
    for mode, curve in curves:
        for ratio, precision in curve:
            yield {"mode": mode, "ratio": ratio, "precision": precision}


def _plain_mode(mode: Mode) -> Plain:
    grids = [None] if mode.tile_size is None else [None, TileGrid(mode.max_tiles, 1)]
    is_open = mode.fit is Fit.STRIPS
    counts = [mode.vision_token_count(grid) for grid in grids]
    return {
        "name": mode.name,
        "view_size": mode.view_size,
        "view_height": mode.view_shape[1],
        "fit": mode.fit.value,
        "tile_size": mode.tile_size,
        "max_tiles": mode.max_tiles,
        "fewest_vision_tokens": min(counts),
        "most_vision_tokens": None if is_open else max(counts),
        "lines_a_view": mode.line_count or None,
    }


def _prompts(entry: CatalogEntry) -> dict[str, str]:
    """What the network is asked for each task, after the image; empty where it is asked without words."""
    from deepocr_cli.model.config import PromptConfig
    from deepocr_cli.model.config_json import read_config
    from deepocr_cli.model.prompt import FIND, WORDS
    from deepocr_cli.model.questions import words_of
    from deepocr_cli.settings import Task

    if entry.relative is not None:
        return {task.value: words for task, words in words_of(entry.relative).items()}
    prompt = PromptConfig() if entry.folder is None else read_config(entry.folder).prompt
    if not prompt.has_words:
        return {}
    return {task.value: words for task, words in WORDS.items()} | {Task.FIND.value: "WORDS".join(FIND)}


def _lines(facts: Plain) -> Iterator[tuple[str, str]]:
    yield from (("name", facts["name"]), ("licence", facts["licence"]))
    yield "repository", facts["repository"] or "none: part of deepocr"
    yield from (("where", _place(facts)), ("size", _size(facts)))
    guard = facts["guard"]
    yield "guard", f"no {guard['size']} tokens twice within {guard['window']}"
    yield "text tokens", f"{facts['text_tokens_per_character']} a character"
    for mode in facts["modes"]:
        yield f"mode {mode['name']}", _mode_line(mode)
    for mode in facts["figure_modes"]:
        yield f"mode {mode['name']}", f"{_mode_line(mode)}; for figures, not pages"
    if not facts["calibration"]:
        yield "calibration", "not measured"
    for point in facts["calibration"]:
        mode = "" if point["mode"] is None else f"{point['mode']} "
        yield f"{mode}at ratio {point['ratio']:g}", f"{point['precision']:.3f} of the text is right"
    if not facts["prompts"]:
        yield "prompts", "none: asked without words"
    for task, words in facts["prompts"].items():
        yield f"task {task}", words.strip()


def _mode_line(mode: Plain) -> str:
    size = f"{mode['view_size']} x {mode['view_height']} pixels"
    if mode["lines_a_view"] is not None:
        return f"{mode['fewest_vision_tokens']} vision tokens for {mode['lines_a_view']} lines: strips of {size}"
    view = f"{size}, {_FITS[mode['fit']]}"
    if mode["tile_size"] is None:
        return f"{mode['most_vision_tokens']} vision tokens: {view}"
    tiles = f"up to {mode['max_tiles']} tiles of {mode['tile_size']} pixels"
    return f"{mode['fewest_vision_tokens']} to {mode['most_vision_tokens']} vision tokens: {view}, and {tiles}"


_FITS = {Fit.STRETCH: "stretched", Fit.PAD: "padded", Fit.FIGURE: "letters brought to one size"}


def _place(row: Plain) -> str:
    return row["folder"] or "not on this disk"


def _size(row: Plain) -> str:
    if row["bytes_on_disk"] is not None:
        return megabytes(row["bytes_on_disk"])
    return "not known" if row["download_bytes"] is None else f"{megabytes(row['download_bytes'])} to fetch"


def megabytes(byte_count: int) -> str:
    """A number of bytes as a person says it, in decimal units."""
    for unit, size in (("GB", 1e9), ("MB", 1e6)):
        if byte_count >= size:
            return f"{byte_count / size:.1f} {unit}"
    return f"{byte_count / 1e3:.1f} kB"
