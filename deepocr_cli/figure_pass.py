"""A page that was read in, its pictures asked about one by one, the same blocks with what the pictures say out."""

from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image

from deepocr_cli.document import Block, Ending, PageImage
from deepocr_cli.engine.request import PageReader, Request
from deepocr_cli.modes import Mode
from deepocr_cli.reading.figure_answers import understand_figure
from deepocr_cli.reading.figures import SMALLEST_SIDE, crop_box
from deepocr_cli.settings import Settings, Task


@dataclass(frozen=True, slots=True)
class Parsed:
    """The blocks of a page, and what asking about its pictures took."""

    blocks: tuple[Block, ...]
    vision_tokens: int = 0
    text_tokens: int = 0


def parse_figures(
    reader: PageReader, paper: PageImage, blocks: Sequence[Block], modes: Sequence[Mode], settings: Settings
) -> Parsed:
    """The blocks in order, those of pictures with the chart, molecule, drawing, formula or description in them.

    A picture that the model fails on, or whose answer does not end, stays as it was.

    Args:
        modes: the model's own, cheapest first; each crop gets the first that shows all of its pixels, else the last.
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
            _mode_for(crop, modes),
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


def _mode_for(crop: Image.Image, modes: Sequence[Mode]) -> Mode:
    return next((mode for mode in modes if mode.view_size >= max(crop.size)), modes[-1])
