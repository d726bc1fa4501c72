"""Hostile files end in pages or in one clear line: never in a traceback, a hang, or a page that is half there."""

import os
from pathlib import Path

import pytest
from hostile_files import HOSTILE_FILES, HostileFile, Outcome

from deepocr_cli.errors import InputError
from deepocr_cli.pages.inputs import find_documents, open_source
from deepocr_cli.pages.opening import open_pages
from deepocr_cli.pages.rasterize import DEFAULT_MAX_PIXELS, rasterize_page


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


def read_everything(argument: str) -> tuple[int, list[InputError]]:
    """Open what `argument` names and rasterise each page: the number of pages, and what was wrong with some."""
    errors = []
    (document,) = find_documents([argument]).documents
    source = open_source(document)
    assert source.name.isprintable()
    with open_pages(source) as opened:
        for number in range(1, source.page_count + 1):
            try:
                page = rasterize_page(opened, number, dpi=72, max_pixels=DEFAULT_MAX_PIXELS)
            except InputError as error:
                assert f"page {number}: " in error.message
                errors.append(error)
            else:
                assert page.image.mode == "RGB"
                assert min(page.image.size) > 0
    return source.page_count, errors


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_unreadable_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.touch(mode=0o000)
    with pytest.raises(InputError, match="permission denied"):
        open_source(str(path))
