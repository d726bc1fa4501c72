"""A box on a page that was turned to be read in, its place on the page as it is shown out."""

from deepocr_cli.document import Box


def turn_back(box: Box, turn: int) -> Box:
    """The place of `box`, cut to the page, before the page was turned clockwise by `turn` degrees (0, 90, 180, 270)."""
    left, top, right, bottom = (min(1.0, max(0.0, edge)) for edge in (box.left, box.top, box.right, box.bottom))
    match turn:
        case 90:
            return Box(top, 1 - right, bottom, 1 - left)
        case 180:
            return Box(1 - right, 1 - bottom, 1 - left, 1 - top)
        case 270:
            return Box(1 - bottom, left, 1 - top, right)
        case _:
            return Box(left, top, right, bottom)
