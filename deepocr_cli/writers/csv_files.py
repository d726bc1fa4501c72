"""A Document in, a CSV file for every table and chart out."""

import csv
import io
from collections.abc import Iterator, Sequence

from deepocr_cli.document import Document, Table
from deepocr_cli.structures import Chart, Quantity
from deepocr_cli.table_markup import place_cells


def table_files(document: Document, stem: str) -> Iterator[tuple[str, bytes]]:
    """Name and content: STEM-p03-table-1.csv or STEM-p03-chart-1.csv, by the page where it begins; UTF-8, RFC 4180."""
    for page in document.pages:
        counts = {"table": 0, "chart": 0}
        for block in page.blocks:
            if isinstance(block.data, Table):
                kind, rows = "table", _table_rows(block.data)
            elif isinstance(block.data, Chart):
                kind, rows = "chart", _chart_rows(block.data)
            else:
                continue
            counts[kind] += 1
            yield f"{stem}-p{page.number:02d}-{kind}-{counts[kind]}.csv", _to_csv(rows)


def _table_rows(table: Table) -> list[list[str]]:
    """Every cell at its column; the places that a span covers are blank."""
    width = table.column_count
    rows = []
    for placed in place_cells(table):
        row = [""] * max([width, *(column + 1 for column, _ in placed)])
        for column, cell in placed:
            row[column] = cell.text
        rows.append(row)
    return rows


def _chart_rows(chart: Chart) -> list[list[str]]:
    """Names, then numbers that any program reads; what is no number stays as it was written."""
    heading = [chart.axis, *(one.name for one in chart.series)]
    body = [
        [category, *(_plain_number(one.values[place]) for one in chart.series)]
        for place, category in enumerate(chart.categories)
    ]
    return [heading, *body]


def _plain_number(quantity: Quantity) -> str:
    return quantity.text if quantity.value is None else repr(quantity.value).removesuffix(".0")


def _to_csv(rows: Sequence[Sequence[str]]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()
