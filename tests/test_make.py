"""Wired into make: dependencies that real make reads, outputs that keep their time, a book built in parallel."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pymupdf
import pytest

from deepocr_cli.cli.main import main
from deepocr_cli.errors import ExitCode, OutputError
from deepocr_cli.store.depfile import make_rules

SAMPLES = Path(__file__).parent.parent / "samples"

pytestmark = pytest.mark.skipif(shutil.which("make") is None, reason="there is no make on this machine")

NASTY_NAMES = [
    "plain.pdf",
    "two words.pdf",
    "#1.pdf",
    "a$b$(c).pdf",
    "100%.pdf",
    "a\\b.pdf",
    "a\\ b.pdf",
    "a\\\\#.pdf",
    "a:b.pdf",
    "a*b?.pdf",
    "[a].pdf",
    "~a.pdf",
    "a|b.pdf",
    'it\'s "quoted".pdf',
    "Übersicht – 北.pdf",
]


def make(folder: Path, *arguments: str) -> str:
    # Run by a make of its own, a make would say which folder it enters, and share its parent's jobs.
    alone = {name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS")}
    command = ["make", *arguments]
    done = subprocess.run(command, cwd=folder, env=alone, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize("name", NASTY_NAMES)
@pytest.mark.parametrize("is_nasty", ["output", "input"])
def test_make_reads_nasty_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, is_nasty: str) -> None:
    """The recipe runs while the input is newer than the output, and only then."""
    output, source = (name, "in") if is_nasty == "output" else ("out", name)
    (tmp_path / source).touch()
    rules = make_rules([(output, source)])
    (tmp_path / "Makefile").write_text(rules.replace("\n", '\n\t@touch "$$OUTPUT"; echo made\n', 1))
    monkeypatch.setenv("OUTPUT", output)
    assert make(tmp_path, "--", output) == "made\n"
    assert "made\n" not in make(tmp_path, "--", output)
    os.utime(tmp_path / source, (4e9, 4e9))
    assert make(tmp_path, "--", output).endswith("made\n")


def test_an_input_that_is_gone_counts_as_changed(tmp_path: Path) -> None:
    (tmp_path / "a.md").touch()
    rule = make_rules([("a.md", "gone.pdf")])
    (tmp_path / "Makefile").write_text(rule.replace("\n", "\n\t@echo made\n", 1))
    assert make(tmp_path) == "made\n"


@pytest.mark.parametrize("name", ["a\nb.pdf", "a;b.pdf", "a=b.pdf"])
def test_what_make_cannot_read_is_refused(name: str) -> None:
    with pytest.raises(OutputError, match="make cannot read"):
        make_rules([("a.md", name)])


# -------------------------------------------------------------------------------------- conversions


def pdf(path: Path, text: str) -> Path:
    with pymupdf.open() as document:
        document.new_page(width=200, height=100).insert_text((20, 50), text, fontsize=14)
        document.save(path)
    return path


def test_a_depfile_names_every_document(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    pdf(Path("a.pdf"), "first")
    pdf(Path("b c.pdf"), "second")
    assert main(["convert", "a.pdf", "b c.pdf", "-o", "out/", "--depfile", "book.d"]) == 0
    assert Path("book.d").read_text() == "out/a.md: a.pdf\nout/b\\ c.md: b\\ c.pdf\n\na.pdf:\n\nb\\ c.pdf:\n"
    assert main(["convert", "a.pdf", "--depfile", "book.d"]) == ExitCode.USAGE


def test_an_output_of_the_same_content_keeps_its_time_if_asked_to(tmp_path: Path) -> None:
    source, output = pdf(tmp_path / "a.pdf", "first"), tmp_path / "a.md"
    convert = ["convert", str(source), "-o", str(output)]
    assert main(convert) == 0
    os.utime(output, (1, 1))
    assert main([*convert, "--if-changed"]) == 0
    assert output.stat().st_mtime == 1
    assert main([*convert, "--force"]) == 0
    assert output.stat().st_mtime > 1
    pdf(source, "second")
    os.utime(output, (1, 1))
    assert main([*convert, "--if-changed"]) == 0
    assert output.stat().st_mtime > 1
    assert output.read_text() == "second\n"


def test_documents_with_an_output_are_skipped_if_asked_to(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    pdf(tmp_path / "a.pdf", "first")
    (tmp_path / "b.pdf").write_bytes(b"nothing like a PDF, but never opened")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "b.md").write_text("kept")
    inputs = [str(tmp_path / name) for name in ("a.pdf", "b.pdf")]
    assert main(["convert", *inputs, "-o", f"{tmp_path}/out/", "--skip-existing"]) == 0
    assert (tmp_path / "out" / "b.md").read_text() == "kept"
    assert (tmp_path / "out" / "a.md").read_text() == "first\n"
    assert "1 document is skipped" in capfd.readouterr().err


def test_the_book_of_samples_is_built_in_parallel_and_only_where_needed(tmp_path: Path) -> None:
    shutil.copy(SAMPLES / "Makefile", tmp_path)
    for name in ("one", "two", "three"):
        pdf(tmp_path / f"{name}.pdf", f"chapter {name}")
    build = ["-j2", "CHAPTERS=one two three", f"DEEPOCR={sys.executable} -m deepocr_cli"]
    environment_is_checkout = Path(__file__).parent.parent
    os.environ["PYTHONPATH"] = str(environment_is_checkout)
    try:
        first = make(tmp_path, *build)
        book = (tmp_path / "build" / "book.md").read_text()
        assert [line for line in book.splitlines() if line] == ["chapter one", "chapter two", "chapter three"]
        assert first.count(" convert ") == 3
        assert " convert " not in make(tmp_path, *build)
        pdf(tmp_path / "two.pdf", "chapter new")
        again = make(tmp_path, *build)
        assert again.count(" convert ") == 1
        assert "two.pdf" in again
        assert "chapter new" in (tmp_path / "build" / "book.md").read_text()
    finally:
        del os.environ["PYTHONPATH"]
