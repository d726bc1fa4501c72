"""Rows of print in, the blocks that stand side by side in them out: addresses, authors with their institutes.

They are read one after another, and not row by row as the cells of a table are. Edges are in the unit of the lines.
"""

from collections.abc import Iterator, Sequence
from statistics import median

import numpy as np

from deepocr_cli.layout.columns import find_columns, place
from deepocr_cli.layout.open_tables import runs_of_pieces
from deepocr_cli.layout.paragraphs import Row
from deepocr_cli.layout.prose import is_number
from deepocr_cli.layout.rows import Line

MOST_ROWS = 9
"""An address has fewer lines than a table may have rows."""
FEWEST_ROWS = 3
"""Rows of blocks that are flush left; of such that are centred two are enough."""
FLUSH = 0.6
"""Edges within this many line heights are flush."""
MOST_UNLIKE = 2.2
"""How many times as long one block's lines are as another's, on average: terms are shorter than what they mean."""
FARTHEST = 1.8
"""Rows of a block are no further apart than this, from line to line, in line heights."""

Blocks = list[list[Line]]


def find_side_by_side(print_rows: Sequence[Row]) -> Iterator[tuple[int, int, Blocks]]:
    """The first row of each group of blocks, the one after its last, and the lines of each block from left to right."""
    done = 0
    for first, last in runs_of_pieces(print_rows):
        if first < done or last - first > MOST_ROWS:
            continue
        height = median(line.height for row in print_rows[first:last] for line in row)
        columns = find_columns(print_rows[first:last], height)
        blocks = _blocks(print_rows[first:last], columns)
        if len(blocks) < 2:
            continue
        end = last
        # One block may have more lines than the others.
        while end < len(print_rows) and _goes_on(print_rows[end - 1], print_rows[end], blocks, height):
            line = print_rows[end][0]
            next(block for block in blocks if abs(block[-1].left - line.left) < FLUSH * height).append(line)
            end += 1
        if _are_blocks(blocks, height):
            yield first, end, blocks
            done = end


def _blocks(print_rows: Sequence[Row], columns: Sequence[tuple[float, float]]) -> Blocks:
    """The lines in each column; none where one stands in two."""
    blocks: Blocks = [[] for _ in columns]
    for line in (line for row in print_rows for line in row):
        start, end = place(line, columns)
        if end - start > 1:
            return []
        blocks[start].append(line)
    return blocks


def _are_blocks(blocks: Blocks, height: float) -> bool:
    lengths = [float(np.mean([len(line.text) for line in block])) for block in blocks]
    if max(lengths) > MOST_UNLIKE * min(lengths) or any(_is_listed(block) for block in blocks):
        return False
    if all(_spread([_middle(line) for line in block]) < FLUSH * height for block in blocks):
        return min(map(len, blocks)) > 1 and not all(_is_flush_left(block, height) for block in blocks)
    is_flush = all(_is_flush_left(block, height) for block in blocks)
    return is_flush and min(map(len, blocks)) >= FEWEST_ROWS and any(any(map(_has_number, block)) for block in blocks)


def _is_listed(block: Sequence[Line]) -> bool:
    """Whether a block holds numbers, or labels of what stands beside them."""
    texts = [line.text for line in block]
    return sum(is_number(text) or text.endswith(":") for text in texts) > 0.3 * len(texts)


def _has_number(line: Line) -> bool:
    """Whether words stand beside a number, as that of a house."""
    words = line.text.split()
    return any(map(str.isdigit, line.text)) and sum(word.isalpha() for word in words) > 0 and len(words) > 1


def _is_flush_left(block: Sequence[Line], height: float) -> bool:
    return _spread([line.left for line in block]) < FLUSH * height


def _goes_on(before: Row, row: Row, blocks: Blocks, height: float) -> bool:
    if len(row) > 1 or row[0].middle - before[0].middle > FARTHEST * height:
        return False
    return any(
        abs(block[-1].left - row[0].left) < FLUSH * height and row[0].right < other[0].left
        for block, other in zip(blocks, [*blocks[1:], [Line("", np.inf, 0, np.inf, 0)]], strict=True)
    )


def _middle(line: Line) -> float:
    return (line.left + line.right) / 2


def _spread(places: Sequence[float]) -> float:
    return max(places) - min(places)
