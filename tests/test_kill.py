"""Killed at any moment, a run leaves the old output or the new one, a usable cache, and nothing the next run keeps.

DEEPOCR_KILLS says how often (some minutes for 100); a few times are enough to notice a mistake.
"""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pymupdf
import pytest

from deepocr_cli.store.page_cache import PageCache
from deepocr_cli.store.parts import part_name, remove_leftovers

KILLS = int(os.environ.get("DEEPOCR_KILLS", "3"))
PAGES = 12


def book(path: Path) -> Path:
    with pymupdf.open() as document:
        for number in range(1, PAGES + 1):
            document.new_page(width=200, height=100).insert_text((20, 50), f"leaf {number}", fontsize=14)
        document.save(path)
    return path


def start(*arguments: object) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "deepocr_cli", "convert", *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=Path(__file__).parent.parent,
    )


def finish(*arguments: object) -> tuple[int, float]:
    """Exit code and seconds of a run that is left alone."""
    began = time.monotonic()
    run = start(*arguments)
    said = run.communicate(timeout=120)
    assert b"Traceback" not in said[1]
    return run.returncode, time.monotonic() - began


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM], ids=["kill", "terminate"])
def test_a_run_that_is_killed(tmp_path: Path, number: int) -> None:
    out, cache = tmp_path / "out", tmp_path / "cache"
    out.mkdir()
    arguments = (book(tmp_path / "a.pdf"), "-o", out / "a.md", "--force", "--cache", cache, "--batch-pages", "1")
    code, seconds = finish(*arguments)
    assert code == 0
    whole = (out / "a.md").read_bytes()
    chance = random.Random(8)
    for _ in range(KILLS):
        PageCache(cache).clear()
        (out / "a.md").write_bytes(b"old")
        run = start(*arguments)
        time.sleep(seconds * chance.random() * 1.1)
        run.send_signal(number)
        _, said = run.communicate(timeout=60)
        assert run.returncode in (0, -number, 143)
        assert (out / "a.md").read_bytes() in (b"old", whole)
        if number == signal.SIGTERM:
            assert b"Traceback" not in said
            assert [path.name for path in out.iterdir()] == ["a.md"]
    assert finish(*arguments)[0] == 0
    assert (out / "a.md").read_bytes() == whole
    assert [path.name for path in out.iterdir()] == ["a.md"]
    assert PageCache(cache).state().page_count >= PAGES


def test_a_stopped_run_goes_on(tmp_path: Path) -> None:
    run = start(book(tmp_path / "a.pdf"), "-o", tmp_path / "a.md", "--no-cache")
    time.sleep(0.5)
    run.send_signal(signal.SIGSTOP)
    time.sleep(0.5)
    run.send_signal(signal.SIGCONT)
    run.communicate(timeout=120)
    assert run.returncode == 0
    assert "leaf 12" in (tmp_path / "a.md").read_text()


def test_two_runs_on_one_output_and_one_cache(tmp_path: Path) -> None:
    source = book(tmp_path / "a.pdf")
    fixed = ("-o", tmp_path / "a.md", "--cache", tmp_path / "cache")
    runs = [start(source, *fixed) for _ in range(2)]
    said = [run.communicate(timeout=120)[1] for run in runs]
    assert sorted(run.returncode for run in runs) in ([0, 6], [0, 0]), said
    assert [run.returncode for run in runs] != [0, 0], "the second finds the output of the first"
    assert "leaf 12" in (tmp_path / "a.md").read_text()
    assert not list(tmp_path.rglob("*.part"))


def test_only_leftovers_of_processes_that_are_no_more_are_removed(tmp_path: Path) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    ours = part_name()
    orphan = ours.replace(f"-{os.getpid()}-", f"-{gone.pid}-")
    elsewhere = ours.replace(ours.split("-")[1], "00000000")
    old = elsewhere.replace(".part", "0.part")
    for name in (ours, orphan, elsewhere, old, ".deepocr-mine.part", "a.md"):
        (tmp_path / name).write_bytes(b"")
    os.utime(tmp_path / old, (1, 1))
    remove_leftovers(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {ours, elsewhere, ".deepocr-mine.part", "a.md"}
