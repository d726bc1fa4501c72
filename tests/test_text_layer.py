"""Text layers: which words a page carries, where they stand, and which of them its reader sees."""

from collections.abc import Callable
from io import BytesIO

import pymupdf
import pytest
from file_parts import encoded, noise, one_page_pdf, small_image, stream
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from deepocr_cli.document import TextLayer
from deepocr_cli.pages.inputs import open_source
from deepocr_cli.pages.opening import open_pages
from deepocr_cli.pages.rasterize import rasterize_page
from deepocr_cli.pages.text_layer import read_text_layer

Draw = Callable[[pymupdf.Page], None]
WIDTH, HEIGHT = 300, 200


def page_of(*draw: Draw, rotation: int = 0) -> bytes:
    with pymupdf.open() as document:
        page = document.new_page(width=WIDTH, height=HEIGHT)
        for step in draw:
            step(page)
        page.set_rotation(rotation)
        return document.tobytes()


def layer_of(data: bytes) -> TextLayer | None:
    """The layer as it comes with the page's image."""
    with open_pages(open_source("-", stdin=BytesIO(data))) as opened:
        return rasterize_page(opened, 1, dpi=72, max_pixels=10**6).text_layer


def layer_without_drawing(data: bytes) -> TextLayer | None:
    with open_pages(open_source("-", stdin=BytesIO(data))) as opened:
        drawn = read_text_layer(opened, 1)
        return None if drawn is None else drawn.layer


def seen_and_unseen(layer: TextLayer | None) -> tuple[str, str]:
    assert layer is not None
    return layer.visible_text, " ".join(word.text for word in layer.words if not word.is_visible)


def write(text: str, x: float = 20, y: float = 50, **options: object) -> Draw:
    return lambda page: page.insert_text((x, y), text, fontsize=12, **options)


def cover(image: Image.Image, **options: object) -> Draw:
    return lambda page: page.insert_image(
        page.rect, stream=encoded(image, "PNG"), keep_proportion=False, overlay=True, **options
    )


def clipped(page: pymupdf.Page) -> None:
    """Cut what was drawn last down to the right half of the page, as layout programs do with pictures."""
    last = page.get_contents()[-1]
    page.parent.update_stream(last, b"q 150 0 150 200 re W n " + page.parent.xref_stream(last) + b" Q")


SCAN = noise()

# ------------------------------------------------------------------------------------------ visibility


def test_words_come_in_the_order_of_the_content() -> None:
    layer = layer_of(page_of(write("below it", y=150), write("the first line", y=50)))
    assert seen_and_unseen(layer) == ("below it the first line", "")


def test_a_page_without_words_and_an_image_have_no_layer() -> None:
    assert layer_of(page_of(cover(SCAN))) is None
    assert layer_of(encoded(small_image(), "PNG")) is None


UNSEEN_WITHOUT_DRAWING = {
    "render mode 3": [write("hidden", render_mode=3)],
    "render mode 3 over a scan": [cover(SCAN), write("hidden", render_mode=3)],
    "no opacity": [write("hidden", fill_opacity=0, stroke_opacity=0)],
    "above the page": [write("hidden", y=-20)],
    "left of the page": [write("hidden", x=-100)],
    "below a scan": [write("hidden"), cover(SCAN)],
    "below a scan that is turned": [write("hidden"), cover(SCAN, rotate=90)],
}

UNSEEN = {
    **UNSEEN_WITHOUT_DRAWING,
    "white on white": [write("hidden", color=(1, 1, 1))],
    "below a black bar": [write("hidden"), lambda page: page.draw_rect((10, 30, 100, 60), fill=(0, 0, 0))],
}

SEEN = {
    "black on white": [write("shown")],
    "light grey": [write("shown", color=(0.85, 0.85, 0.85))],
    "outlines only": [write("shown", render_mode=1)],
    "white on black": [
        lambda page: page.draw_rect((10, 30, 100, 60), fill=(0, 0, 0)),
        write("shown", color=(1, 1, 1)),
    ],
    "over a scan": [cover(SCAN), write("shown")],
    "below a transparent image": [write("shown"), cover(Image.new("RGBA", (9, 9), (255, 0, 0, 60)))],
    "beside a picture": [
        write("shown"),
        lambda page: page.insert_image((100, 100, 200, 200), stream=encoded(SCAN, "PNG")),
    ],
    "beside the part of a picture that its frame shows": [write("shown"), cover(SCAN), clipped],
    "below a scan and over it again": [write("shown"), cover(SCAN), write("shown")],
}


@pytest.mark.parametrize("rotation", [0, 90])
@pytest.mark.parametrize("steps", UNSEEN.values(), ids=UNSEEN)
def test_words_that_nobody_sees_are_marked(steps: list[Draw], rotation: int) -> None:
    layer = layer_of(page_of(*steps, write("plain", y=190), rotation=rotation))
    assert seen_and_unseen(layer) == ("plain", "hidden")


@pytest.mark.parametrize("steps", UNSEEN_WITHOUT_DRAWING.values(), ids=UNSEEN_WITHOUT_DRAWING)
def test_most_of_them_are_known_before_the_page_is_drawn(steps: list[Draw]) -> None:
    layer = layer_without_drawing(page_of(*steps, write("plain", y=190)))
    assert seen_and_unseen(layer) == ("plain", "hidden")


@pytest.mark.parametrize("rotation", [0, 90])
@pytest.mark.parametrize("steps", SEEN.values(), ids=SEEN)
def test_words_that_people_see_are_visible(steps: list[Draw], rotation: int) -> None:
    layer = layer_of(page_of(*steps, rotation=rotation))
    assert set(seen_and_unseen(layer)[0].split()) == {"shown"}


def test_a_scan_with_its_text_beneath_has_no_visible_text() -> None:
    layer = layer_of(page_of(*(write(f"line {y}", y=y) for y in range(20, 200, 12)), cover(SCAN)))
    assert layer is not None
    assert not layer.has_visible_text


def multiplied(page: pymupdf.Page) -> None:
    """Blend what was drawn last with its ground, as a highlighter does."""
    document = page.parent
    state = document.get_new_xref()
    document.update_object(state, "<< /BM /Multiply >>")
    resources = int(document.xref_get_key(page.xref, "Resources")[1].split()[0])
    document.xref_set_key(resources, "ExtGState", f"<< /Mark {state} 0 R >>")
    last = page.get_contents()[-1]
    document.update_stream(last, b"/Mark gs " + document.xref_stream(last))


def test_text_below_a_highlight_can_be_seen() -> None:
    layer = layer_of(page_of(write("shown"), cover(Image.new("RGB", (9, 9), "yellow")), multiplied))
    assert seen_and_unseen(layer) == ("shown", "")


def test_text_filled_with_a_gradient_can_be_seen() -> None:
    gradient = "<< /ShadingType 2 /ColorSpace /DeviceGray /Coords [0 0 300 0] /Function 7 0 R >>"
    data = one_page_pdf(
        "/MediaBox [0 0 300 200] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> /Pattern << /P1 6 0 R >> >>",
        stream(b"/Pattern cs /P1 scn BT /F1 24 Tf 20 50 Td (shown) Tj ET"),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        f"<< /Type /Pattern /PatternType 2 /Shading {gradient} >>",
        "<< /FunctionType 2 /Domain [0 1] /C0 [0] /C1 [0.3] /N 1 >>",
    )
    assert seen_and_unseen(layer_of(data)) == ("shown", "")


# ------------------------------------------------------------------------------------------------ words


def test_a_word_runs_over_a_change_of_font() -> None:
    def draw(page: pymupdf.Page) -> None:
        page.insert_text((20, 50), "un", fontname="helv", fontsize=12)
        page.insert_text((20 + pymupdf.get_text_length("un", "helv", 12), 50), "known", fontname="hebo", fontsize=12)

    assert seen_and_unseen(layer_of(page_of(draw))) == ("unknown", "")


def test_ligatures_stay_as_they_are() -> None:
    data = one_page_pdf(
        "/MediaBox [0 0 300 200] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >>",
        stream(b"BT /F1 24 Tf 20 50 Td (of\xaece) Tj ET"),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /StandardEncoding >>",
    )
    assert seen_and_unseen(layer_of(data)) == ("of\ufb01ce", "")


def test_glyphs_without_a_meaning_are_said_to_be_unknown() -> None:
    data = one_page_pdf(
        "/MediaBox [0 0 300 200] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >>",
        stream(b"BT /F1 24 Tf 20 50 Td <00010002> Tj ET"),
        "<< /Type /Font /Subtype /Type0 /BaseFont /Nameless /Encoding /Identity-H /DescendantFonts [6 0 R] >>",
        "<< /Type /Font /Subtype /CIDFontType2 /BaseFont /Nameless /FontDescriptor 7 0 R /CIDSystemInfo "
        "<< /Registry (Adobe) /Ordering (Identity) /Supplement 0 >> /DW 600 >>",
        "<< /Type /FontDescriptor /FontName /Nameless /Flags 4 /FontBBox [0 0 600 700] >>",
    )
    layer = layer_without_drawing(data)
    assert layer is not None
    assert {character for word in layer.words for character in word.text} == {"\ufffd"}


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_boxes_lie_on_the_ink_of_the_upright_page(rotation: int) -> None:
    data = page_of(write("INK", x=30, y=60), rotation=rotation)
    with open_pages(open_source("-", stdin=BytesIO(data))) as opened:
        page = rasterize_page(opened, 1, dpi=144, max_pixels=10**6)
    assert page.text_layer is not None
    (word,) = page.text_layer.words
    width, height = page.image.size
    ink = page.image.convert("L").point(lambda level: 255 * (level < 128)).getbbox()
    assert ink is not None
    assert word.box.left <= (ink[0] + 3) / width
    assert word.box.top <= (ink[1] + 3) / height
    assert word.box.right >= (ink[2] - 3) / width
    assert word.box.bottom >= (ink[3] - 3) / height
    assert word.box.width * word.box.height < 0.02


@given(
    x=st.floats(min_value=-400, max_value=700),
    y=st.floats(min_value=-400, max_value=700),
    rotation=st.sampled_from([0, 90, 180, 270]),
)
def test_boxes_stay_on_the_page_wherever_the_word_is(x: float, y: float, rotation: int) -> None:
    layer = layer_without_drawing(page_of(write("wanderer", x=x, y=y), rotation=rotation))
    assert layer is not None
    for word in layer.words:
        assert 0 <= word.box.left <= word.box.right <= 1
        assert 0 <= word.box.top <= word.box.bottom <= 1
    is_far_off = x > WIDTH or y > HEIGHT + 20 or x < -70 or y < -20
    assert not (is_far_off and layer.has_visible_text)


def test_the_box_is_taken_from_the_crop_box() -> None:
    with pymupdf.open() as document:
        page = document.new_page(width=WIDTH, height=HEIGHT)
        page.insert_text((20, 50), "cropped", fontsize=12)
        page.insert_text((150, 100), "kept", fontsize=12)
        page.set_cropbox(pymupdf.Rect(100, 50, 300, 200))
        data = document.tobytes()
    layer = layer_of(data)
    assert seen_and_unseen(layer) == ("kept", "cropped")
    assert layer is not None
    assert [round(word.box.left, 2) for word in layer.words if word.is_visible] == [0.25]
