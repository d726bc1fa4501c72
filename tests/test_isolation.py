"""A page that crashes or stops the process that draws it costs only itself, and no process is left behind."""

import io
import os
import signal
import subprocess
import sys
import time
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import psutil
import pymupdf
import pytest

from deepocr_cli.cli.main import main
from deepocr_cli.document import Block, Box, Ending, Page, Reader
from deepocr_cli.errors import ExitCode, InputError
from deepocr_cli.isolation import process as process_module
from deepocr_cli.isolation.crew import PAGES_EACH, Crew
from deepocr_cli.isolation.layered import Layer
from deepocr_cli.isolation.paper import open_paper
from deepocr_cli.isolation.process import Process
from deepocr_cli.stream import in_order

FAULTY_WORKER = """
import os, sys, time
from deepocr_cli.isolation import worker
draw = worker._ANSWERS["draw"]
def faulty(desk, payload, number, **options):
    if number == 2:
        {fault}
    return draw(desk, payload, number, **options)
worker._ANSWERS["draw"] = faulty
worker._ANSWERS["add_layer"] = lambda desk, payload, **options: faulty(desk, payload, 2, **options)
worker.serve()
"""
FAULTS = {
    "crash": "os.abort()",
    "hang": "time.sleep(600)",
    "exit": "os._exit(0)",
    "exception": "raise ZeroDivisionError",
}


def book(path: Path, page_count: int) -> Path:
    with pymupdf.open() as document:
        for number in range(1, page_count + 1):
            document.new_page(width=200, height=100).insert_text((20, 50), f"leaf {number}", fontsize=14)
        document.save(path)
    return path


@pytest.fixture
def fault(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> str:
    """Workers that fail at page 2."""
    program = "import sys; sys.path.append(sys.argv[1])\n" + FAULTY_WORKER.format(fault=FAULTS[request.param])
    monkeypatch.setattr(process_module, "_PROGRAM", program)
    process_module.end_workers()
    yield request.param
    process_module.end_workers()


@pytest.mark.parametrize("fault", FAULTS, indirect=True)
def test_a_fault_costs_one_page(fault: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    source = book(tmp_path / "a.pdf", 3)
    seconds = "8" if fault == "hang" else "60"
    code = main(["convert", str(source), "-t", "text", "--no-cache", "--page-timeout", seconds])
    said = capfd.readouterr()
    assert code == ExitCode.INCOMPLETE
    assert "leaf 1" in said.out
    assert "leaf 3" in said.out
    assert "leaf 2" not in said.out
    assert said.err.count("page 2: ") == 1
    assert ("--page-timeout" if fault == "hang" else "crashed") in said.err
    assert "Traceback" not in said.err


@pytest.mark.parametrize("layer", list(Layer))
def test_layers_are_added_to_what_came_through_a_pipe(layer: Layer, tmp_path: Path) -> None:
    data = io.BytesIO(book(tmp_path / "a.pdf", 2).read_bytes())
    pages = [Page(2, (400, 200), (Block("text", "seen", Box(0, 0, 1, 1)),), Ending.COMPLETE, Reader.OCR)]
    with closing(Crew(60)) as crew:
        layered = open_paper(crew, "-", stdin=data).with_layer(layer, pages, dpi=72, max_pixels=10**6)
    with pymupdf.open(stream=layered) as document:
        assert "leaf 1" in document[0].get_text()
        assert ("seen" if layer is Layer.SEARCHABLE else "1 text") in document[1].get_text()


@pytest.mark.parametrize("fault", ["crash"], indirect=True)
def test_a_crash_while_a_layer_is_added_is_the_documents_fault(fault: str, tmp_path: Path) -> None:
    with closing(Crew(60)) as crew:
        paper = open_paper(crew, str(book(tmp_path / "a.pdf", 2)))
        with pytest.raises(InputError, match="crashed"):
            paper.with_layer(Layer.OVERLAY, [], dpi=72, max_pixels=10**6)


def test_a_killed_worker_is_replaced(tmp_path: Path) -> None:
    with closing(Crew(60)) as crew:
        paper = open_paper(crew, str(book(tmp_path / "a.pdf", 2)))
        for _ in range(2):
            with crew.lend() as process:
                assert process._worker is not None
                process._worker.kill()
            with pytest.raises(InputError, match="page 1: the library that reads it crashed"):
                paper.draw(1, dpi=72, max_pixels=10**6)
            page, _ = paper.draw(2, dpi=72, max_pixels=10**6)
            assert page.image.size == (200, 100)


def test_workers_are_replaced_before_they_grow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process_module, "ANSWERS_PER_WORKER", 1)
    with closing(Crew(60)) as crew:
        paper = open_paper(crew, str(book(tmp_path / "a.pdf", 3)))
        sizes = [paper.draw(number, dpi=72, max_pixels=10**6)[0].image.size for number in (1, 2, 3)]
    assert sizes == [(200, 100)] * 3


def test_a_worker_that_died_between_documents_costs_none(tmp_path: Path) -> None:
    process_module.end_workers()
    source = str(book(tmp_path / "a.pdf", 1))
    for _ in range(2):
        with closing(Crew(60)) as crew:
            assert open_paper(crew, source).source.page_count == 1
            with crew.lend() as process:
                assert process._worker is not None
                worker = process._worker
        worker.kill()
        worker.wait()


def test_a_worker_grows_old_over_many_documents(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each of two answers: it is opened, and drawn."""
    process_module.end_workers()
    monkeypatch.setattr(process_module, "ANSWERS_PER_WORKER", 4)
    source = str(book(tmp_path / "a.pdf", 1))
    workers = []
    for _ in range(4):
        with closing(Crew(60)) as crew:
            open_paper(crew, source)
            with crew.lend() as process:
                workers.append(process._worker)
                process.ask({"do": "draw", "number": 1, "dpi": 72, "max_pixels": 10**6})
    assert [workers.index(worker) for worker in workers] == [0, 0, 2, 2]


def test_a_crew_grows_with_what_it_has_read_and_never_beyond_its_most() -> None:
    crew = Crew(60, 2)
    with crew.lend() as only:
        assert not crew._places.acquire(blocking=False)
    with crew.lend() as again:
        assert again is only
        for _ in range(5 * PAGES_EACH):
            crew.grow()
        with crew.lend() as other:
            assert other is not only
            assert not crew._places.acquire(blocking=False)


def test_the_pages_of_a_long_text_are_read_side_by_side(tmp_path: Path) -> None:
    count = 3 * PAGES_EACH
    with closing(Crew(60, 2)) as crew:
        paper = open_paper(crew, str(book(tmp_path / "a.pdf", count)))
        read = [block.text for number in range(1, PAGES_EACH + 1) for block in paper.read_text_layer(number)]
        rest = range(PAGES_EACH + 1, count + 1)
        read += [block.text for blocks in in_order(paper.read_text_layer, rest, 4) for block in blocks]
        assert len(crew._all) == 2
    assert read == [f"leaf {number}" for number in range(1, count + 1)]


def test_the_same_pages_as_without_isolation(tmp_path: Path) -> None:
    from deepocr_cli.pages.inputs import open_source
    from deepocr_cli.pages.opening import open_pages
    from deepocr_cli.pages.rasterize import rasterize_page

    path = str(Path(__file__).parent.parent / "samples" / "report.pdf")
    with closing(Crew(60)) as crew, open_pages(open_source(path)) as opened:
        paper = open_paper(crew, path)
        for number in (1, 2):
            apart, _ = paper.draw(number, dpi=100, max_pixels=10**8)
            here = rasterize_page(opened, number, dpi=100, max_pixels=10**8)
            assert apart.image.tobytes() == here.image.tobytes()
            assert apart.text_layer == here.text_layer


def test_a_module_beside_the_document_is_not_run(tmp_path: Path) -> None:
    (tmp_path / "numpy.py").write_text("open('was-run', 'w')")
    book(tmp_path / "a.pdf", 1)
    command = [sys.executable, "-P", "-m", "deepocr_cli", "convert", "a.pdf"]
    checkout = str(Path(__file__).parent.parent)
    done = subprocess.run(
        command, cwd=tmp_path, capture_output=True, env={**os.environ, "PYTHONPATH": checkout}, check=False
    )
    assert (done.returncode, done.stdout) == (0, b"leaf 1\n"), done.stderr
    assert not (tmp_path / "was-run").exists()


def test_a_worker_ends_with_the_process_that_asked_it(tmp_path: Path) -> None:
    code = (
        "import os, sys, time; from deepocr_cli.isolation.process import Process;"
        "process = Process(60);"
        "process._start(); print(process._worker.pid, flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        worker = psutil.Process(int(parent.stdout.readline()))
        os.kill(parent.pid, signal.SIGKILL)
    deadline = time.monotonic() + 30
    while worker.is_running() and worker.status() != psutil.STATUS_ZOMBIE and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not worker.is_running() or worker.status() == psutil.STATUS_ZOMBIE


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_workers_end_with_an_interrupted_run(tmp_path: Path, number: int) -> None:
    for name in ("a.pdf", "b.pdf"):
        book(tmp_path / name, 40)
    command = [sys.executable, "-m", "deepocr_cli", "convert", tmp_path, "-o", f"{tmp_path}/out/", "--jobs", "2"]
    checkout = Path(__file__).parent.parent
    # What runs in the background of a shell inherits that SIGINT is ignored; this run must hear it.
    hear = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)
    with subprocess.Popen([*command, "--no-cache"], stderr=subprocess.PIPE, cwd=checkout, preexec_fn=hear) as run:
        deadline = time.monotonic() + 60
        while len(workers := psutil.Process(run.pid).children()) < 2 and time.monotonic() < deadline:
            time.sleep(0.05)
        run.send_signal(number)
        _, said = run.communicate(timeout=60)
    assert run.returncode == 128 + number
    assert b"Traceback" not in said
    assert [worker for worker in workers if worker.is_running() and worker.status() != psutil.STATUS_ZOMBIE] == []
    assert not list(tmp_path.rglob("*.md"))


# ------------------------------------------------------------------------------ inputs that change


@pytest.mark.parametrize("what", ["changed", "vanished"])
def test_an_input_that_changes_while_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], what: str
) -> None:
    source = book(tmp_path / "a.pdf", 2)
    draw = Process.ask

    def meddle(process: Process, request: dict, *rest: Any):
        reply = draw(process, request, *rest)
        if request["do"] == "draw" and source.exists():
            source.unlink() if what == "vanished" else source.write_bytes(source.read_bytes() + b"\n")
        return reply

    monkeypatch.setattr(Process, "ask", meddle)
    cache = tmp_path / "cache"
    code = main(["convert", str(source), "-o", str(tmp_path / "a.md"), "--cache", str(cache)])
    assert code == ExitCode.INPUT
    assert f"a.pdf: {what} while it was read" in capfd.readouterr().err
    assert not (tmp_path / "a.md").exists()
    assert not list(cache.rglob("[0-9a-f]" * 64)), "what was read of two states of a file is not kept"


# ------------------------------------------------------------------------------ many documents


def test_documents_read_at_once_give_the_same_as_one_by_one(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    for number in range(5):
        book(folder / f"{number}.pdf", number + 1)
    (folder / "bad.pdf").write_bytes(b"%PDF-1.7 nothing more")
    results = []
    for jobs in ("1", "3"):
        out, report = tmp_path / f"out{jobs}", tmp_path / f"report{jobs}"
        fixed = ["-o", f"{out}/", "--report", str(report), "--no-cache", "--jobs", jobs]
        assert main(["convert", str(folder), *fixed]) == ExitCode.INPUT
        said = capfd.readouterr().err
        assert "1 of 6 documents are not whole:\n  3  " in said.replace("deepocr: ", "")
        results.append(({path.name: path.read_bytes() for path in out.iterdir()}, report.read_bytes()))
    assert results[0] == results[1]
    assert len(results[0][0]) == 5
