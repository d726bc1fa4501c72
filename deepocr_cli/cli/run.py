"""A conversion as the user asked for it: every document read, written and summed up, whatever happens to the others."""

import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from deepocr_cli.cli.console import Console, report_error
from deepocr_cli.cli.outputs import choose_format, choose_targets, link_to_figures, means_folder, refuse_existing
from deepocr_cli.document import Document, Page, Reader
from deepocr_cli.errors import ExitCode, InputError, OutputError
from deepocr_cli.model.catalog import CatalogEntry
from deepocr_cli.pages.inputs import find_documents, open_source
from deepocr_cli.pages.ranges import parse_page_ranges
from deepocr_cli.pipeline import Pipeline
from deepocr_cli.settings import Format, Settings
from deepocr_cli.shortcoming import shortcoming_of
from deepocr_cli.store.files import ensure_folder, write_atomically, write_stdout
from deepocr_cli.store.page_cache import PageCache
from deepocr_cli.store.report import report_lines
from deepocr_cli.writers.formats import WRITERS

_FROM_MILD_TO_GRAVE = (ExitCode.COMPLETE, ExitCode.INCOMPLETE, ExitCode.INPUT, ExitCode.OUTPUT)


@dataclass(frozen=True, slots=True)
class Job:
    """One command line: what to read, how, and where the results go."""

    settings: Settings
    inputs: Sequence[str]
    output: str | None
    to: Format | None
    figures: Path | None
    report: Path | None
    cache: PageCache | None
    is_recursive: bool
    is_forced: bool


@dataclass(frozen=True, slots=True)
class _Run:
    """A job under way, and what its documents share."""

    job: Job
    console: Console
    stdout: BinaryIO
    pipeline: Pipeline
    format: Format
    report: list[str] = field(default_factory=list)


def run_job(job: Job, console: Console, stdout: BinaryIO) -> ExitCode:
    """Convert every document of a job; the exit code is the gravest of theirs.

    Raises:
        DeepOcrError: nothing could be done at all, or the only document failed.
    """
    found = find_documents(job.inputs, recursive=job.is_recursive)
    if found.skipped:
        console.say(f"{len(found.skipped)} files that are neither PDF nor image are passed over")
    format_ = choose_format(job.to, job.output)
    targets = choose_targets(found.documents, job.output, format_)
    refuse_existing(job.report, force=job.is_forced)
    run = _Run(job, console, stdout, Pipeline(job.settings, job.cache), format_)
    run.pipeline.model.require_folder()
    if job.settings.model == "auto":
        console.say(_introduce(run.pipeline.model))
    codes = [
        _convert(run, name, target, is_only=len(targets) == 1)
        for name, target in zip(found.documents, targets, strict=True)
    ]
    _close_cache(job.cache, console)
    if job.report is not None:
        write_atomically(job.report, "".join(run.report).encode(), force=job.is_forced)
    return max(codes, key=_FROM_MILD_TO_GRAVE.index)


def _close_cache(cache: PageCache | None, console: Console) -> None:
    if cache is None:
        return
    cache.close()
    if cache.trouble is not None:
        console.say(cache.trouble)


def _convert(run: _Run, name: str, target: Path | None, *, is_only: bool) -> ExitCode:
    """Convert one document; what is wrong with it is told, and costs no other document."""
    try:
        refuse_existing(target, force=run.job.is_forced)
        document = _read(run, name)
        _write(run, document, target)
    except (InputError, OutputError) as error:
        if is_only:
            raise
        report_error(error)
        return error.code
    run.report.extend(report_lines(document))
    return _sum_up(run, document)


def _read(run: _Run, name: str) -> Document:
    settings = run.job.settings
    source = open_source(name, passwords=settings.passwords, stdin=sys.stdin.buffer)
    numbers = parse_page_ranges(settings.pages or "1-end", source.page_count)
    pages = tuple(run.console.track(run.pipeline.read(source, numbers), source.name, len(numbers)))
    if all(page.reader is Reader.NONE for page in pages):
        raise InputError(f"{source.name}, page {pages[0].number}: {pages[0].note}")
    return Document(source.name, pages)


def _write(run: _Run, document: Document, target: Path | None) -> None:
    if run.job.figures is not None:
        _write_figures(document, run.job.figures, is_forced=run.job.is_forced)
    text = WRITERS[run.format](document, link_to_figures(run.job.figures, target))
    if target is None:
        write_stdout(run.stdout, text.encode())
        return
    if means_folder(run.job.output):
        ensure_folder(target.parent)
    write_atomically(target, text.encode(), force=run.job.is_forced)


def _write_figures(document: Document, folder: Path, *, is_forced: bool) -> None:
    ensure_folder(folder)
    for page in document.pages:
        for figure in page.figures:
            write_atomically(folder / figure.name, figure.png, force=is_forced)


def _sum_up(run: _Run, document: Document) -> ExitCode:
    """One line of who read what, one for each page that is incomplete."""
    shortcomings = [(page.number, shortcoming_of(page, run.job.settings)) for page in document.pages]
    short = [(number, words) for number, words in shortcomings if words is not None]
    for number, words in short:
        run.console.say(f"{document.source}, page {number}: {words}")
    run.console.say(f"{document.source}: {_who_read(document.pages)}")
    return ExitCode.INCOMPLETE if short else ExitCode.COMPLETE


def _who_read(pages: Sequence[Page]) -> str:
    counts = Counter(page.reader for page in pages)
    who = ", ".join(f"{counts[reader]} {words}" for reader, words in _READERS.items() if counts[reader])
    return f"{len(pages)} page{'s'[: len(pages) != 1]}: {who}"


_READERS = {
    Reader.MODEL: "read by the model",
    Reader.TEXT_LAYER: "taken from the text layer",
    Reader.OCR: "read by light OCR",
    Reader.NONE: "failed",
}


def _introduce(model: CatalogEntry) -> str:
    if model.repository is None:
        return f"the model is {model.name}, the embedded one; the weights of DeepSeek-OCR are not on this disk"
    return f"the model is {model.name}, from {model.folder}"
