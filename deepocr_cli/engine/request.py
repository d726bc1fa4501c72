"""What is asked of a reader of pages, and what it answers: a page as pixels with its question, the page's text.

Every reader keeps to `PageReader`: the network of this machine, and whatever else can look at a page.
"""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Protocol

from PIL import Image

from deepocr_cli.document import Ending
from deepocr_cli.layout.lines import PageLines
from deepocr_cli.modes import Mode
from deepocr_cli.settings import Task


@dataclass(frozen=True, slots=True)
class Request:
    """A page waiting to be read. `number` is the asker's, and comes back with the completion.

    `find` are the words to look for, with `Task.FIND`; `custom` is a question in place of the task's own; `window` is
    a size in tokens for the n-gram guard in place of the network's own, for a page that looped; `seconds` bounds what
    is computed for it; `lines` are the page's, where they have been found already; `letter_size` is how large letters
    (em) are on a picture of a formula, in pixels, where that is known.
    """

    number: int
    image: Image.Image = field(repr=False)
    mode: Mode
    task: Task = Task.DOCUMENT
    find: str = ""
    custom: str | None = None
    max_new_tokens: int = 8192
    window: int | None = None
    seconds: float = math.inf
    lines: PageLines | None = field(default=None, repr=False, compare=False)
    letter_size: float | None = None


@dataclass(frozen=True, slots=True)
class Completion:
    """A page that was read, or could not be: `note` says why it failed.

    `text` keeps the markup tokens; of a loop it has one turn. `vision_tokens` is what the page took of the encoder.
    `seconds` is the time since the page was begun, shared with the other pages of its batch; `work` is its own part
    of the seconds that were computed.
    """

    number: int
    text: str
    ending: Ending
    vision_tokens: int
    text_tokens: int
    seconds: float
    note: str | None = None
    work: float = 0.0


class PageReader(Protocol):
    """Reads pages, several at a time."""

    def run(self, requests: Iterable[Request]) -> Iterator[Completion]:
        """Read pages; each is given back when it has ended, not in the order of arrival.

        Requests are drawn only when there is room for them. A page that cannot be read is a completion too.

        Raises:
            MemoryExhaustedError: the pages do not fit into memory.
        """
        ...
