"""The sources in this folder in, the sample documents in the folder above out.

Run `python samples/make/make_samples.py`; samples/README.md names the programs and fonts it needs.
"""

import tempfile
from pathlib import Path

from draw_chart import draw_visitors
from draw_note import LABEL, NOTE, draw_note
from print_pdf import print_office_document, turn_sideways, typeset_latex
from scan_paper import photocopy, scan_with_hidden_text, send_by_fax

SOURCES = Path(__file__).resolve().parent
SAMPLES = SOURCES.parent


def main() -> None:
    """Rebuild every sample; the truths are written by hand and stay as they are."""
    draw_visitors(SOURCES / "visitors.png")
    for name in ("letter", "report", "invoice", "leaflet", "rundbrief"):
        print_office_document(SOURCES / f"{name}.fodt", SAMPLES / f"{name}.pdf")
    typeset_latex(SOURCES / "article.tex", SAMPLES / "article.pdf")
    draw_note(SAMPLES / "note.truth.md", NOTE, SAMPLES / "note.png")
    draw_note(SAMPLES / "label.truth.md", LABEL, SAMPLES / "label.png")
    with tempfile.TemporaryDirectory() as scratch:
        turn_sideways(_print_to(scratch, "rotated"), SAMPLES / "rotated.pdf")
        photocopy(_print_to(scratch, "scan"), SAMPLES / "scan.jpg")
        send_by_fax(_print_to(scratch, "fax"), SAMPLES / "fax.tiff")
        scan_with_hidden_text(_print_to(scratch, "ocr-layer"), SAMPLES / "ocr-layer.pdf")


def _print_to(folder: str, name: str) -> Path:
    printed = Path(folder) / f"{name}.pdf"
    print_office_document(SOURCES / f"{name}.fodt", printed)
    return printed


if __name__ == "__main__":
    main()
