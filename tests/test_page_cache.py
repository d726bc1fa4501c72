"""Pages are not read twice: kept exactly, bounded, shared between runs, and found only where all is the same."""

import json
import math
import multiprocessing
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pymupdf
import pytest
from PIL import Image

from deepocr_cli.cli.main import main
from deepocr_cli.document import (
    Box,
    Document,
    Page,
)
from deepocr_cli.errors import ExitCode
from deepocr_cli.exact_json import from_plain, to_plain
from deepocr_cli.isolation.crew import Crew
from deepocr_cli.isolation.paper import Paper, open_paper
from deepocr_cli.pipeline import Pipeline
from deepocr_cli.settings import Settings
from deepocr_cli.store.page_cache import PageCache

SAMPLES = Path(__file__).parent.parent / "samples"
NAME = "ab" + "0" * 62


def book(path: Path, page_count: int) -> Path:
    document = pymupdf.open()
    for number in range(1, page_count + 1):
        document.new_page(width=200, height=100).insert_text((20, 50), f"leaf {number}", fontsize=14)
    document.save(path)
    return path


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The numbers of the pages that the text layer's witness was asked to read."""
    numbers: list[int] = []
    read = Paper.read_text_layer

    def note(paper: Paper, number: int, righting: object = None):
        numbers.append(number)
        return read(paper, number, righting)

    monkeypatch.setattr(Paper, "read_text_layer", note)
    return numbers


@pytest.fixture
def crew() -> Iterator[Crew]:
    with closing(Crew(60)) as crew:
        yield crew


# ------------------------------------------------------------------------------------------- entries


def test_pages_come_back_exactly(sample_document: Document, tmp_path: Path) -> None:
    cache = PageCache(tmp_path)
    for page in sample_document.pages:
        assert page.blocks
        cache.keep(NAME, page)
        assert cache.find(NAME) == replace(page, figures=())


@pytest.mark.parametrize("number", [0.1, 1 / 3, math.nextafter(1, 0), 5e-324, 0, 1])
def test_numbers_come_back_to_the_last_bit(number: float) -> None:
    box = Box(0.0, 0.0, number, 1.0)
    assert from_plain(Box, json.loads(json.dumps(to_plain(box)))) == box


@pytest.mark.parametrize("text", ["\ud800", "\u2028\0\x1b", "𝄞", '"\\'])
def test_any_text_comes_back(text: str, sample_document: Document, tmp_path: Path) -> None:
    page = replace(sample_document.pages[1], note=text)
    PageCache(tmp_path).keep(NAME, page)
    assert PageCache(tmp_path).find(NAME) == page


def damaged(data: bytes) -> list[bytes]:
    middle = len(data) // 2
    flipped = data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :]
    return [b"", data[:10], data[:middle], data[:-1], flipped, data + b" ", b"\0" * len(data), b"[" * 200_000]


def test_damaged_entries_are_absent_and_replaced(sample_document: Document, tmp_path: Path) -> None:
    cache, page = PageCache(tmp_path), sample_document.pages[1]
    cache.keep(NAME, page)
    (path,) = (path for path in tmp_path.rglob(NAME))
    for data in damaged(path.read_bytes()):
        path.write_bytes(data)
        assert cache.find(NAME) is None
        cache.keep(NAME, page)
        assert cache.find(NAME) == page


def test_an_entry_of_another_shape_is_absent(sample_document: Document, tmp_path: Path) -> None:
    plain = to_plain(sample_document.pages[1])
    for wrong in ({**plain, "more": 1}, {**plain, "number": "1"}, {**plain, "ending": "odd"}, [], None):
        with pytest.raises((ValueError, TypeError, KeyError)):
            from_plain(Page, wrong)


def test_the_longest_unused_is_forgotten_first(sample_document: Document, tmp_path: Path) -> None:
    page = sample_document.pages[1]
    names = [f"{number:02d}" + "f" * 62 for number in range(10)]
    cache = PageCache(tmp_path)
    for age, name in enumerate(names):
        cache.keep(name, page)
        os.utime(tmp_path / "pages" / name[:2] / name, (age, age))
    size = cache.state().byte_count // 10
    assert cache.find(names[0]) is not None
    small = PageCache(tmp_path, limit_bytes=size * 5)
    small.keep(names[9], page)
    small.close()
    left = [name for name in names if cache.find(name) is not None]
    assert names[0] in left
    assert names[9] in left
    assert left == [names[0], *names[10 - len(left) + 1 :]]
    assert cache.state().byte_count <= size * 5


def _keep_many(folder: Path, page: Page) -> None:
    cache = PageCache(folder, limit_bytes=20_000)
    for number in range(60):
        name = f"{number % 7:02d}" + "e" * 62
        assert cache.find(name) in (None, page)
        cache.keep(name, page)
        cache.trim()
    assert cache.trouble is None


def test_runs_share_a_cache(sample_document: Document, tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    page = sample_document.pages[1]
    runs = [context.Process(target=_keep_many, args=(tmp_path, page)) for _ in range(3)]
    for run in runs:
        run.start()
    for run in runs:
        run.join()
    assert [run.exitcode for run in runs] == [0, 0, 0]
    assert not list(tmp_path.rglob("*.part"))


def test_a_cache_that_cannot_be_written_costs_no_page(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_bytes(b"")
    code = main(["convert", str(book(tmp_path / "a.pdf", 2)), "--cache", str(tmp_path / "file" / "cache")])
    said = capfd.readouterr()
    assert code == ExitCode.COMPLETE
    assert "leaf 1" in said.out
    assert said.err.count("pages are not kept") == 1


# ---------------------------------------------------------------------------------------------- runs


def test_an_interrupted_run_goes_on_where_it_stopped(tmp_path: Path, crew: Crew, asked: list[int]) -> None:
    source = open_paper(crew, str(book(tmp_path / "a.pdf", 5)))
    pages = Pipeline(Settings(batch_pages=1), PageCache(tmp_path / "cache")).read(source, range(1, 6))
    assert [next(pages).number for _ in range(3)] == [1, 2, 3]
    pages.close()
    again = tuple(Pipeline(Settings(batch_pages=2), PageCache(tmp_path / "cache")).read(source, range(1, 6)))
    assert all(asked.count(number) == 1 for number in (1, 2, 3)), "what was finished is not read again"
    assert again == tuple(Pipeline(Settings()).read(source, range(1, 6)))


def test_a_page_that_has_moved_is_known(tmp_path: Path, crew: Crew, asked: list[int]) -> None:
    cache = PageCache(tmp_path / "cache")
    first = open_paper(crew, str(book(tmp_path / "a.pdf", 3)))
    tuple(Pipeline(Settings(), cache).read(first, range(1, 4)))
    with pymupdf.open(tmp_path / "a.pdf") as document:
        document.move_page(2, 0)
        document.save(tmp_path / "b.pdf")
    asked.clear()
    (page,) = Pipeline(Settings(), cache).read(open_paper(crew, str(tmp_path / "b.pdf")), [1])
    assert (page.number, page.blocks[0].text, asked) == (1, "leaf 3", [])


@pytest.mark.parametrize("what", ["link", "bookmark"])
def test_a_page_that_looks_the_same_and_leads_elsewhere_is_read_anew(
    what: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    said = []
    for number in (1, 2):
        document = pymupdf.open()
        page = document.new_page()
        for top, heading in ((100, "Harbour notes"), (400, "Ship notes")):
            page.insert_text((72, top), heading, fontsize=14)
            for row in range(8):
                page.insert_text(
                    (72, top + 40 + 20 * row), "The tide comes in twice a day and the harbour fills again."
                )
        if what == "link":
            place = page.search_for("Harbour notes")[0]
            page.insert_link({"kind": pymupdf.LINK_URI, "from": place, "uri": f"https://a.example/{number}"})
        else:
            document.set_toc([[1, "Harbour notes", 1], [number, "Ship notes", 1]])
        document.save(tmp_path / f"{number}.pdf")
        assert main(["convert", str(tmp_path / f"{number}.pdf"), "--cache", str(tmp_path / "cache")]) == 0
        said.append(capfd.readouterr().out)
    assert said[0] != said[1]


def test_a_page_that_failed_is_tried_again(tmp_path: Path, crew: Crew, monkeypatch: pytest.MonkeyPatch) -> None:
    from deepocr_cli.errors import InputError

    def fail(_paper: Paper, _number: int, _righting: object = None):
        raise InputError("a.pdf, page 1: out of luck")

    source = open_paper(crew, str(book(tmp_path / "a.pdf", 1)))
    with monkeypatch.context() as patch:
        patch.setattr(Paper, "read_text_layer", fail)
        (page,) = Pipeline(Settings(), PageCache(tmp_path / "cache")).read(source, [1])
        assert "out of luck" in str(page.note)
    (page,) = Pipeline(Settings(), PageCache(tmp_path / "cache")).read(source, [1])
    assert page.blocks[0].text == "leaf 1"


@pytest.mark.parametrize("suffix", ["md", "html", "json", "txt"])
def test_a_rerun_asks_no_reader_and_gives_the_same_bytes(tmp_path: Path, asked: list[int], suffix: str) -> None:
    figures = ["--figures", str(tmp_path / "figures")] if suffix == "md" else []
    outputs = [tmp_path / f"{turn}.{suffix}" for turn in ("first", "second")]
    for output in outputs:
        fixed = ["--cache", str(tmp_path / "cache"), "--force", *figures]
        assert main(["convert", str(SAMPLES / "report.pdf"), "--pages", "2", "-o", str(output), *fixed]) == 0
    assert asked == [2]
    assert outputs[0].read_bytes() == outputs[1].read_bytes()


def test_a_rerun_loads_neither_the_network_nor_light_ocr(tmp_path: Path) -> None:
    code = (
        "import sys; from deepocr_cli.cli.main import main; assert main(sys.argv[1:]) in (0, 4);"
        "from deepocr_cli.isolation.process import Duty, _idle_workers;"
        "print(*({'torch', 'rapidocr'} & set(sys.modules)), *['light-ocr' for _ in _idle_workers(Duty.LIGHT_OCR)])"
    )
    image = Image.new("RGB", (64, 64), "white")
    image.paste("black", (20, 20, 40, 40))
    image.save(tmp_path / "a.png")
    command = ["convert", str(tmp_path / "a.png"), "--model", "nano", "--cache", str(tmp_path / "cache")]
    command += ["-o", str(tmp_path / "a.md"), "--force"]
    runs = [
        subprocess.run([sys.executable, "-c", code, *command], capture_output=True, check=True).stdout for _ in range(2)
    ]
    assert [set(run.decode().split()) for run in runs] == [{"torch", "light-ocr"}, set()]


def test_show_and_clear(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cache = tmp_path / "cache"
    main(["convert", str(book(tmp_path / "a.pdf", 3)), "--cache", str(cache)])
    (cache / "pages" / "notes.txt").write_text("not ours")
    capsys.readouterr()

    def said() -> str:
        return capsys.readouterr().out

    assert main(["cache", "show", "--cache", str(cache)]) == 0
    assert said().startswith(f"{cache}: 3 pages, ")
    assert main(["cache", "clear", "--cache", str(cache)]) == 0
    assert said().startswith(f"{cache}: 3 pages deleted")
    assert main(["cache", "show", "--cache", str(cache)]) == 0
    assert said().startswith(f"{cache}: 0 pages, ")
    assert (cache / "pages" / "notes.txt").exists()


def test_the_environment_says_where_and_how_much(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DEEPOCR_CACHE", str(tmp_path / "mine"))
    monkeypatch.setenv("DEEPOCR_CACHE_SIZE", "7")
    assert main(["cache", "show"]) == 0
    assert capsys.readouterr().out == f"{tmp_path / 'mine'}: 0 pages, 0.0 MiB of 7.0 MiB\n"
    monkeypatch.setenv("DEEPOCR_CACHE_SIZE", "much")
    assert main(["cache", "show"]) == ExitCode.USAGE


def test_no_cache_keeps_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEEPOCR_CACHE", str(tmp_path / "mine"))
    source = str(book(tmp_path / "a.pdf", 1))
    assert main(["convert", source, "--no-cache"]) == 0
    assert not (tmp_path / "mine").exists()
    assert main(["convert", source, "--no-cache", "--cache", "x"]) == ExitCode.USAGE
