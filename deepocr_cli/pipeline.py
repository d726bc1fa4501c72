"""One page's journey, start to end: paper to pixels, a plan, a reading, a check, and the better of two readings.

Source --draw--> PageImage --plan--> ladder of Modes --attempt--> Blocks
       --measure against the witness--> accepted | the next mode of the ladder | the witness's own reading
"""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import PurePath
from threading import Lock

from deepocr_cli.document import (
    Attempt,
    Block,
    Ending,
    Fidelity,
    Figure,
    Page,
    PageImage,
    Plan,
    Reader,
)
from deepocr_cli.engine.readers import choose_model, open_reader
from deepocr_cli.engine.request import Completion, Request
from deepocr_cli.errors import InputError
from deepocr_cli.figure_pass import Parsed, parse_figures
from deepocr_cli.isolation.paper import Paper
from deepocr_cli.journey import Journey, Reading, as_given, failed_page, rank, text_of
from deepocr_cli.model.abilities import require_words
from deepocr_cli.modes import Mode
from deepocr_cli.planning.choose_mode import choose_mode
from deepocr_cli.planning.estimate import estimate_text
from deepocr_cli.reading.figure_answers import read_answer
from deepocr_cli.reading.figures import cut_figures
from deepocr_cli.reading.grounding import parse_blocks
from deepocr_cli.settings import Fallback, Settings, Task, Verify
from deepocr_cli.store.kept_pages import KeptPages
from deepocr_cli.store.page_cache import PageCache
from deepocr_cli.stream import SharedReader, in_order
from deepocr_cli.witness.consult import Choice, Testimony, WitnessReader
from deepocr_cli.witness.fidelity import measure
from deepocr_cli.witness.light_ocr import LightOcr

ACCEPTED_SCORE = 0.9
"""A reading that agrees less than this with its witness gives way, unless `--precision` asks for another bound."""

PAGES_AHEAD = 2
"""Pages under way beyond those in the model's batch: one being drawn, one with its witness."""


class Pipeline:
    """Reads documents with one model and one set of witnesses; each is loaded when a page first needs it.

    Args:
        cache: where readings are kept and looked for; None reads every page anew.
    """

    def __init__(self, settings: Settings, cache: PageCache | None = None) -> None:
        self.settings = settings
        self.model = choose_model(settings)
        if settings.parses_figures:
            require_words(self.model, "parse figures")
        self._kept = KeptPages(settings, self.model, cache)
        self._network = SharedReader(lambda: open_reader(self.model, settings))
        self._ocr, self._ocr_turn = LightOcr(), Lock()

    def read(self, opened: Paper, numbers: Sequence[int]) -> Iterator[Page]:
        """Read the pages of `opened` named by `numbers` (from 1), in that order.

        As many as the model reads are under way at once, and `PAGES_AHEAD` that are drawn or wait for their witness.
        A page that cannot be drawn comes out as FAILED with a note; it costs no other page.

        Raises:
            InputError: the document changes while it is read.
            WeightsError: a page needs the model, and its weights cannot be loaded.
        """
        at_once = self.settings.batch_pages + PAGES_AHEAD
        return in_order(lambda number: self._travel(opened, number), numbers, at_once)

    def plan(self, opened: Paper, numbers: Sequence[int]) -> Iterator[tuple[int, tuple[int, int], Plan]]:
        """Number, size in pixels and plan of each page; nothing is read.

        Raises:
            InputError: one of the pages cannot be drawn.
        """
        for number in numbers:
            paper, _ = self._draw(opened, number)
            yield number, paper.image.size, self._plan(paper)

    # ------------------------------------------------------------------------------------ steps of the journey

    def _travel(self, opened: Paper, number: int) -> Page:
        """One page, from start to end."""
        departure = self._set_out(opened, number)
        if isinstance(departure, Page):
            return departure
        while departure.ladder:
            self._attempt(departure)
        page = self._arrive(departure)
        opened.check_unchanged()
        self._kept.keep(departure.name, page)
        return page

    def _set_out(self, opened: Paper, number: int) -> Journey | Page:
        try:
            paper, witness = self._draw(opened, number)
        except InputError as error:
            return failed_page(opened.source, number, (0, 0), error)
        plan = self._plan(paper)
        testimony = self._consult(opened, paper, witness)
        asks_model = self._asks_model(plan, testimony.reader)
        name = self._kept.name(paper, plan, asks_model=asks_model or self.settings.parses_figures)
        kept = self._kept.find(name, number)
        if kept is not None:
            return as_given(replace(kept, figures=self._cut(paper, kept.blocks)), paper)
        return Journey(paper, plan, name, testimony, list(plan.modes) if asks_model else [])

    def _draw(self, opened: Paper, number: int) -> tuple[PageImage, Choice]:
        return opened.draw(number, dpi=self.settings.dpi, max_pixels=self.settings.max_pixels)

    def _consult(self, opened: Paper, paper: PageImage, witness: Choice) -> Testimony:
        """The independent reader of a page, which reads nothing yet."""
        reader = _ALWAYS[self.settings.verify] or witness.reader
        readers: dict[Reader, WitnessReader] = {
            Reader.TEXT_LAYER: lambda page: opened.read_text_layer(page.number, page.righting),
            Reader.OCR: self._read_by_ocr,
        }
        return Testimony(paper, reader, witness.reason, readers[reader])

    def _read_by_ocr(self, paper: PageImage) -> tuple[Block, ...]:
        with self._ocr_turn:
            return self._ocr.read(paper)

    def _plan(self, paper: PageImage) -> Plan:
        estimate = estimate_text(paper, self.model.text_tokens_per_character, self.model.strip_width)
        return choose_mode(paper.image.size, estimate, self.model.modes, self.model.curve, self.settings.dial)

    def _asks_model(self, plan: Plan, witness: Reader) -> bool:
        """False where the witness reads better than the embedded model, if that was not asked for by name: it has the
        letters themselves in a text layer, or the model is predicted to fail."""
        is_chosen = self.settings.model != "auto" or self.model.repository is not None
        if is_chosen or self.settings.fallback is Fallback.NONE:
            return True
        if witness is Reader.TEXT_LAYER or plan.precision is None:
            return False
        return plan.precision >= self.settings.dial.target_precision

    def _attempt(self, journey: Journey) -> None:
        """One reading of a page by the model, in the next mode of its ladder; the witness reads beside it."""
        mode = journey.ladder.pop(0)
        asked = self._network.ask(self._request(journey.paper, mode))
        if self._is_verified:
            with suppress(InputError):
                _ = journey.testimony.text
        reading = self._judge(journey, mode, asked.result())
        journey.readings.append(reading)
        if self._is_accepted(reading.attempt):
            journey.ladder.clear()

    def _request(self, paper: PageImage, mode: Mode) -> Request:
        settings = self.settings
        return Request(
            paper.number,
            paper.image,
            mode,
            settings.task,
            find=settings.find or "",
            custom=settings.prompt,
            max_new_tokens=settings.max_new_tokens,
        )

    def _judge(self, journey: Journey, mode: Mode, completion: Completion) -> Reading:
        blocks = read_answer(completion.text) if self.settings.task is Task.FIGURE else parse_blocks(completion.text)
        attempt = Attempt(
            mode=mode,
            vision_tokens=completion.vision_tokens,
            text_tokens=completion.text_tokens,
            seconds=completion.seconds,
            ending=completion.ending,
            fidelity=self._verify(blocks, journey.testimony),
        )
        return Reading(attempt, blocks, completion.note)

    def _arrive(self, journey: Journey) -> Page:
        """The page as it will be written: the model's best reading where it is accepted, else the witness's."""
        best = max(journey.readings, key=rank, default=None)
        if best is not None and (self._is_accepted(best.attempt) or self.settings.fallback is Fallback.NONE):
            return self._page(journey, Reader.MODEL, best.blocks, best)
        try:
            return self._page(journey, journey.testimony.reader, journey.testimony.blocks, None)
        except InputError as error:
            paper = journey.paper
            return failed_page(paper.source, paper.number, paper.image.size, error)

    def _page(self, journey: Journey, reader: Reader, blocks: tuple[Block, ...], own: Reading | None) -> Page:
        """The page of a journey, as read by `reader`; `own` is the model's reading where that is what counts."""
        paper, attempts = journey.paper, tuple(reading.attempt for reading in journey.readings)
        parsed = Parsed(blocks)
        if self.settings.parses_figures:
            parsed = parse_figures(self._network, paper, blocks, self.model.modes, self.settings.max_new_tokens)
        return Page(
            number=paper.number,
            size=paper.image.size,
            blocks=parsed.blocks,
            ending=Ending.COMPLETE if own is None else own.attempt.ending,
            reader=reader,
            plan=journey.plan,
            mode=None if own is None else own.attempt.mode,
            fidelity=self._check_witness(journey, parsed.blocks) if own is None else own.attempt.fidelity,
            figures=self._cut(paper, parsed.blocks),
            attempts=attempts,
            vision_tokens=sum(attempt.vision_tokens for attempt in attempts) + parsed.vision_tokens,
            text_tokens=sum(attempt.text_tokens for attempt in attempts) + parsed.text_tokens,
            note=next((reading.note for reading in (journey.readings if own is None else [own]) if reading.note), None),
            dpi=paper.dpi,
            witness_text=self._witness_text(journey, own),
        )

    def _cut(self, paper: PageImage, blocks: Sequence[Block]) -> tuple[Figure, ...]:
        if not self.settings.cuts_figures:
            return ()
        return cut_figures(paper, blocks, PurePath(paper.source.name).stem)

    # ------------------------------------------------------------------------------------------------- checks

    @property
    def _is_verified(self) -> bool:
        return self.settings.verify is not Verify.OFF and self.settings.task.reads_text

    def _verify(self, blocks: Sequence[Block], testimony: Testimony) -> Fidelity | None:
        if not self._is_verified:
            return None
        try:
            return measure(text_of(blocks), testimony.text, testimony.reader)
        except InputError:  # the witness failed on this page; the reading stands, checked by nothing
            return None

    def _check_witness(self, journey: Journey, blocks: Sequence[Block]) -> Fidelity | None:
        """The witness that stands for a page, checked against the words that the PDF carries; OCR has no second."""
        layer = journey.paper.text_layer
        if self.settings.verify is Verify.OFF or layer is None or journey.testimony.reader is not Reader.TEXT_LAYER:
            return None
        return measure(text_of(blocks), layer.visible_text, Reader.TEXT_LAYER)

    def _witness_text(self, journey: Journey, own: Reading | None) -> str | None:
        """What a page's fidelity was measured by; None where it was not."""
        if own is not None:
            return None if own.attempt.fidelity is None else journey.testimony.text
        layer = journey.paper.text_layer
        return None if layer is None or self._check_witness(journey, ()) is None else layer.visible_text

    def _is_accepted(self, attempt: Attempt) -> bool:
        if attempt.ending is not Ending.COMPLETE:
            return False
        wished = self.settings.dial.precision or ACCEPTED_SCORE
        return attempt.fidelity is None or attempt.fidelity.score >= wished


_ALWAYS = {
    Verify.AUTO: None,
    Verify.OFF: None,
    Verify.TEXT_LAYER: Reader.TEXT_LAYER,
    Verify.OCR: Reader.OCR,
}
