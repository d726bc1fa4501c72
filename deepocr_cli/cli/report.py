"""`deepocr report`: the report of a run as a web page, the pictures of its pages drawn anew from their documents."""

import io
from collections.abc import Iterator, Sequence
from contextlib import closing
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from typer import Argument, Option

from deepocr_cli.cli import options
from deepocr_cli.cli.passwords import read_passwords
from deepocr_cli.errors import ExitCode, InputError, UsageError, printable

if TYPE_CHECKING:
    from PIL import Image

    from deepocr_cli.isolation.crew import Crew
    from deepocr_cli.isolation.paper import Paper
    from deepocr_cli.reporting.lines import ReportedPage
    from deepocr_cli.reporting.page_html import PagePicture

PICTURE_DPI = 110.0
LONGEST_SIDE, MANY, LONGEST_SIDE_OF_MANY = 1200, 60, 900
"""Pixels; a picture takes some seventy kilobytes, one of more than `MANY` some forty."""
_MAX_PIXELS = 50_000_000

RunReport = Annotated[Path, Argument(metavar="RUN.jsonl", help="A file that convert --report has written.")]
Page = Annotated[
    Path | None,
    Option("--output", "-o", metavar="RUN.html", help="Write here; by default beside the report.", show_default=False),
]
PictureCount = Annotated[
    int, Option("--pictures", metavar="N", min=0, help="Show the pictures of the N worst pages; 0 shows none.")
]


def report(
    run: RunReport,
    output: Page = None,
    pictures: PictureCount = 200,
    page_timeout: options.PageTimeout = 120,
    force: options.Force = False,
    password_file: options.PasswordFile = None,
) -> ExitCode:
    """Show the report of a run: every page's picture beside its text, what its witness disputes marked, worst first."""
    from deepocr_cli.cli.console import protected_stdout
    from deepocr_cli.cli.outputs import refuse_existing
    from deepocr_cli.isolation.crew import Crew
    from deepocr_cli.reporting.lines import read_report
    from deepocr_cli.reporting.report_html import report_html, worst_first
    from deepocr_cli.store.files import write_atomically

    target = run.with_suffix(".html") if output is None else output
    if target == run:
        raise UsageError(f"{target}: is the report itself", hint="name the page: -o RUN.html")
    refuse_existing(target, force=force)
    pages = worst_first(read_report(run))
    with protected_stdout(), closing(Crew(page_timeout)) as crew:
        side = LONGEST_SIDE if min(pictures, len(pages)) <= MANY else LONGEST_SIDE_OF_MANY
        drawn = dict(_pictures(crew, run, pages[:pictures], side, read_passwords(password_file)))
    page = report_html(run.name, pages, drawn)
    write_atomically(target, page.encode(), force=force)
    return ExitCode.COMPLETE


def _pictures(
    crew: "Crew", run: Path, pages: "Sequence[ReportedPage]", side: int, passwords: Sequence[str]
) -> "Iterator[tuple[tuple[str, int], PagePicture]]":
    """A picture of `side` pixels for every page, or why there is none; documents are opened one after another."""
    from deepocr_cli.isolation.paper import open_paper

    for source, group in groupby(sorted(pages, key=lambda page: page.source), key=lambda page: page.source):
        numbers = sorted({page.number for page in group})
        place = _find(source, run)
        if place is None:
            gone = "came through a pipe" if source == "-" else "is no longer there"
            yield from (((source, number), _absent(f"{source} {gone}")) for number in numbers)
            continue
        note = "The document has changed since it was read." if _is_newer(place, run) else None
        try:
            opened = open_paper(crew, str(place), passwords=passwords)
        except InputError as error:
            yield from (((source, number), _absent(error.message)) for number in numbers)
            continue
        for number in numbers:
            yield (source, number), _draw(opened, number, side, note)


def _draw(opened: "Paper", number: int, side: int, note: str | None) -> "PagePicture":
    from deepocr_cli.reporting.page_html import PagePicture

    try:
        paper, _ = opened.draw(number, dpi=PICTURE_DPI, max_pixels=_MAX_PIXELS)
    except InputError as error:
        return _absent(error.message)
    return PagePicture(*_webp(paper.image, side), note)


def _absent(reason: str) -> "PagePicture":
    from deepocr_cli.reporting.page_html import PagePicture

    return PagePicture(None, note=f"No picture: {printable(reason)}.")


def _find(source: str, run: Path) -> Path | None:
    """The document, by its name as it was given, or beside the report."""
    for place in (Path(source), run.parent / source):
        try:
            if place.is_file():
                return place
        except (OSError, ValueError):
            return None
    return None


def _is_newer(place: Path, run: Path) -> bool:
    return place.stat().st_mtime > run.stat().st_mtime


def _webp(image: "Image.Image", side: int) -> tuple[bytes, tuple[int, int]]:
    image.thumbnail((side, side))
    buffer = io.BytesIO()
    image.save(buffer, format="WEBP", quality=60)
    return buffer.getvalue(), image.size
