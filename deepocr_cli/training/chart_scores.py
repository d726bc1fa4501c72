"""How much of charts was read rightly: labels word for word, values by how far off they are."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

NUMBER = re.compile(r"-?\d+(?:\.\d+)?")


@dataclass(frozen=True, slots=True)
class ChartScore:
    """Of all points of some charts."""

    points: int
    labels_right: int
    value_errors: tuple[float, ...]
    """How far each value is off, as a share of the true one; 1 where it is missing or farther off."""

    @property
    def mean_error(self) -> float:
        return sum(self.value_errors) / max(1, len(self.value_errors))


def score_charts(pairs: Iterable[tuple[str, str]]) -> ChartScore:
    """The score of pairs of a table that was read and the true one."""
    labels_right, errors = 0, []
    for reading, truth in pairs:
        known = dict(_points(reading))
        for label, value in _points(truth):
            labels_right += label in known
            errors.append(_relative_error(known.get(label, ""), value))
    return ChartScore(len(errors), labels_right, tuple(errors))


def _points(table: str) -> list[tuple[str, str]]:
    """Labels and values: the rows of two cells with a label."""
    rows = [re.findall(r"<td>(.*?)</td>", row) for row in re.findall(r"<tr>(.*?)</tr>", table)]
    return [(row[0], row[1]) for row in rows if len(row) == 2 and row[0]]


def _relative_error(reading: str, truth: str) -> float:
    read, true = NUMBER.search(reading), NUMBER.search(truth)
    if read is None or true is None:
        return 1.0
    return min(1.0, abs(float(read[0]) - float(true[0])) / max(1e-9, abs(float(true[0]))))
