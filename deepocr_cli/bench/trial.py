"""What the stages are measured on: a network, a stopwatch, a page."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from itertools import islice

from deepocr_cli.bench.prose import write_paragraphs
from deepocr_cli.bench.row import Row, Unit
from deepocr_cli.bench.stopwatch import Stopwatch
from deepocr_cli.bench.subject import Subject
from deepocr_cli.bench.twins import Twin
from deepocr_cli.bench.typeset import Sheet, draw, typeset
from deepocr_cli.document import PageImage
from deepocr_cli.modes import Mode
from deepocr_cli.settings import Quantization

DPI = 144
TYPE_SIZE = 10.0
PARAGRAPHS = 10
"""An A4 page of ten-point type, about two thirds full."""


@dataclass(frozen=True)
class Trial:
    """A network and the page that it reads."""

    subject: Subject
    stopwatch: Stopwatch
    quantize: Quantization = Quantization.NONE

    @cached_property
    def sheet(self) -> Sheet:
        return typeset(list(islice(write_paragraphs(seed=0), PARAGRAPHS)), size=TYPE_SIZE)

    @cached_property
    def page(self) -> PageImage:
        return draw(self.sheet.pdf, DPI)

    @property
    def modes(self) -> list[Mode]:
        """The modes whose views are no larger than what the network was made for; others only cost the more."""
        limit = self.subject.model.config.sam.image_size
        return [mode for mode in self.subject.modes if mode.view_size <= limit] or list(self.subject.modes[:1])

    def row(self, stage: str, size: int, batch: int, unit: Unit, ours: float, theirs: float | None) -> Row:
        return Row(stage, size, batch, self.subject.dtype, self.quantize.value, ours, theirs, unit)

    def by_turns(self, work: Callable[[Twin], object]) -> tuple[float, float | None]:
        """The least seconds of the same work by us and by them."""
        ours, theirs = self.subject.ours, self.subject.theirs
        return self.stopwatch.compare(lambda: work(ours), None if theirs is None else lambda: work(theirs))
