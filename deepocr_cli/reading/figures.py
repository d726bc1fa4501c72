"""A page's pixels and blocks in, its pictures cut out as PNG files in memory."""

import io
import math
import re
import unicodedata
from collections.abc import Sequence

from PIL import Image

from deepocr_cli.document import Block, Box, Figure, PageImage

SMALLEST_SIDE = 8
"""Pixels; a picture narrower or lower than this is a slip of the model."""

_UNSAFE = frozenset(" \"#%&'()*:;<>?[]^`{|}~$!=+,@")
_LONGEST_STEM = 120  # bytes, so that the whole name stays below the 255 of file systems


def cut_figures(page: PageImage, blocks: Sequence[Block], name_stem: str) -> tuple[Figure, ...]:
    """The pictures among the blocks, cut at the page's full resolution, one for every box.

    They are called STEM-p03-2.png: page, then count on the page from 1. The stem is made safe for every file system.
    The same pixels give the same bytes.
    """
    stem = safe_stem(name_stem)
    boxes = dict.fromkeys(block.box for block in blocks if block.is_picture and block.box is not None)
    crops = [(box, crop_box(page.image, box)) for box in boxes]
    large = [(box, crop) for box, crop in crops if min(crop.size) >= SMALLEST_SIDE]
    return tuple(
        Figure(f"{stem}-p{page.number:02d}-{count}.png", box, _to_png(crop))
        for count, (box, crop) in enumerate(large, 1)
    )


def safe_stem(name: str) -> str:
    """The last part of a name, without characters that shells, links or file systems mind; never empty or hidden."""
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    safe = "".join(letter if letter.isprintable() and letter not in _UNSAFE else "_" for letter in last)
    short = safe.lstrip("._-").encode()[:_LONGEST_STEM].decode(errors="ignore")
    return short.rstrip("._-") or "page"


def crop_box(image: Image.Image, box: Box) -> Image.Image:
    """All pixels that the box touches."""
    left, top = math.floor(box.left * image.width), math.floor(box.top * image.height)
    right, bottom = math.ceil(box.right * image.width), math.ceil(box.bottom * image.height)
    return image.crop((left, top, right, bottom))


def _to_png(image: Image.Image) -> bytes:
    buffer = io.BytesIO()
    image.convert("RGB").save(buffer, format="PNG", compress_level=6)
    return buffer.getvalue()
