"""Time in, work out: what a page costs is what was computed for it, however busy the machine is."""

import time

LATE = "not done within {:g} seconds of computing (allow more: --engine-timeout N)"


class WorkClock:
    """Counts the seconds in which this process computes, not those in which it is stopped or waits for a processor.

    Where another device computes, the clock counts.
    """

    def __init__(self, device_type: str) -> None:
        self._is_ours = device_type == "cpu"
        self._clock, self._processor = time.monotonic(), time.process_time()

    def lap(self) -> float:
        """Seconds since it was last asked."""
        clock, processor = time.monotonic(), time.process_time()
        passed, computed = clock - self._clock, processor - self._processor
        self._clock, self._processor = clock, processor
        return min(passed, computed) if self._is_ours else passed
