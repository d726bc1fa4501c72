"""A reader of whole pages for a network that reads lines: pages are cut into strips, and what is read is put together.

Every line's text comes back to its line: a strip whose answer has more or fewer rows than were laid into it is read
again, one row at a time. Where that would cost more than a mode of fewer lines, the answer is taken as it is.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice

from deepocr_cli.document import Ending
from deepocr_cli.engine.request import Completion, PageReader, Request
from deepocr_cli.layout.lines import PageLines, find_lines
from deepocr_cli.layout.page_text import arrange_text, write_grounded, write_plain
from deepocr_cli.layout.strips import Row, Strip, cut_rows, draw_strips
from deepocr_cli.modes import Fit
from deepocr_cli.settings import Task

STRIPS_AT_ONCE = 24
"""What the network reads side by side: more is no faster on one core."""
MOST_ROWS = 1500
"""A sheet of a newspaper has fewer; what has more is no print but dust."""
LONGEST_ROW = 120
"""Tokens that a row of text may take; no typeface is so narrow."""
MOST_READ_AGAIN = 4
"""Rows of a strip that is read again: of more the second reading would cost more than the first had saved."""


@dataclass(slots=True)
class Reading:
    """A page being read: the texts of its rows so far, and what it took."""

    request: Request
    page: PageLines = field(repr=False)
    rows: tuple[Row, ...]
    is_dust: bool = False
    """Whether there are too many rows for a page of text, so that none is read."""
    texts: dict[Row, str] = field(default_factory=dict)
    vision_tokens: int = 0
    text_tokens: int = 0
    seconds: float = 0.0
    doubtful: list[Row] = field(default_factory=list)
    """Rows whose strip has to be read again."""


class StripReader:
    """Reads pages through `reader`, `batch_pages` at a time; requests in modes without strips are handed on."""

    def __init__(self, reader: PageReader, batch_pages: int = 4) -> None:
        self.reader, self.batch_pages = reader, batch_pages

    def run(self, requests: Iterable[Request]) -> Iterator[Completion]:
        """Read pages, strip by strip; see `PageReader.run`."""
        waiting = iter(requests)
        while batch := list(islice(waiting, self.batch_pages)):
            whole = [request for request in batch if request.mode.fit is not Fit.STRIPS]
            begun = [_begin(request) for request in batch if request.mode.fit is Fit.STRIPS]
            readings = [reading for reading in begun if not reading.is_dust]
            if whole:
                yield from self.reader.run(whole)
            yield from (_refuse(reading) for reading in begun if reading.is_dust)
            self._read(readings, {id(reading): reading.rows for reading in readings}, is_again=False)
            self._read(readings, {id(reading): tuple(reading.doubtful) for reading in readings}, is_again=True)
            yield from map(_complete, readings)

    def _read(self, readings: Sequence[Reading], rows: Mapping[int, tuple[Row, ...]], *, is_again: bool) -> None:
        """Read rows of every page: several a strip, or again, alone."""
        strips = [
            (reading, strip)
            for reading in readings
            for strip in draw_strips(reading.page, rows[id(reading)], reading.request.mode, are_alone=is_again)
        ]
        # Long texts first: the last strips to be read are then short ones, which leave few places idle.
        strips.sort(key=lambda pair: -sum(row.right - row.left for row in pair[1].rows))
        asked = (_strip_request(number, reading, strip) for number, (reading, strip) in enumerate(strips))
        for completion in self.reader.run(asked):
            reading, strip = strips[completion.number]
            _take(reading, strip, completion, is_again=is_again)


def _begin(request: Request) -> Reading:
    page = find_lines(request.image)
    rows = tuple(cut_rows(page.lines, request.mode))
    return Reading(request, page, rows, is_dust=len(rows) > MOST_ROWS)


def _strip_request(number: int, reading: Reading, strip: Strip) -> Request:
    limit = min(reading.request.max_new_tokens, LONGEST_ROW * len(strip.rows))
    return replace(reading.request, number=number, image=strip.image, max_new_tokens=limit)


def _take(reading: Reading, strip: Strip, completion: Completion, *, is_again: bool) -> None:
    """Give every row of a strip its text, or note them for another reading."""
    reading.vision_tokens += completion.vision_tokens
    reading.text_tokens += completion.text_tokens
    reading.seconds = max(reading.seconds, completion.seconds)
    texts = [text.strip() for text in completion.text.split("\n") if text.strip()]
    if is_again:
        texts = [" ".join(texts)]
    if completion.ending is Ending.COMPLETE and len(texts) == len(strip.rows):
        reading.texts.update(zip(strip.rows, texts, strict=True))
    elif is_again or len(strip.rows) > MOST_READ_AGAIN:
        last = len(strip.rows) - 1
        reading.texts.update(zip(strip.rows, [*texts[:last], " ".join(texts[last:])], strict=False))
    else:
        reading.doubtful += strip.rows


def _complete(reading: Reading) -> Completion:
    request = reading.request
    blocks = arrange_text(reading.page, _line_texts(reading))
    text = write_plain(blocks) if request.task is Task.TEXT else write_grounded(blocks, reading.page)
    is_cut = reading.text_tokens > request.max_new_tokens
    return Completion(
        number=request.number,
        text=text,
        ending=Ending.TOO_LONG if is_cut else Ending.COMPLETE,
        vision_tokens=reading.vision_tokens,
        text_tokens=reading.text_tokens,
        seconds=reading.seconds,
        note=f"{len(reading.doubtful)} of {len(reading.rows)} rows were read twice" if reading.doubtful else None,
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
