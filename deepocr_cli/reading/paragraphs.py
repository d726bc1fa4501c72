"""Plain markdown in, its blocks out: headings, paragraphs, displayed formulas, fenced code, tables."""

import re
from collections.abc import Iterator

from deepocr_cli.document import Block, Box, Table
from deepocr_cli.reading.header_rows import find_header_rows
from deepocr_cli.reading.tables import is_pipe_heading, parse_pipe_table, parse_table
from deepocr_cli.table_markup import table_to_html

_HEADING = re.compile(r" {0,3}(?P<marks>#{1,6})[ \t]+\S")
_DISPLAYED = re.compile(r"\s*+(?:\\\[.*\\\]|\$\$.*\$\$)\s*+", re.DOTALL)
_FENCE = re.compile(r" {0,3}(?P<fence>`{3,}|~{3,})(?P<info>[^`]*)")
_TABLE_TAG = re.compile(
    r"(?<!`)<(?P<slash>/?)(?P<name>table|tr|td|th)(?:(?:[\s/][^<>]*+)?>|(?:[ \t/][^<>\n]*+)?\Z)",
    re.IGNORECASE,
)


def split_paragraphs(text: str) -> Iterator[Block]:
    """The blocks of cleaned markdown without grounding; every word of it is in one of them, in order."""
    for kind, piece in split_islands(text):
        if kind == "table":
            yield table_block(parse_table(piece))
        elif kind == "code":
            yield Block("code", piece)
        else:
            for paragraph in piece.split("\n\n"):
                yield from _paragraph_blocks(paragraph.strip("\n"))


def split_islands(text: str) -> Iterator[tuple[str, str]]:
    """Cuts text into ("code", a fenced block), ("table", HTML from table to /table) and ("text", the rest)."""
    for is_code, piece in _split_fences(text):
        if is_code:
            yield "code", piece
            continue
        position = 0
        for start, end in _table_spans(piece):
            yield "text", piece[position:start]
            yield "table", piece[start:end]
            position = end
        yield "text", piece[position:]


def table_block(table: Table, box: Box | None = None) -> Block:
    table = find_header_rows(table)
    return Block("table", table_to_html(table), box, table)


def _paragraph_blocks(paragraph: str) -> Iterator[Block]:
    """The blocks of lines that no blank line parts."""
    lines = paragraph.split("\n")
    start = index = 0
    while index < len(lines):
        end = _special_end(lines, index)
        if end is None:
            index += 1
            continue
        yield from _text_block(lines[start:index])
        yield _special_block(lines[index:end])
        start = index = end
    yield from _text_block(lines[start:])


def _special_end(lines: list[str], index: int) -> int | None:
    """Where the heading or the pipe table that begins at a line ends; None if neither begins there."""
    if _HEADING.match(lines[index]):
        return index + 1
    if index + 1 == len(lines) or not is_pipe_heading(lines[index], lines[index + 1]):
        return None
    end = index + 2
    while end < len(lines) and "|" in lines[end]:
        end += 1
    return end


def _special_block(lines: list[str]) -> Block:
    text = "\n".join(lines)
    table = parse_pipe_table(text)
    if table is not None:
        return table_block(table)
    return Block("title" if text.lstrip().startswith("# ") else "sub_title", text)


def _text_block(lines: list[str]) -> Iterator[Block]:
    text = "\n".join(lines)
    if text.strip():
        yield Block("equation" if _DISPLAYED.fullmatch(text) else "text", text)


def _split_fences(text: str) -> Iterator[tuple[bool, str]]:
    """Cuts text into (is fenced code, lines); a fence that nothing closes is text."""
    lines = text.split("\n")
    start, opened, fence = 0, 0, ""
    for index, line in enumerate(lines):
        match = _FENCE.fullmatch(line)
        if match is None:
            continue
        if not fence:
            opened, fence = index, match["fence"]
        elif match["fence"].startswith(fence) and not match["info"].strip():
            yield False, "\n".join(lines[start:opened])
            yield True, "\n".join(lines[opened : index + 1])
            start, fence = index + 1, ""
    yield False, "\n".join(lines[start:])


def _table_spans(text: str) -> Iterator[tuple[int, int]]:
    """Where the outermost tables lie. One that nothing closes ends where the next begins or its text does."""
    start: int | None = None
    depth, is_in_cell, last_tag_end = 0, False, 0
    for tag in _TABLE_TAG.finditer(text):
        name, is_closing = tag["name"].lower(), bool(tag["slash"])
        if name == "table" and start is None:
            if not is_closing:
                start, depth, is_in_cell = tag.start(), 1, False
        elif name == "table" and is_closing:
            depth, is_in_cell = depth - 1, True
            if depth == 0 and start is not None:
                yield start, tag.end()
                start = None
        elif name == "table" and is_in_cell:
            depth += 1
        elif name == "table" and start is not None:
            yield start, _unclosed_end(text, last_tag_end, tag.start())
            start, depth = tag.start(), 1
        else:
            is_in_cell = name in ("td", "th") and not is_closing
        last_tag_end = tag.end()
    if start is not None:
        yield start, _unclosed_end(text, last_tag_end, len(text))


def _unclosed_end(text: str, last_tag_end: int, limit: int) -> int:
    """A table cut off by the token limit ends with its last cell: at the blank line after its last tag."""
    blank_line = text.find("\n\n", last_tag_end, limit)
    return limit if blank_line < 0 else blank_line
