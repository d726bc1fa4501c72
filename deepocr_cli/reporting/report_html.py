"""Reported pages and their pictures in, one web page out that needs no network and runs no script.

Filters work by the style sheet alone. All text comes from documents and is escaped.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.resources import files
from itertools import groupby

from deepocr_cli.document import Ending, Reader
from deepocr_cli.reporting.lines import ReportedPage
from deepocr_cli.reporting.page_html import ENDINGS, READERS, PagePicture, colour_of, page_article, said

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"
_STEPS = (0.0, 0.5, 0.7, 0.8, 0.9, 0.95, 0.97, 0.98, 0.99)
"""Where the columns of the distribution begin: finer where pages that were read well lie."""
_UNCHECKED = 0.9
"""Where a page that nothing checked stands among the others: behind those that are known to be worse."""


def report_html(title: str, pages: Sequence[ReportedPage], pictures: Mapping[tuple[str, int], PagePicture]) -> str:
    """The report as a page of its own, worst pages first.

    Args:
        title: what the run is called: the name of its file.
        pictures: by source and number; a page without one is told as such.
    """
    name = said(title)
    sheet = files(__package__).joinpath("report.css").read_text(encoding="utf-8")
    ordered = list(enumerate(worst_first(pages), 1))
    articles = (page_article(page, pictures.get((page.source, page.number)), f"p{place}") for place, page in ordered)
    newline = "\n"
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="deepocr">
<meta name="referrer" content="no-referrer">
<meta http-equiv="Content-Security-Policy" content="{_POLICY}">
<title>{name}: report of a run</title>
<style>
{sheet}{_filter_rules()}</style>
</head>
<body>
<a class="skip" href="#pages">To the pages</a>
<header class="run">
<p class="kicker">deepocr, report of a run</p>
<h1>{name}</h1>
{_summary(pages)}
</header>
{_filters(pages)}
{_map(ordered)}
<p class="legend"><mark class="invented">words that the witness does not have</mark>
<ins class="missing">words that only the witness has</ins>
<span>Worst pages first.</span></p>
<main id="pages">
{newline.join(articles)}
<p class="nothing">No page is both.</p>
</main>
</body>
</html>
"""


def worst_first(pages: Sequence[ReportedPage]) -> list[ReportedPage]:
    """Pages that failed, looped or were cut, then the others by what their witnesses think of them."""
    return sorted(pages, key=_badness)


def _badness(page: ReportedPage) -> tuple[int, float, str, int]:
    gravity = [Ending.FAILED, Ending.LOOPED, Ending.TOO_LONG, Ending.COMPLETE].index(page.ending)
    return gravity, _UNCHECKED if page.agreement is None else page.agreement.score, page.source, page.number


# ----------------------------------------------------------------------------------------------- summary


def _summary(pages: Sequence[ReportedPage]) -> str:
    documents = len({page.source for page in pages})
    whole = sum(page.ending is Ending.COMPLETE for page in pages)
    shown, written = sum(page.vision_tokens for page in pages), sum(page.text_tokens for page in pages)
    ratios = sorted(page.ratio for page in pages if page.ratio is not None)
    scores = sorted(page.agreement.score for page in pages if page.agreement is not None)
    figures = [
        (
            f"{len(pages):,}",
            "pages" if len(pages) != 1 else "page",
            f"of {documents:,} document{'s'[: documents != 1]}",
        ),
        (f"{whole:,}", "complete", f"{len(pages) - whole:,} not" if whole < len(pages) else "all of them"),
        (_median(scores, 3), "median fidelity", f"{len(scores):,} pages checked"),
        (f"{shown:,}", "vision tokens", f"{written:,} text tokens"),
        (_median(ratios, 1), "median ratio", f"{sum(page.seconds for page in pages):,.0f} s by the model"),
    ]
    cards = "".join(
        f'<div class="card"><dt>{name}</dt><dd><b>{value}</b> <span>{more}</span></dd></div>'
        for value, name, more in figures
    )
    return f'<dl class="cards">{cards}</dl>\n<div class="charts">{_shares(pages)}{_distribution(scores)}</div>'


def _median(values: Sequence[float], digits: int) -> str:
    return f"{values[len(values) // 2]:.{digits}f}" if values else "none"


def _shares(pages: Sequence[ReportedPage]) -> str:
    """Who read the pages and how reading ended, as bars with their numbers."""
    readers, endings = Counter(page.reader for page in pages), Counter(page.ending for page in pages)
    rows = [(READERS[reader], readers[reader], f"reader-{reader}") for reader in Reader if readers[reader]]
    rows += [(ENDINGS[ending], endings[ending], f"ending-{ending}") for ending in Ending if endings[ending]]
    bars = "".join(
        f'<tr><th scope="row">{name}</th><td class="bar"><i class="{kind}" style="width:{count / len(pages):.1%}"></i>'
        f'</td><td class="count">{count:,}</td></tr>'
        for name, count, kind in rows
    )
    return f"<table><caption>Readers and endings</caption><tbody>{bars}</tbody></table>"


def _distribution(scores: Sequence[float]) -> str:
    counts = Counter(bisect_right(_STEPS, score) - 1 for score in scores)
    highest = max(counts.values(), default=1)
    bars = "".join(
        f'<li style="--share:{counts[place] / highest:.3f}" class="{colour_of(step)}">'
        f"<b>{counts[place] or ''}</b><i></i><span>{step:.2g}</span></li>"
        for place, step in enumerate(_STEPS)
    )
    return f'<figure class="distribution"><figcaption>Pages by fidelity, from</figcaption><ol>{bars}</ol></figure>'


# ------------------------------------------------------------------------------------------- ways to a page


def _map(ordered: Iterable[tuple[int, ReportedPage]]) -> str:
    """A small square for every page, document by document in page order, each a link to its article."""
    by_document = sorted(ordered, key=lambda entry: (entry[1].source, entry[1].number))
    groups = "\n".join(
        f"<li><b>{said(source)}</b> {''.join(_squares(group))}</li>"
        for source, group in groupby(by_document, key=lambda entry: entry[1].source)
    )
    return f'<nav class="map" aria-label="Pages of each document"><ul>\n{groups}\n</ul></nav>'


def _squares(entries: Iterable[tuple[int, ReportedPage]]) -> Iterator[str]:
    for place, page in entries:
        colour = "unchecked" if page.agreement is None else colour_of(page.agreement.score)
        if page.ending is not Ending.COMPLETE:
            colour = "poor"
        score = "not checked" if page.agreement is None else f"fidelity {page.agreement.score:.3f}"
        yield (
            f'<a href="#p{place}" class="{colour}" data-ending="{page.ending}" data-reader="{page.reader}" '
            f'title="page {page.number}: {ENDINGS[page.ending]}, {score}">{page.number}</a>'
        )


def _filters(pages: Sequence[ReportedPage]) -> str:
    endings, readers = Counter(page.ending for page in pages), Counter(page.reader for page in pages)
    by_ending = [(ending.value, ENDINGS[ending], endings[ending]) for ending in Ending if endings[ending]]
    by_reader = [(reader.value, READERS[reader], readers[reader]) for reader in Reader if readers[reader]]
    choices = _choices("ending", by_ending, len(pages)) + _choices("reader", by_reader, len(pages))
    return f'<form class="filters" aria-label="Filters">{choices}</form>'


def _choices(group: str, choices: Iterable[tuple[str, str, int]], total: int) -> str:
    labels = "".join(
        f'<label><input type="radio" name="{group}" id="{group}-is-{value}"{" checked" if value == "all" else ""}>'
        f"<span>{words} <small>{count:,}</small></span></label>"
        for value, words, count in (("all", "all", total), *choices)
    )
    return f"<fieldset><legend>{group}</legend>{labels}</fieldset>"


def _filter_rules() -> str:
    """One rule for every choice; the line that nothing is left appears where each page is hidden by one of two."""
    rules = [
        f'body:has(#{group}-is-{value}:checked) [data-ending]:not([data-{group}="{value}"]) {{ display: none; }}'
        for group, values in (("ending", list(Ending)), ("reader", list(Reader)))
        for value in values
    ]
    rules += [
        f"body:has(#ending-is-{ending}:checked):has(#reader-is-{reader}:checked)"
        f':not(:has(article[data-ending="{ending}"][data-reader="{reader}"])) .nothing {{ display: block; }}'
        for ending in Ending
        for reader in Reader
    ]
    return "\n".join(rules) + "\n"
