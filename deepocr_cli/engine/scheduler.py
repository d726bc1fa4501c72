"""Which pages are read now: waiting pages are admitted where places and memory allow, the youngest give way.

What runs takes one position a step; beside that a step begins no more than one group of like pages, so that neither
those who read nor those who wait are kept from it. The oldest page always goes on, so every page ends.
"""

from collections import deque

from deepocr_cli.engine.feed import Feed
from deepocr_cli.engine.kv_cache import KeyValueCache
from deepocr_cli.engine.request import Completion
from deepocr_cli.engine.sequence import Sequence

GROUP_PIXELS = 1 << 21
"""Pixels of views that are encoded at once: two pages of 1024 x 1024, eight of 512, and many strips. A page alone may
have more."""
NO_MEMORY = "the page does not fit into the memory for keys and values; try a larger --memory"


class Scheduler:
    """The pages that wait, and those that are read, oldest first.

    Args:
        place_limit: pages read at once; falls when memory runs out.
        ahead: pages that may come in beyond those, so that one is there as soon as a place is free.
        is_deterministic: every page is begun alone.
    """

    def __init__(
        self, cache: KeyValueCache[Sequence], place_limit: int, ahead: int = 0, *, is_deterministic: bool = False
    ) -> None:
        self.cache, self.place_limit, self.ahead = cache, place_limit, ahead
        self.is_deterministic = is_deterministic
        self.running: list[Sequence] = []
        self._waiting: deque[Sequence] = deque()
        self._is_crowded = False

    @property
    def is_idle(self) -> bool:
        return not self.running and not self._waiting

    def draw(self, feed: Feed[Sequence | Completion], *, waits: bool = False) -> list[Completion]:
        """Let pages come in for the free places; gives back those that nothing can be made of.

        Where it `waits` and less than half of the places are taken, one must come: a step takes hardly longer for more.
        """
        free = self.place_limit + self.ahead - len(self.running) - len(self._waiting)
        if free <= 0 or feed.is_over:
            return []
        drawn = feed.take(free, waits=self.is_idle or (waits and 2 * len(self.running) < self.place_limit))
        self._waiting += [entry for entry in drawn if isinstance(entry, Sequence)]
        return [entry for entry in drawn if isinstance(entry, Completion)]

    def make_room(self) -> list[Sequence]:
        """See that what runs can take one more position; gives back a page that cannot even alone."""
        while not self.cache.make_room():
            if len(self.running) == 1:
                self.running[0].fail(NO_MEMORY)
                return [self.leave(self.running[0])]
            self._put_back(self.running[-1])
            # Who gave way would only be in the way again before somebody has ended.
            self._is_crowded = True
        return []

    def admit(self) -> tuple[list[Sequence], list[Sequence]]:
        """The pages of one shape that begin now, and those that cannot at all."""
        failed = []
        while self._waiting and not self.running and not self._has_room(1, self._waiting[0]):
            failed.append(self._waiting.popleft())
            failed[-1].fail(NO_MEMORY)
        group: list[Sequence] = []
        for sequence in list(self._waiting):
            if not self._can_join(sequence, group):
                # The first in the line is not overtaken.
                if not group:
                    break
                continue
            group.append(sequence)
            self._waiting.remove(sequence)
        self.running += group
        return group, failed

    def take_ended(self) -> list[Sequence]:
        """Take out the pages that have ended."""
        return [self.leave(sequence) for sequence in list(self.running) if sequence.ending is not None]

    def leave(self, sequence: Sequence) -> Sequence:
        """Take a page out, and let others have its memory."""
        self.running.remove(sequence)
        if sequence in self.cache.owners:
            self.cache.close_row(sequence)
        self._is_crowded = False
        return sequence

    def halve(self) -> bool:
        """Read half as many pages from now on; False where there was only one.

        The youngest wait again, and so do those that were just about to begin.
        """
        if len(self.running) <= 1:
            return False
        self.place_limit = (len(self.running) + 1) // 2
        for place, sequence in reversed(list(enumerate(self.running))):
            if place >= self.place_limit or not sequence.ids:
                self._put_back(sequence)
        self.cache.trim()
        return True

    def _can_join(self, sequence: Sequence, group: list[Sequence]) -> bool:
        if len(self.running) + len(group) >= self.place_limit or (self.running and self._is_crowded):
            return False
        if not group:
            return self._has_room(1, sequence)
        pixels = sum(member.prepared.pixel_count for member in [*group, sequence])
        is_like = sequence.prepared.shape == group[0].prepared.shape and pixels <= GROUP_PIXELS
        return is_like and not self.is_deterministic and self._has_room(len(group) + 1, sequence)

    def _has_room(self, count: int, sequence: Sequence) -> bool:
        return self.cache.has_room(count, len(sequence.prepared.prompt.ids))

    def _put_back(self, sequence: Sequence) -> None:
        """Let a page wait again, first in the line."""
        self.leave(sequence)
        sequence.begin_anew()
        self._waiting.appendleft(sequence)
