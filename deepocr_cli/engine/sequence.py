"""What the engine receives, keeps while reading, and gives back: a page waiting, being read, read."""

from dataclasses import dataclass, field

from deepocr_cli.document import Ending
from deepocr_cli.engine.sampler import LoopWatch, RepeatGuard
from deepocr_cli.model.prompt import Prompt
from deepocr_cli.model.views import PageViews


@dataclass(frozen=True, slots=True)
class Request:
    """A page waiting to be read. `number` is the page's, given back with its completion."""

    number: int
    views: PageViews = field(repr=False)
    prompt: Prompt = field(repr=False)
    max_new_tokens: int = 8192


@dataclass(slots=True)
class Sequence:
    """A page being read: the tokens so far, and what watches over them. `limit` is in new tokens."""

    request: Request
    limit: int
    started: float
    guard: RepeatGuard
    loops: LoopWatch
    ids: list[int] = field(default_factory=list)
    ending: Ending | None = None
    note: str | None = None

    def append(self, token_id: int) -> None:
        """Take the next token, and see whether it is the last."""
        self.ids.append(token_id)
        self.guard.append(token_id)
        loop_start = self.loops.append(token_id)
        if loop_start is not None:
            self.ids = self.ids[:loop_start]
            self.ending = Ending.LOOPED
        elif len(self.ids) >= self.limit:
            self.ending = Ending.TOO_LONG


@dataclass(frozen=True, slots=True)
class Completion:
    """A page that was read, or could not be: `note` says why it failed.

    `text` keeps the markup tokens; of a loop it has one turn. `seconds` is the time since the page was begun, shared
    with the other pages of its batch.
    """

    request: Request
    text: str
    ending: Ending
    text_tokens: int
    seconds: float
    note: str | None = None
