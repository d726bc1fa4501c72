"""A conversion as the user asked for it: every document read, written and summed up, whatever happens to the others."""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import BinaryIO

from deepocr_cli.cli.console import Console, report_error
from deepocr_cli.cli.outputs import choose_format, choose_targets, refuse_existing, refuse_like_figures
from deepocr_cli.cli.parallel import in_parallel
from deepocr_cli.cli.pdf_results import write_pdfs
from deepocr_cli.cli.results import Places, Results
from deepocr_cli.cli.summary import Outcome, enumerate_some, failure_table, gravest, outcome_of, outcome_of_error
from deepocr_cli.document import Document, Page, Reader, Source
from deepocr_cli.errors import ExitCode, InputError, OutputError, UsageError
from deepocr_cli.isolation.crew import Crew
from deepocr_cli.isolation.paper import Paper, open_paper
from deepocr_cli.model.catalog import CatalogEntry
from deepocr_cli.pages.inputs import find_documents
from deepocr_cli.pages.ranges import check_page_ranges, parse_page_ranges
from deepocr_cli.pipeline import Pipeline
from deepocr_cli.settings import Format, Settings
from deepocr_cli.store.page_cache import PageCache
from deepocr_cli.store.report import report_lines


@dataclass(frozen=True, slots=True)
class Job:
    """One command line: what to read, how, and where the results go."""

    settings: Settings
    inputs: Sequence[str]
    to: Format | None
    places: Places
    cache: PageCache | None
    job_count: int
    is_recursive: bool


@dataclass(frozen=True, slots=True)
class _Run:
    """A job under way, and what its documents share."""

    settings: Settings
    console: Console
    pipeline: Pipeline
    results: Results
    job_count: int
    is_only: bool


def run_job(job: Job, console: Console, stdout: BinaryIO) -> ExitCode:
    """Convert every document of a job; the exit code is the gravest of theirs.

    Raises:
        DeepOcrError: nothing could be done at all, or the only document failed.
    """
    check_page_ranges(job.settings.pages or "1-end")
    found = find_documents(job.inputs, recursive=job.is_recursive)
    if found.skipped:
        console.say(f"neither PDF nor image, and passed over: {enumerate_some(found.skipped)}")
    format_ = choose_format(job.to, job.places.output)
    targets = choose_targets(found.places, job.places.output, format_)
    if job.places.depfile is not None and None in targets:
        raise UsageError("--depfile needs an output that can be named", hint="try -o FILE")
    if len(targets) > 1 and (job.places.overlay or job.places.searchable):
        raise UsageError("--overlay and --searchable are for one document", hint="convert the documents one by one")
    if job.places.figures is not None:
        refuse_like_figures(found.documents)
    results = Results(job.places, format_, stdout)
    introduce = partial(_introduce, console) if job.settings.model == "auto" else None
    pipeline = Pipeline(job.settings, job.cache, job.job_count, introduce)
    run = _Run(job.settings, console, pipeline, results, job.job_count, is_only=len(targets) == 1)
    pipeline.model.require_presence()
    results.prepare(targets)
    outcomes = _convert_all(run, list(zip(found.documents, targets, strict=True)))
    _close_cache(job.cache, console)
    _finish(run, outcomes, {name: str(target) for name, target in zip(found.documents, targets, strict=True)})
    return gravest(outcomes)


def _convert_all(run: _Run, tasks: Sequence[tuple[str, Path | None]]) -> list[Outcome]:
    """Convert the documents that are not to be skipped; what came of them, in their order."""
    waiting = [(name, target) for name, target in tasks if not _is_skipped(run, target)]
    if skipped := len(tasks) - len(waiting):
        run.console.say(f"{skipped} document{'s are' if skipped > 1 else ' is'} skipped, for the output exists")

    def convert(crew: Crew, task: tuple[str, Path | None]) -> Outcome:
        return _convert(run, crew, *task)

    return list(in_parallel(convert, waiting, run.job_count, run.settings.page_timeout))


def _is_skipped(run: _Run, target: Path | None) -> bool:
    return run.results.places.skips_existing and target is not None and target.is_file()


def _finish(run: _Run, outcomes: Sequence[Outcome], targets: dict[str, str]) -> None:
    unwritten = {outcome.name for outcome in outcomes if outcome.code in (ExitCode.INPUT, ExitCode.OUTPUT)}
    made_of = ((target, name) for name, target in targets.items() if name not in unwritten)
    run.results.finish("".join(outcome.report for outcome in outcomes), made_of)
    for line in failure_table(outcomes):
        run.console.say(line)


def _close_cache(cache: PageCache | None, console: Console) -> None:
    if cache is None:
        return
    cache.close()
    if cache.trouble is not None:
        console.say(cache.trouble)


def _convert(run: _Run, crew: Crew, name: str, target: Path | None) -> Outcome:
    """Convert one document; what is wrong with it is told, and costs no other document."""
    try:
        refuse_existing(target, force=run.results.places.replaces)
        opened = open_paper(crew, name, passwords=run.settings.passwords, stdin=sys.stdin.buffer)
        document = _read(run, opened, target)
        run.results.write(document, target)
        write_pdfs(run.results.places, run.settings, opened, document)
    except (InputError, OutputError) as error:
        if run.is_only:
            raise
        report_error(error)
        return outcome_of_error(name, error)
    outcome, lines = outcome_of(name, document, run.settings, "".join(report_lines(document)))
    run.console.say(*lines)
    return outcome


def _read(run: _Run, opened: Paper, target: Path | None) -> Document:
    source = opened.source
    if source.attachments:
        run.console.say(f"{source.name}: attached to it, and not read: {enumerate_some(source.attachments)}")
    numbers = _choose_pages(run, source)
    reading = run.console.track(run.pipeline.read(opened, numbers), source.name, len(numbers))
    pages = tuple(_keep_figures(run, reading, source.name, target))
    opened.check_unchanged()
    if all(page.reader is Reader.NONE for page in pages):
        raise InputError(f"{source.name}, page {pages[0].number}: {pages[0].note}")
    return Document(source.name, pages, run.pipeline.model.name)


def _choose_pages(run: _Run, source: Source) -> tuple[int, ...]:
    try:
        numbers = parse_page_ranges(run.settings.pages or "1-end", source.page_count)
    except UsageError as error:
        if run.is_only:
            raise
        raise InputError(f"{source.name}: {error.message}") from error
    limit = run.settings.max_pages
    if len(numbers) > limit:
        raise InputError(
            f"{source.name}: {len(numbers):,} pages, more than the limit of {limit:,}",
            hint="choose some with --pages, or raise the limit: --max-pages N",
        )
    return numbers


def _keep_figures(run: _Run, pages: Iterator[Page], name: str, target: Path | None) -> Iterator[Page]:
    """The pages as they come, figures and JSON lines written at once: a long document's would fill the memory."""
    for page in map(run.results.keep_figures, pages):
        run.results.stream(name, page, target)
        yield page


def _introduce(console: Console, model: CatalogEntry) -> None:
    """Tell which model was chosen for the user, when the first page is read by it."""
    if model.server is not None:
        what = f"called {model.server.model} on {model.server.address}"
    elif model.repository is None:
        what = "the embedded one; the weights of DeepSeek-OCR are not on this disk"
    else:
        what = f"from {model.folder}"
    console.say(f"the model is {model.name}, {what}")
