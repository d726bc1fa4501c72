"""Two ways of doing the same become two figures: the least time of each by turns, or the most memory."""

import ctypes
import gc
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch

Work = Callable[[], object]

PATIENCE = 20.0
"""Seconds after which no further round is begun."""


@dataclass(frozen=True, slots=True)
class Stopwatch:
    """Measures on a device; `rounds` counted ones after one that warms up."""

    device: torch.device
    rounds: int

    def compare(self, ours: Work, theirs: Work | None, *, is_warm: bool = False) -> tuple[float, float | None]:
        """The least seconds of each. By turns, so that a machine that grows slower does so for both.

        Args:
            is_warm: the same was done before, and needs no round that does not count.
        """
        works = [ours] if theirs is None else [ours, theirs]
        for work in [] if is_warm else works:
            self._time(work)
        started = time.perf_counter()
        least = [self._time(work) for work in works]
        for _ in range(self.rounds - 1):
            if time.perf_counter() - started > PATIENCE:
                break
            least = [min(before, self._time(work)) for before, work in zip(least, works, strict=True)]
        return least[0], least[1] if len(least) > 1 else None

    def _time(self, work: Work) -> float:
        self._wait()
        started = time.perf_counter()
        work()
        self._wait()
        return time.perf_counter() - started

    def _wait(self) -> None:
        if self.device.type == "cuda":
            torch.cuda.synchronize(self.device)
        elif self.device.type == "mps":
            torch.mps.synchronize()

    def peak_bytes(self, work: Work) -> int | None:
        """The most memory that the work takes beyond what there was; None where this system does not tell."""
        gc.collect()
        if self.device.type == "cuda":
            before = torch.cuda.memory_allocated(self.device)
            torch.cuda.reset_peak_memory_stats(self.device)
            work()
            return torch.cuda.max_memory_allocated(self.device) - before
        if self.device.type != "cpu" or not RESET.exists():
            return None
        _return_free_memory()
        RESET.write_text("5")
        before = _status("VmRSS")
        work()
        return _status("VmHWM") - before


STATUS, RESET = Path("/proc/self/status"), Path("/proc/self/clear_refs")
"""Linux's figures of a process, and where a 5 sets its high-water mark back (man 5 proc)."""


def _status(name: str) -> int:
    line = next(line for line in STATUS.read_text().splitlines() if line.startswith(name))
    return int(line.split()[1]) * 1024


def _return_free_memory() -> None:
    """Give back what the allocator keeps of earlier work, or it would pass for free."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
