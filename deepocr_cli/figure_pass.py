"""A page that was read in, its pictures asked about one by one, the same blocks with what the pictures say out."""

from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image

from deepocr_cli.document import Block, Ending, EstimateOrigin, PageImage, Plan, TextEstimate
from deepocr_cli.engine.request import PageReader, Request
from deepocr_cli.layout.figure_views import is_chart
from deepocr_cli.model.catalog import CatalogEntry
from deepocr_cli.modes import Mode
from deepocr_cli.planning.choose_mode import named_mode
from deepocr_cli.reading.figure_answers import understand_figure
from deepocr_cli.reading.figures import SMALLEST_SIDE, crop_box
from deepocr_cli.settings import Dial, Settings, Task


@dataclass(frozen=True, slots=True)
class Parsed:
    """The blocks of a page, and what asking about its pictures took."""

    blocks: tuple[Block, ...]
    vision_tokens: int = 0
    text_tokens: int = 0


def parse_figures(
    reader: PageReader, paper: PageImage, blocks: Sequence[Block], model: CatalogEntry, settings: Settings
) -> Parsed:
    """The blocks in order, those of pictures with the chart, molecule, drawing, formula or description in them.

    A picture that the model fails on, or whose answer does not end, stays as it was.
    Each gets the model's mode for what it shows; where there is none, the cheapest that shows all of its pixels, else
    the most capable.
    """
    crops = {
        place: crop_box(paper.image, block.box)
        for place, block in enumerate(blocks)
        if block.is_picture and block.box is not None and not block.text
    }
    requests = (
        Request(
            place,
            crop,
            _mode_for(crop, model),
            Task.FIGURE,
            max_new_tokens=settings.max_new_tokens,
            seconds=settings.engine_timeout,
        )
        for place, crop in crops.items()
        if min(crop.size) >= SMALLEST_SIDE
    )
    parsed = list(blocks)
    vision_tokens = text_tokens = 0
    for completion in reader.run(requests):
        place = completion.number
        vision_tokens += completion.vision_tokens
        text_tokens += completion.text_tokens
        if completion.ending is Ending.COMPLETE:
            parsed[place] = understand_figure(parsed[place], completion.text)
    return Parsed(tuple(parsed), vision_tokens, text_tokens)


def plan_figure(image: Image.Image, modes: Sequence[Mode], dial: Dial) -> Plan:
    """Ask about a picture of one figure in the mode that was asked for, else in the one for what it shows.

    Raises:
        UsageError: the model has no such mode for figures.
    """
    mode = _mode_of(image, modes) if dial.mode is None else named_mode(modes, dial.mode)
    cost = mode.vision_token_count()
    reason = f"it looks like a {mode.name}" if dial.mode is None else f"--mode {mode.name}"
    nothing_known = TextEstimate(0, 0, EstimateOrigin.INK)
    return Plan((mode,), nothing_known, cost, cost, ratio=0.0, precision=None, reason=reason)


def _mode_for(crop: Image.Image, model: CatalogEntry) -> Mode:
    if model.figure_modes:
        return _mode_of(crop, model.figure_modes)
    return next((mode for mode in model.modes if mode.view_size >= max(crop.size)), model.modes[-1])


def _mode_of(image: Image.Image, modes: Sequence[Mode]) -> Mode:
    return named_mode(modes, "chart" if is_chart(image) else "formula")
