"""Text of a PDF whose fonts draw an accent before its letter in, the same with letters that bear their accents out."""

import re
import unicodedata

_COMBINING = {
    "\u00a8": "\u0308",
    "\u00b4": "\u0301",
    "\u02c6": "\u0302",
    "\u02c7": "\u030c",
    "\u02d8": "\u0306",
    "\u02da": "\u030a",
    "\u02dc": "\u0303",
}
_ACCENTED = re.compile(rf"(?<![\d/])([{''.join(_COMBINING)}])\s?([^\W\d_])")
_CROSSED = re.compile("\u0338\\s?(\\S)")
_DOTLESS = {"\u0131": "i", "\u0237": "j"}


def whole_letters(text: str) -> str:
    """Such as TeX's old fonts leave it: G¨odel as Gödel, and a sign behind its stroke as one that is crossed out."""
    if not any(accent in text for accent in ("\u0338", *_COMBINING)):
        return text
    return _CROSSED.sub(_crossed, _ACCENTED.sub(_accented, text))


def _accented(match: re.Match[str]) -> str:
    whole = unicodedata.normalize("NFC", _DOTLESS.get(match[2], match[2]) + _COMBINING[match[1]])
    return whole if len(whole) == 1 else match[0]


def _crossed(match: re.Match[str]) -> str:
    whole = unicodedata.normalize("NFC", match[1] + "\u0338")
    return whole if len(whole) == 1 else match[0]
