"""The stages around the network, and the whole of a page: drawing, views, a page to its text, the memory it takes."""

from collections.abc import Iterator
from functools import partial

from PIL import Image
from torch import Tensor

from deepocr_cli.bench.network_stages import random_ids, random_prompts, random_views
from deepocr_cli.bench.row import Row, Unit
from deepocr_cli.bench.trial import DPI, Trial
from deepocr_cli.bench.twins import Twin, read_page
from deepocr_cli.bench.typeset import draw
from deepocr_cli.document import Ending
from deepocr_cli.engine.request import Request
from deepocr_cli.errors import DeepOcrError
from deepocr_cli.layout.lines import find_lines
from deepocr_cli.layout.strips import cut_rows, draw_strips
from deepocr_cli.model.config import ViewConfig
from deepocr_cli.model.views import prepare_views
from deepocr_cli.modes import Fit, Mode

RANDOM_TOKENS = 100
"""The length of a page's text where the network is random and would never end."""


def measure_rasterizing(trial: Trial) -> Iterator[Row]:
    """A page of a PDF to pixels."""
    pdf = trial.sheet.pdf
    seconds, _ = trial.stopwatch.compare(lambda: draw(pdf, DPI), None)
    yield trial.row("rasterize", DPI, 1, Unit.SECONDS, seconds, None)


def measure_views(trial: Trial) -> Iterator[Row]:
    """Pixels to views. `transformers` needs another library for it, and is not asked."""
    image, config = trial.page.image, trial.subject.model.config.view
    for mode in trial.modes:
        prepare = _prepare_strips if mode.fit is Fit.STRIPS else prepare_views
        seconds, _ = trial.stopwatch.compare(partial(prepare, image, mode, config), None)
        yield trial.row(f"views, {mode.name}", mode.view_size, 1, Unit.SECONDS, seconds, None)


def measure_page(trial: Trial) -> Iterator[Row]:
    """From the PDF to the text; the same number of tokens by both.

    Raises:
        DeepOcrError: the network cannot read a page in any mode without tiles.
    """
    subject, mode = trial.subject, _whole_mode(trial)
    text_tokens = _count_text(trial, mode)

    def ours() -> None:
        read_page(subject.reader, draw(trial.sheet.pdf, DPI).image, mode, text_tokens)

    def theirs() -> None:
        assert subject.theirs is not None
        prepared = subject.engine.prepare(Request(1, draw(trial.sheet.pdf, DPI).image, mode))
        subject.theirs.read_page(prepared.views.overview, list(prepared.prompt.ids), text_tokens)

    seconds, their_seconds = trial.stopwatch.compare(ours, None if subject.theirs is None else theirs, is_warm=True)
    their_rate = None if their_seconds is None else 3600 / their_seconds
    yield trial.row(f"page of {text_tokens} tokens", mode.view_size, 1, Unit.PAGE_RATE, 3600 / seconds, their_rate)


def measure_memory(trial: Trial) -> Iterator[Row]:
    """The weights, and the most that the largest view, a prompt and a few tokens take beside them."""
    shape = max(mode.view_shape for mode in trial.modes)
    pixels, features, ids = random_views(trial, shape, 1), random_prompts(trial, 1), random_ids(trial, 4, 1, 1)

    def peak_of(twin: Twin) -> float | None:
        extra = trial.stopwatch.peak_bytes(lambda: _read_a_little(twin, pixels, features, ids))
        return None if extra is None else (twin.weight_bytes + extra) / 1e6

    subject = trial.subject
    ours = peak_of(subject.ours)
    theirs = None if subject.theirs is None else peak_of(subject.theirs)
    if ours is not None:
        yield trial.row("peak memory", shape[0], 1, Unit.MEGABYTES, ours, theirs)


def _read_a_little(twin: Twin, pixels: Tensor, features: Tensor, ids: Tensor) -> None:
    twin.encode(pixels)
    with twin.decode(features) as step:
        for latest in ids:
            step(latest)


def _prepare_strips(image: Image.Image, mode: Mode, config: ViewConfig) -> None:
    page = find_lines(image)
    for strip in draw_strips(page, cut_rows(page.lines, mode), mode):
        prepare_views(strip.image, mode, config)


def _whole_mode(trial: Trial) -> Mode:
    """The most capable mode without tiles."""
    return [mode for mode in trial.modes if mode.tile_size is None][-1]


def _count_text(trial: Trial, mode: Mode) -> int:
    """How many tokens of text the network writes about the page."""
    subject = trial.subject
    limit = RANDOM_TOKENS if subject.is_random else subject.model.config.decoder.position_count
    completion = read_page(subject.reader, trial.page.image, mode, limit)
    if completion.ending is Ending.FAILED:
        raise DeepOcrError(f"a page in mode {mode.name} cannot be read: {completion.note}")
    return max(1, completion.text_tokens)
