"""Who reads a page for the measurement of real pages: the network by its own plan, or another reader.

Each is a function from a page's picture to its text, and is timed from outside; what it has to load, it loads when it
is made.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from deepocr_cli.bench.layered_pages import LayeredPage
from deepocr_cli.bench.other_readers import PictureReader, open_other_reader
from deepocr_cli.engine.readers import open_reader
from deepocr_cli.engine.request import PageReader, Request
from deepocr_cli.layout.lines import find_lines
from deepocr_cli.model.catalog import CatalogEntry
from deepocr_cli.planning.choose_mode import choose_mode
from deepocr_cli.planning.estimate import estimate_text
from deepocr_cli.reading.grounding import parse_blocks
from deepocr_cli.settings import Dial, Settings, Task
from deepocr_cli.writers.to_text import block_to_text


@dataclass(frozen=True, slots=True)
class PageText:
    """What was read on a page; `mode` and `vision_tokens` are None of a reader that has none."""

    text: str
    mode: str | None = None
    vision_tokens: int | None = None


TextReader = Callable[[LayeredPage], PageText]


def open_network(entry: CatalogEntry, settings: Settings) -> TextReader:
    """The network, which reads every page in the mode that the dial of the settings leads to.

    Raises:
        WeightsError: its checkpoint is missing or damaged.
    """
    return partial(_read_by_network, entry, settings.dial, open_reader(entry, settings))


def open_contender(name: str) -> TextReader:
    """Another reader.

    Raises:
        UsageError: there is no such contender, or it is not installed.
    """
    return partial(_read_by_other, open_other_reader(name))


def _read_by_network(entry: CatalogEntry, dial: Dial, reader: PageReader, page: LayeredPage) -> PageText:
    lines = None if entry.strip_width is None else find_lines(page.image)
    estimate = estimate_text(page.paper, entry.text_tokens_per_character, entry.modes, lines)
    mode = choose_mode(page.image.size, estimate, entry.modes, entry.curve_of, dial).modes[0]
    (completion,) = reader.run([Request(1, page.image, mode, Task.TEXT, lines=lines)])
    text = "\n".join(map(block_to_text, parse_blocks(completion.text)))
    return PageText(text, mode.name, completion.vision_tokens)


def _read_by_other(read: PictureReader, page: LayeredPage) -> PageText:
    return PageText(read(page.image, page.paper.dpi))
