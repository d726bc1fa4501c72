"""Pages of print drawn for tests, with the place of every line on them."""

from dataclasses import dataclass, field

from PIL import Image, ImageDraw, ImageFont

PROSE = (
    "reading is the art of seeing words on paper and paper is patient while a reader seldom is so the printer leaves "
    "room between lines for the eye to find its way home again"
)
WORDS = PROSE.split()


@dataclass(slots=True)
class DrawnPage:
    """A page under the pen; `lines` are the texts and boxes (left, top, right, bottom) of what was written."""

    size: tuple[int, int] = (1191, 1684)
    paper: str = "white"
    ink: str = "black"
    lines: list[tuple[str, tuple[float, float, float, float]]] = field(default_factory=list)
    image: Image.Image = field(init=False)

    def __post_init__(self) -> None:
        self.image = Image.new("RGB", self.size, self.paper)

    def write(self, text: str, left: float, top: float, size: int = 22) -> None:
        """One line, in the font that Pillow carries, so that every machine draws the same."""
        font = ImageFont.load_default(size)
        pen = ImageDraw.Draw(self.image)
        pen.text((left, top), text, font=font, fill=self.ink)
        self.lines.append((text, pen.textbbox((left, top), text, font=font)))

    def write_paragraph(
        self, left: float, top: float, rows: int, size: int = 22, words: int = 7, start: int = 0
    ) -> None:
        """`rows` lines of words, with the usual leading."""
        for row in range(rows):
            first = start + row * words
            text = " ".join(WORDS[number % len(WORDS)] for number in range(first, first + words))
            self.write(text, left, top + row * 1.35 * size, size)
