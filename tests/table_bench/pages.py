"""Pages of prose with tables in them, as HTML, and what the tables truly are; the same ones in every run."""

import html
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass

STYLE = """
@page { size: A4; margin: 2cm }
body { font: 10.5pt 'DejaVu Serif', serif; margin: 0 }
.page { break-after: page } p { text-align: justify }
table { border-collapse: collapse; margin: 1em 0 } td { padding: 3px 8px; vertical-align: top }
.grid td { border: 1px solid #000 } .thick td { border: 2px solid #000; padding: 5px 8px }
.grey td { border: 1px solid #bbb } .double td { border: 3px double #000 }
.apart { border-collapse: separate; border: 1px solid #000 } .apart td { border: 1px solid #000 }
.dotted td { border: 1px dotted #000 } .dashed td { border: 1px dashed #000 }
.book { border-top: 2px solid #000; border-bottom: 2px solid #000 } .book .head td { border-bottom: 1px solid #000 }
.lines tr { border-bottom: 1px solid #000 } .pale tr { border-bottom: 1px solid #ccc }
.head-only .head td { border-bottom: 1.5px solid #000 } .down td { border-left: 1px solid; border-right: 1px solid }
.zebra tr:nth-child(even) { background: #e4e4e4 } .zebra .head { background: #333; color: #fff }
.sans { font-family: 'DejaVu Sans' } .small { font-size: 8pt } .wide { width: 100% } .tight td { padding: 1px 5px }
"""
STYLES = {
    "ruled": ("grid", "grid sans", "thick", "grey", "double", "apart"),
    "half ruled": ("book", "lines", "pale sans", "head-only", "down", "zebra sans"),
    "unruled": ("plain", "plain sans", "tight", "plain small", "plain wide"),
    "dotted, dashed": ("dotted", "dashed"),
}
WORDS = """harbour vessel pilot tide ledger cargo northern timber copper grain salted herring lantern rope canvas anchor
quay warehouse custom duty voyage captain season winter signal breeze market barrel inspection permit crane dredger
survey channel"""


@dataclass(frozen=True, slots=True)
class Cell:
    text: str
    columns: int = 1
    rows: int = 1
    is_figure: bool = False


@dataclass(frozen=True, slots=True)
class TablePage:
    """A page: what its table is drawn with, its HTML, and the HTML of the table alone."""

    kind: str
    body: str
    truth: str


Rows = list[list[Cell]]


def draw_pages(seed: int = 7) -> Iterator[TablePage]:
    """Every style with every content."""
    chance = random.Random(seed)
    for kind, styles in STYLES.items():
        for style in styles:
            for content in CONTENTS:
                rows = content(chance)
                body = f"<p>{prose(chance)}</p>{_markup(rows, style)}<p>{prose(chance)}</p>"
                yield TablePage(kind, f'<div class="page">{body}</div>', _markup(rows, ""))


def document(pages: list[TablePage]) -> str:
    return f"<!doctype html><meta charset=utf-8><style>{STYLE}</style>{''.join(page.body for page in pages)}"


def prose(chance: random.Random) -> str:
    return " ".join(words(chance, chance.randint(8, 16)).capitalize() + "." for _ in range(3))


def words(chance: random.Random, count: int) -> str:
    return " ".join(chance.choice(WORDS.split()) for _ in range(count))


def figure(chance: random.Random) -> Cell:
    return Cell(f"{chance.uniform(1, 9999):,.{chance.choice((0, 2))}f}", is_figure=True)


def head(chance: random.Random, count: int) -> list[Cell]:
    return [Cell(words(chance, 1).title(), is_figure=column > 0) for column in range(count)]


def figures(chance: random.Random) -> Rows:
    count = chance.randint(3, 6)
    names = [words(chance, chance.randint(1, 2)).title() for _ in range(chance.randint(5, 12))]
    return [head(chance, count), *([Cell(name), *(figure(chance) for _ in range(count - 1))] for name in names)]


def entries(chance: random.Random) -> Rows:
    """Words, a few in each cell."""
    count = chance.randint(3, 5)
    return [[Cell(words(chance, chance.randint(1, 2)).capitalize()) for _ in range(count)] for _ in range(6)]


def explanations(chance: random.Random) -> Rows:
    """A column of cells of several lines."""
    return [
        [
            Cell(words(chance, 1).title()),
            Cell(words(chance, chance.randint(1, 2))),
            Cell(words(chance, 14).capitalize()),
        ]
        for _ in range(5)
    ]


def spanned_heads(chance: random.Random) -> Rows:
    above = [Cell("Port", rows=2), Cell("Ships", columns=2), Cell("Cargo", columns=2)]
    below = [Cell(text, is_figure=True) for text in ("in", "out", "tons", "casks")]
    return [above, below, *([Cell(words(chance, 1).title()), *(figure(chance) for _ in range(4))] for _ in range(6))]


def with_gaps(chance: random.Random) -> Rows:
    """Figures, some of them missing."""
    rows = figures(chance)
    return [
        rows[0],
        *([row[0], *(cell if chance.random() > 0.25 else Cell("") for cell in row[1:])] for row in rows[1:]),
    ]


CONTENTS: tuple[Callable[[random.Random], Rows], ...] = (figures, entries, explanations, spanned_heads, with_gaps)


def _markup(rows: Rows, style: str) -> str:
    count = max(cell.rows for cell in rows[0])
    lines = "".join(
        f"<tr{' class=head' if number < count and style else ''}>{''.join(_cell(cell, style) for cell in row)}</tr>"
        for number, row in enumerate(rows)
    )
    return f'<table class="{style}">{lines}</table>'


def _cell(cell: Cell, style: str) -> str:
    place = ' style="text-align: right"' if cell.is_figure and style else ""
    return f"<td colspan={cell.columns} rowspan={cell.rows}{place}>{html.escape(cell.text)}</td>"
