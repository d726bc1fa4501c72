"""A page in, the testimony of its independent reader out: who reads it, why, and (when asked) what it reads.

A visible text layer that can be trusted is the witness; otherwise OCR is. A further reader needs one file with a
function from `PageImage` to a `Statement`, and an entry among the readers of `Pipeline`.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from deepocr_cli.document import Block, PageImage, Reader, SourceKind, TextLayer
from deepocr_cli.errors import InputError
from deepocr_cli.witness.letters import make_no_words
from deepocr_cli.witness.spot_check import ReadLines, contradiction
from deepocr_cli.witness.statement import Statement
from deepocr_cli.witness.text_layer import picture_share

WitnessReader = Callable[[PageImage], Statement]

UNREADABLE = re.compile(r"[\ufffd\ue000-\uf8ff\x00-\x08\x0e-\x1f]|\(cid:\d+\)")
MAX_UNREADABLE = 0.05
UNSPACED = re.compile(r"[A-Za-z]{25,}")
MAX_UNSPACED = 0.25
"""The shares of a page's letters that may be unreadable, or stand in runs longer than words are."""
FEW_LETTERS = 200
"""Fewer letters than these over a picture of the whole page are a stamp or a page number, not the page's text."""
WHOLE_PAGE = 0.6


class Testimony:
    """What the independent reader says of one page; it is asked at most once, when its word is wanted.

    `refusal` tells why the page's own text layer is not believed, where it has one that can be seen.
    """

    def __init__(self, page: PageImage, reader: Reader, read: WitnessReader, refusal: str | None = None) -> None:
        self.reader = reader
        self.refusal = refusal
        self._page = page
        self._read = read
        self._statement: Statement | InputError | None = None

    @property
    def statement(self) -> Statement:
        """What the reader found.

        Raises:
            InputError: it failed on this page, which it is asked about once only.
        """
        # Not a cached_property, which in Python 3.11 would let no two pages be read at once.
        if self._statement is None:
            try:
                self._statement = self._read(self._page)
            except InputError as error:
                self._statement = error
        if isinstance(self._statement, InputError):
            raise self._statement
        return self._statement

    @property
    def failure(self) -> InputError | None:
        """What the reader failed of, where it was asked and failed."""
        return self._statement if isinstance(self._statement, InputError) else None

    @property
    def blocks(self) -> tuple[Block, ...]:
        """The page's blocks in reading order."""
        return self.statement.blocks

    @property
    def text(self) -> str:
        return self.statement.text


@dataclass(frozen=True, slots=True)
class Choice:
    """Who should read a page, and why; `is_refusal` where it has a text layer that can be seen and is not believed."""

    reader: Reader
    reason: str
    is_refusal: bool = False

    @property
    def refusal(self) -> str | None:
        return self.reason if self.is_refusal else None

    def believed(self, page: PageImage) -> PageImage:
        """The page, without a text layer that is not believed."""
        return replace(page, text_layer=None) if self.is_refusal else page


def choose_reader(page: PageImage) -> Choice:
    """The text layer where it is visible, whole and readable; OCR elsewhere."""
    layer = page.text_layer
    if page.source.kind is not SourceKind.PDF or layer is None or not layer.words:
        return Choice(Reader.OCR, "no text layer")
    if not layer.has_visible_text:
        return Choice(Reader.OCR, "the text layer is invisible, as OCR programs leave it")
    if _is_mostly_invisible(layer):
        return Choice(Reader.OCR, "most of the text layer is invisible")
    if fault := _fault_of(layer):
        return Choice(Reader.OCR, fault, is_refusal=True)
    if _is_stamped_scan(page, layer):
        return Choice(Reader.OCR, "the page is a picture with few words over it")
    return Choice(Reader.TEXT_LAYER, "visible text layer")


def examine(upright: PageImage, choice: Choice, read_lines: ReadLines) -> Choice:
    """The choice after a second look at words of the text layer that do not look like what they say, if there are any.

    Args:
        upright: the page, brought upright as its text layer would have it.
    """
    if choice.reader is not Reader.TEXT_LAYER:
        return choice
    refusal = contradiction(upright, read_lines)
    return choice if refusal is None else Choice(Reader.OCR, refusal, is_refusal=True)


def _is_mostly_invisible(layer: TextLayer) -> bool:
    letter_count = len(layer.visible_text.replace(" ", ""))
    return letter_count < sum(len(word.text) for word in layer.words if not word.is_visible)


def _fault_of(layer: TextLayer) -> str | None:
    """What makes the visible words useless; None where they can be read."""
    visible = layer.visible_text
    letter_count = len(visible.replace(" ", ""))
    if _matched(UNREADABLE, visible) > MAX_UNREADABLE * letter_count:
        return "the text layer's characters have no meaning outside its fonts"
    if _matched(UNSPACED, visible) > MAX_UNSPACED * letter_count:
        return "the text layer has lost its spaces"
    if make_no_words(visible):
        return "the text layer's letters make no words: its fonts name the wrong ones"
    return None


def _matched(pattern: re.Pattern[str], text: str) -> int:
    """How many characters of `text` match."""
    return sum(len(match) for match in pattern.findall(text))


def _is_stamped_scan(page: PageImage, layer: TextLayer) -> bool:
    if len(layer.visible_text) > FEW_LETTERS:
        return False
    return picture_share(page.source, page.number) > WHOLE_PAGE
