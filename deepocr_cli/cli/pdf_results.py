"""The PDFs that can be written beside a result: the original with boxes drawn, or with an invisible text layer."""

from pathlib import Path

from deepocr_cli.cli.results import Places
from deepocr_cli.document import Document
from deepocr_cli.isolation.layered import Layer
from deepocr_cli.isolation.paper import Paper
from deepocr_cli.settings import Settings
from deepocr_cli.store.files import write_atomically


def write_pdfs(places: Places, settings: Settings, opened: Paper, document: Document) -> None:
    """Write what `--overlay` and `--searchable` ask for.

    Raises:
        InputError: the original cannot be read again.
        OutputError: a target exists or cannot be written.
    """
    for layer, target in ((Layer.OVERLAY, places.overlay), (Layer.SEARCHABLE, places.searchable)):
        if target is not None:
            write_pdf(layer, settings, opened, document, target, is_forced=places.replaces)


def write_pdf(
    layer: Layer, settings: Settings, opened: Paper, document: Document, target: Path, *, is_forced: bool
) -> None:
    """Write the original with one layer.

    Raises:
        InputError: the original cannot be read again.
        OutputError: the target exists or cannot be written.
    """
    pdf = opened.with_layer(layer, document.pages, dpi=settings.dpi, max_pixels=settings.max_pixels)
    write_atomically(target, pdf, force=is_forced)
