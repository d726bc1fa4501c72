"""A box on a page that was turned to be read in, its place on the page as it is shown out."""

from deepocr_cli.document import Box
from deepocr_cli.places import turned_by_quarters


def turn_back(box: Box, turn: int) -> Box:
    """The place of `box`, cut to the page, before the page was turned clockwise by `turn` degrees (0, 90, 180, 270)."""
    left, top, right, bottom = (min(1.0, max(0.0, edge)) for edge in (box.left, box.top, box.right, box.bottom))
    return turned_by_quarters(Box(left, top, right, bottom), -turn // 90)
