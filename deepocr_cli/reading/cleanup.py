"""Small repairs of a page's text: what a decoder or a text layer leaves behind goes out, every word stays."""

import re
import unicodedata
from itertools import pairwise

_LINE_BREAK = re.compile(r"\r\n?|[\v\f\x85\u2028\u2029]")
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f\ufeff]")
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_SPECIAL_TOKEN = re.compile(
    r"""
      <｜[^<>｜\n]{1,40}｜>                          # end of sentence, padding and their like
    | <\|(?!/?(?:ref|det)\|>)/?[A-Za-z_]{1,40}\|>    # all but the grounding tags, which carry structure
    | ^<PAGE>[ \t]*$                                 # the page separator of the long-document release
    | </?center>                                     # written around captions
    """,
    re.VERBOSE | re.MULTILINE,
)
_CENTERED = re.compile(r'<div style="text-align[^<>"\n]*+">((?:[^<]|<(?!/?div))*+)</div>')
_BLANK_LINES = re.compile(r"\n{3,}")


def clean_text(text: str) -> str:
    """The text in NFC with `\\n` line ends, no trailing blanks but the two that break a line, and at most one blank
    line in a row.

    Control characters, stray special tokens and the tags that centre a caption are removed; grounding tags stay.
    Lone surrogates become U+FFFD, so that the result always encodes as UTF-8.
    """
    text = _LINE_BREAK.sub("\n", text)
    text = _SURROGATE.sub("\ufffd", _CONTROL.sub("", text))
    text = _CENTERED.sub(r"\1", _SPECIAL_TOKEN.sub("", text))
    text = unicodedata.normalize("NFC", text)
    lines = text.split("\n")
    kept = (_without_blanks(line, following) for line, following in pairwise([*lines, ""]))
    return _BLANK_LINES.sub("\n\n", "\n".join(kept)).strip("\n")


def _without_blanks(line: str, following: str) -> str:
    """A line without trailing blanks, but for the two that break it before another."""
    bare = line.rstrip()
    return line if bare and following.strip() and line == f"{bare}  " else bare
