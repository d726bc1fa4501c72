"""A clean picture becomes one that was scanned, faxed, compressed or dimmed; letters stay where they are."""

import io
import random
from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from deepocr_cli.training.sample import Sample

Pixels = NDArray[np.uint8]

CLEAN_SHARE = 0.6
"""Samples that are left as they are."""
INVERTED_SHARE = 0.03


def wear_out(sample: Sample, chance: random.Random, clean_share: float = CLEAN_SHARE) -> Sample:
    """The sample with its picture worn, or as it is with a probability of `clean_share`."""
    pixels = sample.image
    if chance.random() >= clean_share:
        for wear, share in _WEARS:
            if chance.random() < share:
                pixels = wear(pixels, chance)
    if clean_share < 1 and chance.random() < INVERTED_SHARE:
        pixels = 255 - pixels
    return replace(sample, image=pixels)


def _resample(pixels: Pixels, chance: random.Random) -> Pixels:
    """Shrunk and enlarged again, as by a copier."""
    picture = Image.fromarray(pixels)
    share = chance.uniform(0.55, 0.95)
    small = picture.resize((int(picture.width * share), int(picture.height * share)), Image.Resampling.BILINEAR)
    return np.asarray(small.resize(picture.size, Image.Resampling.BICUBIC), dtype=np.uint8)


def _blur(pixels: Pixels, chance: random.Random) -> Pixels:
    blurred = Image.fromarray(pixels).filter(ImageFilter.GaussianBlur(chance.uniform(0.3, 1.1)))
    return np.asarray(blurred, dtype=np.uint8)


def _thicken(pixels: Pixels, _chance: random.Random) -> Pixels:
    return np.asarray(Image.fromarray(pixels).filter(ImageFilter.MinFilter(3)), dtype=np.uint8)


def _compress(pixels: Pixels, chance: random.Random) -> Pixels:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", quality=chance.randint(25, 85))
    return np.asarray(Image.open(file).convert("L"), dtype=np.uint8)


def _shade(pixels: Pixels, chance: random.Random) -> Pixels:
    """Light that falls from one side."""
    height, width = pixels.shape
    across = np.linspace(0, chance.uniform(-25, 25), width)
    down = np.linspace(0, chance.uniform(-25, 25), height)[:, None]
    return (pixels + across + down).clip(0, 255).astype(np.uint8)


def _dim(pixels: Pixels, chance: random.Random) -> Pixels:
    """Less contrast: grey paper, grey ink."""
    paper = chance.uniform(190, 255)
    ink = chance.uniform(0, min(110, paper - 110))
    return (ink + pixels * ((paper - ink) / 255)).astype(np.uint8)


def _add_noise(pixels: Pixels, chance: random.Random) -> Pixels:
    generator = np.random.default_rng(chance.getrandbits(64))
    noise = generator.standard_normal(pixels.shape, dtype=np.float32) * chance.uniform(1, 11)
    return (pixels + noise).clip(0, 255).astype(np.uint8)


def _speckle(pixels: Pixels, chance: random.Random) -> Pixels:
    """Specks of dust, black and white, some of them several pixels wide."""
    generator = np.random.default_rng(chance.getrandbits(64))
    coarse = chance.choice((1, 1, 2))
    height, width = pixels.shape
    dust = generator.random((-(-height // coarse), -(-width // coarse)), dtype=np.float32)
    dust = dust.repeat(coarse, axis=0).repeat(coarse, axis=1)[:height, :width]
    share = chance.uniform(0.001, 0.004)
    return np.where(dust < share, 0, np.where(dust > 1 - share, 255, pixels)).astype(np.uint8)


def _threshold(pixels: Pixels, chance: random.Random) -> Pixels:
    return ((pixels > chance.randint(110, 190)) * 255).astype(np.uint8)


_WEARS: tuple[tuple[Callable[[Pixels, random.Random], Pixels], float], ...] = (
    (_dim, 0.4),
    (_resample, 0.35),
    (_blur, 0.25),
    (_thicken, 0.04),
    (_compress, 0.25),
    (_shade, 0.15),
    (_add_noise, 0.35),
    (_speckle, 0.08),
    (_threshold, 0.06),
)
"""What wears a picture, in this order, and how often each."""
