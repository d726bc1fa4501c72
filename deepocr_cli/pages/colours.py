"""A decoded image of any colour space and orientation into what a person sees: upright, RGB, on white paper."""

import numpy as np
from PIL import Image, ImageCms, ImageOps

_ORIENTATION_TAG = 0x0112
_SIDEWAYS = {5, 6, 7, 8}
_PHOTOMETRIC_TAG = 262
_WHITE_IS_ZERO = 0
_MAX_16_BITS = 65535


def to_upright_rgb(image: Image.Image) -> Image.Image:
    """`image` in RGB with its stated orientation applied and anything transparent laid over white.

    16-bit grey keeps its full range; wider integers and floats, whose white is not defined, are stretched from
    their own minimum to their own maximum.
    """
    upright = ImageOps.exif_transpose(image)
    if upright.mode.startswith("I;16"):
        return _from_levels(np.asarray(upright, dtype=np.float64), 0, _MAX_16_BITS, is_inverted=_is_inverted(image))
    if upright.mode in {"I", "F"}:
        return _stretched(np.asarray(upright, dtype=np.float64), is_inverted=_is_inverted(image))
    if upright.mode == "LAB":
        return _from_lab(upright)
    if upright.has_transparency_data:
        return _over_white(upright.convert("RGBA"))
    return upright.convert("RGB")


def upright_size(image: Image.Image) -> tuple[int, int]:
    """Width and height that `to_upright_rgb` will give, read from the header."""
    if image.getexif().get(_ORIENTATION_TAG) in _SIDEWAYS:
        return image.height, image.width
    return image.size


def _over_white(image: Image.Image) -> Image.Image:
    paper = Image.new("RGBA", image.size, "white")
    return Image.alpha_composite(paper, image).convert("RGB")


def _stretched(levels: np.ndarray, *, is_inverted: bool) -> Image.Image:
    finite = levels[np.isfinite(levels)]
    low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 0.0)
    return _from_levels(np.nan_to_num(levels, nan=low, posinf=high, neginf=low), low, high, is_inverted=is_inverted)


def _from_levels(levels: np.ndarray, black: float, white: float, *, is_inverted: bool) -> Image.Image:
    """Grey levels from `black` to `white` as RGB; a single level, which has no range, becomes white."""
    share = (levels - black) / (white - black) if white > black else np.ones_like(levels)
    shown = 1 - share if is_inverted else share
    return Image.fromarray(np.rint(shown * 255).astype(np.uint8), "L").convert("RGB")


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
