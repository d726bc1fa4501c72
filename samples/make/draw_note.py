"""The note's true text in, a picture of it out, as a screenshot of a notes window would show it."""

from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

WIDTH, HEIGHT = 640, 256
MARGIN = 20
FONT_SIZE = 26
LINE_HEIGHT = 36


def draw_note(truth: Path, target: Path) -> None:
    """Draw each line of the truth in dark grey on white."""
    image = Image.new("L", (WIDTH, HEIGHT), 255)
    draw = ImageDraw.Draw(image)
    font = ImageFont.truetype("DejaVuSans.ttf", FONT_SIZE)
    for number, line in enumerate(truth.read_text(encoding="utf-8").splitlines()):
        draw.text((MARGIN, MARGIN + number * LINE_HEIGHT), line.strip(), fill=30, font=font)
    image.save(target, optimize=True)
