"""Pages of too many pixels are reduced to the limit, upright and in their colours; a bomb is not decoded."""

from io import BytesIO

import numpy as np
import pytest
from file_parts import encoded, oriented_jpeg, png_with_header, text_pdf
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageFile

from deepocr_cli.document import PageImage
from deepocr_cli.errors import InputError
from deepocr_cli.pages.inputs import open_source
from deepocr_cli.pages.opening import open_pages
from deepocr_cli.pages.rasterize import rasterize_page
from deepocr_cli.pages.reduced import fitting

SHADES = Image.linear_gradient("L").resize((200, 100))
KINDS_OF_PAGES = {
    "pdf": text_pdf(),
    **{
        mode: encoded(SHADES.convert(mode, dither=Image.Dither.NONE), "TIFF") for mode in ("RGB", "L", "1", "CMYK", "F")
    },
    "I;16": encoded(Image.fromarray(np.asarray(SHADES, np.uint16) * 257), "TIFF"),
    "P": encoded(SHADES.convert("P"), "PNG"),
    "JPEG": encoded(SHADES, "JPEG"),
}


@pytest.mark.parametrize("data", KINDS_OF_PAGES.values(), ids=KINDS_OF_PAGES)
def test_a_page_above_the_limit_is_reduced_to_it_and_one_at_it_is_not(data: bytes) -> None:
    with open_pages(open_source("-", stdin=BytesIO(data))) as opened:
        whole = rasterize_page(opened, 1, dpi=72, max_pixels=200 * 100)
        assert (whole.image.size, whole.dpi, whole.full_size) == ((200, 100), 72, None)
        page = rasterize_page(opened, 1, dpi=72, max_pixels=150 * 75 + 74)
        assert (page.image.size, page.dpi, page.full_size) == ((150, 75), 54, (200, 100))
        assert np.abs(np.asarray(page.image, float) - np.asarray(whole.image.resize((150, 75)), float)).mean() < 4
        again = rasterize_page(opened, 1, dpi=72, max_pixels=200 * 100)
        assert again.image.tobytes() == whole.image.tobytes()


@given(st.integers(1, 10**7), st.integers(1, 10**7), st.integers(1, 10**9))
def test_what_fits_is_within_the_limit_and_as_large_as_can_be(width: int, height: int, max_pixels: int) -> None:
    across, down = fitting((width, height), max_pixels)
    assert 1 <= across <= width
    assert 1 <= down <= height
    assert across * down <= max_pixels
    if (across, down) != (width, height):
        assert (across + 2) * (down + 2) > min(max_pixels, width * height)


def test_a_photograph_that_lies_on_its_side_is_reduced_upright(monkeypatch: pytest.MonkeyPatch) -> None:
    decoded: list[tuple[int, int]] = []
    load = ImageFile.ImageFile.load
    monkeypatch.setattr(ImageFile.ImageFile, "load", lambda image: (load(image), decoded.append(image.size))[0])
    data = oriented_jpeg(6, size=(400, 300))
    assert first_page(data, 400 * 300).image.size == (300, 400)
    decoded.clear()
    page = first_page(data, 75 * 100)
    assert page.image.size == (75, 100)
    assert set(decoded) == {(100, 75)}, "it was decoded at more than a quarter of its size"


def test_a_bomb_is_refused_before_it_is_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", fail_to_load)
    with pytest.raises(InputError, match="50000 x 50000 pixels, too many to be reduced"):
        first_page(png_with_header(50_000, 50_000), 10_000_000)


def fail_to_load(image: Image.Image) -> None:
    raise AssertionError("pixels were decoded")


def first_page(data: bytes, max_pixels: int) -> PageImage:
    with open_pages(open_source("-", stdin=BytesIO(data))) as opened:
        return rasterize_page(opened, 1, dpi=72, max_pixels=max_pixels)
