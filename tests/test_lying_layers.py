"""Text layers that can be seen and say other words than the page shows: refused, and read by light OCR instead.

The rates on many public pages are in docs/trust.md; here is a small turn of the same bench, and the ways in which
PDFs come to lie.
"""

import json
import textwrap
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pymupdf
import pytest
from fault_bench.layers import LIES, load_layer_case, rate_layers
from file_parts import one_page_pdf, stream

from deepocr_cli.cli.main import main
from deepocr_cli.document import Reader
from deepocr_cli.pages.inputs import open_source
from deepocr_cli.pages.opening import open_pages
from deepocr_cli.pages.rasterize import rasterize_page
from deepocr_cli.pages.upright import right, turn_of_layer
from deepocr_cli.witness.consult import Choice, choose_reader, examine
from deepocr_cli.witness.line_reader import RapidLineReader

SAMPLES = Path(__file__).parent.parent / "samples"
TRUE = " ".join((SAMPLES / "letter.truth.md").read_text().split())
FALSE = " ".join((SAMPLES / "article.truth.md").read_text().split())
LINE_READER = RapidLineReader()
ALPHABET = "abcdefghijklmnopqrstuvwxyz"


def test_lies_about_the_samples_are_found_and_the_truth_is_believed() -> None:
    cases = [load_layer_case(SAMPLES / name, 1) for name in ("letter.pdf", "article.pdf")]
    marks = rate_layers([case for case in cases if case is not None])
    assert len(marks["honest"]) == 2
    assert {name for name in LIES if name != "the text of the next page"} <= {
        name for name, seen in marks.items() if seen
    }
    believed = {name for name, seen in marks.items() for mark in seen if mark.startswith("-")}
    assert believed == {"honest"}


# ------------------------------------------------------------------------------------- PDFs that lie


def lines_of(text: str) -> list[str]:
    return textwrap.wrap(text, 80)[:24]


def write(page: pymupdf.Page, text: str, **options: object) -> None:
    for row, line in enumerate(lines_of(text)):
        page.insert_text((60, 80 + 18 * row), line, fontsize=11, **options)


def document_of(*steps: Callable[[pymupdf.Page], None], rotation: int = 0) -> bytes:
    with pymupdf.open() as document:
        page = document.new_page()
        for step in steps:
            step(page)
        page.set_rotation(rotation)
        return document.tobytes()


def picture_of(data: bytes) -> bytes:
    with pymupdf.open(stream=data) as document:
        return document[0].get_pixmap(dpi=150).tobytes()


def with_actual_text(page: pymupdf.Page) -> None:
    """True words are drawn, and other ones put in their place for those who copy."""
    write(page, TRUE)
    document = page.parent
    pairs = zip(page.get_contents(), lines_of(FALSE), strict=False)
    for xref, line in pairs:
        said = line.encode("latin-1", "replace").translate(None, b"()\\")
        document.update_stream(
            xref, b"/Span <</ActualText (" + said + b")>> BDC " + document.xref_stream(xref) + b" EMC"
        )


def behind_a_sheet(page: pymupdf.Page) -> None:
    """Other words lie under a white rectangle, on which the true ones are written."""
    write(page, FALSE)
    page.draw_rect(page.rect, fill=(1, 1, 1))
    write(page, TRUE)


def white_over_a_scan(page: pymupdf.Page) -> None:
    page.insert_image(page.rect, stream=picture_of(document_of(lambda scan: write(scan, TRUE))))
    write(page, FALSE, color=(1, 1, 1))


def misnamed(names: str) -> bytes:
    """A page whose font calls the letters of the alphabet by other names."""
    pairs = "\n".join(f"<{ord(letter):02x}> <{ord(name):04x}>" for letter, name in zip(ALPHABET, names, strict=True))
    to_unicode = (
        "/CIDInit /ProcSet findresource begin begincmap /CMapType 2 def\n1 begincodespacerange <00> <ff> "
        f"endcodespacerange\n{len(ALPHABET)} beginbfchar\n{pairs}\nendbfchar\nendcmap end"
    )
    plain = [
        line.encode("ascii", "ignore").decode().translate(str.maketrans("", "", "()\\")) for line in lines_of(TRUE)
    ]
    drawn = "".join(f"1 0 0 1 60 {760 - 18 * row} Tm ({line}) Tj " for row, line in enumerate(plain))
    return one_page_pdf(
        "/MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >>",
        stream(b"BT /F1 11 Tf " + drawn.encode() + b"ET"),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding /ToUnicode 6 0 R >>",
        stream(to_unicode.encode()),
    )


def swapped(letters: str, names: str) -> str:
    return ALPHABET.translate(str.maketrans(letters, names))


def choice_of(data: bytes) -> Choice:
    with open_pages(open_source("-", stdin=BytesIO(data))) as opened:
        page = rasterize_page(opened, 1, dpi=144, max_pixels=10**8)
    assert page.text_layer is not None
    return examine(right(page, turn_of_layer(page.text_layer)), choose_reader(page), LINE_READER.read)


LYING = {
    "other words for who copies": document_of(with_actual_text),
    "other words under a sheet": document_of(behind_a_sheet),
    "white words over a scan": document_of(white_over_a_scan),
    "three letters that are called by each other's names": misnamed(swapped("eat", "ate")),
    "all letters that are called by others' names": misnamed(ALPHABET[::-1]),
}


@pytest.mark.parametrize("data", LYING.values(), ids=LYING)
def test_a_layer_that_lies_is_refused(data: bytes) -> None:
    choice = choice_of(data)
    assert choice.reader is Reader.OCR
    assert choice.is_refusal
    assert "text layer" in choice.reason


HONEST = {
    "black on white": document_of(lambda page: write(page, TRUE)),
    "turned": document_of(lambda page: write(page, TRUE), rotation=90),
    "white on black": document_of(
        lambda page: page.draw_rect(page.rect, fill=(0, 0, 0)), lambda page: write(page, TRUE, color=(1, 1, 1))
    ),
    "a font that calls its letters by their names": misnamed(ALPHABET),
}


@pytest.mark.parametrize("data", HONEST.values(), ids=HONEST)
def test_an_honest_layer_is_believed(data: bytes) -> None:
    assert choice_of(data).reader is Reader.TEXT_LAYER


def test_the_run_says_what_was_not_believed_and_writes_what_the_page_shows(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.pdf").write_bytes(document_of(with_actual_text))
    assert main(["convert", str(tmp_path / "a.pdf"), "-t", "json", "--no-cache"]) == 0
    said = capfd.readouterr()
    (page,) = json.loads(said.out)["pages"]
    assert page["reader"] != Reader.TEXT_LAYER
    assert "not believed: the text layer has other words than the page shows" in said.err
    assert page["text_layer_refused"] == "the text layer has other words than the page shows"
    text = " ".join(block["text"] for block in page["blocks"])
    true, false = (sum(word in text for word in words.split()) / len(words.split()) for words in (TRUE, FALSE))
    assert true > 0.9 > false
