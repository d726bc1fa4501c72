"""What a run says at its end: who read a document's pages, what falls short, and a table of what failed."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from deepocr_cli.document import Document, Page, PageContent, Reader
from deepocr_cli.errors import DeepOcrError, ExitCode
from deepocr_cli.settings import Settings
from deepocr_cli.shortcoming import shortcoming_of

_FROM_MILD_TO_GRAVE = (ExitCode.COMPLETE, ExitCode.INCOMPLETE, ExitCode.INPUT, ExitCode.OUTPUT)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one document: an exit code, and why where it is not whole."""

    name: str
    code: ExitCode = ExitCode.COMPLETE
    why: str | None = None
    report: str = ""


def outcome_of(name: str, document: Document, settings: Settings, report: str) -> tuple[Outcome, list[str]]:
    """The outcome of a document that was written, and the lines to say of it."""
    shortcomings = [(page.number, shortcoming_of(page, settings)) for page in document.pages]
    short = [f"page {number}: {words}" for number, words in shortcomings if words is not None]
    lines = [
        *(
            f"{document.source}, {words}"
            for words in (*_reductions(document.pages, settings), *_refusals(document.pages), *short)
        ),
        f"{document.source}: {_who_read(document.pages)}",
    ]
    if not short:
        return Outcome(name, report=report), lines
    why = f"{len(short)} of {len(document.pages)} pages; {short[0]}"
    return Outcome(name, ExitCode.INCOMPLETE, why, report), lines


def outcome_of_error(name: str, error: DeepOcrError) -> Outcome:
    return Outcome(name, error.code, error.message.removeprefix(f"{name}: ").removeprefix(f"{name}, "))


def gravest(outcomes: Sequence[Outcome]) -> ExitCode:
    return max((outcome.code for outcome in outcomes), key=_FROM_MILD_TO_GRAVE.index, default=ExitCode.COMPLETE)


def failure_table(outcomes: Sequence[Outcome]) -> Iterator[str]:
    """Lines that tell which documents are not whole: exit code, name, reason; none where all of several are."""
    failed = [outcome for outcome in outcomes if outcome.why is not None]
    if not failed or len(outcomes) == 1:
        return
    yield f"{len(failed)} of {len(outcomes)} documents are not whole:"
    width = max(len(outcome.name) for outcome in failed)
    for outcome in failed:
        yield f"  {outcome.code.value}  {outcome.name:{width}}  {outcome.why}"


def _reductions(pages: Sequence[Page], settings: Settings) -> Iterator[str]:
    """Which pages were read with fewer pixels than they have, and how to have more."""
    numbers = [page.number for page in pages if page.full_size is not None]
    if numbers:
        yield f"{_pages(numbers)}: reduced to {settings.max_pixels:,} pixels; more, and more memory: --max-pixels N"


def _refusals(pages: Sequence[Page]) -> Iterator[str]:
    """Which pages have a text layer that was not believed, and why."""
    reasons = dict.fromkeys(page.refusal for page in pages if page.refusal is not None)
    for reason in reasons:
        numbers = [page.number for page in pages if page.refusal == reason]
        yield f"{_pages(numbers)}: not believed: {reason}"


def _pages(numbers: Sequence[int]) -> str:
    return f"page{'s'[: len(numbers) != 1]} {enumerate_some([str(number) for number in numbers])}"


def enumerate_some(names: Sequence[str], most: int = 10) -> str:
    """The first names with commas between, and how many more there are."""
    rest = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + rest


def _who_read(pages: Sequence[Page]) -> str:
    counts = Counter(_BLANK if page.content is PageContent.BLANK else _READERS[page.reader] for page in pages)
    who = ", ".join(f"{counts[words]} {words}" for words in (*_READERS.values(), _BLANK) if counts[words])
    return f"{len(pages)} page{'s'[: len(pages) != 1]}: {who}"


_BLANK = "blank"
_READERS = {
    Reader.MODEL: "read by the model",
    Reader.TEXT_LAYER: "taken from the text layer",
    Reader.OCR: "read by light OCR",
    Reader.NONE: "failed",
}
