"""Lines of a page with their texts and its rules in, its tables out: those that rules draw, and those of white space.

Edges are in the unit of the lines. Shapes: N rules.
"""

from collections.abc import Sequence
from statistics import median

import numpy as np
from numpy.typing import NDArray

from deepocr_cli.layout.open_tables import find_half_ruled_tables, find_open_tables
from deepocr_cli.layout.rows import Line, rows
from deepocr_cli.layout.rules import Rules
from deepocr_cli.layout.tables import PlacedTable, find_ruled_tables


def find_tables(lines: Sequence[Line], rules: Rules) -> list[PlacedTable]:
    """All tables of a part of a page in which nothing else stands beside them."""
    drawn = find_drawn_tables(lines, rules)
    return [*drawn, *(table for _, _, table in find_open_tables(rows(without_lines_of(lines, drawn))))]


def find_drawn_tables(lines: Sequence[Line], rules: Rules) -> list[PlacedTable]:
    """The tables that rules draw, or bound; no line is in two of them."""
    ruled = find_ruled_tables(lines, rules)
    return [*ruled, *find_half_ruled_tables(without_lines_of(lines, ruled), _outside(rules, ruled))]


def without_lines_of(lines: Sequence[Line], tables: Sequence[PlacedTable]) -> list[Line]:
    """The lines that stand in none of the tables."""
    taken = {line for table in tables for line in table.lines}
    return [line for line in lines if line not in taken]


def _outside(rules: Rules, tables: Sequence[PlacedTable]) -> NDArray[np.float64]:
    """The rules across (N, 3) that lie in none of the tables."""
    across = rules.across
    is_inside = np.zeros(len(across), dtype=np.bool_)
    for table in tables:
        reach = 0.5 * median(line.height for line in table.lines)
        is_beside = (across[:, 0] > table.top - reach) & (across[:, 0] < table.bottom + reach)
        is_inside |= is_beside & (across[:, 2] > table.left) & (across[:, 1] < table.right)
    return across[~is_inside]
