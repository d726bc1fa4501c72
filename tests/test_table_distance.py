"""Tables through every written form and back: TEDS, the similarity of trees by which table recognition is judged.

Source: Zhong et al., Image-based table recognition (arXiv 1911.10683), section 4: 1 - edit distance / size of the
larger tree; cells differ by the normalised edit distance of their texts, and wholly where their spans differ.
"""

import json
from typing import Any

import pytest
from apted import APTED, Config
from html5lib import parse
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from rapidfuzz.distance import Levenshtein

from deepocr_cli.document import Block, Cell, Document, Ending, Page, Reader, Table
from deepocr_cli.reading.tables import parse_table
from deepocr_cli.style import Style, TableStyle
from deepocr_cli.table_markup import table_to_html
from deepocr_cli.writers.formats import WRITERS


class Node:
    """An element of a table: its name, for a cell its spans and text, and what is in it."""

    def __init__(self, name: str, text: str = "", spans: tuple[str, str] = ("1", "1")) -> None:
        self.name, self.text, self.spans = name, text, spans
        self.children: list[Node] = []

    def count(self) -> int:
        return 1 + sum(child.count() for child in self.children)


class TableCosts(Config):
    def rename(self, node1: Node, node2: Node) -> float:
        if node1.name != node2.name or node1.spans != node2.spans:
            return 1.0
        return float(Levenshtein.normalized_distance(node1.text, node2.text))

    def children(self, node: Node) -> list[Node]:
        return node.children


def tree(html: str) -> Node:
    """The first table of some HTML as a browser's parser sees it; heads and bodies are left out, rows stand alone."""
    document = parse(html, namespaceHTMLElements=False)
    table = next(document.iter("table"))
    root = Node("table")
    for row in table.iter("tr"):
        root.children.append(line := Node("tr"))
        for cell in row:
            spans = cell.get("rowspan", "1"), cell.get("colspan", "1")
            line.children.append(Node("td", " ".join("".join(cell.itertext()).split()), spans))
    return root


def teds(first: str, second: str) -> float:
    one, other = tree(first), tree(second)
    distance = APTED(one, other, TableCosts()).compute_edit_distance()
    return 1 - float(distance) / max(one.count(), other.count())


def document(table: Table) -> Document:
    block = Block("table", "<table></table>", None, table)
    return Document("a.pdf", (Page(1, (800, 1000), (block,), Ending.COMPLETE, Reader.MODEL),), "nano")


def html_of_json(plain: dict[str, Any]) -> str:
    """A table built from the cells that JSON has, by no code of ours."""
    rows = plain["pages"][0]["blocks"][0]["table"]["rows"]
    cells = [
        "".join(f"<td rowspan={cell['row_span']} colspan={cell['column_span']}>{cell['text']}</td>" for cell in row)
        for row in rows
    ]
    return "<table>" + "".join(f"<tr>{row}</tr>" for row in cells) + "</table>"


TABLES = [
    "<table><tr><th>Port</th><th>Ships</th></tr><tr><td>North</td><td>1,204</td></tr></table>",
    "<table><tr><td rowspan=2>Port</td><td colspan=2>Ships</td></tr><tr><td>in</td><td>out</td></tr>"
    "<tr><td>North</td><td>12</td><td>9</td></tr></table>",
    "<table><thead><tr><th colspan=3>Tides</th></tr></thead>"
    "<tbody><tr><td>a</td><td></td><td>c</td></tr></tbody></table>",
]


def test_the_measure_sees_what_is_wrong() -> None:
    assert teds(TABLES[0], TABLES[0]) == 1
    assert teds(TABLES[0], TABLES[0].replace("1,204", "1,205")) == pytest.approx(1 - 0.2 / 7)
    assert teds(TABLES[0], TABLES[0].replace("<td>1,204</td>", "")) == pytest.approx(1 - 1 / 7)
    assert teds(TABLES[1], TABLES[1].replace("colspan=2", "")) == pytest.approx(1 - 1 / 11)


@pytest.mark.parametrize("html", TABLES)
@pytest.mark.parametrize("form", ["markdown", "html", "json"])
def test_a_table_is_the_same_after_writing(html: str, form: str) -> None:
    written = WRITERS[form](document(parse_table(html)), None, Style())
    assert teds(html_of_json(json.loads(written)) if form == "json" else written, html) == 1


rectangles = st.integers(1, 5).flatmap(
    lambda width: st.lists(
        st.lists(st.text("ab c|<&>é", max_size=6).map(str.strip), min_size=width, max_size=width),
        min_size=1,
        max_size=5,
    )
)


@given(rectangles, st.booleans())
def test_tables_survive_html_and_pipes(rows: list[list[str]], has_head: bool) -> None:
    table = Table(
        tuple(tuple(Cell(text, is_header=has_head and row == 0) for text in cells) for row, cells in enumerate(rows))
    )
    html = table_to_html(table)
    assert teds(table_to_html(parse_table(html)), html) == 1
    written = WRITERS["markdown"](document(table), None, Style(tables=TableStyle.MARKDOWN))
    drawn = MarkdownIt("commonmark", {"html": True}).enable("table").render(written)
    headless = html.replace("<table>", f"<table><tr>{'<td></td>' * len(rows[0])}</tr>", 1)
    assert teds(drawn, html if has_head else headless) == 1
