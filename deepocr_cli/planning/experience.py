"""Pages that were read in, what they teach about the next ones out: how much may be compressed in this document.

A lesson is drawn from readings in the order of the pages, at fixed places of the document: after its page 4, 8, 16,
32, ... of those that are read. So it is the same however many pages are read at once and whichever are kept from an
earlier run, and the pages between two lessons can be read together.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from deepocr_cli.document import Attempt, Page
from deepocr_cli.modes import Fit

FIRST_LESSON = 4
"""Pages before the first lesson; the stretches between lessons double, so that a long book waits for few."""


@dataclass(frozen=True, slots=True)
class Trial:
    """A reading as a lesson sees it: text tokens a valid vision token, and whether it was accepted."""

    ratio: float
    is_accepted: bool


@dataclass(frozen=True, slots=True)
class Experience:
    """What was tried in a document so far, in the order of its pages."""

    trials: tuple[Trial, ...] = ()

    def with_page(self, page: Page, accepted: Sequence[bool]) -> "Experience":
        """With a page more, for each of whose attempts `accepted` tells whether it was. A page on which no mode
        succeeded teaches nothing: it is illegible, and not too dense."""
        if page.plan is None or not any(accepted):
            return self
        tokens = page.plan.estimate.text_tokens
        trials = (
            Trial(tokens / _valid_tokens(attempt, page), is_accepted)
            for attempt, is_accepted in zip(page.attempts, accepted, strict=True)
        )
        return replace(self, trials=(*self.trials, *trials))

    @property
    def ratio_limit(self) -> float | None:
        """The ratio from which on readings of this document fail; None where it has shown none.

        The limit that contradicts the fewest trials: those at it or above should have failed, those below succeeded.
        Of limits that are equally good the highest, which asks for the least. Between a ratio that failed and the next
        lower one that succeeded it lies in the (geometric) middle.
        """
        failed = sorted({trial.ratio for trial in self.trials if not trial.is_accepted}, reverse=True)
        limit = min((None, *failed), key=self._contradictions)
        if limit is None:
            return None
        succeeded = [trial.ratio for trial in self.trials if trial.is_accepted and trial.ratio < limit]
        return math.sqrt(limit * max(succeeded, default=limit))

    def _contradictions(self, limit: float | None) -> int:
        return sum(trial.is_accepted == (limit is not None and trial.ratio >= limit) for trial in self.trials)


def _valid_tokens(attempt: Attempt, page: Page) -> int:
    """How many strips a page fills, its reading has told; views of whole pages follow from its size."""
    mode = attempt.mode
    return max(1, attempt.vision_tokens) if mode.fit is Fit.STRIPS else mode.valid_token_count(*page.size)


def stretches(numbers: Iterable[int]) -> Iterator[list[int]]:
    """The pages between lessons: 4, 4, 8, 16, 32, ... of them."""
    waiting, length, done = list(numbers), FIRST_LESSON, 0
    while waiting:
        stretch, waiting = waiting[:length], waiting[length:]
        yield stretch
        done += length
        length = done
