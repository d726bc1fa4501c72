"""Inputs: folders, pipes, passwords and names; what is wrong with a file is said in words, with a way out."""

import os
import sys
from io import BytesIO
from pathlib import Path

import pymupdf
import pytest
from file_parts import encoded, encrypted, office_document, small_image, text_pdf, tiff_pages
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, features

from deepocr_cli.document import SourceKind
from deepocr_cli.errors import InputError, UsageError, printable
from deepocr_cli.pages import inputs
from deepocr_cli.pages.inputs import find_documents, natural_key, open_source
from deepocr_cli.pages.opening import open_pages
from deepocr_cli.pages.rasterize import rasterize_page

# ---------------------------------------------------------------------------------------------- folders


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder as people have it: numbered pages, a document without suffix, other files, hidden ones, a subfolder."""
    for name in ("page 10.pdf", "page 2.pdf", "Appendix", "sub/deep.pdf", ".hidden.pdf", ".cache/thumbnail.pdf"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(text_pdf())
    (tmp_path / "notes.txt").write_text("notes")
    (tmp_path / "fake.pdf").write_text("not a document")
    os.mkfifo(tmp_path / "pipe")
    return tmp_path


def relative(paths: tuple[str, ...], folder: Path) -> list[str]:
    return [str(Path(path).relative_to(folder)) for path in paths]


def test_a_folder_stands_for_its_documents_in_natural_order(folder: Path) -> None:
    found = find_documents([str(folder)])
    assert relative(found.documents, folder) == ["Appendix", "page 2.pdf", "page 10.pdf"]


def test_other_files_in_a_folder_are_skipped_and_known(folder: Path) -> None:
    assert relative(find_documents([str(folder)]).skipped, folder) == ["fake.pdf", "notes.txt", "pipe"]


def test_subfolders_are_searched_on_request_but_hidden_ones_never(folder: Path) -> None:
    found = find_documents([str(folder)], recursive=True)
    assert relative(found.documents, folder) == ["Appendix", "page 2.pdf", "page 10.pdf", "sub/deep.pdf"]


def test_a_loop_of_folders_ends(folder: Path) -> None:
    (folder / "sub" / "again").symlink_to(folder)
    assert len(find_documents([str(folder)], recursive=True).documents) == 4


def test_a_folder_without_documents_is_refused(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "a.pdf").write_bytes(text_pdf())
    with pytest.raises(InputError, match="folder without PDFs or images") as refusal:
        find_documents([str(tmp_path)])
    assert "--recursive" in str(refusal.value.hint)


def test_an_unreadable_file_in_a_folder_is_not_passed_over(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "open", refuse_permission)
    found = find_documents([str(folder)])
    assert "page 2.pdf" in relative(found.documents, folder)
    with pytest.raises(InputError, match="permission denied"):
        open_source(str(folder / "page 2.pdf"))


def refuse_permission(path: Path, *_: object) -> None:
    raise PermissionError(13, "Permission denied", str(path))


def test_named_files_stand_for_themselves_in_their_order() -> None:
    assert find_documents(["b.pdf", "-", "a.pdf", "b.pdf"]).documents == ("b.pdf", "-", "a.pdf", "b.pdf")


@given(st.lists(st.integers(min_value=0), min_size=1))
def test_numbers_in_names_sort_by_value(numbers: list[int]) -> None:
    names = sorted((f"Page{number}.pdf" for number in numbers), key=natural_key)
    assert names == [f"Page{number}.pdf" for number in sorted(numbers)]


@given(st.lists(st.text(), max_size=8), st.data())
def test_any_names_have_one_order(names: list[str], data: st.DataObject) -> None:
    shuffled = data.draw(st.permutations(names))
    assert sorted(shuffled, key=natural_key) == sorted(names, key=natural_key)


# ------------------------------------------------------------------------------------------------- pipe


def test_a_pipe_is_a_document_like_any_other() -> None:
    source = open_source("-", stdin=BytesIO(text_pdf(2)))
    assert (source.name, source.kind, source.page_count) == ("stdin", SourceKind.PDF, 2)
    with open_pages(source) as opened:
        layer = rasterize_page(opened, 2, dpi=72, max_pixels=10**6).text_layer
    assert layer is not None
    assert layer.visible_text == "This is page 2"


def test_a_pipe_is_read_up_to_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inputs, "PIPE_LIMIT_BYTES", 1 << 20)
    with pytest.raises(InputError, match="more than 1 MiB"):
        open_source("-", stdin=Endless())


class Endless(BytesIO):
    def read(self, size: int | None = -1, /) -> bytes:
        return bytes(size or 0)


def test_an_empty_pipe_is_refused() -> None:
    with pytest.raises(InputError, match="stdin: an empty file"):
        open_source("-", stdin=BytesIO())


def test_a_terminal_is_not_a_document() -> None:
    with pytest.raises(UsageError, match="not a pipe"):
        open_source("-", stdin=Terminal())


class Terminal(BytesIO):
    def isatty(self) -> bool:
        return True


def test_the_pipe_can_be_named_once() -> None:
    with pytest.raises(UsageError, match="only once"):
        find_documents(["-", "a.pdf", "-"])


# -------------------------------------------------------------------------------------------- passwords


@pytest.mark.parametrize("method", [pymupdf.PDF_ENCRYPT_RC4_128, pymupdf.PDF_ENCRYPT_AES_256])
def test_one_of_the_passwords_opens_the_document(method: int, tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(encrypted("zweiundvierzig", method))
    source = open_source(str(path), passwords=["wrong", "zweiundvierzig"])
    assert source.password == "zweiundvierzig"
    assert "zweiundvierzig" not in repr(source)
    with open_pages(source) as opened:
        layer = rasterize_page(opened, 1, dpi=72, max_pixels=10**6).text_layer
    assert layer is not None
    assert layer.visible_text == "This is page 1"


def test_a_wrong_password_is_refused_and_not_repeated() -> None:
    with pytest.raises(InputError, match="none of the passwords") as refusal:
        open_source("-", passwords=["hunter2"], stdin=BytesIO(encrypted("secret")))
    assert "--password-file" in str(refusal.value.hint)
    assert "hunter2" not in refusal.value.message


def test_a_document_without_encryption_needs_no_password() -> None:
    assert open_source("-", passwords=["secret"], stdin=BytesIO(text_pdf())).password is None


# ------------------------------------------------------------------------------------------------ kinds


@pytest.mark.parametrize("image_format", ["PNG", "JPEG", "WEBP", "BMP", "GIF", "TIFF"])
def test_images_are_known_by_their_content(image_format: str) -> None:
    source = open_source("-", stdin=BytesIO(encoded(small_image(), image_format)))
    assert (source.kind, source.page_count) == (SourceKind.IMAGE, 1)


def test_every_frame_of_a_tiff_is_a_page_but_not_its_thumbnail() -> None:
    thumbnail = small_image(size=(8, 6))
    thumbnail.encoderinfo = {"tiffinfo": {254: 1}}
    data = tiff_pages(small_image(), thumbnail, small_image("L"))
    source = open_source("-", stdin=BytesIO(data))
    assert source.page_count == 2
    with open_pages(source) as opened:
        assert rasterize_page(opened, 2, dpi=72, max_pixels=10**6).image.size == (40, 30)


def test_an_office_document_comes_with_the_command_that_helps() -> None:
    with pytest.raises(InputError, match=r"^stdin: a ZIP archive \(perhaps an Office document\), not a PDF") as refusal:
        open_source("-", stdin=BytesIO(office_document()))
    assert "libreoffice --headless --convert-to pdf" in str(refusal.value.hint)


@pytest.mark.parametrize(
    ("head", "name"),
    [
        (b"{\\rtf1", "rich text"),
        (b"%!PS-Adobe-3.0", "PostScript"),
        (b"AT&TFORM\0\0\0\0DJVM", "DjVu"),
        (b"\x1f\x8b\x08", "gzip"),
        (b"\0\0\0\x18ftypisom", "video"),
        (b'<?xml version="1.0"?><svg/>', "SVG"),
        (b"<?xml version='1.0'?><a/>", "XML"),
        ("\ufeff<HTML>".encode(), "HTML"),
        (b"BMW is a maker of cars", "a text file"),
        (("x" + "é" * 600).encode()[:1024], "a text file"),
        (b"\xff\xfea\0b\0", "unknown kind"),
    ],
)
def test_other_files_are_called_what_they_are(head: bytes, name: str) -> None:
    with pytest.raises(InputError, match=name) as refusal:
        open_source("-", stdin=BytesIO(head))
    assert refusal.value.hint


@given(st.binary(max_size=1100))
def test_any_bytes_are_a_document_or_an_input_error(data: bytes) -> None:
    try:
        source = open_source("-", stdin=BytesIO(data))
    except InputError as error:
        assert error.message.startswith("stdin: ")
    else:
        assert source.page_count > 0


# ------------------------------------------------------------------------------------------------ names


@given(st.text())
def test_printable_text_stays_on_one_line_and_can_be_written(text: str) -> None:
    shown = printable(text)
    assert len(shown.splitlines()) <= 1
    shown.encode("utf-8")
    assert printable(shown) == shown


def test_ordinary_names_are_left_alone() -> None:
    assert printable("Übersicht – 東京 (1).pdf") == "Übersicht – 東京 (1).pdf"
    assert printable("a\nb\udce9\u202e") == r"a\nb\udce9\u202e"


@pytest.mark.parametrize(("image_format", "module"), [("AVIF", "PIL"), ("HEIF", "pillow_heif")])
def test_pictures_of_phones_are_read(image_format: str, module: str, tmp_path: Path) -> None:
    pillow_heif = pytest.importorskip(module, reason="HEIC needs the optional pillow-heif")
    if image_format == "HEIF":
        pillow_heif.register_heif_opener()
    elif not features.check("avif"):
        pytest.skip("Pillow was built without AVIF")
    path = tmp_path / "photo"
    path.write_bytes(encoded(Image.linear_gradient("L").convert("RGB").resize((80, 60)), image_format))
    assert find_documents([str(tmp_path)]).documents == (str(path),)
    with open_pages(open_source(str(path))) as opened:
        image = rasterize_page(opened, 1, dpi=72, max_pixels=10**6).image
    assert image.size == (80, 60)
    assert image.getpixel((40, 5))[0] < 40
    assert image.getpixel((40, 55))[0] > 215


def test_what_a_picture_of_a_phone_lacks_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    heic = b"\0\0\0\x18ftypmif1\0\0\0\0mif1heic"
    avif = b"\0\0\0\x18ftypmif1\0\0\0\0mif1avif"
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    monkeypatch.setattr(features, "check", lambda feature: False)
    with pytest.raises(InputError, match="a HEIC image, which needs pillow-heif") as refusal:
        open_source("-", stdin=BytesIO(heic))
    assert "pillow-heif" in str(refusal.value.hint)
    with pytest.raises(InputError, match="an AVIF image, which needs Pillow with AVIF"):
        open_source("-", stdin=BytesIO(avif))
