"""HTML runs nothing, loads nothing, and says how far a page can be trusted."""

import re

import pytest
from html_audit import audit
from hypothesis import example, given
from hypothesis import strategies as st
from test_writers import HOSTILE

from deepocr_cli.document import Block, Document, Ending, Page, Reader
from deepocr_cli.writers.formats import WRITERS


def document(*blocks: Block, ending: Ending = Ending.COMPLETE, reader: Reader = Reader.MODEL) -> Document:
    return Document("paper.pdf", (Page(1, (800, 1000), blocks, ending, reader),))


@given(
    st.lists(st.sampled_from(HOSTILE), min_size=1, max_size=6),
    st.sampled_from(["text", "title", "table", "image_caption"]),
)
@example(["![x](https://example.org/pixel.png)"], "text")
def test_html_from_hostile_blocks_runs_nothing_and_loads_nothing(texts: list[str], kind: str) -> None:
    html = WRITERS["html"](document(*(Block(kind, text) for text in texts)), None)
    for tag, attributes in audit(html).seen:
        assert tag not in ("script", "iframe", "svg", "img", "link", "object", "u", "b")
        assert not any(name.startswith("on") for name in attributes)
        assert not re.match(r"\s*(javascript|data|vbscript):", attributes.get("href") or "", re.IGNORECASE)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("The ferry leaves the pier at seven, and nobody who comes late is waited for by the crew of it.", "en"),
        ("Die Fähre legt um sieben ab, und auf den, der zu spät kommt, wird von der Besatzung nicht gewartet.", "de"),
        (
            "Le bac part de la jetée à sept heures, et les marins du bord ne font pas attendre la mer pour un seul.",
            "fr",
        ),
        (
            "El barco sale del muelle a las siete y no espera a los que llegan tarde, que la marea es lo que cuenta.",
            "es",
        ),
        ("Lorem ipsum dolor sit amet, consectetur adipiscing elit, sed do eiusmod tempor incididunt ut labore.", None),
        ("The ferry and the pier of the town. Die Fähre und der Steg der Stadt, das ist nicht zu viel.", None),
        ("渡し船は七時に出ます。", None),
        ("Invoice 17, 3 March", None),
    ],
)
def test_the_language_is_told_where_it_is_plain(text: str, language: str | None) -> None:
    (html,) = [
        found for tag, found in audit(WRITERS["html"](document(Block("text", text)), None)).seen if tag == "html"
    ]
    assert html.get("lang") == language


def test_html_embeds_figures_unless_a_folder_keeps_them(sample_document: Document) -> None:
    (embedded,) = [
        attributes["src"] for tag, attributes in audit(WRITERS["html"](sample_document, None)).seen if tag == "img"
    ]
    (linked,) = [
        attributes["src"] for tag, attributes in audit(WRITERS["html"](sample_document, "figures")).seen if tag == "img"
    ]
    assert str(embedded).startswith("data:image/png;base64,iVBOR")
    assert linked == "figures/notes-p01-1.png"


@pytest.mark.parametrize(
    ("ending", "reader", "said"),
    [
        (Ending.COMPLETE, Reader.MODEL, None),
        (Ending.COMPLETE, Reader.TEXT_LAYER, "Text taken from the PDF itself."),
        (Ending.COMPLETE, Reader.OCR, "Read by light OCR."),
        (Ending.LOOPED, Reader.MODEL, "Incomplete: reading began to repeat itself and was stopped."),
        (Ending.TOO_LONG, Reader.MODEL, "Incomplete: the page is longer than the limit."),
        (Ending.FAILED, Reader.NONE, "This page could not be read."),
    ],
)
def test_html_says_how_far_a_page_can_be_trusted(ending: Ending, reader: Reader, said: str | None) -> None:
    html = WRITERS["html"](document(Block("text", "x"), ending=ending, reader=reader), None)
    remarks = re.findall(r'<p class="remark[^>]*>([^<]*)</p>', html)
    assert remarks == ([] if said is None else [said])
