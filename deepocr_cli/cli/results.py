"""What a run writes: each document's text and figures, the report of all pages, and the dependencies for make."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

from deepocr_cli.cli.console import for_terminal
from deepocr_cli.cli.outputs import link_to_figures, means_folder, refuse_existing
from deepocr_cli.document import Document, Page
from deepocr_cli.errors import UsageError
from deepocr_cli.reading.assemble import assemble
from deepocr_cli.settings import Format
from deepocr_cli.store.depfile import make_rules
from deepocr_cli.store.files import ensure_folder, write_atomically, write_stdout
from deepocr_cli.store.parts import remove_leftovers
from deepocr_cli.style import PLAIN_STYLE, Style, TableStyle
from deepocr_cli.writers.csv_files import table_files
from deepocr_cli.writers.formats import WRITERS
from deepocr_cli.writers.to_jsonl import page_line


@dataclass(frozen=True, slots=True)
class Places:
    """Where the results of a command line go, and what becomes of files that are there already."""

    output: str | None
    figures: Path | None
    report: Path | None
    depfile: Path | None
    is_forced: bool
    only_if_changed: bool
    skips_existing: bool
    style: Style = PLAIN_STYLE
    overlay: Path | None = None
    searchable: Path | None = None

    @property
    def replaces(self) -> bool:
        return self.is_forced or self.only_if_changed


@dataclass(frozen=True, slots=True)
class Results:
    """The writer of one run."""

    places: Places
    format: Format
    stdout: BinaryIO

    def prepare(self, targets: Iterable[Path | None]) -> None:
        """Refuse what stands in the way of results, and remove what killed runs have left beside the targets."""
        places, targets = self.places, list(targets)
        if places.style.tables is TableStyle.CSV and None in targets:
            raise UsageError("--tables csv needs an output that can be named", hint="try -o FILE")
        for path in (places.report, places.overlay, places.searchable):
            refuse_existing(path, force=places.replaces)
        beside = {path.parent for path in (*targets, places.report, places.depfile) if path is not None}
        for folder in beside | ({places.figures} if places.figures is not None else set()):
            remove_leftovers(folder)

    def keep_figures(self, page: Page) -> Page:
        """Write the figures of a page, where a folder was named for them, and let go of their pixels."""
        folder = self.places.figures
        if folder is None:
            return page
        ensure_folder(folder)
        for figure in page.figures:
            self._write(folder / figure.name, figure.png)
        return replace(page, figures=tuple(replace(figure, png=b"") for figure in page.figures))

    def stream(self, source: str, page: Page, target: Path | None) -> None:
        """Write a page at once, where JSON lines go to standard output."""
        if self.format is Format.JSONL and target is None:
            line = page_line(source, page, link_to_figures(self.places.figures, None))
            write_stdout(self.stdout, line.encode())

    def write(self, document: Document, target: Path | None) -> None:
        """Write the document's text; None is standard output."""
        if self.format is Format.JSONL and target is None:
            return  # every page went out as it came
        style = self.places.style
        if self.format is not Format.JSONL:
            document = replace(document, pages=assemble(document.pages, joins_tables=style.joins_tables))
        text = WRITERS[self.format](document, link_to_figures(self.places.figures, target), style).encode()
        if target is None:
            write_stdout(self.stdout, for_terminal(text) if self.stdout.isatty() else text)
            return
        if means_folder(self.places.output):
            ensure_folder(target.parent)
        self._write(target, text)
        if style.tables is TableStyle.CSV:
            for name, data in table_files(document, target.stem):
                self._write(target.with_name(name), data)

    def finish(self, report: str, made_of: Iterable[tuple[str, str]]) -> None:
        """Write the report and the dependencies, where they were asked for."""
        if self.places.report is not None:
            self._write(self.places.report, report.encode())
        if self.places.depfile is not None:
            write_atomically(self.places.depfile, make_rules(made_of).encode(errors="surrogateescape"), force=True)

    def _write(self, path: Path, data: bytes) -> None:
        if self.places.only_if_changed and _holds(path, data):
            return
        write_atomically(path, data, force=self.places.replaces)


def _holds(path: Path, data: bytes) -> bool:
    with suppress(OSError):
        return path.is_file() and path.stat().st_size == len(data) and path.read_bytes() == data
    return False
