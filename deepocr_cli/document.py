"""The nouns: what paper is, what reading it gives, and how far the reading can be trusted.

Everything here is data. Pages count from 1; boxes are fractions of the page, origin top left.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path

from PIL import Image

from deepocr_cli.modes import Mode
from deepocr_cli.outcomes import Ending as Ending
from deepocr_cli.outcomes import Fidelity as Fidelity
from deepocr_cli.outcomes import PageContent as PageContent
from deepocr_cli.outcomes import Reader as Reader
from deepocr_cli.places import Box as Box
from deepocr_cli.places import Righting, Turn
from deepocr_cli.structures import Chart, Formula, Geometry, Molecule

# ------------------------------------------------------------------------------------------------ paper


class SourceKind(StrEnum):
    """What an input is, decided by its content."""

    PDF = "pdf"
    IMAGE = "image"


@dataclass(frozen=True, slots=True)
class Source:
    """One input document, opened and counted but not yet rasterised.

    `data` holds the bytes of an input that came through a pipe; otherwise `path` says where it lies. `attachments` are
    the names of the files within a PDF.
    """

    name: str
    kind: SourceKind
    page_count: int
    path: Path | None = None
    data: bytes | None = field(default=None, repr=False)
    password: str | None = field(default=None, repr=False)
    attachments: tuple[str, ...] = ()


class Doubt(StrEnum):
    """Why a word of a text layer does not look like what a reader sees in its place."""

    UNLIKE = "its letters do not look like the same letters elsewhere"
    MISTAKEN = "its letters look like others"


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a PDF's text layer. `is_visible` is False where a reader cannot see it (render mode 3, off page),
    `doubt` tells what speaks against it."""

    text: str
    box: Box
    is_visible: bool = True
    doubt: Doubt | None = None


@dataclass(frozen=True, slots=True)
class TextLayer:
    """The words that a PDF page carries, in the order of its content stream.

    `slant` is the direction in which most visible letters run: degrees clockwise from left to right, -180 to 180;
    `unseen` is a digest of what its reading follows from beside words and ink.
    """

    words: tuple[Word, ...]
    slant: float = 0.0
    unseen: str = ""

    @property
    def visible_text(self) -> str:
        """The words that a reader of the page sees, joined by spaces."""
        return " ".join(word.text for word in self.words if word.is_visible)

    @property
    def has_visible_text(self) -> bool:
        return any(word.is_visible for word in self.words)


@dataclass(frozen=True, slots=True)
class PageImage:
    """A page as pixels: an upright RGB image at `dpi` dots per inch, with its text layer where it has one.

    `righting` tells how it was brought upright, where it was given otherwise; boxes are those of the upright page.
    `full_size` is its size before it was reduced to the limit, where it was.
    """

    source: Source
    number: int
    image: Image.Image = field(repr=False)
    dpi: float
    text_layer: TextLayer | None = field(default=None, repr=False)
    righting: Righting | None = None
    full_size: tuple[int, int] | None = None


# ------------------------------------------------------------------------------------------------ plans


class EstimateOrigin(StrEnum):
    """Where an estimate of a page's text comes from."""

    TEXT_LAYER = "text layer"
    INK = "ink"


@dataclass(frozen=True, slots=True)
class TextEstimate:
    """How much text a page is thought to hold; `row_counts` are letter heights in pixels, each with the rows that the
    page's lines fill in strips of such letters: none where the model looks at pages as a whole."""

    text_tokens: int
    characters: int
    origin: EstimateOrigin
    row_counts: tuple[tuple[float, int], ...] = ()

    def rows_at(self, letter_size: float) -> int:
        """The rows of strips that the page fills with letters of this height; 0 where that is not known."""
        return dict(self.row_counts).get(letter_size, 0)


@dataclass(frozen=True, slots=True)
class Plan:
    """What will be tried on a page: a ladder of modes, cheapest first, and what is expected of the first.

    `ratio` is estimated text tokens / valid vision tokens; `precision` is None where the model has no calibration.
    """

    modes: tuple[Mode, ...]
    estimate: TextEstimate
    vision_tokens: int
    valid_tokens: int
    ratio: float
    precision: float | None
    reason: str


# ---------------------------------------------------------------------------------------------- reading


@dataclass(frozen=True, slots=True)
class Cell:
    """A table cell: its text (unescaped), the columns and rows it spans."""

    text: str
    column_span: int = 1
    row_span: int = 1
    is_header: bool = False


@dataclass(frozen=True, slots=True)
class Joint:
    """Where a table goes on from another page: the number of its first row there, and how many heading rows that page
    repeated, which are left out."""

    page: int
    row: int
    repeated_rows: int


@dataclass(frozen=True, slots=True)
class Table:
    """A table as rows of cells; a spanned place has no cell of its own. `joints` has one entry for each page after the
    first that it covers."""

    rows: tuple[tuple[Cell, ...], ...]
    joints: tuple[Joint, ...] = ()

    @property
    def header_row_count(self) -> int:
        """The rows at the top that hold nothing but headers."""
        are_headers = [bool(row) and all(cell.is_header for cell in row) for row in self.rows]
        return are_headers.index(False) if False in are_headers else len(are_headers)

    @property
    def column_count(self) -> int:
        return max((sum(cell.column_span for cell in row) for row in self.rows), default=0)


BlockData = Table | Formula | Chart | Molecule | Geometry
"""What a block's text means, where it was understood."""


@dataclass(frozen=True, slots=True)
class Block:
    """One piece of a page in reading order.

    `kind` is the label in the model's own vocabulary (title, sub_title, text, table, equation, image, ...).
    `text` is markdown; a table's is its HTML, and `data` holds the same as a `Table`.
    `parts` are the rectangles where the model gave several, `box` is what encloses them; `coordinates` is what it
    wrote, word for word. A block that `continues` another has its text there.
    """

    kind: str
    text: str
    box: Box | None = None
    data: BlockData | None = None
    parts: tuple[Box, ...] = ()
    coordinates: str | None = field(default=None, compare=False)
    continues: bool = False

    @property
    def is_picture(self) -> bool:
        """Whether the block is a picture of the page, to be cut out rather than read."""
        return self.kind in ("image", "figure")


def text_of(blocks: Iterable[Block]) -> str:
    """The text of blocks, those that have any apart by a blank line: what readings are compared by."""
    return "\n\n".join(block.text for block in blocks if block.text)


def moved(blocks: Iterable[Block], carry: Callable[[Box], Box]) -> tuple[Block, ...]:
    """The blocks with their boxes carried elsewhere, as from the upright page to the page as it was given."""
    return tuple(
        replace(block, box=block.box and carry(block.box), parts=tuple(carry(part) for part in block.parts))
        for block in blocks
    )


@dataclass(frozen=True, slots=True)
class Attempt:
    """One reading of a page by the model; `window` is that of its n-gram guard where it was not the model's own."""

    mode: Mode
    vision_tokens: int
    text_tokens: int
    seconds: float
    ending: Ending
    fidelity: Fidelity | None
    window: int | None = None


@dataclass(frozen=True, slots=True)
class Figure:
    """A picture cut from a page, as PNG bytes, and the name it is kept under."""

    name: str
    box: Box
    png: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Page:
    """A page that was read. `mode` is None where the model was not asked; counts are 0 then.

    `size` is in pixels as rasterised at `dpi`; `note` is a line for the person where something went wrong; `turn` is
    what brought the page upright to be read, where it was not; `witness_text` is what `fidelity` was measured by;
    `refusal` tells why its text layer, though it can be seen, was not believed. Size and boxes are those of the page as
    it was given. `confidence` is light OCR's own in the letters of a page that it read, from 0 to 1: no fidelity, for
    nobody else looked. `unchecked` is why its witness failed, where it did; `full_size` is `PageImage`'s.
    """

    number: int
    size: tuple[int, int]
    blocks: tuple[Block, ...]
    ending: Ending
    reader: Reader
    plan: Plan | None = None
    mode: Mode | None = None
    fidelity: Fidelity | None = None
    figures: tuple[Figure, ...] = ()
    attempts: tuple[Attempt, ...] = ()
    vision_tokens: int = 0
    text_tokens: int = 0
    note: str | None = None
    dpi: float = 72.0
    turn: Turn | None = None
    witness_text: str | None = None
    content: PageContent = PageContent.TEXT
    confidence: float | None = None
    refusal: str | None = None
    unchecked: str | None = None
    full_size: tuple[int, int] | None = None

    @property
    def is_complete(self) -> bool:
        return self.ending is Ending.COMPLETE


@dataclass(frozen=True, slots=True)
class Document:
    """A document that was read: what the writers receive."""

    source: str
    pages: tuple[Page, ...]
    model: str | None = None

    @property
    def is_complete(self) -> bool:
        return all(page.is_complete for page in self.pages)
