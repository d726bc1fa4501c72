"""What a page may take of light OCR and of the model: one that takes more costs itself, is named, and is asked anew."""

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

import pytest
from drawn_pages import DrawnPage
from PIL import Image, ImageDraw, ImageFont
from scripted_engine import page, scripted_engine
from test_strip_reader import MODE, InkReader

from deepocr_cli.cli.main import main
from deepocr_cli.document import Ending, PageImage, Source, SourceKind
from deepocr_cli.engine.request import Completion, Request
from deepocr_cli.engine.strip_reader import StripReader
from deepocr_cli.engine.work_clock import WorkClock
from deepocr_cli.errors import ExitCode
from deepocr_cli.isolation import messages
from deepocr_cli.isolation import process as process_module
from deepocr_cli.isolation.light_ocr import LightOcrProcesses
from deepocr_cli.pipeline import Pipeline
from deepocr_cli.witness.light_ocr import LightOcr

FAULTY_OCR = """
import sys, time, os; sys.path.append(sys.argv[1])
from deepocr_cli.isolation import worker
def faulty(desk, payload, **options):
    {fault}
worker._ANSWERS["read_by_ocr"] = faulty
worker.serve()
"""
FAULTS = {"sleeps": "time.sleep(600)", "computes": "while True: pass", "crashes": "os.abort()"}


@pytest.fixture
def words(tmp_path: Path) -> Path:
    """A picture of some words, on their own file."""
    image = Image.new("RGB", (700, 200), "white")
    ImageDraw.Draw(image).text((40, 60), "Tides follow the moon", fill="black", font=ImageFont.load_default(40))
    image.save(tmp_path / "tides.png")
    return tmp_path / "tides.png"


@pytest.fixture
def long_page(tmp_path: Path) -> Path:
    """A picture of more words than any machine reads in a tenth of a second: two hundred lines, four columns."""
    image = Image.new("RGB", (2400, 2000), "white")
    draw, font = ImageDraw.Draw(image), ImageFont.load_default(24)
    for number in range(200):
        column, row = divmod(number, 50)
        draw.text((40 + 600 * column, 20 + 39 * row), f"Tide {number} follows the moon", fill="black", font=font)
    image.save(tmp_path / "tides.png")
    return tmp_path / "tides.png"


@pytest.fixture
def fault(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Iterator[str]:
    """Workers whose light OCR fails."""
    monkeypatch.setattr(process_module, "_PROGRAM", FAULTY_OCR.format(fault=FAULTS[request.param]))
    process_module.end_workers()
    yield request.param
    process_module.end_workers()


@pytest.mark.parametrize("fault", FAULTS, indirect=True)
def test_a_page_that_light_ocr_fails_on_is_read_and_named(
    fault: str, words: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    cache = tmp_path / "cache"
    limits = ["--page-timeout", "60" if fault == "crashes" else "2", "--cache", str(cache)]
    code = main(["convert", str(words), "--model", "nano", "-t", "text", *limits])
    said = capfd.readouterr()
    assert code == ExitCode.INCOMPLETE
    assert "Tides follow the moon" in said.out
    assert said.err.count("page 1: read, but not checked: light OCR: ") == 1
    assert ("crashed" if fault == "crashes" else "not done within 2 seconds") in said.err
    assert "--page-timeout" in said.err
    assert not list(cache.rglob("[0-9a-f]" * 64)), "a page that was not checked is checked by the next run"


@pytest.mark.parametrize("fault", ["crashes"], indirect=True)
def test_a_page_that_only_light_ocr_could_read_fails_alone(
    fault: str, words: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(Pipeline, "_asks_model", lambda *_: False)
    Image.open(words).save(words.with_name("again.tiff"), save_all=True, append_images=[Image.new("RGB", (700, 200))])
    source = str(words.with_name("again.tiff"))
    assert main(["convert", source, "--no-cache"]) == ExitCode.INCOMPLETE
    assert "page 1: light OCR: the library that reads it crashed" in capfd.readouterr().err


def test_light_ocr_apart_reads_as_it_does_here(words: Path) -> None:
    image = Image.open(words).convert("RGB")
    paper = PageImage(Source("tides.png", SourceKind.IMAGE, 1), 1, image, 144)
    assert LightOcrProcesses(60, count=2).read(paper) == LightOcr().read(image)


def test_seconds_without_a_processor_do_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    """A sender that is starved for two seconds is waited for by who has one second of patience."""
    monkeypatch.setattr(messages, "_queued", lambda _: time.monotonic())
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as sender:
        assert sender.stdin is not None
        read, write = messages.os.pipe()
        threading.Timer(2, messages.send, (write, {"word": "there"})).start()
        assert messages.receive(read, 1, sender.pid)[0] == {"word": "there"}
        sender.stdin.close()


@pytest.mark.skipif(sys.platform != "linux", reason="how long a process waits for a processor is Linux's to tell")
def test_linux_tells_how_long_a_process_waits_for_a_processor() -> None:
    program = "print(flush=True)\nwhile True: pass"
    command = ["taskset", "-c", "0", sys.executable, "-c", program]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as one, subprocess.Popen(command) as other:
        try:
            assert one.stdout is not None
            one.stdout.readline()
            began = messages._queued(one.pid)
            time.sleep(1)
            assert messages._queued(one.pid) > began
        finally:
            one.send_signal(signal.SIGKILL)
            other.send_signal(signal.SIGKILL)
    assert messages._queued(None) == 0


# -------------------------------------------------------------------------------------------- the model


class Ticking:
    """Every step takes a second."""

    def lap(self) -> float:
        return 1.0


def test_a_page_that_takes_too_long_costs_no_other_page() -> None:
    engine = scripted_engine()
    engine._clock = Ticking()  # type: ignore[assignment]
    late, patient = replace(page(1, 300), seconds=5), replace(page(2, 10), seconds=1000)
    done = {completion.number: completion for completion in engine.run([late, patient])}
    assert (done[1].ending, done[2].ending) == (Ending.FAILED, Ending.COMPLETE)
    assert done[1].note == "not done within 5 seconds of computing (allow more: --engine-timeout N)"
    # A page is charged its share of every step, so that it has at most twice the steps while there are two.
    assert 5 < done[1].work <= 6
    assert 6 <= done[1].text_tokens <= 12


def test_no_more_is_read_of_a_page_that_took_too_long() -> None:
    class SlowReader(InkReader):
        limits: ClassVar[list[int]] = []

        def run(self, requests: Iterable[Request]) -> Iterator[Completion]:
            for request in requests:
                self.limits.append(request.max_new_tokens)
                for completion in super().run([request]):
                    yield replace(completion, work=10.0)

    long_, short = DrawnPage(), DrawnPage()
    long_.write_paragraph(90, 100, rows=20, words=5, start=0)
    short.write_paragraph(90, 100, rows=4, words=5, start=0)
    reader = SlowReader()
    requests = [Request(number, drawn.image, MODE, seconds=25) for number, drawn in enumerate((long_, short))]
    done = {completion.number: completion for completion in StripReader(reader).run(requests)}
    assert (done[0].ending, done[1].ending) == (Ending.FAILED, Ending.COMPLETE)
    assert "--engine-timeout" in str(done[0].note)
    assert reader.limits.count(1) == 5 - 3


def test_work_is_what_the_processor_did_and_the_clock_where_another_device_computes() -> None:
    ours, other = WorkClock("cpu"), WorkClock("cuda")
    time.sleep(1)
    assert ours.lap() < other.lap()


def test_what_took_all_of_its_time_is_not_tried_again(long_page: Path, capfd: pytest.CaptureFixture[str]) -> None:
    code = main(
        ["convert", str(long_page), "--model", "nano", "--fallback", "none", "--engine-timeout", "0.1", "--no-cache"]
    )
    said = capfd.readouterr()
    assert code in (ExitCode.INPUT, ExitCode.INCOMPLETE)
    assert said.err.count("not done within 0.1 seconds of computing") == 1


def test_a_late_page_is_left_to_its_witness_where_there_is_one(
    long_page: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert (
        main(["convert", str(long_page), "--model", "nano", "--engine-timeout", "0.1", "--no-cache"])
        == ExitCode.COMPLETE
    )
    assert "1 read by light OCR" in capfd.readouterr().err
