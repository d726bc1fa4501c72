"""Words as they stand on paper in, markdown that means just these words out.

Only what a renderer would take for markup is escaped, so that ordinary prose stays as it was.
"""

import re

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
_OPENING = re.compile(r"^\d{0,9}(?=(?:#{1,6}|\+|\))(?:\s|$))", re.MULTILINE)
"""What would begin a heading or a list that a typesetter begins otherwise: a comment of the shell, a sum."""


def escape_words(words: str) -> str:
    """Markdown whose text is `words`."""
    for place in sorted(escaped_places(words), reverse=True):
        words = f"{words[:place]}\\{words[place:]}"
    return words


def escaped_places(words: str) -> set[int]:
    """Where a backslash is needed before a letter of `words`, so that markdown means just these."""
    places = {match.start() for match in _ALWAYS.finditer(words)}
    places.update(match.end() for match in _OPENING.finditer(words))
    if any(isinstance(part, MathSpan) for part in split_math(words)):
        places.update(place for place, letter in enumerate(words) if letter == "$")
    for sign in _PAIRED:
        found = [match.start() for match in sign.finditer(words)]
        places.update(found if len(found) > 1 else ())
    return places
