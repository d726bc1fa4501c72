"""A page of too many pixels and a limit in, how large it may be and a frame of about that size out."""

import math

from PIL import Image

DECODED_BYTES_PER_PIXEL = 24
"""Of memory that a frame may take while it is decoded, for each pixel of the limit: a third of what a page at the limit
takes until it is read, and enough for drawings in one colour with twelve times its pixels."""

_BYTES_IN_MEMORY = {"1": 2, "L": 1, "LA": 4, "RGB": 4, "RGBA": 4, "CMYK": 4, "YCbCr": 4}
"""What Pillow takes for a pixel, bitmaps made grey beside themselves; another mode is made into colours first."""
_BYTES_OF_OTHERS = 9


def fitting(size: tuple[int, int], max_pixels: int) -> tuple[int, int]:
    """The largest size of the same shape with no more than `max_pixels`; `size` itself where it has no more."""
    width, height = size
    if width * height <= max_pixels:
        return size
    scale = math.sqrt(max_pixels / (width * height))
    short = max(1, math.floor(min(size) * scale))
    long = min(math.floor(max(size) * scale), max_pixels // short)
    return (short, long) if width < height else (long, short)


def is_too_large_to_decode(frame: Image.Image, max_pixels: int) -> bool:
    """Whether a frame would take more memory than may be spent on making it smaller."""
    byte_count = frame.width * frame.height * _BYTES_IN_MEMORY.get(frame.mode, _BYTES_OF_OTHERS)
    return byte_count > max_pixels * DECODED_BYTES_PER_PIXEL


def reduced(frame: Image.Image, size: tuple[int, int]) -> Image.Image:
    """The frame, no longer and no higher than `size`; as it was where its levels have yet to be made into colours."""
    if frame.mode not in _BYTES_IN_MEMORY:
        return frame
    target = min(frame.width, size[0]), min(frame.height, size[1])
    # A bitmap has no levels between black and white, which thin lines become.
    levels = frame.convert("L") if frame.mode == "1" else frame
    return levels if levels.size == target else levels.resize(target, Image.Resampling.BOX, reducing_gap=2)
