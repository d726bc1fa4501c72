"""Pages as pixels: the right way up, in the right colours, of the size that was promised, or refused beforehand."""

from io import BytesIO
from pathlib import Path

import numpy as np
import pymupdf
import pytest
from file_parts import encoded, small_image, tiff_pages
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from deepocr_cli.document import PageImage
from deepocr_cli.pages.inputs import open_source
from deepocr_cli.pages.opening import open_pages
from deepocr_cli.pages.rasterize import measure_page, rasterize_page


def rasterize(data: bytes, number: int = 1, *, dpi: float = 72, max_pixels: int = 10_000_000) -> PageImage:
    """Page `number` of a document of these bytes, after a check that it has the size that was measured."""
    with open_pages(open_source("-", stdin=BytesIO(data))) as opened:
        size = measure_page(opened, number, dpi=dpi)
        page = rasterize_page(opened, number, dpi=dpi, max_pixels=max_pixels)
    assert page.image.size == size
    assert page.image.mode == "RGB"
    return page


def pixels(data: bytes, number: int = 1) -> np.ndarray:
    return np.asarray(rasterize(data, number).image).astype(int)


# ---------------------------------------------------------------------------------------------- colours

RED, WHITE, BLACK = (255, 0, 0), (255, 255, 255), (0, 0, 0)


def filled(mode: str, colour: object) -> Image.Image:
    return Image.new(mode, (8, 8), colour)


def red_by_palette() -> Image.Image:
    image = filled("P", 0)
    image.putpalette(RED)
    return image


@pytest.mark.parametrize(
    ("image", "image_format", "options", "colour"),
    [
        (filled("CMYK", (0, 255, 255, 0)), "JPEG", {"quality": 95}, RED),
        (filled("CMYK", (0, 255, 255, 0)), "TIFF", {}, RED),
        (filled("LAB", (138, 208, 195)), "TIFF", {}, RED),
        (filled("RGB", RED).convert("YCbCr"), "TIFF", {"compression": "tiff_lzw"}, RED),
        (red_by_palette(), "PNG", {}, RED),
        (filled("1", 1), "TIFF", {"compression": "group4"}, WHITE),
        (filled("1", 0), "TIFF", {}, BLACK),
        (filled("L", 0), "TIFF", {"tiffinfo": {262: 0}}, BLACK),
        (filled("RGBA", (0, 0, 0, 0)), "PNG", {}, WHITE),
        (filled("RGBA", (0, 0, 0, 0)), "WEBP", {"lossless": True}, WHITE),
        (filled("RGBA", (0, 0, 0, 0)), "TIFF", {}, WHITE),
        (filled("RGBA", (255, 0, 0, 128)), "PNG", {}, (255, 127, 127)),
        (filled("LA", (0, 0)), "PNG", {}, WHITE),
        (filled("L", 0), "PNG", {"transparency": 0}, WHITE),
        (filled("RGB", RED), "PNG", {"transparency": RED}, WHITE),
        (red_by_palette(), "PNG", {"transparency": 0}, WHITE),
        (red_by_palette(), "GIF", {"transparency": 0}, WHITE),
        (red_by_palette(), "PNG", {"transparency": b"\x80"}, (255, 127, 127)),
    ],
    ids=lambda value: getattr(value, "mode", None),
)
def test_colours_are_what_a_person_sees(
    image: Image.Image, image_format: str, options: dict[str, object], colour: tuple[int, int, int]
) -> None:
    seen = pixels(encoded(image, image_format, **options))
    assert np.abs(seen - np.array(colour)).max() <= 11


def grey_ramp(data_type: type, low: float, high: float) -> Image.Image:
    return Image.fromarray(np.linspace(low, high, 256).astype(data_type).reshape(1, 256))


@pytest.mark.parametrize(
    ("ramp", "image_format"),
    [
        (grey_ramp(np.uint16, 0, 65535), "PNG"),
        (grey_ramp(np.uint16, 0, 65535), "TIFF"),
        (grey_ramp(np.int32, -70_000, 90_000), "TIFF"),
        (grey_ramp(np.float32, 0.0, 1.0), "TIFF"),
    ],
)
def test_wide_grey_keeps_its_range(ramp: Image.Image, image_format: str) -> None:
    seen = pixels(encoded(ramp, image_format))[0, :, 0]
    assert list(seen) == list(range(256))


def test_16_bits_of_dark_grey_stay_dark() -> None:
    assert pixels(encoded(grey_ramp(np.uint16, 0, 257 * 20), "PNG")).max() == 20


def test_16_bit_grey_that_counts_from_white_is_turned_round() -> None:
    seen = pixels(encoded(grey_ramp(np.uint16, 0, 65535), "TIFF", tiffinfo={262: 0}))[0, :, 0]
    assert list(seen) == list(range(255, -1, -1))


def test_floats_that_are_not_numbers_do_not_spoil_the_others() -> None:
    levels = np.array([[np.nan, np.inf, -np.inf, 0, 1]], dtype=np.float32)
    assert list(pixels(encoded(Image.fromarray(levels), "TIFF"))[0, :, 0]) == [0, 255, 0, 0, 255]


def test_an_empty_sheet_of_floats_is_white() -> None:
    assert pixels(encoded(Image.fromarray(np.zeros((4, 4), dtype=np.float32)), "TIFF")).min() == 255


# ------------------------------------------------------------------------------------------ orientation


def stored_for(orientation: int, upright: Image.Image) -> Image.Image:
    """The pixels that a camera held in that orientation stores (EXIF 2.32, tag 0x0112)."""
    turns = Image.Transpose
    stored = {
        1: (),
        2: (turns.FLIP_LEFT_RIGHT,),
        3: (turns.ROTATE_180,),
        4: (turns.FLIP_TOP_BOTTOM,),
        5: (turns.TRANSPOSE,),
        6: (turns.ROTATE_90,),
        7: (turns.TRANSVERSE,),
        8: (turns.ROTATE_270,),
    }
    for turn in stored[orientation]:
        upright = upright.transpose(turn)
    return upright


@pytest.mark.parametrize("image_format", ["PNG", "TIFF", "WEBP"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_images_stand_upright(orientation: int, image_format: str) -> None:
    upright = small_image()
    exif = Image.Exif()
    exif[0x0112] = orientation
    options = {"lossless": True} if image_format == "WEBP" else {}
    data = encoded(stored_for(orientation, upright), image_format, exif=exif.tobytes(), **options)
    assert np.array_equal(pixels(data), np.asarray(upright))


def test_a_turned_page_can_be_rasterised_again() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    source = open_source("-", stdin=BytesIO(encoded(small_image(), "TIFF", exif=exif.tobytes())))
    with open_pages(source) as opened:
        first, again = (rasterize_page(opened, 1, dpi=72, max_pixels=10**6) for _ in range(2))
        assert measure_page(opened, 1, dpi=72) == again.image.size
    assert np.array_equal(np.asarray(first.image), np.asarray(again.image))


def pdf_with_corner(rotation: int) -> bytes:
    """A page that is black in the corner which is top left once the page is turned by `rotation`."""
    with pymupdf.open() as document:
        page = document.new_page(width=200, height=100)
        page.set_rotation(rotation)
        corner = pymupdf.Rect(0, 0, 20, 20) * page.derotation_matrix
        page.draw_rect(corner, color=None, fill=(0, 0, 0))
        return document.tobytes()


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_pdf_pages_stand_upright(rotation: int) -> None:
    seen = pixels(pdf_with_corner(rotation))
    assert seen.shape[:2] == ((100, 200) if rotation % 180 == 0 else (200, 100))
    assert seen[:18, :18].max() == 0
    assert seen[22:, :].min() == 255
    assert seen[:, 22:].min() == 255


# ------------------------------------------------------------------------------------------------- size


@given(
    width=st.floats(min_value=1, max_value=900),
    height=st.floats(min_value=1, max_value=900),
    dpi=st.floats(min_value=20, max_value=100),
)
def test_pages_have_the_size_that_was_measured(width: float, height: float, dpi: float) -> None:
    with pymupdf.open() as document:
        document.new_page(width=width, height=height)
        data = document.tobytes()
    assert rasterize(data, dpi=dpi).dpi == dpi


def test_the_crop_box_and_the_user_unit_count() -> None:
    with pymupdf.open() as document:
        page = document.new_page(width=300, height=300)
        page.draw_rect((100, 100, 250, 200), color=None, fill=(0, 0, 0))
        page.set_cropbox(pymupdf.Rect(100, 100, 250, 200))
        document.xref_set_key(page.xref, "UserUnit", "2")
        data = document.tobytes()
    seen = pixels(data)
    assert seen.shape[:2] == (200, 300)
    assert seen.max() == 0


def test_annotations_are_drawn() -> None:
    with pymupdf.open() as document:
        page = document.new_page(width=200, height=100)
        page.add_freetext_annot(pymupdf.Rect(20, 20, 180, 80), "added", fontsize=40)
        data = document.tobytes()
    page_image = rasterize(data)
    assert np.asarray(page_image.image).min() < 100
    assert page_image.text_layer is not None
    assert page_image.text_layer.visible_text == "added"


@pytest.mark.parametrize(
    ("stated", "dpi", "size"),
    [
        (None, 72, (40, 30)),
        ((300, 300), 300, (40, 30)),
        ((1, 1), 72, (40, 30)),
        ((100_000, 100_000), 72, (40, 30)),
        ((204, 196), 204, (40, 30)),
        ((204, 98), 204, (40, 62)),
        ((100, 200), 200, (80, 30)),
    ],
)
def test_images_keep_their_resolution_and_faxes_get_square_pixels(
    stated: tuple[int, int] | None, dpi: float, size: tuple[int, int]
) -> None:
    page = rasterize(encoded(small_image(), "TIFF", **({"dpi": stated} if stated else {})))
    assert (page.dpi, page.image.size) == (dpi, size)


def test_pages_of_a_tiff_are_rasterised_in_any_order(tmp_path: Path) -> None:
    pages = [filled("RGB", colour) for colour in (RED, WHITE, BLACK)]
    path = tmp_path / "pages.tif"
    path.write_bytes(tiff_pages(*pages))
    with open_pages(open_source(str(path))) as opened:
        seen = [rasterize_page(opened, number, dpi=72, max_pixels=64).image.getpixel((0, 0)) for number in (3, 1, 2, 1)]
    assert seen == [BLACK, RED, WHITE, RED]
