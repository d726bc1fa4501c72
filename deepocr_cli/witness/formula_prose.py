"""The letters of a region of displayed formulas in, the lines among them that are prose all the same out."""

from collections.abc import Iterable, Sequence
from typing import Any

from deepocr_cli.layout.math.fonts import is_math
from deepocr_cli.layout.math.words import FUNCTIONS, LIMITS
from deepocr_cli.witness.formula_letters import Letter

PROSE_WORDS = 4
"""Words of a line without a sign that make it prose, wherever it stands."""
MIXED_WORDS = 3
"""Words of a line with signs that make it prose, where it begins left of the formulas and has more words than signs."""
LETTERS_TO_A_SIGN = 2
SMALL = 0.86
"""What is so small beside the largest letters is part of a formula."""


def prose_among(letters: Sequence[Letter], lines: Sequence[Any]) -> set[int]:
    """The numbers of the lines that are prose: words between formulas, or a heading above them."""
    numbers = dict.fromkeys(letter.line for letter in letters)
    words = {number: _words(lines[number]) for number in numbers}
    size = max((span["size"] for number in numbers for span in lines[number]["spans"]), default=0.0)
    signed = [number for number in numbers if _sign_count(lines[number])]
    formulas = [number for number in signed if not words[number]] or signed
    edge = min((lines[number]["bbox"][0] for number in formulas), default=float("-inf"))
    prose = set()
    for number in numbers:
        line = lines[number]
        is_left = line["bbox"][0] < edge
        if _sign_count(line):
            is_prose = is_left and _has_more_words(words[number], line)
        else:
            beside = (lines[other]["bbox"] for other in numbers if other != number)
            is_large = max(span["size"] for span in line["spans"]) > SMALL * size
            is_alone = bool(words[number]) and is_large and _stands_alone(line["bbox"], beside)
            starts_left = line["bbox"][0] < edge - size and _has_no_sign(line)
            is_prose = len(words[number]) >= PROSE_WORDS or is_alone or starts_left
        if is_prose:
            prose.add(number)
    return prose


def _has_no_sign(line: Any) -> bool:
    return not any(char["c"] in "=+<>" for span in line["spans"] for char in span["chars"])


def _has_more_words(words: Sequence[str], line: Any) -> bool:
    return len(words) >= MIXED_WORDS and sum(map(len, words)) >= LETTERS_TO_A_SIGN * _sign_count(line)


def _stands_alone(box: Sequence[float], others: Iterable[Sequence[float]]) -> bool:
    """Whether nothing stands beside a line."""
    inner = 0.25 * (box[3] - box[1])
    return all(other[1] > box[3] - inner or other[3] < box[1] + inner for other in others)


def _sign_count(line: Any) -> int:
    return sum(len(span["chars"]) for span in line["spans"] if is_math(span["font"]))


def _words(line: Any) -> list[str]:
    """The words of a line that are no names of functions."""
    written = "".join(
        " " if is_math(span["font"]) else char["c"] for span in line["spans"] for char in span["chars"]
    ).split()
    words = [word.strip(".,;:()") for word in written]
    return [word for word in words if len(word) > 1 and word.isalpha() and word not in FUNCTIONS | LIMITS]
