"""Headings and rows in, the lines of a table out, without colour, so that a terminal and a pipe are shown the same."""

from collections.abc import Collection, Sequence
from io import StringIO


def table_lines(
    headings: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    left: Collection[str],
    caption: str | None = None,
    width: int = 200,
) -> list[str]:
    """A table with its columns as wide as they need to be, blank lines above it and before its caption included.

    Args:
        left: headings of columns that begin at the left; the others end at the right, as figures do.
        width: columns of the page, from which on a table is cut off.
    """
    from rich import box
    from rich.console import Console
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, caption=caption, caption_justify="left")
    for heading in headings:
        table.add_column(heading, justify="left" if heading in left else "right", no_wrap=True)
    for row in rows:
        table.add_row(*row)
    text = StringIO()
    Console(file=text, width=width, color_system=None).print(table)
    return [line.rstrip() for line in text.getvalue().splitlines()]
