"""A heading's words in, how deep the number before them says that it is out."""

import re

_NUMBER = re.compile(
    r"""(?: (?P<digits>\d{1,2}(?:\.\d{1,2})*)\.?      # 2 or 2.1 or 2.1.
          | [A-Z](?P<below>(?:\.\d{1,2})+)\.?         # A.1, in an appendix
          | [A-Z]\. | [B-HJ-Z]                        # A. or B; "A" and "I" alone are words
        ) \s+\S""",
    re.VERBOSE,
)


def depth_of_number(words: str) -> int | None:
    """1 for "2" or "B", 2 for "2.1" or "B.1", and so on; None of words without a number before them."""
    match = _NUMBER.match(words)
    return None if match is None else 1 + (match["digits"] or match["below"] or "").count(".")
