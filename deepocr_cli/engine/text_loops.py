"""A text that comes in pieces of any length, watched for loops: what to keep of it once it has looped."""

import re

from deepocr_cli.engine.loops import LoopWatch

_PIECE = re.compile(r"</?[a-z]{1,8}>|[^\W\d_]{1,8}|\d{1,3}|\s+|.", re.DOTALL)
"""About what a tokenizer cuts a text into, so that the measures of `LoopWatch`, which are in tokens, hold."""
_LONGEST_PIECE = 64
"""Characters after which a piece is taken to be whole, although white space may go on."""
_CELL_TAGS = ("<td>", "</td>")


class TextLoops:
    """The pieces of a text, each under a number of its own, before a `LoopWatch`."""

    def __init__(self) -> None:
        self._numbers = {tag: number for number, tag in enumerate(_CELL_TAGS)}
        self._watch = LoopWatch(frozenset(self._numbers.values()))
        self._pieces: list[str] = []
        self._begun = ""

    def append(self, text: str) -> str | None:
        """Take what comes next; where the text has looped, what to keep of it: all before, and one turn."""
        self._begun += text
        taken = 0
        for found in _PIECE.finditer(self._begun):
            # The last piece may go on with the next text.
            if found.end() == len(self._begun) and len(found[0]) < _LONGEST_PIECE:
                break
            taken = found.end()
            self._pieces.append(found[0])
            kept_count = self._watch.append(self._numbers.setdefault(found[0], len(self._numbers)))
            if kept_count is not None:
                return "".join(self._pieces[:kept_count])
        self._begun = self._begun[taken:]
        return None
