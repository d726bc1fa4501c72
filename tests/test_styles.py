"""What the user chooses about the written form: tables, formulas, running heads, front matter, JSON lines."""

import csv
import io
import json
import shutil
import subprocess
from dataclasses import replace
from importlib.resources import files
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from markdown_it import MarkdownIt

from deepocr_cli.document import Block, Cell, Document, Ending, Page, Reader, Table
from deepocr_cli.math_spans import split_math
from deepocr_cli.reading.grounding import parse_blocks
from deepocr_cli.reading.tables import parse_table
from deepocr_cli.style import Headers, MathStyle, Style, TableStyle
from deepocr_cli.writers.csv_files import table_files
from deepocr_cli.writers.formats import WRITERS

PIPES = Style(tables=TableStyle.MARKDOWN)


def document(*blocks: Block) -> Document:
    return Document("paper.pdf", (Page(1, (800, 1000), blocks, Ending.COMPLETE, Reader.MODEL),), "nano")


def table_block(html: str) -> Block:
    (block,) = parse_blocks(html)
    return block


CELL_TEXT = (
    st.lists(st.text("abc<>&\"'| é漢\\*_`[]#!~-", max_size=8), max_size=2)
    .map(lambda lines: "\n".join(line for line in (" ".join(line.split()) for line in lines) if line))
    .filter(lambda text: all(isinstance(piece, str) for piece in split_math(text)))
)
"""Prose alone: a formula is written as one, and so does not come back as it was."""


@given(st.lists(st.lists(CELL_TEXT, min_size=3, max_size=3), min_size=1, max_size=4), st.booleans())
def test_a_table_in_pipes_is_the_same_table_to_markdown_it(rows: list[list[str]], has_head: bool) -> None:
    cells = tuple(
        tuple(Cell(text, is_header=has_head and number == 0) for text in row) for number, row in enumerate(rows)
    )
    block = Block("table", "<table></table>", None, Table(cells))
    written = WRITERS["markdown"](document(block), None, PIPES)
    html = MarkdownIt("commonmark", {"html": True}).enable("table").render(written)
    read = parse_table(html)
    expected = cells if has_head else (tuple(Cell("", is_header=True) for _ in range(3)), *cells)
    assert read.rows == expected


@pytest.mark.parametrize(
    "html",
    [
        "<table><tr><td colspan=2>a</td></tr><tr><td>b</td><td>c</td></tr></table>",
        "<table><tr><th>a</th></tr><tr><th>b</th></tr><tr><td>c</td></tr></table>",
        "<table><tr><td>a</td></tr><tr><th>b</th></tr></table>",
    ],
    ids=["span", "two heads", "head in the body"],
)
def test_a_table_that_pipes_would_spoil_stays_html(html: str) -> None:
    block = table_block(html)
    written = WRITERS["markdown"](document(block), None, PIPES).strip()
    assert parse_table(written) == block.data


def test_csv_files_have_every_cell_at_its_column() -> None:
    block = table_block(
        '<table><tr><td rowspan=2>a,"b"</td><td colspan=2>c</td></tr><tr><td>d</td><td>e<br>f</td></tr></table>'
    )
    ((name, data),) = table_files(document(block), "out")
    assert name == "out-p01-table-1.csv"
    assert list(csv.reader(io.StringIO(data.decode()))) == [['a,"b"', "c", ""], ["", "d", "e\nf"]]


def test_formulas_in_brackets_reach_a_renderer_as_brackets() -> None:
    block = Block("text", r"so \(x_1 < y\) costs $5")
    written = WRITERS["markdown"](document(block), None, Style(math=MathStyle.BRACKETS))
    assert written == "so \\\\(x_1 < y\\\\) costs \\$5\n"
    assert r"\(x_1 &lt; y\)" in MarkdownIt().render(written)


RUNNING = (Block("running_header", "Annual Report"), Block("text", "Body."), Block("page_number", "7"))


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        (Headers.DROP, "Body.\n"),
        (Headers.KEEP, "Annual Report\n\nBody.\n\n7\n"),
        (Headers.MARK, "[Header: Annual Report]\n\nBody.\n\n[Page: 7]\n"),
    ],
)
@pytest.mark.parametrize("name", ["markdown", "text"])
def test_running_heads_are_dropped_kept_or_marked(name: str, headers: Headers, expected: str) -> None:
    assert WRITERS[name](document(*RUNNING), None, Style(headers=headers)) == expected


def test_json_has_running_heads_whatever_was_wished() -> None:
    plain = json.loads(WRITERS["json"](document(*RUNNING), None, Style(headers=Headers.DROP)))
    assert [block["text"] for block in plain["pages"][0]["blocks"]] == ["Annual Report", "Body.", "7"]


def test_front_matter_is_yaml_of_what_is_known() -> None:
    written = WRITERS["markdown"](document(Block("title", '# A "b": c')), None, Style(has_front_matter=True))
    _, matter, body = written.split("---\n")
    values = {line.split(": ", 1)[0]: json.loads(line.split(": ", 1)[1]) for line in matter.splitlines()}
    assert values["title"] == 'A "b": c'
    assert (values["source"], values["pages"], values["model"], values["ratio"]) == ("paper.pdf", 1, "nano", None)
    assert body.strip() == '# A "b": c'


def test_a_line_of_json_is_a_page_of_the_schema(sample_document: Document) -> None:
    schema: dict[str, Any] = json.loads(
        files("deepocr_cli.writers").joinpath("document.schema.json").read_text("utf-8")
    )
    schema["$ref"], schema["additionalProperties"] = "#/$defs/page", True
    schema["required"], schema["properties"] = [], {}
    schema["$defs"]["page"]["additionalProperties"] = True
    lines = WRITERS["jsonl"](sample_document, None).splitlines()
    assert [json.loads(line)["number"] for line in lines] == [1, 2]
    for line in lines:
        Draft202012Validator(schema).validate(json.loads(line))


def test_contents_link_to_every_heading() -> None:
    headings = (Block("title", "# One"), Block("sub_title", "## Two & *three*"), Block("sub_title", "### Four"))
    html = WRITERS["html"](document(*headings), None)
    for number, words in ((1, "One"), (2, "Two &amp; three"), (3, "Four")):
        assert f'<a href="#heading-{number}">{words}</a>' in html
        assert f'id="heading-{number}"' in html
    assert "<nav" not in WRITERS["html"](document(*headings[:2]), None)


@pytest.mark.skipif(shutil.which("tidy") is None, reason="tidy is not installed")
def test_a_validator_finds_no_error_in_the_html(sample_document: Document) -> None:
    formula = Block("equation", r"\[ \frac{a}{b} \]")
    (third,) = document(*RUNNING, formula).pages
    pages = (*sample_document.pages, replace(third, number=3))
    html = WRITERS["html"](Document("notes.pdf", pages), None, Style(headers=Headers.KEEP))
    result = subprocess.run(["tidy", "-q", "-e", "-utf8"], input=html.encode(), capture_output=True, check=False)
    complaints = [line for line in result.stderr.decode().splitlines() if "proprietary" not in line]
    assert complaints == []
