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
    escaped = _ALWAYS.sub(r"\\\g<0>", words)
    if any(isinstance(part, MathSpan) for part in split_math(escaped)):
        escaped = escaped.replace("$", r"\$")
    for sign in _PAIRED:
        if len(sign.findall(escaped)) > 1:
            escaped = sign.sub(r"\\\g<0>", escaped)
    return escaped
