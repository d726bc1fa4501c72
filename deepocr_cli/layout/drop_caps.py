"""Lines of a page in, the same lines out, with large first letters that reach down several lines put before theirs."""

from collections.abc import Sequence
from dataclasses import replace

from deepocr_cli.layout.rows import Line

TALL = 1.9
"""Such a letter is at least so many times as high as the lines beside it."""
BESIDE = 1.5
"""How far beside it lines begin, in line heights."""
APART = 0.35
"""A letter further from its line than this, in line heights, is a word."""


def without_drop_caps(lines: Sequence[Line]) -> list[Line]:
    """The lines, those beside a large letter as far left as it is."""
    result = list(lines)
    for letter in lines:
        beside = [line for line in result if _stands_beside(line, letter)] if _may_be_first(letter) else []
        if len(beside) < 2:
            continue
        first = min(beside, key=lambda line: line.top)
        result = [replace(line, left=letter.left) if line in beside and line is not first else line for line in result]
        text = letter.text + ("" if _is_one_word(letter, first) else " ") + first.text
        result[result.index(first)] = replace(first, text=text, left=letter.left)
        result.remove(letter)
    return result


def _may_be_first(line: Line) -> bool:
    return len(line.text.strip("\"“„«‘'")) == 1 and line.text[-1].isupper()


def _stands_beside(line: Line, letter: Line) -> bool:
    is_beside = -0.5 * line.height < line.left - letter.right < BESIDE * line.height
    overlap = min(line.bottom, letter.bottom) - max(line.top, letter.top)
    return is_beside and letter.height > TALL * line.height and overlap > 0.5 * line.height


def _is_one_word(letter: Line, first: Line) -> bool:
    is_word = letter.text[-1] in "AIO"
    return first.text[:1].isalpha() and not (is_word and first.left - letter.right > APART * first.height)
