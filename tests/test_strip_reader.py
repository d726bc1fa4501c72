"""Pages are read strip by strip; what comes back stands on the lines that it was read from."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

import numpy as np
import pytest
from drawn_pages import DrawnPage
from PIL import Image

from deepocr_cli.document import Ending
from deepocr_cli.engine.request import Completion, Request
from deepocr_cli.engine.strip_reader import StripReader
from deepocr_cli.model.catalog import NANO_MODES
from deepocr_cli.modes import Fit, Mode
from deepocr_cli.settings import Task

MODE = next(mode for mode in NANO_MODES if mode.name == "strips-4")


class InkReader:
    """Reads the ink of every row as a number; forgets a row of each strip of four while it is told to."""

    def __init__(self, *, forgets: bool = False) -> None:
        self.forgets = forgets
        self.row_counts: list[int] = []

    def run(self, requests: Iterable[Request]) -> Iterator[Completion]:
        # The order of completions is not that of the requests.
        for request in reversed(list(requests)):
            rows = [f"ink {ink}" for ink in _row_ink(request.image) if ink]
            self.row_counts.append(len(rows))
            if self.forgets and len(rows) == MODE.line_count:
                rows = rows[1:]
            yield Completion(request.number, "\n".join(rows), Ending.COMPLETE, 20, len(rows), 0.1)


def _row_ink(image: Image.Image) -> list[int]:
    dark = (np.asarray(image.convert("L")) < 128).sum(axis=1)
    return [int(dark[top : top + 32].sum()) for top in range(0, 128, 32)]


def pages(count: int = 2) -> list[DrawnPage]:
    drawn = [DrawnPage() for _ in range(count)]
    for number, page in enumerate(drawn):
        page.write_paragraph(90, 100, rows=7 + number, words=5, start=number)
    return drawn


def read(reader: InkReader, drawn: list[DrawnPage]) -> dict[int, Completion]:
    requests = [Request(number, page.image, MODE, Task.TEXT) for number, page in enumerate(drawn, start=1)]
    return {completion.number: completion for completion in StripReader(reader).run(requests)}


def test_every_page_gets_its_own_rows_in_order() -> None:
    drawn = pages(3)
    together, apart = read(InkReader(), drawn), [read(InkReader(), [page])[1] for page in drawn]
    assert [together[number].text for number in (1, 2, 3)] == [completion.text for completion in apart]
    assert [together[number].text.count("ink") for number in (1, 2, 3)] == [7, 8, 9]
    assert [together[number].vision_tokens for number in (1, 2, 3)] == [40, 40, 60]


def test_a_strip_that_lost_a_row_is_read_again_row_by_row() -> None:
    drawn = pages(1)
    forgetful = InkReader(forgets=True)
    completion = read(forgetful, drawn)[1]
    assert completion.text == read(InkReader(), drawn)[1].text
    assert forgetful.row_counts == [3, 4, 1, 1, 1, 1] or forgetful.row_counts == [4, 3, 1, 1, 1, 1]
    assert completion.note == "4 of 7 rows were read twice"
    assert completion.vision_tokens == 20 * 6


@pytest.mark.parametrize("mode", ["strips-4", "strips-8"])
def test_a_page_with_a_row_that_could_not_be_read_has_failed(mode: str) -> None:
    class Failing(InkReader):
        def run(self, requests: Iterable[Request]) -> Iterator[Completion]:
            for number, completion in enumerate(super().run(requests)):
                failed = replace(completion, text="", ending=Ending.FAILED, note="no finite number")
                yield completion if number else failed

    request = Request(1, pages(1)[0].image, next(known for known in NANO_MODES if known.name == mode), Task.TEXT)
    (completion,) = StripReader(Failing()).run([request])
    assert (completion.ending, completion.note) == (Ending.FAILED, "no finite number")


def test_a_blank_page_is_complete_and_empty() -> None:
    completion = read(InkReader(), [DrawnPage()])[1]
    assert (completion.text, completion.ending, completion.vision_tokens) == ("", Ending.COMPLETE, 0)


def test_more_lines_than_a_page_can_have_are_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("deepocr_cli.engine.strip_reader.MOST_ROWS", 7)
    reader = InkReader()
    first, second = read(reader, pages(2)).values()
    assert {first.number: first.ending, second.number: second.ending} == {1: Ending.COMPLETE, 2: Ending.FAILED}
    assert reader.row_counts == [3, 4]


def test_other_modes_are_handed_on() -> None:
    reader = InkReader()
    request = Request(5, Image.new("L", (128, 128), 255), Mode("whole", 128, Fit.PAD))
    (completion,) = StripReader(reader).run([request])
    assert (completion.number, completion.text) == (5, "")


def test_pages_are_drawn_when_there_is_room_for_their_strips() -> None:
    drawn: list[int] = []

    def requests() -> Iterator[Request]:
        for number, page in enumerate(pages(5), start=1):
            drawn.append(number)
            yield Request(number, page.image, MODE, Task.TEXT)

    class Patient(InkReader):
        """Takes one strip after another."""

        def run(self, requests: Iterable[Request]) -> Iterator[Completion]:
            for request in requests:
                yield from super().run([request])

    completions = StripReader(Patient()).run(requests())
    assert (next(completions).number, drawn) == (1, [1])
    assert [completion.number for completion in completions] == [2, 3, 4, 5]
