"""One page's journey, start to end: paper to pixels, a plan, a reading, a check, and the better of two readings.

Source --draw--> PageImage --plan--> ladder of Modes --attempt--> Blocks
       --measure against the witness--> accepted | the next mode of the ladder | the witness's own reading
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import PurePath

from deepocr_cli.check import check, check_layer, compared_text, has_nothing_on_it
from deepocr_cli.document import Attempt, Block, Ending, Fidelity, Figure, Page, PageImage, Plan, Reader
from deepocr_cli.engine.readers import choose_model, open_reader
from deepocr_cli.engine.request import Completion, PageReader
from deepocr_cli.errors import InputError
from deepocr_cli.figure_pass import Parsed, parse_figures, plan_figure
from deepocr_cli.isolation.light_ocr import LightOcrProcesses
from deepocr_cli.isolation.paper import Paper
from deepocr_cli.journey import Journey, Reading, Try, as_given, failed_page, note_of, request_for
from deepocr_cli.layout.lines import PageLines, find_lines
from deepocr_cli.model.abilities import require_figures
from deepocr_cli.model.catalog import CatalogEntry
from deepocr_cli.planning.choose_mode import choose_mode
from deepocr_cli.planning.estimate import estimate_text
from deepocr_cli.planning.experience import Experience, stretches
from deepocr_cli.reading.figure_answers import read_answer
from deepocr_cli.reading.figures import cut_figures
from deepocr_cli.reading.grounding import parse_blocks
from deepocr_cli.settings import Fallback, Settings, Task, Verify
from deepocr_cli.store.kept_pages import KeptPages
from deepocr_cli.store.page_cache import PageCache
from deepocr_cli.stream import SharedReader, in_order
from deepocr_cli.verdict import (
    best_of,
    content_of,
    contradicts,
    gives_way,
    is_accepted,
    next_tries,
    outdoes,
    second_opinion,
    witness_blocks,
)
from deepocr_cli.witness.consult import Choice, Testimony, WitnessReader
from deepocr_cli.witness.statement import Statement

PAGES_AHEAD = 2
"""Pages under way beyond those in the model's batch: one being drawn, one with its witness."""


class Pipeline:
    """Reads documents with one model and one set of witnesses; each is loaded when a page first needs it.

    Args:
        cache: where readings are kept and looked for; None reads every page anew.
        document_count: documents that are read at once.
        on_loading: told of the model when the first page asks for it.
    """

    def __init__(
        self,
        settings: Settings,
        cache: PageCache | None = None,
        document_count: int = 1,
        on_loading: Callable[[CatalogEntry], None] | None = None,
    ) -> None:
        self.settings = settings
        self.model = choose_model(settings)
        self._is_asked_for = not self.model.is_unasked(settings.model) or settings.fallback is Fallback.NONE
        self._is_second = not self._is_asked_for and settings.dial.precision is None
        if settings.parses_figures:
            require_figures(self.model, "parse figures")
        self._kept = KeptPages(settings, self.model, cache)
        self._on_loading = on_loading
        self._network = SharedReader(self._open_network)
        self._light_ocr = LightOcrProcesses(settings.page_timeout, document_count)

    def read(self, opened: Paper, numbers: Sequence[int]) -> Iterator[Page]:
        """Read the pages of `opened` named by `numbers` (from 1), in that order.

        As many as the model reads are under way at once, and `PAGES_AHEAD` that are drawn or wait for their witness.
        A page that cannot be drawn comes out as FAILED with a note; it costs no other page.

        Raises:
            InputError: the document changes while it is read.
            WeightsError: a page needs the model, and its weights cannot be loaded.
        """
        at_once = self.settings.batch_pages + PAGES_AHEAD
        experience = Experience()
        # What is deterministic page by page learns nothing from other pages.
        for stretch in [numbers] if self.settings.deterministic else stretches(numbers):
            travel = partial(self._travel, opened, experience.ratio_limit)
            for page in in_order(travel, stretch, at_once):
                experience = experience.with_page(
                    page, [is_accepted(attempt, self.settings) for attempt in page.attempts]
                )
                yield page

    def plan(self, opened: Paper, numbers: Sequence[int]) -> Iterator[tuple[int, tuple[int, int], Plan]]:
        """Number, size in pixels and plan of each page; nothing is read.

        Raises:
            InputError: one of the pages cannot be drawn.
        """
        for number in numbers:
            paper, witness = self._draw(opened, number)
            yield number, paper.image.size, self._plan(paper, witness, self._find_lines(paper))

    def _open_network(self) -> PageReader:
        if self._on_loading is not None:
            self._on_loading(self.model)
        return open_reader(self.model, self.settings)

    # ------------------------------------------------------------------------------------ steps of the journey

    def _travel(self, opened: Paper, ratio_limit: float | None, number: int) -> Page:
        """One page, from start to end."""
        departure = self._set_out(opened, number, ratio_limit)
        if isinstance(departure, Page):
            return departure
        while departure.tries:
            self._attempt(departure)
        page = self._arrive(departure)
        opened.check_unchanged()
        self._kept.keep(departure.name, page)
        return as_given(page, departure.paper)

    def _set_out(self, opened: Paper, number: int, ratio_limit: float | None) -> Journey | Page:
        try:
            paper, witness = self._draw(opened, number)
        except InputError as error:
            return failed_page(opened.source, number, (0, 0), error)
        testimony = self._consult(opened, paper, witness)
        lines = plan = None
        if not self._is_left_to_layer(testimony.reader):
            lines = self._find_lines(paper)
            plan = self._plan(paper, witness, lines, ratio_limit)
        has_nothing = self._is_verified and self.settings.prompt is None and has_nothing_on_it(paper)
        if has_nothing:
            testimony = Testimony(paper, testimony.reader, lambda _: Statement(()), testimony.refusal)
        asks_model = not has_nothing and plan is not None and self._asks_model(plan)
        name = self._kept.name(paper, plan, asks_model=asks_model or self.settings.parses_figures)
        kept = self._kept.find(name, number)
        if kept is not None:
            return as_given(replace(kept, figures=self._cut(paper, kept.blocks)), paper)
        tries = next_tries((), plan, self.settings) if plan is not None and asks_model else []
        return Journey(paper, plan, name, testimony, tries, lines, has_nothing)

    def _draw(self, opened: Paper, number: int) -> tuple[PageImage, Choice]:
        return opened.draw(number, dpi=self.settings.dpi, max_pixels=self.settings.max_pixels)

    def _consult(self, opened: Paper, paper: PageImage, witness: Choice) -> Testimony:
        """The independent reader of a page, which reads nothing yet."""
        reader = _ALWAYS.get(self.settings.verify) or witness.reader
        readers: dict[Reader, WitnessReader] = {
            Reader.TEXT_LAYER: lambda page: Statement(opened.read_text_layer(page.number, page.righting)),
            Reader.OCR: self._light_ocr.read,
        }
        return Testimony(paper, reader, readers[reader], witness.refusal if reader is witness.reader else None)

    def _find_lines(self, paper: PageImage) -> PageLines | None:
        """The lines of a page, for a model that reads lines: once for its plan and all of its readings."""
        return None if self.model.strip_width is None else find_lines(paper.image)

    def _plan(
        self, paper: PageImage, witness: Choice, lines: PageLines | None, ratio_limit: float | None = None
    ) -> Plan:
        model, dial = self.model, self.settings.dial
        if self.settings.task is Task.FIGURE and model.figure_modes:
            return plan_figure(paper.image, model.figure_modes, dial)
        estimate = estimate_text(witness.believed(paper), model.text_tokens_per_character, model.modes, lines)
        return choose_mode(paper.image.size, estimate, model.modes, model.curve_of, dial, ratio_limit)

    def _is_left_to_layer(self, witness: Reader) -> bool:
        """Whether the embedded model, not asked for by name, can add nothing to the letters: it is not planned for."""
        return witness is Reader.TEXT_LAYER and not self._is_asked_for

    def _asks_model(self, plan: Plan) -> bool:
        """False where the embedded model is predicted to fail, if it was not asked for by name."""
        return self._is_asked_for or (plan.precision or 0.0) >= self.settings.dial.target_precision

    def _attempt(self, journey: Journey) -> None:
        """One reading of a page by the model, and what to try next; the witness reads beside it."""
        attempt = journey.tries.pop()
        asked = self._network.ask(request_for(journey, attempt, self.settings))
        if self._is_verified:
            with suppress(InputError):
                _ = journey.testimony.text
        reading = self._judge(journey, attempt, asked.result())
        journey.readings.append(reading)
        assert journey.plan is not None, "what is tried was planned"
        if not (self._is_second and gives_way(reading, journey.testimony)):
            journey.tries.extend(next_tries(journey.attempts, journey.plan, self.settings))

    def _judge(self, journey: Journey, asked: Try, completion: Completion) -> Reading:
        blocks = read_answer(completion.text) if self.settings.task is Task.FIGURE else parse_blocks(completion.text)
        attempt = Attempt(
            mode=asked.mode,
            vision_tokens=completion.vision_tokens,
            text_tokens=completion.text_tokens,
            seconds=completion.seconds,
            ending=completion.ending,
            fidelity=self._verify(blocks, journey.testimony),
            window=asked.window,
        )
        return Reading(attempt, blocks, completion.note)

    def _arrive(self, journey: Journey) -> Page:
        """The page as it will be written: the model's best reading where it is accepted or better, else the witness's.

        They are never mixed: a page has one reader.
        """
        best = best_of(journey.readings, self.settings)
        if best is not None and self._stands(best, journey.testimony):
            return self._page(journey, best)
        try:
            witnessed = self._check_witness(journey)
            if best is None:
                return self._page(journey, None, witnessed)
            if outdoes(best.attempt, witnessed, journey.testimony.statement.confidence):
                return self._page(journey, best)
            return self._page(journey, self._ask_again(journey, best), witnessed)
        except InputError as error:
            paper = journey.paper
            failed = failed_page(paper.source, paper.number, paper.image.size, error)
            return failed if best is None else self._page(journey, best)

    def _ask_again(self, journey: Journey, best: Reading) -> Reading | None:
        """A reading that contradicts the text layer, checked by light OCR; None where that does not side with it."""
        if self.settings.verify is Verify.AUTO and contradicts(best.attempt):
            with suppress(InputError):
                return second_opinion(best, journey.testimony.text, self._light_ocr.read(journey.paper).text)
        return None

    def _page(self, journey: Journey, own: Reading | None, witnessed: Fidelity | None = None) -> Page:
        """The page of a journey, as read by the model where `own` is its reading, else by the witness."""
        paper, attempts, testimony = journey.paper, journey.attempts, journey.testimony
        blocks = witness_blocks(testimony.blocks, is_blank=journey.is_blank) if own is None else own.blocks
        parsed = Parsed(blocks)
        if self.settings.parses_figures:
            parsed = parse_figures(self._network, paper, blocks, self.model, self.settings)
        return Page(
            number=paper.number,
            size=paper.image.size,
            blocks=parsed.blocks,
            ending=Ending.COMPLETE if own is None else own.attempt.ending,
            reader=testimony.reader if own is None else Reader.MODEL,
            plan=journey.plan,
            mode=None if own is None else own.attempt.mode,
            fidelity=witnessed if own is None else own.attempt.fidelity,
            content=content_of(blocks, is_blank=journey.is_blank),
            confidence=testimony.statement.confidence if own is None else None,
            figures=self._cut(paper, parsed.blocks),
            attempts=attempts,
            vision_tokens=sum(attempt.vision_tokens for attempt in attempts) + parsed.vision_tokens,
            text_tokens=sum(attempt.text_tokens for attempt in attempts) + parsed.text_tokens,
            note=next((reading.note for reading in (journey.readings if own is None else [own]) if reading.note), None),
            dpi=paper.dpi,
            witness_text=compared_text(journey, own, witnessed),
            refusal=testimony.refusal,
            unchecked=note_of(testimony.failure, paper.source, paper.number),
        )

    def _cut(self, paper: PageImage, blocks: Sequence[Block]) -> tuple[Figure, ...]:
        stem = PurePath(paper.source.name).stem
        return cut_figures(paper, blocks, stem) if self.settings.cuts_figures else ()

    # ------------------------------------------------------------------------------------------------- checks

    @property
    def _is_verified(self) -> bool:
        return self.settings.verify is not Verify.OFF and self.settings.task.reads_text

    def _verify(self, blocks: Sequence[Block], testimony: Testimony) -> Fidelity | None:
        if not self._is_verified:
            return None
        try:
            return check(blocks, testimony.blocks, testimony.reader)
        except InputError:  # the witness failed on this page; the reading stands, checked by nothing
            return None

    def _check_witness(self, journey: Journey) -> Fidelity | None:
        return None if self.settings.verify is Verify.OFF else check_layer(journey)

    def _stands(self, reading: Reading, testimony: Testimony) -> bool:
        if self._is_second and gives_way(reading, testimony):
            return False
        return is_accepted(reading.attempt, self.settings) or self.settings.fallback is Fallback.NONE


_ALWAYS = {Verify.TEXT_LAYER: Reader.TEXT_LAYER, Verify.OCR: Reader.OCR}
