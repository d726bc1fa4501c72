"""The first bytes of an AVIF or HEIC picture in, Pillow that can open it out, or a word on what is missing."""

from importlib import import_module
from typing import NoReturn

from deepocr_cli.errors import InputError

_AVIF_BRANDS = {b"avif", b"avis"}
_HEIF_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}


def is_phone_picture(head: bytes) -> bool:
    """Whether a file that begins with `head` is an AVIF or HEIF picture, and no film (ISO 14496-12, 4.3)."""
    return not (_AVIF_BRANDS | _HEIF_BRANDS).isdisjoint(_brands(head))


def phone_formats(name: str, head: bytes) -> tuple[str, ...]:
    """What Pillow calls the format of the file called `name`, if it is such a picture, once Pillow can open it.

    Raises:
        InputError: Pillow was built without AVIF, or pillow-heif is not installed.
    """
    brands = _brands(head)
    if not _AVIF_BRANDS.isdisjoint(brands):
        return ("AVIF",) if _reads_avif() else _lack(f"{name}: an AVIF image, which needs Pillow with AVIF", "pillow")
    if not _HEIF_BRANDS.isdisjoint(brands):
        return ("HEIF",) if _reads_heif() else _lack(f"{name}: a HEIC image, which needs pillow-heif", "pillow-heif")
    return ()


def _lack(message: str, package: str) -> NoReturn:
    raise InputError(message, hint=f"pip install --upgrade {package}, or convert it first: magick FILE page.png")


def _brands(head: bytes) -> set[bytes]:
    """What the file says it complies with: its major brand, and those after its version."""
    if head[4:8] != b"ftyp":
        return set()
    end = min(len(head), int.from_bytes(head[:4]))
    return {head[start : start + 4] for start in (8, *range(16, end, 4))}


def _reads_avif() -> bool:
    from PIL import features

    return features.check("avif") is True


def _reads_heif() -> bool:
    try:
        import_module("pillow_heif").register_heif_opener()
    except ImportError:
        return False
    return True
