"""Pictures are cut from the page as it is, under names that are safe everywhere."""

import io
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from deepocr_cli.document import Block, Box, PageImage, Source, SourceKind
from deepocr_cli.reading.figures import cut_figures, safe_stem


@pytest.fixture
def page() -> PageImage:
    """A white page of 400 x 800 pixels with a red rectangle of 100 x 200 at (100, 300)."""
    image = Image.new("RGB", (400, 800), "white")
    image.paste("red", (100, 300, 200, 500))
    return PageImage(Source("paper.pdf", SourceKind.PDF, 9), 3, image, 144)


RED = Box(100 / 400, 300 / 800, 200 / 400, 500 / 800)


def test_a_picture_has_exactly_the_pixels_of_its_box(page: PageImage) -> None:
    (figure,) = cut_figures(page, [Block("image", "", RED)], "paper")
    image = Image.open(io.BytesIO(figure.png))
    assert figure.name == "paper-p03-1.png"
    assert image.size == (100, 200)
    assert image.getcolors() == [(100 * 200, (255, 0, 0))]


def test_the_same_page_gives_the_same_bytes(page: PageImage) -> None:
    blocks = [Block("figure", "", RED)]
    assert cut_figures(page, blocks, "paper") == cut_figures(page, blocks, "paper")


def test_only_pictures_with_a_box_of_some_size_are_cut_and_each_once(page: PageImage) -> None:
    blocks = [
        Block("text", "no picture", RED),
        Block("image", "no box"),
        Block("image", "", Box(0.5, 0.5, 0.5, 0.9)),
        Block("image", "", Box(0.1, 0.1, 0.11, 0.9)),
        Block("image", "", RED),
        Block("image", "again", RED),
        Block("figure", "", Box(0, 0, 1, 1)),
    ]
    assert [figure.name for figure in cut_figures(page, blocks, "paper")] == ["paper-p03-1.png", "paper-p03-2.png"]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("report", "report"),
        ("Übersicht 2026", "Übersicht_2026"),
        ("रिपोर्ट", "रिपोर्ट"),
        ("../../etc/passwd", "passwd"),
        ("C:\\files\\scan", "scan"),
        (".hidden", "hidden"),
        ("-rf", "rf"),
        ("a\nb\x00c", "a_b_c"),
        ("caf\udce9", "caf"),
        ("..", "page"),
        ("", "page"),
    ],
)
def test_stems_are_made_safe(name: str, expected: str) -> None:
    assert safe_stem(name) == expected


@given(st.text(st.characters()))
def test_every_stem_is_one_visible_file_name(name: str) -> None:
    stem = safe_stem(name)
    assert stem == os.path.basename(stem)  # noqa: PTH119
    assert not stem.startswith((".", "-"))
    assert stem.isprintable()
    assert 0 < len(stem.encode()) <= 120
