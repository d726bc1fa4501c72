"""What an independent reader found on a page."""

from dataclasses import dataclass

from deepocr_cli.document import Block, text_of


@dataclass(frozen=True, slots=True)
class Statement:
    """Blocks in reading order, and how sure the reader is of its letters, from 0 to 1; None where it cannot err."""

    blocks: tuple[Block, ...]
    confidence: float | None = None

    @property
    def text(self) -> str:
        """Blocks apart by a blank line: what a reading is compared with."""
        return text_of(self.blocks)
