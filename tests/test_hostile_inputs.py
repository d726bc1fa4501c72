"""Hostile files end in pages or in one clear line: never in a traceback, a hang, or a page that is half there."""

from io import BytesIO
from pathlib import Path
from typing import BinaryIO

import pytest
from file_parts import encoded, small_image, text_pdf, tiff_pages
from hostile_files import HOSTILE_FILES, HostileFile, Outcome
from hypothesis import given
from hypothesis import strategies as st

from deepocr_cli.errors import InputError
from deepocr_cli.pages.inputs import find_documents, open_source
from deepocr_cli.pages.opening import open_pages
from deepocr_cli.pages.rasterize import rasterize_page


@pytest.mark.parametrize("hostile", HOSTILE_FILES, ids=lambda hostile: hostile.name)
def test_hostile_file_has_its_outcome(hostile: HostileFile, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    argument = hostile.build(tmp_path)
    if hostile.outcome is Outcome.REFUSED:
        with pytest.raises(InputError) as refusal:
            read_everything(argument)
        errors = [refusal.value]
    else:
        page_count, errors = read_everything(argument)
        assert page_count == hostile.page_count
        assert bool(errors) is (hostile.outcome is Outcome.PAGE_REFUSED)
        assert len(errors) < page_count or page_count == 1, "a damaged page took others with it"
    for error in errors:
        assert hostile.says in error.message
        assert error.message.isprintable()
    assert capfd.readouterr() == ("", "")


SOUND_FILES = {
    **{image_format: encoded(small_image(), image_format) for image_format in ("PNG", "JPEG", "WEBP", "BMP", "GIF")},
    "TIFF": tiff_pages(small_image(), small_image("1"), compression="tiff_lzw"),
    "PDF": text_pdf(2),
}


@given(
    name=st.sampled_from(sorted(SOUND_FILES)),
    changes=st.lists(st.tuples(st.integers(0, 4000), st.binary(max_size=4)), min_size=1, max_size=6),
)
def test_damage_anywhere_ends_in_pages_or_in_a_clear_line(name: str, changes: list[tuple[int, bytes]]) -> None:
    data = bytearray(SOUND_FILES[name])
    for place, replacement in changes:
        start = place % len(data)
        data[start : start + 2] = replacement
    try:
        _, errors = read_everything("-", stdin=BytesIO(data))
    except InputError as error:
        errors = [error]
    assert all(error.message.isprintable() for error in errors)


def read_everything(argument: str, stdin: BinaryIO | None = None) -> tuple[int, list[InputError]]:
    """Open what `argument` names and rasterise each page: the number of pages, and what was wrong with some."""
    errors = []
    (document,) = find_documents([argument]).documents
    source = open_source(document, stdin=stdin)
    assert source.name.isprintable()
    with open_pages(source) as opened:
        for number in range(1, source.page_count + 1):
            try:
                page = rasterize_page(opened, number, dpi=72, max_pixels=10_000_000)
            except InputError as error:
                assert f"page {number}: " in error.message
                errors.append(error)
            else:
                assert page.image.mode == "RGB"
                assert min(page.image.size) > 0
    return source.page_count, errors
