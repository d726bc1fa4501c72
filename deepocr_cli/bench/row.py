"""One line of what was measured: ours, theirs where they have the same, and the ratio of the two."""

from dataclasses import dataclass
from enum import StrEnum


class Unit(StrEnum):
    """What the figures of a row are; of seconds and megabytes less is better, of rates more."""

    SECONDS = "seconds"
    PROCESSOR_SECONDS = "processor seconds"
    """Of all cores together: they do not depend on how many are free."""
    TOKEN_RATE = "tokens/s"
    PAGE_RATE = "pages/hour"
    MEGABYTES = "MB"


@dataclass(frozen=True, slots=True)
class Row:
    """A stage measured once.

    `size` is in dots per inch for drawing, in pixels along a side for views, in positions for the decoder. `batch` is
    how many views, sequences or pages were computed at once. `transformers` is None where it has no such stage.
    """

    stage: str
    size: int
    batch: int
    dtype: str
    quantize: str
    ours: float
    transformers: float | None
    unit: Unit

    @property
    def ratio(self) -> float | None:
        """Ours / theirs; None without theirs."""
        return self.ours / self.transformers if self.transformers else None
