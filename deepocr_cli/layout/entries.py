"""Cells with their texts in, whether they are a table's out: neither prose, nor contents with leaders, nor lists."""

import re
from collections.abc import Sequence
from statistics import median

from deepocr_cli.layout.code_rows import are_code
from deepocr_cli.layout.columns import Column
from deepocr_cli.layout.filled_cells import FilledCell
from deepocr_cli.layout.lists import BULLETS
from deepocr_cli.layout.prose import is_fixed_pitch, is_number, is_prose
from deepocr_cli.layout.rows import Line, row_text, rows

FEWEST_ROWS = 3
"""A table that nothing but its white space shows has at least so many rows of two cells or more."""
FEWEST_FILLED = 0.5
"""A table without a grid has text in this share of its cells, at least."""
ALIGNED = 0.7
"""The share of a column's cells that are flush left, flush right or centred."""
FLUSH = 0.4
"""Edges within this many line heights are flush."""
MOST_ROWS = 14
"""Rows of print in a cell between rules: what has more is a part of a page."""
MOST_WORDS = 3
"""Words in a cell, on average, of a table that has no column of numbers; those of one column may be longer."""

_LEADER = re.compile(r"(?:[.·…_]\s?){4,}|…")
_MARK = re.compile(rf"[{BULLETS}·–—*-]|\(?(?:\d{{1,3}}|[A-Za-z]|[ivxIVX]{{1,5}})[.)]|\[\d{{1,3}}\]")


def are_cells(cells: Sequence[FilledCell], columns: Sequence[Column]) -> bool:
    """Whether cells that rules bound are a table's: in two columns or more, of which one at most is running text."""
    texts, lines = _texts_by_column(cells, len(columns)), _lines_by_column(cells, len(columns))
    filled = [own for _, own in cells if own]
    if sum(map(bool, texts)) < 2 or len(filled) < FEWEST_FILLED * len(cells):
        return False
    if max(len(rows(own)) for own in filled) > MOST_ROWS or _has_leaders(texts) or sum(map(is_prose, lines)) > 1:
        return False
    # Errors in brackets below figures look like code.
    words = [[text for text in column if not is_number(text)] for column in texts]
    return not (is_fixed_pitch([line for own in filled for line in own]) and _is_code(words))


def are_entries(cells: Sequence[FilledCell], columns: Sequence[Column]) -> bool:
    """Whether cells that white space alone bounds are a table's."""
    count = len(columns)
    texts, lines = _texts_by_column(cells, count), _lines_by_column(cells, count)
    filled = [(cell, own) for cell, own in cells if own]
    tops = [cell.top for cell, _ in filled]
    if sum(tops.count(top) > 1 for top in set(tops)) < FEWEST_ROWS or len(filled) < FEWEST_FILLED * len(cells):
        return False
    if _has_leaders(texts) or any(not column for column in texts) or sum(map(is_prose, lines)) > 1:
        return False
    are_numbers = [sum(map(is_number, column)) >= 0.6 * len(column) for column in texts]
    if _is_code(texts) or _are_labels(texts):
        return False
    if is_fixed_pitch([line for column in lines for line in column]) and sum(are_numbers) < count - 1:
        return False
    if sum(_is_aligned(cells, number) for number in range(count)) < max(2, count - 1 - count // 5):
        return False
    if any(are_numbers[1:]):
        return count > 2 or not _is_list(texts[0])
    return count > 2 and _have_few_words(texts) and len(set(tops)) > FEWEST_ROWS and not _is_list(texts[0])


def _have_few_words(texts: Sequence[Sequence[str]]) -> bool:
    """Whether entries are short, but for those of one column, which may explain the others."""
    counts = sorted(sum(len(text.split()) for text in column) / len(column) for column in texts)
    return sum(counts[:-1]) <= MOST_WORDS * (len(counts) - 1)


def _texts_by_column(cells: Sequence[FilledCell], count: int) -> list[list[str]]:
    return [
        [" ".join(map(row_text, rows(lines))) for cell, lines in cells if lines and cell.left == number]
        for number in range(count)
    ]


def _lines_by_column(cells: Sequence[FilledCell], count: int) -> list[list[Line]]:
    return [[line for cell, lines in cells if cell.left == number for line in lines] for number in range(count)]


def _has_leaders(texts: Sequence[Sequence[str]]) -> bool:
    return sum(_LEADER.search(text) is not None for column in texts for text in column) > 1


def _is_code(texts: Sequence[Sequence[str]]) -> bool:
    return are_code([text for column in texts for text in column])


def _are_labels(texts: Sequence[Sequence[str]]) -> bool:
    """Whether most entries of a column are labels of what stands beside them."""
    return any(sum(text.endswith(":") for text in column) >= 0.5 * len(column) for column in texts)


def _is_list(texts: Sequence[str]) -> bool:
    return sum(_MARK.fullmatch(text) is not None for text in texts) >= 0.5 * len(texts)


def _is_aligned(cells: Sequence[FilledCell], column: int) -> bool:
    """Whether the cells of a column are flush."""
    own = [lines for cell, lines in cells if lines and cell.left == column and cell.right == column + 1]
    if not own:
        return False
    reach = FLUSH * median(line.height for lines in own for line in lines)
    lefts = [min(line.left for line in lines) for lines in own]
    rights = [max(line.right for line in lines) for lines in own]
    centres = [(left + right) / 2 for left, right in zip(lefts, rights, strict=True)]
    return any(
        sum(abs(place - median(places)) <= reach for place in places) >= ALIGNED * len(places)
        for places in (lefts, rights, centres)
    )
