"""Inputs that mean harm, through the whole program: read, or refused with one clear line, and never obeyed."""

import os
import random
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from file_parts import MEDIA_BOX, encoded, one_page_pdf, raw_pdf, small_image, stream, text_pdf, tiff_pages

from deepocr_cli.cli.console import for_terminal
from deepocr_cli.cli.main import main
from deepocr_cli.errors import ExitCode

TEXT = b"BT /F1 12 Tf 20 50 Td (Hello) Tj ET"
FONT = "/Resources << /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >>"


def saying_hello(catalog: str = "", page: str = "") -> bytes:
    return one_page_pdf(f"{MEDIA_BOX} {FONT} /Contents 4 0 R {page}", stream(TEXT), catalog=catalog)


def nested_forms(depth: int) -> bytes:
    """Forms that draw one another, `depth` deep, the innermost a word."""
    forms = [
        stream(
            b"/X Do",
            f"/Type /XObject /Subtype /Form /BBox [0 0 200 100] /Resources << /XObject << /X {5 + index} 0 R >> >>",
        )
        for index in range(1, depth)
    ]
    page = f"{MEDIA_BOX} /Contents 4 0 R /Resources << /XObject << /X 5 0 R >> >>"
    last = stream(TEXT, f"/Type /XObject /Subtype /Form /BBox [0 0 200 100] {FONT}")
    return one_page_pdf(page, stream(b"/X Do"), *forms, last)


def multiplying_forms(depth: int) -> bytes:
    """Each form draws the next one ten times: ten to the power of `depth` words."""
    body = b"/X Do " * 10
    forms = [
        stream(
            body,
            f"/Type /XObject /Subtype /Form /BBox [0 0 200 100] /Resources << /XObject << /X {5 + index} 0 R >> >>",
        )
        for index in range(1, depth)
    ]
    page = f"{MEDIA_BOX} /Contents 4 0 R /Resources << /XObject << /X 5 0 R >> >>"
    last = stream(TEXT, f"/Type /XObject /Subtype /Form /BBox [0 0 200 100] {FONT}")
    return one_page_pdf(page, stream(body), *forms, last)


def many_fonts(count: int) -> bytes:
    fonts = " ".join(f"/F{number} 5 0 R" for number in range(count))
    content = b"BT /F1 12 Tf 20 50 Td (Hello) Tj ET " + b" ".join(
        b"BT /F%d 1 Tf ET" % number for number in range(count)
    )
    font = "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"
    return one_page_pdf(f"{MEDIA_BOX} /Contents 4 0 R /Resources << /Font << {fonts} >> >>", stream(content), font)


def many_pages(count: int) -> bytes:
    pages = ["<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] >>"] * count
    kids = " ".join(f"{3 + index} 0 R" for index in range(count))
    return raw_pdf(["<< /Type /Catalog /Pages 2 0 R >>", f"<< /Type /Pages /Kids [{kids}] /Count {count} >>", *pages])


def circling_object_streams() -> bytes:
    """The page's content lies in an object stream that says it goes on in itself."""
    held = b"9 0 << /Length 0 >>"
    entries = f"/Type /ObjStm /N 1 /First 4 /Extends 4 0 R /Length {len(held)}"
    return one_page_pdf(f"{MEDIA_BOX} /Contents 9 0 R", f"<< {entries} >>\nstream\n{held.decode()}\nendstream")


def thrice_packed() -> bytes:
    """Ten million operators, packed three times over."""
    data = b"q Q " * 250_000
    for _ in range(3):
        data = zlib.compress(data)
    filters = "/Filter [/FlateDecode /FlateDecode /FlateDecode]"
    return one_page_pdf(f"{MEDIA_BOX} /Contents 4 0 R", stream(data, filters))


def deep_page_tree(depth: int) -> bytes:
    levels = [f"<< /Type /Pages /Kids [{index + 3} 0 R] /Count 1 >>" for index in range(depth)]
    page = f"<< /Type /Page /Parent {depth + 1} 0 R {MEDIA_BOX} >>"
    return raw_pdf(["<< /Type /Catalog /Pages 2 0 R >>", *levels, page])


SHELL = "(touch was-run; curl http://127.0.0.1:9/)"
HARMFUL: dict[str, tuple[Callable[[], bytes], set[int], str]] = {
    "forms, 2000 deep": (lambda: nested_forms(2000), {0, 3, 4}, ""),
    "forms that multiply": (lambda: multiplying_forms(9), {0, 3, 4}, "--page-timeout"),
    "10,000 fonts": (lambda: many_fonts(10_000), {0}, ""),
    "10,001 pages": (lambda: many_pages(10_001), {3}, "--max-pages"),
    "object streams in a circle": (circling_object_streams, {0, 3}, ""),
    "packed three times": (thrice_packed, {0}, ""),
    "page tree, 5000 deep": (lambda: deep_page_tree(5000), {0, 3}, ""),
    "JavaScript": (lambda: saying_hello("/OpenAction << /S /JavaScript /JS (while\\(1\\);) >>"), {0}, "Hello"),
    "JavaScript of a page": (lambda: saying_hello(page="/AA << /O << /S /JavaScript /JS (1) >> >>"), {0}, "Hello"),
    "launch": (lambda: saying_hello(f"/OpenAction << /S /Launch /F {SHELL} /Win << /F {SHELL} >> >>"), {0}, "Hello"),
    "remote document": (
        lambda: saying_hello("/OpenAction << /S /GoToR /F (//127.0.0.1/share/x.pdf) /D [0 /Fit] >>"),
        {0},
        "Hello",
    ),
    "content from elsewhere": (
        lambda: one_page_pdf(f"{MEDIA_BOX} /Contents 4 0 R", stream(b"", "/F (/etc/passwd) /FFilter /ASCIIHexDecode")),
        {0, 3},
        "",
    ),
    "form of another document": (
        lambda: saying_hello(page="/AA << /O << /S /SubmitForm /F (http://127.0.0.1:9/) >> >>"),
        {0},
        "Hello",
    ),
}


@pytest.mark.parametrize("name", HARMFUL)
def test_a_harmful_file_is_read_or_refused(
    name: str, tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    build, codes, word = HARMFUL[name]
    monkeypatch.chdir(tmp_path)
    Path("a.pdf").write_bytes(build())
    code = main(["convert", "a.pdf", "-t", "text", "--no-cache", "--verify", "text-layer", "--page-timeout", "8"])
    said = capfd.readouterr()
    assert code in codes, said.err
    assert "Traceback" not in said.err
    assert word in said.out + said.err
    assert "root:" not in said.out
    assert said.err.count("deepocr: error: ") == (code == ExitCode.INPUT)
    assert [path.name for path in Path().iterdir()] == ["a.pdf"]


@pytest.mark.parametrize(
    "name", ["-rf.pdf", "a\nb.pdf", "a\"b'c.pdf", "$(touch was-run).pdf", "a..pdf", "\x1b[31m.pdf", "a;b|c&.pdf"]
)
def test_a_harmful_name_is_a_name(
    name: str, tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / name).write_bytes(text_pdf())
    monkeypatch.chdir(tmp_path)
    assert main(["convert", "in/", "-o", "out/", "--figures", "out/figures", "--report", "report"]) == 0
    said = capfd.readouterr()
    assert "\x1b" not in said.err
    assert sorted(path.name for path in Path().iterdir()) == ["in", "out", "report"]
    (text,) = (path for path in Path("out").iterdir() if path.is_file())
    assert text.read_text() == "This is page 1\n"
    assert len(Path("report").read_text().splitlines()) == 1


def test_links_do_not_lead_out_of_the_output_folder_unless_forced(tmp_path: Path) -> None:
    """A link in the output folder is an output that exists: it is not written through without a word."""
    (tmp_path / "a.pdf").write_bytes(text_pdf())
    (tmp_path / "out").mkdir()
    precious = tmp_path / "precious"
    precious.write_text("precious")
    (tmp_path / "out" / "a.md").symlink_to(precious)
    assert main(["convert", str(tmp_path / "a.pdf"), "-o", f"{tmp_path}/out/"]) == ExitCode.OUTPUT
    assert precious.read_text() == "precious"


def test_a_terminal_is_shown_nothing_that_it_obeys() -> None:
    assert for_terminal("a\x1b]0;title\x07b\x9b2J\tc\r\n".encode()) == b"a\\x1b]0;title\\x07b\\x9b2J\tc\\r\n"
    assert for_terminal("é 北 👩‍🔬\n".encode()) == "é 北 👩‍🔬\n".encode()


# --------------------------------------------------------------------------------------------- damage

SAMPLES = Path(__file__).parent.parent / "samples"
SOUND = {
    "letter.pdf": (SAMPLES / "letter.pdf").read_bytes,
    "forms.pdf": lambda: nested_forms(3),
    "picture.png": lambda: encoded(small_image(), "PNG"),
    "picture.jpg": lambda: encoded(small_image(), "JPEG"),
    "pages.tiff": lambda: tiff_pages(small_image(), small_image("L")),
}
SEEDS = range(int(os.environ.get("DEEPOCR_SEEDS", "2")))


def mutated(data: bytes, seed: int) -> bytes:
    """`data` with parts of it overwritten, left out, doubled or cut off, always the same for a seed."""
    chance, result = random.Random(seed), bytearray(data)
    for _ in range(chance.randint(1, 8)):
        place, length = chance.randrange(len(result)), chance.randint(1, 40)
        change = chance.randrange(4)
        if change == 0:
            result[place : place + length] = chance.randbytes(length)
        elif change == 1:
            del result[place : place + length]
        elif change == 2:
            result[place:place] = result[place : place + length]
        elif len(result) > 2000:
            del result[max(1000, place) :]
    return bytes(result)


@pytest.mark.parametrize("name", SOUND)
def test_damaged_files_end_in_pages_or_one_line(name: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    for seed in SEEDS:
        path = tmp_path / name
        path.write_bytes(mutated(SOUND[name](), seed))
        output = tmp_path / "out.json"
        code = main(["convert", str(path), "-o", str(output), "--force", "--no-cache", "--page-timeout", "30"])
        said = capfd.readouterr()
        assert code in (ExitCode.COMPLETE, ExitCode.INPUT, ExitCode.INCOMPLETE), (seed, said.err)
        assert "Traceback" not in said.err, seed
        assert said.out == ""
        assert sorted(entry.name for entry in tmp_path.iterdir() if entry.name.startswith(".")) == []
