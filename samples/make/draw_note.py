"""A note's true text in, a picture of it out, as a screenshot of a notes window would show it."""

from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a note is written on; everything in pixels."""

    width: int
    height: int
    margin: int
    font_size: int
    line_height: int


NOTE = Sheet(width=640, height=256, margin=20, font_size=26, line_height=36)
LABEL = Sheet(width=256, height=256, margin=8, font_size=28, line_height=38)


def draw_note(truth: Path, sheet: Sheet, target: Path) -> None:
    """Draw each line of the truth in dark grey on white."""
    image = Image.new("L", (sheet.width, sheet.height), 255)
    draw = ImageDraw.Draw(image)
    font = ImageFont.truetype("DejaVuSans.ttf", sheet.font_size)
    for number, line in enumerate(truth.read_text(encoding="utf-8").splitlines()):
        position = (sheet.margin, sheet.margin + number * sheet.line_height)
        draw.text(position, line.strip(), fill=30, font=font)
    image.save(target, optimize=True)
