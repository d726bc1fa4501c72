"""The text layer as a witness, on PDFs made here: order, tables, rotation, passwords, what must not be lost or read."""

import subprocess
import sys
from pathlib import Path

import pymupdf
import pytest

from deepocr_cli.document import Source, SourceKind, Table
from deepocr_cli.errors import InputError
from deepocr_cli.witness.text_layer import read_text_layer

LEFT = "Tides follow the moon, and the harbour master writes them down every morning in a book that nobody reads. " * 6
RIGHT = (
    "Currents follow the coast, and the pilots know them by heart although nobody ever wrote a line about them. " * 6
)


def source_of(document: pymupdf.Document, password: str | None = None, **saving: object) -> Source:
    return Source("made.pdf", SourceKind.PDF, document.page_count, data=document.tobytes(**saving), password=password)


def text_of(source: Source, number: int = 1) -> str:
    return " ".join(block.text for block in read_text_layer(source, number))


def two_columns() -> pymupdf.Document:
    document = pymupdf.open()
    page = document.new_page()
    page.insert_text((72, 80), "Water in motion", fontsize=20)
    page.insert_textbox((310, 120, 540, 700), RIGHT, fontsize=11)
    page.insert_textbox((72, 120, 300, 700), LEFT, fontsize=11)
    return document


def test_columns_are_read_one_after_the_other() -> None:
    text = text_of(source_of(two_columns()))
    assert text.index("Water in motion") < text.index("Tides") < text.rindex("nobody reads") < text.index("Currents")
    assert text.count("harbour master") == 6
    assert text.count("pilots know") == 6


@pytest.mark.parametrize("rotation", [90, 180, 270])
def test_a_page_that_lies_on_its_side_is_read_all_the_same(rotation: int) -> None:
    document = two_columns()
    document[0].set_rotation(rotation)
    turned = source_of(document)
    upright = read_text_layer(source_of(two_columns()), 1)
    for _ in range(2):
        blocks = read_text_layer(turned, 1)
        assert [block.text for block in blocks] == [block.text for block in upright]
    title = blocks[0].box
    assert title is not None
    assert {90: title.left > 0.8, 180: title.top > 0.8, 270: title.right < 0.2}[rotation]


def test_a_landscape_page_that_is_stored_upright_is_read_as_it_is_shown() -> None:
    document = two_columns()
    document[0].set_rotation(90)
    document[0].remove_rotation()
    document[0].set_rotation(270)
    upright = read_text_layer(source_of(two_columns()), 1)
    assert [block.text for block in read_text_layer(source_of(document), 1)] == [block.text for block in upright]


def test_a_page_is_the_same_when_it_is_read_again() -> None:
    source = source_of(two_columns())
    assert read_text_layer(source, 1) == read_text_layer(source, 1)


def test_a_ruled_table_comes_as_rows_of_cells() -> None:
    document = pymupdf.open()
    page = document.new_page()
    page.insert_text((72, 90), "The berths of the harbour and what they cost are listed in the table below.")
    cells = [["Berth", "Length", "Price"], ["North quay", "12 m", "310"], ["South quay", "9 m", "240"]]
    for row, texts in enumerate(cells):
        for place, text in enumerate(texts):
            box = pymupdf.Rect(72 + 150 * place, 120 + 30 * row, 222 + 150 * place, 150 + 30 * row)
            page.draw_rect(box)
            page.insert_text((box.x0 + 8, box.y0 + 20), text)
    blocks = read_text_layer(source_of(document), 1)
    (table,) = [block for block in blocks if block.kind == "table"]
    assert isinstance(table.data, Table)
    assert [[cell.text for cell in row] for row in table.data.rows] == cells
    assert "<td>North quay</td>" in table.text


def test_no_visible_word_is_lost_wherever_it_stands() -> None:
    document = two_columns()
    document[0].insert_text((72, 30), "running-head")
    document[0].insert_text((300, 820), "folio-17")
    document[0].insert_text((20, 400), "margin-note", fontsize=7)
    text = text_of(source_of(document))
    assert all(word in text for word in ("running-head", "folio-17", "margin-note"))


def test_invisible_text_is_not_read() -> None:
    document = two_columns()
    document[0].insert_text((72, 760), "guessed by a machine", render_mode=3)
    assert "guessed" not in text_of(source_of(document))


def test_an_encrypted_document_is_opened_with_its_password() -> None:
    saving = {"encryption": pymupdf.PDF_ENCRYPT_AES_256, "user_pw": "moon", "owner_pw": "sun"}
    assert "Tides" in text_of(source_of(two_columns(), "moon", **saving))
    with pytest.raises(InputError, match="password"):
        read_text_layer(source_of(two_columns(), "noon", **saving), 1)


def test_a_page_that_is_not_there_is_an_error_with_the_files_name() -> None:
    with pytest.raises(InputError, match=r"made\.pdf: no page 2"):
        read_text_layer(source_of(two_columns()), 2)


def test_nothing_is_printed_on_stdout(tmp_path: Path) -> None:
    path = tmp_path / "made.pdf"
    two_columns().save(path)
    program = (
        "import sys; from pathlib import Path; from deepocr_cli.document import Source, SourceKind;"
        "from deepocr_cli.witness.text_layer import read_text_layer;"
        "blocks = read_text_layer(Source('made.pdf', SourceKind.PDF, 1, path=Path(sys.argv[1])), 1);"
        "sys.exit(0 if blocks else 3)"
    )
    done = subprocess.run([sys.executable, "-c", program, str(path)], capture_output=True, check=True)
    assert done.stdout == b""
