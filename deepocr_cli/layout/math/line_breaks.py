r"""Two formulas of a sentence in, at the end of a line and at the start of the next; one where a line break cut it."""

import re

from deepocr_cli.layout.math.signs import BETWEEN_TERMS

_LAST = re.compile(r"(?:[=+\-<>]|\\([A-Za-z]+))\Z")


def joined_formula(before: str, after: str) -> str | None:
    r"""The formula that both are parts of, each in `\( \)`: lines are broken behind a relation or a binary sign."""
    if not (before.startswith(r"\(") and after.startswith(r"\(")):
        return None
    first, second = before[2:-2].rstrip(), after[2:-2]
    last = _LAST.search(first)
    is_cut = last is not None and (last[1] is None or last[1] in BETWEEN_TERMS)
    return rf"\({first} {second}\)" if is_cut else None
