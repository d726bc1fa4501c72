"""Words as they stand on paper in, markdown that means just these words out.

Only what a renderer would take for markup is escaped, so that ordinary prose stays as it was.
"""

import re
import unicodedata
from collections.abc import Iterator, Set

from deepocr_cli.math_spans import MathSpan, split_math

_PUNCTUATION = r"[!-/:-@\[-`{-~]"
_ALWAYS = re.compile(
    rf"""
      \\(?={_PUNCTUATION})                  # an escape
    | <(?=[A-Za-z/!?])                      # a tag
    | &(?=\#?\w{{1,32}};)                   # an entity
    | \[(?=[^\]\n]*\][\[(])                 # a link
    | \A\[(?=[^\]\n]+\]:)                   # what a link leads to
    | ^>                                    # a quotation
    | ^[-*_](?=[-*_ \t]*$)                  # a rule, or a list of nothing
    | ^~(?=~~)                              # the fence of code
    | (?<=[ ])\#(?=\#*$)                    # the end of a heading
    """,
    re.VERBOSE | re.MULTILINE,
)
_OPENING = re.compile(r"^(?=(?:#{1,6}|\+)(?:\s|$))|^\d{1,9}(?=\)(?:\s|$)|\.$)|^0\d{1,8}(?=\.\s)", re.MULTILINE)
"""What would begin a heading or a list that a typesetter begins otherwise: a comment of the shell, a sum, a number."""
_RUN = re.compile(r"(?P<sign>[*_~])(?P=sign)*")
_BACKTICKS = re.compile("`+")


def escape_words(words: str) -> str:
    """Markdown whose text is `words`."""
    return _escaped(words, escaped_places(words))


def escaped_places(words: str, seams: Set[int] = frozenset()) -> set[int]:
    """Where a backslash is needed before a letter of `words`, so that markdown means just these.

    `seams` are the places before which other marks may be written.
    """
    places = {match.start() for match in _ALWAYS.finditer(words)}
    places.update(match.end() for match in _OPENING.finditer(words))
    places.update(_code_places(words))
    for sign in "*_~":
        places.update(_emphasis_places(words, sign, seams))
    if words.count("$") > 1 and (_has_formula(words) or _has_formula(_escaped(words, places))):
        places.update(place for place, letter in enumerate(words) if letter == "$")
    return places


def _escaped(words: str, places: Set[int]) -> str:
    return "".join(f"\\{letter}" if place in places else letter for place, letter in enumerate(words))


def _has_formula(words: str) -> bool:
    return any(isinstance(part, MathSpan) for part in split_math(words))


def _code_places(words: str) -> Iterator[int]:
    """All backticks, where as many stand side by side twice, or so many that they fence code."""
    lengths = [len(run) for run in _BACKTICKS.findall(words)]
    if len(set(lengths)) < len(lengths) or max(lengths, default=0) > 2:
        yield from (place for place, letter in enumerate(words) if letter == "`")


def _emphasis_places(words: str, sign: str, seams: Set[int]) -> Iterator[int]:
    """Signs that open something which others close; CommonMark 0.31, section 6.2."""
    runs = [run for run in _RUN.finditer(words) if run["sign"] == sign]
    ends = [_ends(words, run, seams) for run in runs]
    last_close = max((place for place, (_, closes) in enumerate(ends) if closes), default=-1)
    first_open = min((place for place, (opens, _) in enumerate(ends) if opens), default=len(runs))
    for place, (run, (opens, closes)) in enumerate(zip(runs, ends, strict=True)):
        if (opens and place < last_close) or (closes and place > first_open):
            yield from range(*run.span())


def _ends(words: str, run: re.Match[str], seams: Set[int]) -> tuple[bool, bool]:
    """Whether a run of signs may open, and whether it may close."""
    start, end = run.span()
    if not seams.isdisjoint(range(start, end + 1)):
        return True, True
    before, after = (words[start - 1] if start else " "), words[end : end + 1] or " "
    # Renderers disagree on whether a currency sign is punctuation.
    found = [_flanks(before, after, run["sign"], kinds) for kinds in ("P", "PS")]
    return any(opens for opens, _ in found), any(closes for _, closes in found)


def _flanks(before: str, after: str, sign: str, kinds: str) -> tuple[bool, bool]:
    was_mark, is_mark = (_is_punctuation(letter, kinds) for letter in (before, after))
    is_left = not after.isspace() and (not is_mark or before.isspace() or was_mark)
    is_right = not before.isspace() and (not was_mark or after.isspace() or is_mark)
    if sign == "_":
        return is_left and (not is_right or was_mark), is_right and (not is_left or is_mark)
    return is_left, is_right


def _is_punctuation(letter: str, kinds: str) -> bool:
    return re.match(_PUNCTUATION, letter) is not None or unicodedata.category(letter)[0] in kinds
