"""A table as text in, HTML or pipes, however broken; a Table with all of its text out.

The lexer is our own and strict: a tag that tables do not use is text, so that `a<b` or an address in angle brackets
survives. It reads any string in linear time.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from html import unescape

from deepocr_cli.document import Cell, Table

MAX_COLUMNS = 256
"""Spans never reach beyond this column."""
MAX_ROW_SPAN = 100

_TAG = re.compile(
    r"""
      <(?P<slash>/?)
       (?P<name>a|b|big|br|caption|center|code|colgroup|col|div|em|font|h[1-6]|i|img|li|ol|p|small|span
        |strong|sub|sup|table|tbody|td|tfoot|thead|th|tr|ul|u)
       (?P<attributes>[\s/][^<>]*+)?>
    | </?(?:t(?:able|r|d|h)?)?(?:[ \t]++(?:col|row)span[^<>\n]*+)?\Z    # cut off by the token limit
    """,
    re.IGNORECASE | re.VERBOSE,
)
_SPAN = re.compile(r"\b(?P<axis>col|row)span\s*+=\s*+[\"']?(?P<count>\d{1,9})", re.IGNORECASE)
_LINE_TAGS = frozenset({"br", "caption", "div", "li", "p", "table", "tr"})
_WHITESPACE = re.compile(r"\s+")
_DELIMITER_ROW = re.compile(r"\|?(?:[ \t]*:?-+:?[ \t]*\|)*[ \t]*:?-+:?[ \t]*\|?")
_PIPE = re.compile(r"(?<!\\)\|")
_LINE_BREAK = re.compile(r"<br */?>", re.IGNORECASE)
_BOLD = re.compile(r"\*\*([^*]+)\*\*")


def parse_table(html: str) -> Table:
    """The table that the model wrote; never raises.

    Unclosed and missing tags are guessed as browsers do, a table inside a cell becomes lines of that cell, text outside
    all cells gets one of its own, spans are clamped to the table.
    """
    builder = _TableBuilder()
    for piece in _lex(html):
        if isinstance(piece, str):
            builder.add_text(unescape(piece))
        elif piece["name"]:
            builder.add_tag(piece["name"].lower(), piece["attributes"] or "", is_closing=bool(piece["slash"]))
    builder.finish_row()
    return Table(_clamp_row_spans(builder.rows))


def parse_pipe_table(text: str) -> Table | None:
    """The table that GitHub's pipe syntax writes, if the text begins with its two heading lines; else None.

    A heading whose cells are all blank is an artefact of the syntax and left out.
    """
    lines = [line.strip() for line in text.strip().split("\n")]
    if len(lines) < 2 or not is_pipe_heading(lines[0], lines[1]):
        return None
    heading, _, *body = map(_split_pipes, lines)
    rows = [tuple(Cell(cell) for cell in row) for row in body]
    if any(heading):
        rows.insert(0, tuple(Cell(cell, is_header=True) for cell in heading))
    return Table(tuple(rows))


def is_pipe_heading(line: str, delimiters: str) -> bool:
    """Whether two lines open a pipe table: cells, then as many runs of dashes."""
    return (
        "|" in line
        and _DELIMITER_ROW.fullmatch(delimiters.strip()) is not None
        and len(_split_pipes(line)) == len(_split_pipes(delimiters))
    )


@dataclass(slots=True)
class _TableBuilder:
    """Rows and cells as they come; `row` is None between rows, `parts` between cells."""

    rows: list[tuple[Cell, ...]] = field(default_factory=list)
    row: list[Cell] | None = None
    parts: list[str] | None = None
    opening: Cell = field(default_factory=lambda: Cell(""))
    used_columns: int = 0
    depth: int = 0
    is_head: bool = False
    covered_rows: int = 0

    def add_text(self, text: str) -> None:
        if self.parts is None:
            if not text.strip():
                return
            self._open_cell(Cell("", is_header=self.is_head))
        if self.parts is not None:
            self.parts.append(_WHITESPACE.sub(" ", text))

    def add_tag(self, name: str, attributes: str, *, is_closing: bool) -> None:
        if name == "table":
            self._nest(is_closing=is_closing)
        elif self.depth > 1:
            self._separate(name)
        elif name in ("td", "th"):
            self._finish_cell()
            if not is_closing:
                self._open_cell(_opened_cell(attributes, is_header=self.is_head or name == "th"))
        elif name in ("tr", "caption", "thead", "tbody", "tfoot"):
            self._change_row(name, is_closing=is_closing)
        else:
            self._separate(name)

    def finish_row(self) -> None:
        """Keeps the row; one without cells only where a span from above reaches into it."""
        self._finish_cell()
        if self.row or (self.row is not None and self.covered_rows > 0):
            self.rows.append(tuple(self.row))
            self.covered_rows = max([self.covered_rows - 1, *(cell.row_span - 1 for cell in self.row)])
        self.row = None

    def _change_row(self, name: str, *, is_closing: bool) -> None:
        self.finish_row()
        if name == "tr" and not is_closing:
            self._open_row()
        elif name in ("thead", "tbody", "tfoot"):
            self.is_head = name == "thead" and not is_closing

    def _nest(self, *, is_closing: bool) -> None:
        """A table opened inside a cell is a nested one; between cells it is a slip of the model."""
        self._separate("table")
        if is_closing:
            self.depth = max(self.depth - 1, 0)
        elif self.depth == 0 or self.parts is not None:
            self.depth += 1

    def _open_row(self) -> None:
        self.row, self.used_columns = [], 0

    def _open_cell(self, opening: Cell) -> None:
        if self.row is None:
            self._open_row()
        self.opening, self.parts = opening, []

    def _finish_cell(self) -> None:
        if self.parts is None or self.row is None:
            return
        span = max(1, min(self.opening.column_span, MAX_COLUMNS - self.used_columns))
        self.used_columns += span
        self.row.append(replace(self.opening, text=_cell_text(self.parts), column_span=span))
        self.parts = None

    def _separate(self, name: str) -> None:
        if self.parts is not None:
            self.parts.append("\n" if name in _LINE_TAGS else " " if name in ("td", "th") else "")


def _lex(html: str) -> Iterator[str | re.Match[str]]:
    """Texts and the tags between them."""
    position = 0
    for tag in _TAG.finditer(html):
        yield html[position : tag.start()]
        yield tag
        position = tag.end()
    yield html[position:]


def _opened_cell(attributes: str, *, is_header: bool) -> Cell:
    spans = {match["axis"].lower(): max(1, int(match["count"])) for match in _SPAN.finditer(attributes)}
    row_span = min(spans.get("row", 1), MAX_ROW_SPAN)
    return Cell("", column_span=spans.get("col", 1), row_span=row_span, is_header=is_header)


def _cell_text(parts: list[str]) -> str:
    lines = (" ".join(line.split()) for line in "".join(parts).split("\n"))
    return "\n".join(line for line in lines if line)


def _clamp_row_spans(rows: list[tuple[Cell, ...]]) -> tuple[tuple[Cell, ...], ...]:
    """No cell reaches below the last row."""
    return tuple(
        tuple(replace(cell, row_span=min(cell.row_span, len(rows) - number)) for cell in row)
        for number, row in enumerate(rows)
    )


def _split_pipes(line: str) -> list[str]:
    line = line.strip().removeprefix("|")
    cells = _PIPE.split(line)
    if len(cells) > 1 and not cells[-1].strip():
        cells.pop()
    return [_pipe_cell_text(cell) for cell in cells]


def _pipe_cell_text(cell: str) -> str:
    text = _BOLD.sub(r"\1", _LINE_BREAK.sub("\n", cell)).replace("\\|", "|")
    return _cell_text([text])
