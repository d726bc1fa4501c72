"""`deepocr plan`: what would be spent on each page of a document, without reading it."""

import json
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from deepocr_cli.cli import options
from deepocr_cli.cli.console import protected_stdout, report_error
from deepocr_cli.cli.passwords import read_passwords
from deepocr_cli.cli.text_table import table_lines
from deepocr_cli.document import Plan
from deepocr_cli.errors import DeepOcrError, ExitCode, InputError, UsageError
from deepocr_cli.settings import Dial, Settings
from deepocr_cli.store.files import write_stdout

if TYPE_CHECKING:
    from deepocr_cli.isolation.crew import Crew
    from deepocr_cli.pipeline import Pipeline


def plan(
    inputs: options.Inputs,
    pages: options.PageRanges = None,
    recursive: options.Recursive = False,
    tokens: options.Tokens = None,
    ratio: options.Ratio = None,
    mode: options.ModeName = "auto",
    precision: options.Precision = None,
    model: options.Model = "auto",
    dpi: options.Dpi = 144,
    max_pixels: options.MaxPixels = 50_000_000,
    as_json: options.AsJson = False,
    password_file: options.PasswordFile = None,
) -> ExitCode:
    """Show what would be spent on each page, without reading it."""
    settings = Settings(
        dial=Dial(tokens, ratio, None if mode == "auto" else mode, precision),
        pages=pages,
        model=model,
        dpi=dpi,
        max_pixels=max_pixels,
        passwords=read_passwords(password_file),
    )
    with protected_stdout() as stdout:
        failed: list[DeepOcrError] = []
        planned = list(_plan_documents(inputs, settings, failed, is_recursive=recursive))
        text = _as_json(planned) if as_json else _as_table(planned)
        write_stdout(stdout, text.encode())
    return ExitCode.INPUT if failed else ExitCode.COMPLETE


@dataclass(frozen=True, slots=True)
class _PlannedPage:
    source: str
    number: int
    size: tuple[int, int]
    plan: Plan


def _plan_documents(
    inputs: list[str], settings: Settings, failed: list[DeepOcrError], *, is_recursive: bool
) -> Iterator[_PlannedPage]:
    """The pages of every document; of several, those that cannot be planned are told, and noted in `failed`."""
    from deepocr_cli.isolation.crew import Crew
    from deepocr_cli.pages.inputs import find_documents
    from deepocr_cli.pages.ranges import check_page_ranges
    from deepocr_cli.pipeline import Pipeline

    check_page_ranges(settings.pages or "1-end")
    pipeline = Pipeline(settings)
    documents = find_documents(inputs, recursive=is_recursive).documents
    with closing(Crew(settings.page_timeout)) as crew:
        for name in documents:
            try:
                yield from _plan_document(pipeline, crew, name)
            except (InputError, UsageError) as error:
                if len(documents) == 1:
                    raise
                lacks_pages = isinstance(error, UsageError)
                failed.append(InputError(f"{name}: {error.message}") if lacks_pages else error)
                report_error(failed[-1])


def _plan_document(pipeline: "Pipeline", crew: "Crew", name: str) -> Iterator[_PlannedPage]:
    from deepocr_cli.isolation.paper import open_paper
    from deepocr_cli.pages.ranges import parse_page_ranges

    opened = open_paper(crew, name, passwords=pipeline.settings.passwords, stdin=sys.stdin.buffer)
    numbers = parse_page_ranges(pipeline.settings.pages or "1-end", opened.source.page_count)
    for number, size, page_plan in pipeline.plan(opened, numbers):
        yield _PlannedPage(opened.source.name, number, size, page_plan)


def _as_json(planned: list[_PlannedPage]) -> str:
    return json.dumps([_row(page) for page in planned], ensure_ascii=False, indent=2) + "\n"


def _row(page: _PlannedPage) -> dict[str, Any]:
    plan = page.plan
    return {
        "source": page.source,
        "page": page.number,
        "width": page.size[0],
        "height": page.size[1],
        "characters": plan.estimate.characters,
        "text_tokens": plan.estimate.text_tokens,
        "estimated_from": plan.estimate.origin,
        "mode": plan.modes[0].name,
        "vision_tokens": plan.vision_tokens,
        "valid_tokens": plan.valid_tokens,
        "ratio": round(plan.ratio, 2),
        "precision": None if plan.precision is None else round(plan.precision, 3),
        "reason": plan.reason,
    }


def _as_table(planned: list[_PlannedPage]) -> str:
    """A table per run."""
    cells = [_cells(_row(page)) for page in planned]
    return "\n".join(table_lines(_COLUMNS, cells, left=("document", "mode"), caption=_caption(planned))) + "\n"


def _cells(row: dict[str, Any]) -> list[str]:
    precision = "unknown" if row["precision"] is None else f"{row['precision']:.2f}"
    estimate = f"{row['text_tokens']} ({row['estimated_from']})"
    size = f"{row['width']} x {row['height']}"
    tokens = f"{row['vision_tokens']} ({row['valid_tokens']})"
    return [row["source"], str(row["page"]), size, estimate, row["mode"], tokens, f"{row['ratio']:.1f}", precision]


_COLUMNS = (
    "document",
    "page",
    "pixels",
    "text tokens (from)",
    "mode",
    "vision tokens (valid)",
    "ratio",
    "precision",
)


def _caption(planned: list[_PlannedPage]) -> str:
    spent = sum(page.plan.vision_tokens for page in planned)
    text_tokens = sum(page.plan.estimate.text_tokens for page in planned)
    pages = "1 page" if len(planned) == 1 else f"{len(planned)} pages"
    return f"{pages}, {spent} vision tokens for about {text_tokens} text tokens"
