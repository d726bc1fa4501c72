"""A reader of whole pages for a network that reads lines: pages are cut into strips, and what is read is put together.

Every line's text comes back to its line: a strip whose answer has more or fewer rows than were laid into it is read
again, one row at a time. Where that would cost more than a mode of fewer lines, the answer is taken as it is.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import count

from deepocr_cli.document import Ending
from deepocr_cli.engine.request import Completion, PageReader, Request
from deepocr_cli.engine.work_clock import LATE
from deepocr_cli.layout.displays import Display, find_displays, is_formula
from deepocr_cli.layout.lines import PageLines, find_lines
from deepocr_cli.layout.page_text import arrange_text, write_grounded, write_plain
from deepocr_cli.layout.strips import Row, Strip, cut_rows, draw_strips
from deepocr_cli.modes import Fit, Mode
from deepocr_cli.settings import Task

STRIPS_AT_ONCE = 32
"""What the network reads side by side: the strips of most pages. Fewer take longer, more no less."""
MOST_ROWS = 1500
"""A sheet of a newspaper has fewer; what has more is no print but dust."""
LONGEST_ROW = 120
"""Tokens that a row of text may take; no typeface is so narrow."""
MOST_READ_AGAIN = 4
"""Rows of a strip that is read again: of more the second reading would cost more than the first had saved."""


@dataclass(slots=True, eq=False)
class Reading:
    """A page being read: the texts of its rows so far, and what it took. `waiting` are strips without an answer."""

    request: Request
    page: PageLines = field(repr=False)
    rows: tuple[Row, ...]
    waiting: int = 0
    texts: dict[Row, str] = field(default_factory=dict)
    vision_tokens: int = 0
    text_tokens: int = 0
    seconds: float = 0.0
    work: float = 0.0
    doubtful: list[Row] = field(default_factory=list)
    """Rows whose strip has to be read again."""
    formulas: dict[Display, str] = field(default_factory=dict)
    """What was read, as LaTeX with its delimiters, where a formula is displayed."""
    failure: str | None = None
    """Why a strip could not be read at all, the last time that it was asked about."""

    @property
    def is_late(self) -> bool:
        """Whether more was computed for it than a page may take."""
        return self.work > self.request.seconds


@dataclass(frozen=True, slots=True)
class Asked:
    """A strip of a page that is being read, for the first time or again, or a place where a formula may stand."""

    reading: Reading
    part: Strip | Display
    is_again: bool = False


class StripReader:
    """Reads pages through `reader`; requests in modes without strips are handed on.

    Args:
        formula_mode: the one in which `reader` reads a formula alone; None where it does not.
    """

    def __init__(self, reader: PageReader, formula_mode: Mode | None = None) -> None:
        self.reader, self._formula_mode = reader, formula_mode

    def run(self, requests: Iterable[Request]) -> Iterator[Completion]:
        """Read pages, strip by strip; see `PageReader.run`.

        The strips of all pages are one stream, so that those of the next page take the places of those that are read;
        rows to be read again come after it.
        """
        desk = Desk(self._formula_mode)
        for completion in self.reader.run(desk.lay_out(requests)):
            yield from desk.take(completion)
        for completion in self.reader.run(desk.lay_out_again()):
            yield from desk.take(completion)
        yield from desk.clear()


class Desk:
    """The pages of a run: what was asked about them, by the number of the asking, and which are done."""

    def __init__(self, formula_mode: Mode | None) -> None:
        self._formula_mode = formula_mode
        self._numbers = count()
        self._asked: dict[int, Asked] = {}
        self._handed_on: dict[int, Request] = {}
        self._doubted: list[Reading] = []
        self._done: list[Completion] = []

    def lay_out(self, requests: Iterable[Request]) -> Iterator[Request]:
        """What to ask about pages. A page's strips are drawn when there is room for the first of them."""
        for request in requests:
            if request.mode.fit is Fit.STRIPS:
                yield from self._begin(request)
            else:
                number = next(self._numbers)
                self._handed_on[number] = request
                yield replace(request, number=number)

    def lay_out_again(self) -> Iterator[Request]:
        """The rows whose strips were misread, each alone in a strip."""
        for reading in self._doubted:
            yield from self._ask(reading, reading.doubtful, is_again=True)

    def take(self, completion: Completion) -> Iterator[Completion]:
        """Give rows the text of their strip; gives back the pages that are done now."""
        handed_on = self._handed_on.pop(completion.number, None)
        if handed_on is not None:
            yield replace(completion, number=handed_on.number)
            return
        asked = self._asked.pop(completion.number)
        reading = asked.reading
        _take(asked, completion)
        reading.waiting -= 1
        if not reading.waiting and reading.doubtful and not asked.is_again and not reading.is_late:
            self._doubted.append(reading)
        elif not reading.waiting:
            yield _complete(reading)
        yield from self.clear()

    def clear(self) -> Iterator[Completion]:
        """The pages about which nothing had to be asked."""
        while self._done:
            yield self._done.pop()

    def _begin(self, request: Request) -> Iterator[Request]:
        page = request.lines or find_lines(request.image)
        reading = Reading(request, page, tuple(cut_rows(page.lines, request.mode)))
        if len(reading.rows) > MOST_ROWS:
            self._done.append(_refuse(reading))
        elif reading.rows:
            displays = self._displays(reading)
            reading.waiting = len(displays)
            yield from self._ask(reading, reading.rows)
            for display in displays:
                yield self._formula_request(reading, display)
        else:
            self._done.append(_complete(reading))

    def _ask(self, reading: Reading, rows: Sequence[Row], *, is_again: bool = False) -> Iterator[Request]:
        """Rows in strips, several in each, or again, each alone."""
        strips = draw_strips(reading.page, rows, reading.request.mode, are_alone=is_again)
        # Long texts first: the last strips to be read are then short ones, which leave few places idle.
        strips.sort(key=lambda strip: -sum(row.right - row.left for row in strip.rows))
        reading.waiting += len(strips)
        for strip in strips:
            number = next(self._numbers)
            self._asked[number] = Asked(reading, strip, is_again)
            yield _strip_request(number, reading, strip)

    def _displays(self, reading: Reading) -> list[Display]:
        """Where formulas are looked for, besides the rows: text asked for alone has none."""
        is_asked = self._formula_mode is not None and reading.request.task is Task.DOCUMENT
        return find_displays(reading.page) if is_asked else []

    def _formula_request(self, reading: Reading, display: Display) -> Request:
        assert self._formula_mode is not None, "nothing is looked for without it"
        number = next(self._numbers)
        self._asked[number] = Asked(reading, display)
        crop = reading.request.image.crop(display.box)
        whole = replace(reading.request, number=number, image=crop, letter_size=display.letter_size, lines=None)
        return replace(whole, mode=self._formula_mode, task=Task.FIGURE)


def _strip_request(number: int, reading: Reading, strip: Strip) -> Request:
    # A page that took too long is given up: what is left of it is looked at, and not read.
    limit = 1 if reading.is_late else min(reading.request.max_new_tokens, LONGEST_ROW * len(strip.rows))
    return replace(reading.request, number=number, image=strip.image, max_new_tokens=limit)


def _take(asked: Asked, completion: Completion) -> None:
    """Give every row of a strip its text, or note them for another reading; a formula is taken if it is sure."""
    reading, part = asked.reading, asked.part
    reading.vision_tokens += completion.vision_tokens
    reading.text_tokens += completion.text_tokens
    reading.seconds = max(reading.seconds, completion.seconds)
    reading.work += completion.work
    if isinstance(part, Display):
        if completion.ending is Ending.COMPLETE and is_formula(completion.text):
            reading.formulas[part] = completion.text
        return
    rows = part.rows
    texts = [text.strip() for text in completion.text.split("\n") if text.strip()]
    if completion.ending is Ending.COMPLETE and len(texts) == len(rows):
        reading.texts.update(zip(rows, texts, strict=True))
    elif asked.is_again or len(rows) > MOST_READ_AGAIN:
        last = len(rows) - 1
        reading.texts.update(zip(rows, [*texts[:last], " ".join(texts[last:])], strict=False))
    else:
        reading.doubtful += rows
        return
    if completion.ending is Ending.FAILED:
        reading.failure = completion.note


def _complete(reading: Reading) -> Completion:
    request = reading.request
    blocks = arrange_text(reading.page, _line_texts(reading), reading.formulas)
    text = write_plain(blocks) if request.task is Task.TEXT else write_grounded(blocks, reading.page)
    ending = Ending.TOO_LONG if reading.text_tokens > request.max_new_tokens else Ending.COMPLETE
    note = f"{len(reading.doubtful)} of {len(reading.rows)} rows were read twice" if reading.doubtful else None
    if reading.is_late or reading.failure is not None:
        ending, note = Ending.FAILED, LATE.format(request.seconds) if reading.is_late else reading.failure
    return Completion(
        number=request.number,
        text=text,
        ending=ending,
        vision_tokens=reading.vision_tokens,
        text_tokens=reading.text_tokens,
        seconds=reading.seconds,
        note=note,
        work=reading.work,
    )


def _refuse(reading: Reading) -> Completion:
    note = f"{len(reading.rows)} lines were found, more than a page of text has"
    return Completion(reading.request.number, "", Ending.FAILED, 0, 0, 0.0, note)


def _line_texts(reading: Reading) -> list[str]:
    """The text of every line of the page: its rows joined, a word that was broken off made whole."""
    texts: defaultdict[int, str] = defaultdict(str)
    for row in reading.rows:
        texts[row.line] += ("" if row.is_mid_word else " ") + reading.texts.get(row, "")
    return [texts[number] for number in range(len(reading.page.lines))]
