"""A page under way: what was read of it so far."""

from dataclasses import dataclass, field, replace

from deepocr_cli.document import Attempt, Block, Ending, Page, PageImage, Plan, Reader, Source, moved
from deepocr_cli.engine.request import Request
from deepocr_cli.errors import InputError
from deepocr_cli.layout.lines import PageLines
from deepocr_cli.modes import Mode
from deepocr_cli.settings import Settings
from deepocr_cli.witness.consult import Testimony


@dataclass(frozen=True, slots=True)
class Try:
    """What the model is asked next: a mode, and another n-gram window than its own where it has looped."""

    mode: Mode
    window: int | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """One reading of a page by the model; `witness_text` is what it was checked by, where not by its testimony."""

    attempt: Attempt
    blocks: tuple[Block, ...]
    note: str | None
    witness_text: str | None = None


@dataclass(frozen=True, slots=True)
class Journey:
    """A page under way: its name in the cache, what is to be tried next, and what was read so far.

    `plan` is None where the model will not be asked, `lines` where nobody has looked for them.
    """

    paper: PageImage
    plan: Plan | None
    name: str | None
    testimony: Testimony
    tries: list[Try]
    lines: PageLines | None = None
    is_blank: bool = False
    readings: list[Reading] = field(default_factory=list)

    @property
    def attempts(self) -> tuple[Attempt, ...]:
        return tuple(reading.attempt for reading in self.readings)


def request_for(journey: Journey, attempt: Try, settings: Settings) -> Request:
    """What the model is asked about a page."""
    return Request(
        journey.paper.number,
        journey.paper.image,
        attempt.mode,
        settings.task,
        find=settings.find or "",
        custom=settings.prompt,
        max_new_tokens=settings.max_new_tokens,
        window=attempt.window,
        seconds=settings.engine_timeout,
        lines=journey.lines,
    )


def as_given(page: Page, paper: PageImage) -> Page:
    """A page that was read upright, with its size and boxes as they are on the page as it was given."""
    page, righting = replace(page, full_size=paper.full_size), paper.righting
    if righting is None:
        return page
    figures = tuple(replace(figure, box=righting.to_given(figure.box)) for figure in page.figures)
    blocks = moved(page.blocks, righting.to_given)
    return replace(page, size=righting.given_size, turn=righting.turn, blocks=blocks, figures=figures)


def failed_page(source: Source, number: int, size: tuple[int, int], error: InputError) -> Page:
    """A page that could not be read; its note is the error."""
    return Page(number, size, (), Ending.FAILED, Reader.NONE, note=note_of(error, source, number))


def note_of(error: InputError | None, source: Source, number: int) -> str | None:
    """What a page's error says beside the page's name: what happened, and what to do about it; None without one."""
    if error is None:
        return None
    reason = error.message.removeprefix(f"{source.name}, page {number}: ")
    return reason if error.hint is None else f"{reason} ({error.hint})"
