"""Outputs and the inputs they were made of in, rules for make out, as compilers write them.

GNU make gives a backslash different meanings on the two sides of a rule; the tests ask make itself.
"""

import re
from collections.abc import Iterable

from deepocr_cli.errors import OutputError

_BEFORE_COLON = re.compile(r"(\\*)([ #%:])")
_AFTER_COLON = re.compile(r"(\\*)([ #:*?\[|])")
_UNSPEAKABLE = re.compile(r"[\n\r\t;=]")
"""No way of writing these is read rightly in every place."""


def make_rules(made_of: Iterable[tuple[str, str]]) -> str:
    """One rule for each output and its input; an input that is gone later counts as changed.

    Raises:
        OutputError: a name that make cannot read.
    """
    pairs = list(made_of)
    rules = [f"{_escape(output, _BEFORE_COLON)}: {_escape(source, _AFTER_COLON)}\n" for output, source in pairs]
    inputs = dict.fromkeys(source for _, source in pairs)
    return "".join([*rules, *(f"\n{_escape(source, _BEFORE_COLON)}:\n" for source in inputs)])


def _escape(name: str, meaningful: re.Pattern[str]) -> str:
    """`name` as make reads it: a backslash before what would mean something, those before that one doubled."""
    if _UNSPEAKABLE.search(name):
        raise OutputError(f"{name}: make cannot read this name", hint="rename the file, or leave out --depfile")
    return meaningful.sub(r"\1\1\\\2", name).replace("$", "$$")
