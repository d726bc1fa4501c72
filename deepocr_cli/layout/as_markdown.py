"""Words as they stand on paper in, markdown that means just these words out.

Only what a renderer would take for markup is escaped, so that ordinary prose stays as it was.
"""

import re
from dataclasses import replace

from deepocr_cli.document import Block
from deepocr_cli.math_spans import MathSpan, split_math

_PUNCTUATION = r"[!-/:-@\[-`{-~]"
_ALWAYS = re.compile(
    rf"""
      \\(?={_PUNCTUATION})                  # an escape
    | <(?=[A-Za-z/!?])                      # a tag
    | &(?=\#?\w{{1,32}};)                   # an entity
    | \[(?=[^\]\n]*\][\[(])                 # a link
    | ^>                                    # a quotation
    """,
    re.VERBOSE | re.MULTILINE,
)
_PAIRED = (
    re.compile(r"`"),
    re.compile(r"\*(?=\S)|(?<=\S)\*"),
    re.compile(r"(?<![^\W_])_|_(?![^\W_])"),
    re.compile(r"~(?=~)|(?<=~)~"),
)
"""Signs that mean something only where another of the same kind follows; an underscore within a word means nothing."""


def as_markdown(block: Block) -> Block:
    """A block whose text is words, with the marks of its kind before them; tables hold HTML and stay."""
    return block if block.kind == "table" else replace(block, text=escape_words(block.text))


def escape_words(words: str) -> str:
    """Markdown whose text is `words`."""
    for place in sorted(escaped_places(words), reverse=True):
        words = f"{words[:place]}\\{words[place:]}"
    return words


def escaped_places(words: str) -> set[int]:
    """Where a backslash is needed before a letter of `words`, so that markdown means just these."""
    places = {match.start() for match in _ALWAYS.finditer(words)}
    if any(isinstance(part, MathSpan) for part in split_math(words)):
        places.update(place for place, letter in enumerate(words) if letter == "$")
    for sign in _PAIRED:
        found = [match.start() for match in sign.finditer(words)]
        places.update(found if len(found) > 1 else ())
    return places
