"""The parts of a page in, those that are code apart and whole out, and their lines with the indents that they have."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby, pairwise
from statistics import median
from textwrap import dedent

from deepocr_cli.layout.runs import Look
from deepocr_cli.witness.layout_parts import Part, Row, edges_of
from deepocr_cli.witness.page_lines import PageLine


def split_code(part: Part) -> Iterator[Part]:
    """The part, with two or more rows of code that stand in it as parts of their own, called "code"."""
    if not part.rows or part.name in ("page-header", "page-footer"):
        yield part
        return
    groups = [(is_code, tuple(own)) for is_code, own in groupby(part.rows, key=_is_code)]
    if len(groups) == 1:
        yield replace(part, name="code") if groups[0][0] and part.name in ("text", "formula", "list-item") else part
        return
    if not any(is_code and len(own) > 1 for is_code, own in groups):
        yield part
        return
    for is_code, own in groups:
        yield Part("code" if is_code else "text", own, edges_of(own))


def join_code(parts: Sequence[Part]) -> list[Part]:
    """Parts of code that stand closely below one another in one."""
    joined: list[Part] = []
    for part in parts:
        if joined and part.name == joined[-1].name == "code" and _follows(joined[-1], part):
            own = (*joined[-1].rows, *part.rows)
            joined[-1] = Part("code", own, edges_of(own))
        else:
            joined.append(part)
    return joined


def code_text(part: Part) -> str:
    """The rows of code with the blanks that their places on the page make."""
    lines: list[str] = []
    bottom, step = part.rows[0][0].box[3], _usual_step(part.rows)
    for row in part.rows:
        if row[0].box[3] - bottom > 1.6 * step:
            lines.append("")
        lines.append(_code_line(row, part.left))
        bottom = row[0].box[3]
    return dedent("\n".join(lines))


def without_code(lines: Sequence[PageLine]) -> list[PageLine]:
    """The lines with no look of code, for pages that are typewritten all through."""
    return [replace(line, runs=tuple(replace(run, look=run.look & ~Look.CODE) for run in line.runs)) for line in lines]


def _is_code(row: Row) -> bool:
    return all(line.is_code for line in row)


def _follows(part: Part, other: Part) -> bool:
    gap = other.edges[1] - part.edges[3]
    overlaps = other.edges[0] < part.edges[2] + part.size and part.edges[0] < other.edges[2] + part.size
    return overlaps and -part.size < gap < 2 * part.size


def _code_line(row: Row, left: float) -> str:
    written = ""
    for line in row:
        text = "".join(run.text for run in line.runs)
        width = (line.box[2] - line.box[0]) / len(text)
        column = round((line.box[0] - left) / width) if width else 0
        written = written.ljust(max(column, len(written) + 1) if written else column) + text
    return written.rstrip()


def _usual_step(part_rows: Sequence[Row]) -> float:
    """The distance from one row to the next."""
    bottoms = [row[0].box[3] for row in part_rows]
    return median(after - before for before, after in pairwise(bottoms)) if len(bottoms) > 1 else 1.0
