"""Which witness is asked, why, and that it is asked once and only when its word is wanted."""

import json
from collections.abc import Sequence
from pathlib import Path

import pymupdf
import pytest
from PIL import Image

from deepocr_cli.cli.main import main
from deepocr_cli.document import Block, Box, PageImage, Reader, Source, SourceKind, TextLayer, Word
from deepocr_cli.witness import consult
from deepocr_cli.witness.consult import choose_reader
from deepocr_cli.witness.statement import Statement

SENTENCE = ["The quick brown fox", "jumps over the lazy dog", "and comes home late at night"]


def shifted(words: str) -> str:
    """What a font says whose letters are all named after the next one."""
    return "".join(chr(ord(letter) + 1) if letter.isalpha() else letter for letter in words)


def page_with(words: Sequence[str], hidden: Sequence[str] = (), data: bytes | None = None) -> PageImage:
    box = Box(0.1, 0.1, 0.2, 0.2)
    layer = TextLayer(tuple(Word(word, box) for word in words) + tuple(Word(word, box, False) for word in hidden))
    source = Source("a.pdf", SourceKind.PDF, 1, data=data or blank_pdf())
    return PageImage(source, 1, Image.new("RGB", (100, 140), "white"), 72, layer)


def blank_pdf(picture: Image.Image | None = None) -> bytes:
    document = pymupdf.open()
    page = document.new_page(width=200, height=280)
    if picture is not None:
        page.insert_image(
            page.rect, stream=pymupdf.Pixmap(pymupdf.csRGB, *picture.size, picture.tobytes(), 0).tobytes()
        )
    data: bytes = document.tobytes()
    return data


def test_a_visible_text_layer_is_its_own_witness() -> None:
    assert choose_reader(page_with(SENTENCE * 5)).reader is Reader.TEXT_LAYER
    assert choose_reader(page_with(["42"])).reader is Reader.TEXT_LAYER


@pytest.mark.parametrize(
    ("words", "hidden", "reason"),
    [
        ([], SENTENCE, "invisible"),
        (["7"], SENTENCE, "most of the text layer is invisible"),
        (["\ue012\ue044\ue00a"] * 9, [], "no meaning"),
        (["\ufffd\ufffd", "a\ufffd"] * 9, [], "no meaning"),
        (["(cid:12)(cid:9)"] * 9, [], "no meaning"),
        (["".join(SENTENCE).replace(" ", "")] * 9, [], "lost its spaces"),
        ([shifted(word) for word in SENTENCE] * 5, [], "make no words"),
        ([], [], "no text layer"),
    ],
)
def test_a_text_layer_that_cannot_be_trusted_is_left_to_ocr(words: list[str], hidden: list[str], reason: str) -> None:
    choice = choose_reader(page_with(words, hidden))
    assert choice.reader is Reader.OCR
    assert reason in choice.reason


LANGUAGES = (
    "Der Gärtner zählte die Schwalben zweimal und schrieb beide Zahlen in das Buch, das im Gewächshaus liegt.",
    "Le jardinier comptait les hirondelles deux fois et notait les deux nombres dans le livre de la serre.",
    "Puutarhuri laski pääskyset kahdesti ja kirjoitti molemmat luvut kirjaan, joka on kasvihuoneessa.",
    "Ogrodnik liczył jaskółki dwa razy i zapisywał obie liczby w księdze, która leży w szklarni.",
    "Zahradník počítal vlaštovky dvakrát a obě čísla zapsal do knihy, která leží ve skleníku.",
    "Bahçıvan kırlangıçları iki kez saydı ve her iki sayıyı da seradaki deftere yazdı.",
    "Người làm vườn đếm chim én hai lần và ghi cả hai con số vào cuốn sổ trong nhà kính.",
    "Садовник дважды пересчитал ласточек и записал оба числа в книгу, которая лежит в теплице.",
    "def parse(args): return [int(value) for value in args if value.isdigit() and len(value) < 12]",
)


@pytest.mark.parametrize("sentence", LANGUAGES)
def test_languages_make_words(sentence: str) -> None:
    assert choose_reader(page_with(sentence.split() * 4)).reader is Reader.TEXT_LAYER


def test_long_lines_of_dots_and_east_asian_text_have_not_lost_their_spaces() -> None:
    assert choose_reader(page_with(["Contents" + "." * 80 + "7"] * 9)).reader is Reader.TEXT_LAYER
    assert choose_reader(
        page_with(["発行日二千二十年四月二日立法調査所の保険約款上の災害保険金支給問題及び改善課題"] * 3)
    ).reader is (Reader.TEXT_LAYER)


def test_a_page_number_over_a_scan_is_not_the_text_of_the_page() -> None:
    scan = blank_pdf(Image.new("RGB", (40, 56), "grey"))
    assert choose_reader(page_with(["Page", "7"], data=scan)).reader is Reader.OCR
    assert choose_reader(page_with(SENTENCE * 9, data=scan)).reader is Reader.TEXT_LAYER


def test_an_image_is_read_by_ocr() -> None:
    source = Source("a.png", SourceKind.IMAGE, 1)
    page = PageImage(source, 1, Image.new("RGB", (10, 10)), 72)
    assert choose_reader(page).reader is Reader.OCR


def test_a_witness_is_asked_once_and_only_when_wanted() -> None:
    asked: list[int] = []

    def read(page: PageImage) -> Statement:
        asked.append(page.number)
        return Statement((Block("title", "# One"), Block("image", ""), Block("text", "two")))

    page = page_with(SENTENCE)
    choice = choose_reader(page)
    testimony = consult.Testimony(page, choice.reader, read)
    assert (testimony.reader, testimony.refusal, asked) == (Reader.TEXT_LAYER, None, [])
    assert testimony.text == "# One\n\ntwo"
    assert testimony.blocks == testimony.blocks
    assert asked == [1]


def test_a_reader_can_be_asked_for_every_page(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with pymupdf.open() as document:
        document.new_page().insert_text((72, 100), SENTENCE, fontsize=12)
        document.save(tmp_path / "a.pdf")
    assert main(["convert", str(tmp_path / "a.pdf"), "--verify", "ocr", "-t", "json", "--no-cache"]) == 0
    (page,) = json.loads(capfd.readouterr().out)["pages"]
    assert Reader.OCR in (page["reader"], (page["fidelity"] or {}).get("witness"))
