"""Tables: whatever the model writes becomes rows of cells, and what we write reads back the same."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from deepocr_cli.document import Block, Cell, Table
from deepocr_cli.reading.header_rows import find_header_rows
from deepocr_cli.reading.tables import MAX_COLUMNS, parse_pipe_table, parse_table
from deepocr_cli.table_markup import table_to_html, table_to_text
from deepocr_cli.verdict import witness_blocks


def texts(table: Table) -> list[list[str]]:
    return [[cell.text for cell in row] for row in table.rows]


@pytest.mark.parametrize(
    "html",
    [
        "<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>",
        "<table><tr><td>a<td>b<tr><td>c",
        "<TABLE border=1>\n <TR>\n  <TD align='left'> a </TD>\n  <TD>b</TD>\n </TR>\n <TR><TD>c</TD></TR>\n</TABLE>",
        "<td>a</td><td>b</td></tr><tr><td>c</td>",
        "<table><tbody><tr><td><b>a</b></td><td><p>b</p></td></tr></tbody><tr><td>c</td></tr></table></table>",
        "<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr><tr></t",
        '<table><tr><td>a</td><td>b</td></tr><tr><td>c</td><td colspan="2',
    ],
    ids=["whole", "unclosed", "pretty", "without table", "decorated", "cut off", "cut off in a tag"],
)
def test_sloppy_tables_read_as_what_was_meant(html: str) -> None:
    assert texts(parse_table(html)) == [["a", "b"], ["c"]]


def test_spans_and_headers_are_kept_and_absurd_spans_clamped() -> None:
    table = parse_table(
        '<table><tr><th colspan="2" rowspan=99999999>a</th><td colspan="0">b</td></tr><tr><td>c</table>'
    )
    assert table.rows == (
        (Cell("a", column_span=2, row_span=2, is_header=True), Cell("b")),
        (Cell("c"),),
    )
    (row,) = parse_table("<td colspan=500>a</td><td colspan=500>b</td>").rows
    assert sum(cell.column_span for cell in row) == MAX_COLUMNS + 1


def test_rows_of_the_table_head_are_headers() -> None:
    table = parse_table("<table><thead><tr><td>h</td></tr></thead><tbody><tr><td>x</td></tr></tbody></table>")
    assert [cell.is_header for row in table.rows for cell in row] == [True, False]


def test_an_empty_row_is_kept_only_where_a_span_reaches_into_it() -> None:
    spanned = parse_table("<tr><td rowspan=2>a</td></tr><tr></tr><tr><td>b</td></tr>")
    assert texts(spanned) == [["a"], [], ["b"]]
    assert texts(parse_table("<tr><td>a</td></tr><tr></tr><tr><td>b</td></tr>")) == [["a"], ["b"]]


def test_a_table_inside_a_cell_becomes_lines_of_the_cell() -> None:
    table = parse_table("<table><tr><td>a<table><tr><td>1<td>2<tr><td>3</table>z</td><td>b</td></tr>")
    assert texts(table) == [["a\n1 2\n3\nz", "b"]]


def test_what_is_no_markup_of_tables_is_text() -> None:
    table = parse_table("caption<tr><td>p<0.05 &amp; a<b>c</b> <me@example.org> &lt;i&gt; 5<br>6</td>")
    assert texts(table) == [["caption"], ["p<0.05 & ac <me@example.org> <i> 5\n6"]]


def test_pipe_tables_read_as_github_reads_them() -> None:
    table = parse_pipe_table("| a | **b** |\n|:--|--:|\n| 1 \\| 2 | x<br>y |\n| short |")
    assert table is not None
    assert texts(table) == [["a", "b"], ["1 | 2", "x\ny"], ["short"]]
    assert [cell.is_header for cell in table.rows[0]] == [True, True]


def test_a_blank_pipe_heading_is_left_out() -> None:
    table = parse_pipe_table("|   |  |\n|---|---|\n| 1 | 2 |")
    assert table is not None
    assert texts(table) == [["1", "2"]]


@pytest.mark.parametrize("text", ["a | b\nc | d", "|a|b|\n|---|", "a\n---\nb", "| a |", ""])
def test_lines_with_pipes_are_no_table_without_the_rule_below_the_heading(text: str) -> None:
    assert parse_pipe_table(text) is None


def test_text_columns_are_aligned_under_spans_and_wide_characters() -> None:
    table = parse_table(
        "<tr><th rowspan=2>Port</th><th colspan=2>Height above zero</th></tr><tr><th>m</th><th>ft</th></tr>"
        "<tr><td>北港</td><td>3.1</td><td>10.2</td></tr><tr><td>Narrow quay</td><td>2</td><td>7</td></tr>"
    )
    assert table_to_text(table).split("\n") == [
        "Port         Height above zero",
        "             m    ft",
        "北港         3.1  10.2",
        "Narrow quay  2    7",
    ]


@pytest.mark.parametrize(
    ("html", "count"),
    [
        ("<tr><td>Port</td><td>Ships</td></tr><tr><td>North</td><td>1,204</td></tr>", 1),
        ("<tr><td rowspan=2>Port</td><td colspan=2>Sea</td></tr><tr><td>m</td><td>%</td></tr>"
         "<tr><td>A</td><td>3</td><td>4%</td></tr>", 2),
        ("<tr><td>Port</td><td>2023</td></tr><tr><td>North</td><td>1,204</td></tr>", 0),
        ("<tr><td>a</td><td>b</td></tr><tr><td>c</td><td>d</td></tr>", 0),
        ("<tr><td>Total</td><td>Sum</td></tr>", 0),
        ("<tr><th>Port</th><td>x</td></tr><tr><td>North</td><td>4</td></tr>", 0),
    ],
    ids=["one", "two", "a number in it", "only words", "one row", "headings of its own"],
)  # fmt: skip
def test_words_above_numbers_are_headings(html: str, count: int) -> None:
    assert find_header_rows(parse_table(html)).header_row_count == count


CELL_TEXT = st.lists(st.text("abc<>&\"'| é漢\\/", min_size=1, max_size=6).filter(str.strip), max_size=2).map(
    lambda lines: "\n".join(" ".join(line.split()) for line in lines)
)
CELLS = st.builds(Cell, CELL_TEXT, st.integers(1, 4), st.integers(1, 3), st.booleans())


@st.composite
def tables(draw: st.DrawFn) -> Table:
    rows = draw(st.lists(st.lists(CELLS, min_size=1, max_size=5), max_size=5))
    return Table(
        tuple(
            tuple(
                Cell(cell.text, cell.column_span, min(cell.row_span, len(rows) - number), cell.is_header)
                for cell in row
            )
            for number, row in enumerate(rows)
        )
    )


@given(tables())
def test_a_table_written_as_html_reads_back_the_same(table: Table) -> None:
    assert parse_table(table_to_html(table)) == table


@given(tables())
def test_text_keeps_every_word_and_gives_every_row_a_line(table: Table) -> None:
    lines = table_to_text(table).split("\n") if table.rows else []
    assert [line.split() for line in lines] == [
        [word for cell in row for word in cell.text.split()] for row in table.rows
    ]


@given(st.text())
def test_any_string_is_a_table(html: str) -> None:
    parse_table(html)
    parse_pipe_table(html)


BROKEN = ["<table>", "</table>", "<tr>", "</tr>", "<td>", "</td>", "<th>", "<td", "<br>", "<p>", "<", "</t", "w1", "w2"]


@given(st.lists(st.sampled_from(BROKEN), max_size=30))
@example(["<td>", "w1", "<td", "w2"])
def test_no_word_of_a_broken_table_is_lost_or_moved(pieces: list[str]) -> None:
    written = table_to_html(parse_table(" ".join(pieces)))
    assert re.findall(r"w\d", written) == [piece for piece in pieces if piece.startswith("w")]


@pytest.mark.parametrize(
    "piece", ["<td>", "<td colspan=256 rowspan=100>x</td></tr><tr>", "<table>", "<td ", "</", "<tr>"]
)
def test_thousands_of_malicious_cells_are_laid_out(piece: str) -> None:
    """A quadratic step would make this take minutes."""
    table = parse_table((piece * 40_000)[:40_000])
    table_to_html(table)
    table_to_text(table)


def test_tables_of_a_witness_get_their_headings() -> None:
    table = parse_table("<table><tr><td>Can</td><td>Seconds</td></tr><tr><td>First</td><td>21</td></tr></table>")
    (block,) = witness_blocks((Block("table", table_to_html(table), data=table),), is_blank=False)
    assert block.text.startswith("<table><tr><th>Can</th><th>Seconds</th></tr><tr><td>First</td>")
