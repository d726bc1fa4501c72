"""A network becomes rows of times: every stage of a page, ours and that of `transformers` by turns."""

from collections.abc import Callable, Iterable, Iterator, Mapping

from deepocr_cli.bench.network_stages import measure_decode, measure_encoder, measure_prefill
from deepocr_cli.bench.page_stages import measure_memory, measure_page, measure_rasterizing, measure_views
from deepocr_cli.bench.reader_stages import measure_readers
from deepocr_cli.bench.row import Row
from deepocr_cli.bench.trial import Trial
from deepocr_cli.errors import UsageError

STAGES: Mapping[str, Callable[[Trial], Iterator[Row]]] = {
    "rasterize": measure_rasterizing,
    "views": measure_views,
    "encoder": measure_encoder,
    "prefill": measure_prefill,
    "decode": measure_decode,
    "page": measure_page,
    "memory": measure_memory,
    "readers": measure_readers,
}
"""What can be measured, in the order of a page's journey; other readers of pages last."""


def check_stages(names: Iterable[str]) -> None:
    """Raise a UsageError for a name that is not among `STAGES`."""
    if unknown := sorted(set(names) - set(STAGES)):
        raise UsageError(f"--stages {unknown[0]}: no such stage", hint=f"there are {', '.join(STAGES)}")


def measure_speed(trial: Trial, names: Iterable[str] = tuple(STAGES)) -> Iterator[Row]:
    """The rows of the named stages, in the order of `STAGES`, each as soon as it is measured.

    Raises:
        UsageError: there is no such stage.
    """
    wished = set(names)
    check_stages(wished)
    for name, measure in STAGES.items():
        if name in wished:
            yield from measure(trial)
