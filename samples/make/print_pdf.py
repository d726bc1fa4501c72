"""Sources in, PDFs out: LibreOffice prints .fodt files, pdfLaTeX sets .tex files, and dates are fixed."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pymupdf

FIXED_TIME = "1740787200"  # seconds since 1970: 1 March 2025, 00:00 UTC
FIXED_DATE = "D:20250301000000Z"
EXPORT_FILTER = 'pdf:writer_pdf_Export:{"UseLosslessCompression":{"type":"boolean","value":"true"}}'


def print_office_document(source: Path, target: Path) -> None:
    """Print a flat OpenDocument file with LibreOffice, without touching the user's own LibreOffice profile."""
    with tempfile.TemporaryDirectory() as scratch:
        profile = (Path(scratch) / "profile").as_uri()
        command = ["soffice", f"-env:UserInstallation={profile}", "--headless", "--convert-to", EXPORT_FILTER]
        _run([*command, "--outdir", scratch, str(source)])
        with pymupdf.open(Path(scratch) / f"{source.stem}.pdf") as document:
            save_reproducibly(document, target)


def typeset_latex(source: Path, target: Path) -> None:
    """Set a LaTeX file with pdfLaTeX; the second run settles the references."""
    with tempfile.TemporaryDirectory() as scratch:
        shutil.copy(source, scratch)
        for _ in range(2):
            _run(["pdflatex", "-interaction=nonstopmode", "-halt-on-error", source.name], folder=Path(scratch))
        with pymupdf.open(Path(scratch) / f"{source.stem}.pdf") as document:
            save_reproducibly(document, target)


def turn_sideways(printed: Path, target: Path) -> None:
    """Store a landscape page as a portrait page with /Rotate 90, as printers' drivers and scanners do."""
    with pymupdf.open(printed) as upright, pymupdf.open() as turned:
        width, height = upright[0].rect.width, upright[0].rect.height
        page = turned.new_page(width=height, height=width)
        page.show_pdf_page(page.rect, upright, 0, rotate=90)
        page.set_rotation(90)
        turned.set_metadata(upright.metadata)
        save_reproducibly(turned, target)


def save_reproducibly(document: pymupdf.Document, target: Path) -> None:
    """Save a PDF without what changes from run to run: its dates and its identifier."""
    document.set_metadata(document.metadata | {"creationDate": FIXED_DATE, "modDate": FIXED_DATE})
    for key in ("ID", "DocChecksum"):
        document.xref_set_key(-1, key, "null")
    document.save(target, garbage=3, deflate=True, no_new_id=True)


def _run(command: list[str], folder: Path | None = None) -> None:
    environment = os.environ | {"SOURCE_DATE_EPOCH": FIXED_TIME, "FORCE_SOURCE_DATE": "1", "TZ": "UTC"}
    subprocess.run(command, check=True, cwd=folder, env=environment, stdout=subprocess.DEVNULL)
