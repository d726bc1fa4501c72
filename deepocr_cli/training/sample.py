"""What the network learns from: a grey picture, the exact text in it, and the place of every character."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from deepocr_cli.training.typefaces import Typeface, load_face

MIDDLE = 0.3
"""Height of a letter's middle above the baseline, in letter heights (em)."""


@dataclass(frozen=True, slots=True)
class Sample:
    """A picture (H, W) of grey values, its text, and the middle (x, y) of every character in pixels."""

    image: NDArray[np.uint8] = field(repr=False)
    text: str
    positions: NDArray[np.float32] = field(repr=False)
    """(characters, 2); a line break lies behind the last letter of its line."""


@dataclass(slots=True)
class Canvas:
    """A picture being drawn, `scale` times as large as it will be; all places are in final pixels."""

    width: int
    height: int
    scale: int = 1
    paper: int = 255
    ink: int = 0
    characters: list[str] = field(default_factory=list)
    places: list[tuple[float, float]] = field(default_factory=list)
    picture: Image.Image = field(init=False)
    pencil: ImageDraw.ImageDraw = field(init=False)

    def __post_init__(self) -> None:
        self.picture = Image.new("L", (self.width * self.scale, self.height * self.scale), self.paper)
        self.pencil = ImageDraw.Draw(self.picture)

    def line(self, words: list[str], left: float, baseline: float, face: Typeface, size: float, gap: float) -> None:
        """Write words from `left` on, `gap` pixels apart, in letters of `size` pixels."""
        self._break_line("\n")
        for number, word in enumerate(words):
            if number:
                self._note(" ", left - gap / 2, baseline - MIDDLE * size)
            left = self._word(word, left, baseline, face, size) + gap

    def new_paragraph(self) -> None:
        """End the paragraph, if something was written."""
        self._break_line("\n\n")

    def finish(self) -> Sample:
        """The picture at its final size, with its text."""
        pixels = np.asarray(self.picture.reduce(self.scale) if self.scale > 1 else self.picture, dtype=np.uint8)
        return make_sample(pixels, self.characters, self.places)

    def _word(self, word: str, left: float, baseline: float, face: Typeface, size: float) -> float:
        """Draw a word; gives its right end."""
        font = load_face(face, round(size * self.scale))
        self.pencil.text((left * self.scale, baseline * self.scale), word, font=font, fill=self.ink, anchor="ls")
        ends = [font.getlength(word[:count]) / self.scale for count in range(len(word) + 1)]
        for character, start, end in zip(word, ends, ends[1:], strict=False):
            self._note(character, left + (start + end) / 2, baseline - MIDDLE * size)
        return left + ends[-1]

    def _break_line(self, mark: str) -> None:
        if not self.characters or self.characters[-1].endswith("\n"):
            return
        across, down = self.places[-1]
        for character in mark:
            self._note(character, min(self.width - 1.0, across + 6), down)

    def _note(self, character: str, across: float, down: float) -> None:
        self.characters.append(character)
        self.places.append((across, down))


def make_sample(pixels: NDArray[np.uint8], characters: list[str], places: list[tuple[float, float]]) -> Sample:
    """A sample of pixels (H, W), single characters and their places; breaks at the end are dropped."""
    count = len("".join(characters).rstrip("\n"))
    positions = np.array(places[:count], dtype=np.float32).reshape(-1, 2)
    return Sample(pixels, "".join(characters[:count]), positions)
