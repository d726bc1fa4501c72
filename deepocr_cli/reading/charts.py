"""The table that the model makes of a chart in, a Chart with numbers out."""

from deepocr_cli.document import Cell, Table
from deepocr_cli.reading.quantities import read_quantity, unit_of_name
from deepocr_cli.structures import Chart, Quantity, Series


def chart_of_table(table: Table) -> Chart | None:
    """Categories in the first column, one series in every other; None where the cells are not the numbers of a chart.

    A first row that is a single cell is the title. A place without a cell is a missing value.
    """
    rows = [list(row) for row in table.rows if row]
    title = None
    if len(rows) > 2 and len(rows[0]) == 1 and len(rows[1]) > 1:
        title = rows.pop(0)[0].text
    if len(rows) < 2 or len(rows[0]) < 2 or _has_spans(rows):
        return None
    heading, body = rows[0], rows[1:]
    series = tuple(
        Series(cell.text, tuple(_quantity_at(row, column) for row in body), unit_of_name(cell.text))
        for column, cell in enumerate(heading[1:], 1)
    )
    if any(len(row) > len(heading) for row in body) or not _is_numeric(series):
        return None
    return Chart(title, heading[0].text, tuple(row[0].text for row in body), series)


def _has_spans(rows: list[list[Cell]]) -> bool:
    return any(cell.column_span > 1 or cell.row_span > 1 for row in rows for cell in row)


def _quantity_at(row: list[Cell], column: int) -> Quantity:
    return read_quantity(row[column].text) if column < len(row) else Quantity("")


def _is_numeric(series: tuple[Series, ...]) -> bool:
    """At least half of the cells are numbers, and at least one."""
    values = [quantity for one in series for quantity in one.values]
    written = [quantity for quantity in values if quantity.text]
    count = sum(quantity.value is not None for quantity in written)
    return count > 0 and 2 * count >= len(written)
