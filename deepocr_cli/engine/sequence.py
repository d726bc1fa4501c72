"""What the engine keeps of a page while it is read."""

import time
from dataclasses import dataclass, field

from torch import Tensor

from deepocr_cli.document import Ending
from deepocr_cli.engine.loops import LoopWatch
from deepocr_cli.engine.request import Request
from deepocr_cli.engine.sampler import RepeatGuard
from deepocr_cli.engine.work_clock import LATE
from deepocr_cli.model.prompt import Prompt
from deepocr_cli.model.views import PageViews
from deepocr_cli.modes import TileGrid


@dataclass(frozen=True, slots=True)
class Prepared:
    """A page as the network is asked about it."""

    views: PageViews = field(repr=False)
    prompt: Prompt = field(repr=False)

    @property
    def shape(self) -> tuple[int, int, TileGrid | None]:
        """Pages of one shape can be encoded and their prompts read together: positions, pixels, tiles."""
        return len(self.prompt.ids), self.views.overview.shape[-1], self.views.grid

    @property
    def pixel_count(self) -> int:
        tiles = self.views.tiles
        return self.views.overview[0].numel() + (0 if tiles is None else tiles[:, 0].numel())


@dataclass(slots=True, eq=False)
class Sequence:
    """A page being read: the tokens so far, and what watches over them. `limit` is in new tokens, `work` in seconds.

    `features` (T, D) are its prompt, with what the encoder sees of it; None before it was looked at.
    """

    request: Request
    prepared: Prepared
    limit: int
    guard: RepeatGuard
    loops: LoopWatch
    features: Tensor | None = field(default=None, repr=False)
    started: float = field(default_factory=time.monotonic)
    ids: list[int] = field(default_factory=list)
    ending: Ending | None = None
    note: str | None = None
    work: float = 0.0

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

    def charge(self, seconds: float) -> None:
        """Count what was computed for the page; one that is not done within its limit fails."""
        self.work += seconds
        if self.ending is None and self.work > self.request.seconds:
            self.fail(LATE.format(self.request.seconds))

    def fail(self, note: str) -> None:
        self.ending, self.note = Ending.FAILED, note

    def begin_anew(self) -> None:
        """Forget the text so far: what is read again from the start is read to the same text, to the last bit."""
        self.guard, self.loops, self.ids = self.guard.anew(), self.loops.anew(), []
