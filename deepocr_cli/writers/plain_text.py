"""Markdown in, its words out: no markup, but lists, line breaks and code lines kept."""

from dataclasses import dataclass, field

from markdown_it.token import Token

from deepocr_cli.writers.commonmark import FORMULA_TOKENS, parse_markdown
from deepocr_cli.writers.plain_formula import plain_formula


def plain_text(markdown: str) -> str:
    """The text as a person would type it: a formula in Unicode where that can be, a link as its words."""
    layout = _Layout()
    for token in parse_markdown(markdown):
        layout.add(token)
    return "\n".join(layout.lines).strip("\n")


@dataclass(slots=True)
class _Layout:
    """Lines so far; `counters` has the next number of every open list, None where it has bullets."""

    lines: list[str] = field(default_factory=list)
    counters: list[int | None] = field(default_factory=list)
    marker: str = ""
    cells: list[str] | None = None

    def add(self, token: Token) -> None:
        if token.type in ("bullet_list_open", "ordered_list_open"):
            self.counters.append(int(token.attrGet("start") or 1) if token.type == "ordered_list_open" else None)
        elif token.type in ("bullet_list_close", "ordered_list_close"):
            self.counters.pop()
            self._end_paragraph(is_tight=bool(self.counters))
        elif token.type == "list_item_open":
            self._number_item()
        elif token.type in ("paragraph_close", "heading_close"):
            self._end_paragraph(is_tight=token.hidden)
        elif token.type == "tr_open":
            self.cells = []
        elif token.type == "tr_close":
            self._write("  ".join(self.cells or ()))
            self.cells = None
        elif token.type in ("fence", "code_block"):
            self._write(token.content.rstrip("\n"))
            self._end_paragraph(is_tight=False)
        elif token.type == "inline":
            self._add_inline(_inline_text(token))

    def _number_item(self) -> None:
        counter = self.counters[-1]
        self.marker = "- " if counter is None else f"{counter}. "
        self.counters[-1] = None if counter is None else counter + 1

    def _add_inline(self, text: str) -> None:
        if self.cells is None:
            self._write(text)
        else:
            self.cells.append(" ".join(text.split()))

    def _write(self, text: str) -> None:
        """Lines under the marker of their list item; only the first carries it."""
        indent = "  " * max(len(self.counters) - 1, 0)
        for line in text.split("\n"):
            self.lines.append(f"{indent}{self.marker}{line}")
            self.marker = " " * len(self.marker)

    def _end_paragraph(self, *, is_tight: bool) -> None:
        if not is_tight and self.lines and self.lines[-1]:
            self.lines.append("")
        if not self.counters:
            self.marker = ""


def _inline_text(token: Token) -> str:
    return "".join(map(_typed, token.children or ()))


def _typed(part: Token) -> str:
    if part.type in ("softbreak", "hardbreak"):
        return "\n"
    return plain_formula(part.content) if part.type in FORMULA_TOKENS else part.content
