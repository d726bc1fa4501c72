"""The system's font files become typefaces to train with, families of them held out."""

import functools
import re
from dataclasses import dataclass
from pathlib import Path

from PIL import ImageFont

from deepocr_cli.training.alphabet import LATIN_SIGNS, PRINTABLE

FONT_FOLDERS = ("fonts", "texmf/fonts/opentype")
"""Below /usr/share."""

HELD_FAMILIES = ("cantarell", "karla", "gentium", "charis", "caladea", "inconsolata", "ebgaramond", "inter")
"""Families never trained on, as their folders and files begin; the shipped weights have seen all others."""

UNSUITABLE = re.compile(
    r"(?i)math|symbol|dingbat|emoji|thin|hairline|extralight|ultralight|-?sc-|caps|outline|initial|shadow|keyboard|\["
    r"|variable|lmmi|lmsy|lmex|comfortaa|black|glyph|lobster|z003|chancery|script|upright|unicase|marlett|cmsy|cmex"
    r"|tamil|display_o|bebas|d050000l|ransom|msam|msbm|rsfs|wasy|stmary|eufm|lcircle|penguin|domestic|junkyard"
    r"|linbiolinum_k|alfa-beta|elle[bn]|eleg[bi]"
)
"""File names of fonts that are no text faces."""


@dataclass(frozen=True, slots=True)
class Typeface:
    """A font file, or Pillow's own font without one; the characters beyond ASCII that it has."""

    path: str | None = None
    family: str = "built in"
    signs: str = ""

    def can_write(self, character: str) -> bool:
        return character in PRINTABLE or character in self.signs

    @property
    def is_held_out(self) -> bool:
        """Whether its family is for evaluation alone."""
        words = re.split(r"[^a-z0-9]+", f"{self.path} {self.family}".lower())
        return any(word.startswith(HELD_FAMILIES) for word in words)


@functools.lru_cache(maxsize=4096)
def load_face(face: Typeface, size: int) -> ImageFont.FreeTypeFont:
    """The face at `size` pixels."""
    if face.path is None:
        built_in = ImageFont.load_default(max(6, size))
        assert isinstance(built_in, ImageFont.FreeTypeFont), "Pillow is built without FreeType"
        return built_in
    return ImageFont.truetype(face.path, max(6, size), layout_engine=ImageFont.Layout.BASIC)


@functools.lru_cache(maxsize=4096)
def x_height(face: Typeface) -> float:
    """Height of a small x, in letter heights (em)."""
    return -load_face(face, 100).getbbox("x", anchor="ls")[1] / 100


@functools.lru_cache(maxsize=4096)
def is_monospaced(face: Typeface) -> bool:
    font = load_face(face, 100)
    return font.getlength("i") == font.getlength("M")


def find_typefaces(root: Path) -> list[Typeface]:
    """Every text face of the packages whose /usr/share is `root`, with all of ASCII, in the order of its path."""
    paths = sorted(path for folder in FONT_FOLDERS for path in (root.resolve() / folder).rglob("*.[ot]tf"))
    named = {path.name: path for path in paths if not UNSUITABLE.search(path.name) and not _is_foreign_noto(path)}
    return [face for path in named.values() if (face := _examine(path)) is not None]


def _is_foreign_noto(path: Path) -> bool:
    """Noto has a file for every script; only those for Latin are wanted."""
    latin = re.match(r"Noto(Sans|Serif|SansMono|SansDisplay|SerifDisplay|Mono)-", path.name)
    return "noto" in str(path).lower() and latin is None


def _examine(path: Path) -> Typeface | None:
    from fontTools.ttLib import TTFont, TTLibError

    try:
        with TTFont(path, lazy=True) as font:
            known = {chr(code) for code in font.getBestCmap() or ()}
            is_variable = "fvar" in font
    except (TTLibError, OSError):
        return None
    if is_variable or not known.issuperset(PRINTABLE):
        return None
    family = f"{path.parent.name}/{re.sub(r'[-_].*|[0-9].*', '', path.stem)}"
    face = Typeface(str(path), family, "".join(sign for sign in LATIN_SIGNS if sign in known))
    return face if _looks_like_text(face) else None


def _looks_like_text(face: Typeface) -> bool:
    """Small letters of their own, and no boxes around them."""
    font = load_face(face, 60)
    _, top, _, bottom = font.getbbox("x", anchor="ls")
    mask = font.getmask("nonon")
    darkness = sum(1 for value in bytes(mask) if value > 128) / max(1, mask.size[0] * mask.size[1])
    return bottom - top >= 20 and darkness < 0.68
