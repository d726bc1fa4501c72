"""Lines of Hebrew and Arabic, drawn from left to right in any pieces, come out in the order in which they are read."""

import pymupdf
import pytest

from deepocr_cli.document import Source, SourceKind
from deepocr_cli.witness.right_to_left import in_reading_order, is_turned
from deepocr_cli.witness.text_layer import read_text_layer


def drawn(*pieces: str) -> dict[str, object]:
    """A line as MuPDF has it: spans from left to right, the letters of each in the order in which they are read."""
    spans, left = [], 0
    for piece in pieces:
        count = len(piece)
        places = range(count - 1, -1, -1) if is_turned(piece) else range(count)
        chars = [
            {"c": letter, "bbox": (left + place, 0, left + place + 1, 10)}
            for letter, place in zip(piece, places, strict=True)
        ]
        spans.append({"chars": chars, "bbox": (left, 0, left + count, 10)})
        left += count
    return {"spans": spans}


@pytest.mark.parametrize(
    ("pieces", "text"),
    [
        ((".", "הכפור", " ", "לפני", " ", "החממה"), "החממה לפני הכפור."),
        ((".2026 ", "عضوا في عام", " 123 ", "عدد"), "عدد 123 عضوا في عام 2026."),
        (("1,250.00", " ", "שקל"), "שקל 1,250.00"),
        (("20 10", " ", "שנים"), "שנים 10 20"),
        (("iPhone 15", " ", "הטלפון", " ", "של דוד"), "של דוד הטלפון iPhone 15"),
        (("The word ", "עולם", " ", "שלום", " is a greeting."), "The word שלום עולם is a greeting."),
        (("שָׁלוֹם",), "שָׁלוֹם"),
    ],
)
def test_letters_come_in_the_order_in_which_they_are_read(pieces: tuple[str, ...], text: str) -> None:
    line = in_reading_order(drawn(*pieces))
    assert "".join(char["c"] for span in line["spans"] for char in span["chars"]) == text


def test_a_page_of_hebrew_is_read_from_right_to_left() -> None:
    document = pymupdf.open()
    html = "<p dir='rtl'>האגודה נפגשה ביום חמישי בערב. מספר החברים הוא 123 בשנת 2026</p>"
    document.new_page().insert_htmlbox((60, 60, 540, 780), html)
    source = Source("made.pdf", SourceKind.PDF, 1, data=document.tobytes())
    (block,) = read_text_layer(source, 1)
    assert block.text == "האגודה נפגשה ביום חמישי בערב. מספר החברים הוא 123 בשנת 2026"
