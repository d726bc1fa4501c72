"""What the network learns from: a grey picture, the exact text in it, and the place of every character."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageChops, ImageDraw

from deepocr_cli.training.typefaces import Typeface, load_face

MIDDLE = 0.3
"""Height of a letter's middle above the baseline, in letter heights (em)."""
MARKS = ".,;:!?)]}"
USUAL_PITCH = 32.0
"""Pixels from strip to strip; those that are closer have smaller letters."""
LEADER = re.compile(r"[.\u00b7](?: ?[.\u00b7]){6,}")
LEADER_ENDS = 3
"""Dots that are told at either end of a leader."""


@dataclass(frozen=True, slots=True)
class Sample:
    """A picture (H, W) of grey values, its text, and the middle (x, y) of every character in pixels."""

    image: NDArray[np.uint8] = field(repr=False)
    text: str
    positions: NDArray[np.float32] = field(repr=False)
    """(characters, 2); a line break lies behind the last letter of its line."""
    is_glyph: NDArray[np.bool_] | None = field(default=None, repr=False)
    """Whether each character is drawn as it is written, as in LaTeX few are; None where all are."""


@dataclass(frozen=True, slots=True)
class Lettering:
    """How a word is written: `size` is the letter height (em), `tracking` what is between letters, both in pixels.

    Letters after the first are `small` times as large; marks at the end of a word may be in a face of their own.
    """

    face: Typeface
    size: float
    tracking: float = 0.0
    small: float = 1.0
    marks: Typeface | None = None

    def pieces(self, word: str) -> list[tuple[str, Typeface, float]]:
        """What is written at once, its face and its size."""
        bare = word.rstrip(MARKS) if self.marks else word
        ended = [(word[len(bare) :], self.marks, self.size)] if self.marks and bare != word else []
        if not self.tracking and self.small == 1.0:
            return [(bare, self.face, self.size), *ended] if bare else ended
        return [
            (letter, self.face, self.size * (self.small if place else 1)) for place, letter in enumerate(bare)
        ] + ended

    def length(self, word: str, scale: int) -> float:
        """Pixels that a word takes on a canvas of `scale`."""
        pieces = self.pieces(word)
        lengths = (load_face(face, round(size * scale)).getlength(piece) for piece, face, size in pieces)
        return sum(lengths) / scale + self.tracking * len(pieces)


@dataclass(slots=True)
class Canvas:
    """A picture being drawn, `scale` times as large as it will be; all places are in final pixels."""

    width: int
    height: int
    scale: int = 1
    paper: int = 255
    ink: int = 0
    shrink: Image.Resampling = Image.Resampling.BOX
    characters: list[str] = field(default_factory=list)
    places: list[tuple[float, float]] = field(default_factory=list)
    picture: Image.Image = field(init=False)
    pencil: ImageDraw.ImageDraw = field(init=False)

    def __post_init__(self) -> None:
        self.picture = Image.new("L", (self.width * self.scale, self.height * self.scale), self.paper)
        self.pencil = ImageDraw.Draw(self.picture)

    def line(self, words: Sequence[tuple[str, Lettering]], left: float, baseline: float, gap: float) -> float:
        """Begin a line at `left` with words, `gap` pixels apart; gives the right end."""
        self.begin_line()
        return self.write(words, left, baseline, gap)

    def begin_line(self) -> None:
        """End the line, if something was written."""
        self._break_line("\n")

    def write(self, words: Sequence[tuple[str, Lettering]], left: float, baseline: float, gap: float) -> float:
        """Write words from `left` on, `gap` pixels apart; gives the right end."""
        for number, (word, lettering) in enumerate(words):
            if number:
                self._note(" ", left - gap / 2, baseline - MIDDLE * lettering.size)
            left = self._word(word, left, baseline, lettering) + gap
        return left - gap

    def rule(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        """Draw a thin straight line between two places (x, y)."""
        ends = [(across * self.scale, down * self.scale) for across, down in (start, end)]
        self.pencil.line(ends, fill=self.ink, width=self.scale)

    def invert(self, top: float, bottom: float) -> None:
        """Make what is between two heights white on black."""
        box = (
            0,
            max(0, round(top * self.scale)),
            self.picture.width,
            min(self.picture.height, round(bottom * self.scale)),
        )
        self.picture.paste(ImageChops.invert(self.picture.crop(box)), box)

    def new_paragraph(self) -> None:
        """End the paragraph, if something was written."""
        self._break_line("\n\n")

    def finish(self) -> Sample:
        """The picture at its final size, with its text."""
        picture = self.picture.resize((self.width, self.height), self.shrink) if self.scale > 1 else self.picture
        return make_sample(np.asarray(picture, dtype=np.uint8), self.characters, self.places)

    def _word(self, word: str, left: float, baseline: float, lettering: Lettering) -> float:
        """Draw a word; gives its right end."""
        for piece, face, size in lettering.pieces(word):
            font = load_face(face, round(size * self.scale))
            self.pencil.text((left * self.scale, baseline * self.scale), piece, font=font, fill=self.ink, anchor="ls")
            ends = [font.getlength(piece[:count]) / self.scale for count in range(len(piece) + 1)]
            for character, start, end in zip(piece, ends, ends[1:], strict=False):
                self._note(character, left + (start + end) / 2, baseline - MIDDLE * size)
            left += ends[-1] + lettering.tracking
        return left

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
    """A sample of pixels (H, W), single characters and their places.

    Breaks at the end are dropped, and leaders told by six dots: what nobody can count teaches to write on without end.
    """
    text = "".join(characters).rstrip("\n")
    positions = np.array(places[: len(text)], dtype=np.float32).reshape(-1, 2)
    is_told = np.ones(len(text), dtype=bool)
    for leader in LEADER.finditer(text):
        dots = [place for place in range(*leader.span()) if text[place] != " "]
        is_told[leader.start() : leader.end()] = False
        is_told[dots[:LEADER_ENDS] + dots[-LEADER_ENDS:]] = True
    told = "".join(character for character, is_kept in zip(text, is_told, strict=True) if is_kept)
    return Sample(pixels, told, positions[is_told])
