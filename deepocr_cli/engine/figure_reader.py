"""A reader of single formulas and charts for a small network: each is asked about in several views, and what is not
borne out by the others, or by the ink, is not given out.

An answer of the network alone is never believed: it writes what formulas are like where it cannot read one.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import count

from deepocr_cli.document import Ending
from deepocr_cli.engine.request import Completion, PageReader, Request
from deepocr_cli.layout.figure_views import draw_chart, draw_formula
from deepocr_cli.layout.formula_ink import agrees
from deepocr_cli.modes import Mode
from deepocr_cli.settings import Task

LONGEST = 300
"""Characters; what the network writes on beyond them is no formula, and no chart of a few points."""
FEWEST_ALIKE = 2
"""Views that must be read alike."""
_NAME = re.compile(r"(\\mathrm\{[^}]*\}|\\[A-Za-z]+)|(sin|cos|tan|log|exp|max|min)(?![a-z])")
_CELL = re.compile(r"<td>([^<]+)</td>")
_FORMULA = re.compile(r"\\\[(.+)\\\]", re.DOTALL)


@dataclass(slots=True, eq=False)
class Asked:
    """A figure that is being read: the answers so far, those of its views and that of its words, and what they took."""

    request: Request = field(repr=False)
    waiting: int
    answers: list[str] = field(default_factory=list)
    words: str | None = None
    vision_tokens: int = 0
    text_tokens: int = 0
    seconds: float = 0.0
    work: float = 0.0


class FigureReader:
    """Reads figures in `mode` through `reader`, and hands on everything else.

    Args:
        word_mode: for charts, the mode for pages in which their words are read once more; None for formulas.
    """

    def __init__(self, reader: PageReader, mode: Mode, word_mode: Mode | None = None) -> None:
        self.reader, self._mode, self._word_mode = reader, mode, word_mode

    def run(self, requests: Iterable[Request]) -> Iterator[Completion]:
        """Read figures and pages in one stream; see `PageReader.run`."""
        desk = Desk(self._mode, self._word_mode)
        for completion in self.reader.run(desk.lay_out(requests)):
            yield from desk.take(completion)
        yield from desk.clear()


class Desk:
    """The figures of a run, by the numbers of what was asked about them."""

    def __init__(self, mode: Mode, word_mode: Mode | None) -> None:
        self._mode, self._word_mode = mode, word_mode
        self._numbers = count()
        self._asked: dict[int, tuple[Asked, Task]] = {}
        self._handed_on: dict[int, int] = {}
        self._refused: list[Completion] = []

    def lay_out(self, requests: Iterable[Request]) -> Iterator[Request]:
        """What to ask about figures, and what is no figure as it is."""
        for request in requests:
            if request.mode == self._mode:
                yield from self._begin(request)
            else:
                number = next(self._numbers)
                self._handed_on[number] = request.number
                yield replace(request, number=number)

    def take(self, completion: Completion) -> Iterator[Completion]:
        """Note an answer; gives back the figure or the page that is done now."""
        if completion.number in self._handed_on:
            yield replace(completion, number=self._handed_on.pop(completion.number))
        else:
            asked, task = self._asked.pop(completion.number)
            _note(asked, task, completion)
            if not asked.waiting:
                yield _complete(asked)
        yield from self.clear()

    def clear(self) -> Iterator[Completion]:
        """The figures about which nothing could be asked."""
        while self._refused:
            yield self._refused.pop()

    def _begin(self, request: Request) -> Iterator[Request]:
        try:
            parts = list(self._parts(request))
        except ValueError as error:
            self._refused.append(Completion(request.number, "", Ending.FAILED, 0, 0, 0.0, str(error)))
            return
        asked = Asked(request, len(parts))
        for part in parts:
            number = next(self._numbers)
            self._asked[number] = asked, part.task
            yield replace(part, number=number)

    def _parts(self, request: Request) -> Iterator[Request]:
        """The views of a figure; of a chart its words too."""
        limit = min(LONGEST, request.max_new_tokens)
        if self._word_mode is None:
            views = draw_formula(request.image, request.mode, request.letter_size)
        else:
            views = draw_chart(request.image, request.mode)
            yield replace(request, mode=self._word_mode, task=Task.TEXT)
        yield from (replace(request, image=view, max_new_tokens=limit) for view in views)


def _note(asked: Asked, task: Task, completion: Completion) -> None:
    asked.waiting -= 1
    asked.vision_tokens += completion.vision_tokens
    asked.text_tokens += completion.text_tokens
    asked.seconds = max(asked.seconds, completion.seconds)
    asked.work += completion.work
    if task is Task.TEXT:
        asked.words = completion.text
    elif completion.ending is Ending.COMPLETE:
        asked.answers.append(completion.text.strip())


def _complete(asked: Asked) -> Completion:
    request = asked.request
    is_borne_out = _has_ink if asked.words is None else _has_words
    text = next((answer for answer in _agreed(asked.answers) if is_borne_out(answer, asked)), None)
    return Completion(
        number=request.number,
        text=text or "",
        ending=Ending.FAILED if text is None else Ending.COMPLETE,
        vision_tokens=asked.vision_tokens,
        text_tokens=asked.text_tokens,
        seconds=asked.seconds,
        note=f"what was read of the {request.mode.name} is not sure, and left out" if text is None else None,
        work=asked.work,
    )


def _agreed(answers: Iterable[str]) -> list[str]:
    """The answers that enough views gave, white space aside; names of functions are no products of letters."""
    counts = Counter(_NAME.sub(_named, " ".join(answer.split())) for answer in answers)
    return [answer for answer, times in counts.most_common() if times >= FEWEST_ALIKE]


def _named(found: re.Match[str]) -> str:
    return found[0] if found[2] is None else f"\\{found[2]} "


def _has_ink(answer: str, asked: Asked) -> bool:
    """Whether a formula is one, and has the ink of the picture."""
    found = _FORMULA.fullmatch(answer)
    return found is not None and agrees(found[1].strip(), asked.request.image)


def _has_words(answer: str, asked: Asked) -> bool:
    """Whether each word and number of a chart's table was found on the picture by reading it line by line."""
    cells = Counter(cell.strip() for cell in _CELL.findall(answer) if cell.strip())
    words = " ".join((asked.words or "").replace("\\", "").split())
    return bool(cells) and all(_count(cell, words) >= times for cell, times in cells.items())


def _count(cell: str, words: str) -> int:
    return len(re.findall(rf"(?<![\w.,]){re.escape(cell)}(?![\w%]|[.,]\d)", words))
