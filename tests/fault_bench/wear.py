"""A page's picture in, the same page as a worn scan out: askew, unsharp, grainy, lit from one side, a small JPEG."""

import random
from io import BytesIO

import numpy as np
from PIL import Image, ImageFilter


def worn(image: Image.Image, chance: random.Random) -> Image.Image:
    """Always the same for the same chance."""
    paper = image.convert("L").rotate(chance.uniform(-2.5, 2.5), resample=Image.Resampling.BICUBIC, fillcolor=255)
    pixels = np.asarray(paper.filter(ImageFilter.GaussianBlur(chance.uniform(0.5, 1.1))), dtype=float)
    light = np.linspace(chance.uniform(0.55, 0.9), 1, image.width)
    grain = np.random.default_rng(chance.randrange(1 << 30)).normal(0, chance.uniform(6, 20), pixels.shape)
    scan = Image.fromarray((pixels * light + grain).clip(0, 255).astype(np.uint8))
    buffer = BytesIO()
    scan.save(buffer, "JPEG", quality=chance.randint(30, 60))
    return Image.open(buffer).convert("RGB")
