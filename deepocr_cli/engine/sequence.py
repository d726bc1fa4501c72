"""What the engine keeps of a page while it is read."""

from dataclasses import dataclass, field

from deepocr_cli.document import Ending
from deepocr_cli.engine.request import Request
from deepocr_cli.engine.sampler import LoopWatch, RepeatGuard
from deepocr_cli.model.prompt import Prompt
from deepocr_cli.model.views import PageViews


@dataclass(frozen=True, slots=True)
class Prepared:
    """A page as the network is asked about it."""

    views: PageViews = field(repr=False)
    prompt: Prompt = field(repr=False)


@dataclass(slots=True)
class Sequence:
    """A page being read: the tokens so far, and what watches over them. `limit` is in new tokens."""

    request: Request
    prepared: Prepared
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
