"""The samples keep their promises: true texts, page counts, sums, and the traps they set."""

import re
import unicodedata
from collections import Counter
from difflib import SequenceMatcher
from pathlib import Path
from xml.etree import ElementTree

import pymupdf
import pytest
from PIL import Image

SAMPLES = Path(__file__).resolve().parent.parent / "samples"
BORN_DIGITAL = ("letter", "article", "report", "invoice", "rotated", "leaflet", "rundbrief")
PICTURES = ("scan", "fax", "ocr-layer")
NOTES = ("note", "label")
NOT_SAMPLES = {"Makefile", "LICENSE", "README.md"}
HIDDEN_SENTENCE = "The committee agreed to sell the garden to a passing circus."
LARGEST_SAMPLE = 200_000  # bytes
LARGEST_FOLDER = 1_500_000  # bytes, sources included


def sample_files() -> list[Path]:
    files = (path for path in SAMPLES.iterdir() if path.is_file() and path.name not in NOT_SAMPLES)
    return sorted(path for path in files if not path.name.endswith(".truth.md"))


def truth_of(name: str) -> str:
    return (SAMPLES / f"{name}.truth.md").read_text(encoding="utf-8")


def words(text: str) -> list[str]:
    """The words of a text, without markup, formulas, pictures and the hyphens that lines break at."""
    text = unicodedata.normalize("NFKC", text)
    text = re.sub(r"!\[[^]]*\]\([^)]*\)|\$\$.*?\$\$|\$.*?\$|\[\^\d+\]:?|<[^>]+>", " ", text, flags=re.DOTALL)
    text = re.sub(r"(?<=\w)-\s*(?=\w)", "", text)
    return re.findall(r"[^\W_]+", text.casefold())


def text_layer(name: str) -> str:
    with pymupdf.open(SAMPLES / f"{name}.pdf") as document:
        return "\n".join(page.get_text() for page in document)


def page_count(path: Path) -> int:
    if path.suffix == ".pdf":
        with pymupdf.open(path) as document:
            return len(document)
    with Image.open(path) as image:
        return getattr(image, "n_frames", 1)


def source_words(name: str) -> list[str]:
    """The words of a flat OpenDocument source, paragraph by paragraph."""
    namespace = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
    paragraphs = ElementTree.parse(SAMPLES / "make" / f"{name}.fodt").iter()
    texts = ["".join(node.itertext()) for node in paragraphs if node.tag in (f"{namespace}p", f"{namespace}h")]
    return words("\n".join(texts))


def table_rows(name: str) -> list[list[str]]:
    """The cells of every HTML table row in a truth."""
    rows = re.findall(r"<tr>(.*?)</tr>", truth_of(name))
    return [re.findall(r"<t[dh][^>]*>(.*?)</t[dh]>", row) for row in rows]


def pence(amount: str) -> int:
    return round(float(amount.replace("−", "-").replace(",", "")) * 100)


def test_every_sample_has_its_truth_and_every_truth_its_sample() -> None:
    truths = {path.name.removesuffix(".truth.md") for path in SAMPLES.glob("*.truth.md")}
    assert {path.stem for path in sample_files()} == truths
    assert {*BORN_DIGITAL, *PICTURES, *NOTES} == truths


@pytest.mark.parametrize("name", BORN_DIGITAL)
def test_text_layer_holds_the_words_of_the_truth_in_order(name: str) -> None:
    true, printed = words(truth_of(name)), words(text_layer(name))
    common = (Counter(true) & Counter(printed)).total()
    assert 2 * common / (len(true) + len(printed)) > 0.97
    assert SequenceMatcher(None, true, printed, autojunk=False).ratio() > 0.96


@pytest.mark.parametrize("name", PICTURES)
def test_truth_of_a_picture_is_what_was_printed(name: str) -> None:
    assert words(truth_of(name)) == source_words(name)


def test_readme_names_every_sample_with_its_page_count() -> None:
    readme = (SAMPLES / "README.md").read_text(encoding="utf-8")
    stated = {name: int(pages) for name, pages in re.findall(r"^\| `([\w.-]+)` \| (\d+) \|", readme, re.MULTILINE)}
    assert stated == {path.name: page_count(path) for path in sample_files()}


def test_hidden_layer_is_invisible_and_says_what_the_paper_does_not() -> None:
    with pymupdf.open(SAMPLES / "ocr-layer.pdf") as document:
        page = document[0]
        render_modes = {span["type"] for span in page.get_texttrace()}
        hidden = page.get_text()
    assert render_modes == {3}
    assert HIDDEN_SENTENCE in hidden
    assert HIDDEN_SENTENCE not in truth_of("ocr-layer")


def test_rotated_page_is_stored_on_its_side_and_shown_upright() -> None:
    with pymupdf.open(SAMPLES / "rotated.pdf") as document:
        page = document[0]
        title = pymupdf.Rect(page.search_for("Watering roster")[0]) * page.rotation_matrix
        assert page.rotation == 90
        assert page.mediabox.width < page.mediabox.height
        assert title.width > title.height
        assert title.y1 < page.rect.height / 4


def test_fax_is_bilevel_group_4() -> None:
    with Image.open(SAMPLES / "fax.tiff") as fax:
        assert (fax.mode, fax.info["compression"], fax.info["dpi"]) == ("1", "group4", (200, 200))


def test_invoice_adds_up() -> None:
    rows = table_rows("invoice")
    positions = [row for row in rows if len(row) == 5 and row[0].isdigit()]
    totals = {row[0]: pence(row[1]) for row in rows if len(row) == 2 and re.fullmatch(r"−?[\d,]+\.\d\d", row[1])}
    assert all(float(quantity) * pence(price) == pence(amount) for _, _, quantity, price, amount in positions)
    assert totals["Subtotal"] == sum(pence(row[4]) for row in positions)
    assert totals["Net amount"] == totals["Subtotal"] + totals["Society discount, 4%"]
    assert totals["VAT at 20%"] == round(totals["Net amount"] * 0.20)
    assert totals["Total due"] == totals["Net amount"] + totals["VAT at 20%"]


def test_samples_stay_small() -> None:
    assert max(path.stat().st_size for path in sample_files()) < LARGEST_SAMPLE
    files = (path for path in SAMPLES.rglob("*") if path.is_file() and path.suffix != ".pyc")
    assert sum(path.stat().st_size for path in files) < LARGEST_FOLDER


def test_licence_is_cc0() -> None:
    assert "CC0 1.0 Universal" in (SAMPLES / "LICENSE").read_text(encoding="utf-8")
