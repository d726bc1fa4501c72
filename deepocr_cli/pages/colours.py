"""A decoded image of any colour space and orientation into what a person sees: upright, RGB, on white paper."""

import numpy as np
from PIL import Image, ImageCms, ImageOps

_ORIENTATION_TAG = 0x0112
_SIDEWAYS = {5, 6, 7, 8}
_PHOTOMETRIC_TAG = 262
_WHITE_IS_ZERO = 0


def to_upright_rgb(image: Image.Image) -> Image.Image:
    """`image` in RGB with its stated orientation applied and anything transparent laid over white.

    16-bit grey keeps its full range; wider integers and floats, whose white is not defined, are stretched from
    their own minimum to their own maximum.
    """
    upright = ImageOps.exif_transpose(image)
    if upright.mode.startswith("I;16"):
        return _from_grey(_eight_bits()[np.asarray(upright)], is_inverted=_is_inverted(image))
    if upright.mode in {"I", "F"}:
        return _from_grey(_stretched(np.asarray(upright, dtype=np.float32)), is_inverted=_is_inverted(image))
    if upright.mode == "LAB":
        return _from_lab(upright)
    if upright.has_transparency_data:
        return _over_white(upright.convert("RGBA"))
    return upright.convert("RGB")


def upright_size(image: Image.Image) -> tuple[int, int]:
    """Width and height that `to_upright_rgb` will give, read from the header."""
    # Pillow turns TIFFs by itself, and states their size as turned.
    return image.size[::-1] if is_sideways(image) and image.format != "TIFF" else image.size


def is_sideways(image: Image.Image) -> bool:
    """Whether the header of an image that is not yet decoded asks for a quarter turn."""
    # Pillow decodes a whole PNG to look for an orientation behind its pixels, where hardly anyone puts it.
    if image.format == "PNG" and "exif" not in image.info:
        return False
    return image.getexif().get(_ORIENTATION_TAG) in _SIDEWAYS


def _over_white(image: Image.Image) -> Image.Image:
    paper = Image.new("RGBA", image.size, "white")
    return Image.alpha_composite(paper, image).convert("RGB")


def _from_grey(grey: np.ndarray, *, is_inverted: bool) -> Image.Image:
    return Image.fromarray(255 - grey if is_inverted else grey, "L").convert("RGB")


def _eight_bits() -> np.ndarray:
    """The 8-bit level of every 16-bit one."""
    levels: np.ndarray = np.rint(np.arange(65536) / 257).astype(np.uint8)
    return levels


def _stretched(levels: np.ndarray) -> np.ndarray:
    """Levels of any range as 8 bits; a single level, which has no range, becomes white."""
    finite = levels[np.isfinite(levels)]
    low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 0.0)
    if low == high:
        return np.full(levels.shape, 255, dtype=np.uint8)
    known = np.nan_to_num(levels, nan=low, posinf=high, neginf=low)
    stretched: np.ndarray = np.rint((known - low) * (255 / (high - low))).astype(np.uint8)
    return stretched


def _is_inverted(image: Image.Image) -> bool:
    """Whether a grey TIFF counts from white; Pillow turns 1-bit and 8-bit ones round itself, wider ones not."""
    tags = getattr(image, "tag_v2", None)
    return tags is not None and tags.get(_PHOTOMETRIC_TAG) == _WHITE_IS_ZERO


def _from_lab(image: Image.Image) -> Image.Image:
    converted = ImageCms.profileToProfile(
        image, ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB"), outputMode="RGB"
    )
    assert converted is not None
    return converted
