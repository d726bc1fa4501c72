"""`deepocr find`, `describe` and `figure`: one question about each page of a file, the answer on standard output."""

import json
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

from deepocr_cli.cli import options, shape_options
from deepocr_cli.cli.asking import Asking, with_flags
from deepocr_cli.cli.console import protected_stdout
from deepocr_cli.document import Document, text_of
from deepocr_cli.errors import ExitCode
from deepocr_cli.settings import Settings, Task


@with_flags
def find(
    file: shape_options.OneInput,
    words: shape_options.WordsToFind,
    asking: Asking,
    overlay: shape_options.Overlay = None,
    force: options.Force = False,
) -> ExitCode:
    """Find words on the pages of a file: their boxes as JSON."""
    settings = asking.settings(Task.FIND, words)
    document, code = _ask(file, settings, "find words", overlay if overlay is None else (overlay, force))
    found = [
        {"page": page["number"], **{key: block[key] for key in ("text", "box", "points", "coordinates")}}
        for page in _plain_pages(document)
        for block in page["blocks"]
        if block["box"] is not None
    ]
    _print({"source": document.source, "words": words, "found": found})
    return code


@with_flags
def describe(file: shape_options.OneInput, asking: Asking, as_json: shape_options.AnswerAsJson = False) -> ExitCode:
    """Describe what the pages of a file show, in words."""
    settings = asking.settings(Task.DESCRIBE)
    document, code = _ask(file, settings, "describe a picture")
    texts = [{"page": page.number, "text": text_of(page.blocks)} for page in document.pages]
    if as_json:
        _print({"source": document.source, "descriptions": texts})
    else:
        print("\n\n".join(str(text["text"]) for text in texts))
    return code


@with_flags
def figure(file: shape_options.OneInput, asking: Asking) -> ExitCode:
    """Read one chart, formula, molecule or geometric drawing: what it says, as JSON."""
    settings = asking.settings(Task.FIGURE)
    document, code = _ask(file, settings, "parse a figure")
    keys = ("text", "table", "formula", "chart", "molecule", "geometry")
    figures = [
        {"page": page["number"], **{key: block[key] for key in keys}, "note": page["note"]}
        for page in _plain_pages(document)
        for block in page["blocks"]
    ]
    _print({"source": document.source, "figures": figures})
    return code


def _ask(
    file: str, settings: Settings, wish: str, overlay: tuple[Path, bool] | None = None
) -> tuple[Document, ExitCode]:
    """The pages with their answers, and whether each answer is whole.

    Raises:
        WeightsError: the model reads pages only.
    """
    from deepocr_cli.isolation.crew import Crew
    from deepocr_cli.isolation.paper import open_paper
    from deepocr_cli.model.abilities import require_figures, require_words
    from deepocr_cli.pages.ranges import parse_page_ranges
    from deepocr_cli.pipeline import Pipeline

    with protected_stdout(), closing(Crew(settings.page_timeout)) as crew:
        pipeline = Pipeline(settings)
        (require_figures if settings.task is Task.FIGURE else require_words)(pipeline.model, wish)
        opened = open_paper(crew, file, passwords=settings.passwords, stdin=sys.stdin.buffer)
        numbers = parse_page_ranges(settings.pages or "1-end", opened.source.page_count)
        document = Document(opened.source.name, tuple(pipeline.read(opened, numbers)), pipeline.model.name)
        if overlay is not None:
            from deepocr_cli.cli.pdf_results import write_pdf
            from deepocr_cli.isolation.layered import Layer

            write_pdf(Layer.OVERLAY, settings, opened, document, overlay[0], is_forced=overlay[1])
    return document, ExitCode.COMPLETE if document.is_complete else ExitCode.INCOMPLETE


def _plain_pages(document: Document) -> list[dict[str, Any]]:
    from deepocr_cli.writers.to_json import plain_page

    return [plain_page(page, None) for page in document.pages]


def _print(answer: dict[str, Any]) -> None:
    print(json.dumps(answer, ensure_ascii=False, indent=2))
