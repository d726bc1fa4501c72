"""`deepocr bench pages`: which pages are measured, that the figures are right, and that other readers are asked."""

import json
import os
from itertools import islice
from pathlib import Path

import pytest

from deepocr_cli.bench.layered_pages import LayeredPage, find_layered_pages, is_latin
from deepocr_cli.bench.page_readers import PageText, open_contender
from deepocr_cli.bench.page_scores import score_pages, summarise
from deepocr_cli.bench.prose import write_paragraphs
from deepocr_cli.bench.typeset import typeset
from deepocr_cli.cli.main import main
from deepocr_cli.errors import DeepOcrError, ExitCode, UsageError

PROSE = list(islice(write_paragraphs(seed=3), 4))


def write_document(path: Path, page_texts: list[list[str]]) -> Path:
    """A PDF with a page of each of the texts."""
    import pymupdf

    with pymupdf.open() as document:
        for paragraphs in page_texts:
            with pymupdf.open("pdf", typeset(paragraphs, size=11).pdf) as page:
                document.insert_pdf(page)
        document.save(path)
    return path


def pages_of(*paths: Path, per_document: int = 1) -> list[LayeredPage]:
    return list(find_layered_pages([str(path) for path in paths], per_document, 100))


# -------------------------------------------------------------------------------------------- the pages


def test_pages_are_spread_over_a_document_and_short_ones_passed_over(tmp_path: Path) -> None:
    texts = [PROSE, ["Chapter two"], PROSE, PROSE, ["Chapter three"], PROSE, PROSE, PROSE]
    path = write_document(tmp_path / "book.pdf", texts)
    assert [page.number for page in pages_of(path, per_document=2)] == [3, 7]
    assert [page.number for page in pages_of(path, per_document=100)] == [1, 3, 4, 6, 7, 8]


def test_the_text_is_that_of_the_layer(tmp_path: Path) -> None:
    (page,) = pages_of(write_document(tmp_path / "one.pdf", [PROSE]))
    assert page.text.split() == " ".join(PROSE).split()


def test_what_cannot_be_opened_costs_no_other_document(tmp_path: Path) -> None:
    broken = tmp_path / "broken.pdf"
    broken.write_bytes(b"%PDF-1.7\nnothing")
    assert len(pages_of(broken, write_document(tmp_path / "whole.pdf", [PROSE]))) == 1


@pytest.mark.parametrize(
    ("text", "expected"), [("Straße, naïve", True), ("Это по-русски", False), ("中文 and some", False), ("1 + 1", True)]
)
def test_other_scripts_are_told_apart(text: str, expected: bool) -> None:
    assert is_latin(text) is expected


# ------------------------------------------------------------------------------------------- the figures


def test_every_page_is_scored_for_every_reader(tmp_path: Path) -> None:
    pages = pages_of(write_document(tmp_path / "two.pdf", [PROSE, PROSE]), per_document=2)
    readers = {
        "parrot": lambda page: PageText(page.text, "strips-4", 100),
        "half": lambda page: PageText(page.text[: len(page.text) // 2] if page.number == 1 else page.text),
    }
    scores = list(score_pages(readers, pages))
    assert [(score.reader, score.page) for score in scores] == [("parrot", 1), ("half", 1), ("parrot", 2), ("half", 2)]
    parrot, half = summarise(scores)
    assert (parrot.pages, parrot.mean_error, parrot.close, parrot.accepted) == (2, 0, 1, 1)
    assert parrot.characters_per_token == pytest.approx(len(pages[0].text) / 100)
    assert half.mean_error == half.median_error == pytest.approx(0.25, abs=0.01)
    assert (half.close, half.accepted, half.characters_per_token) == (0.5, 0.5, None)


# --------------------------------------------------------------------------------------- other readers


def install(folder: Path, name: str, script: str, monkeypatch: pytest.MonkeyPatch) -> None:
    program = folder / name
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/bin:/usr/bin")


def test_tesseract_is_given_a_picture_and_its_text_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(tmp_path, "tesseract", 'test -s "$1" && echo "read in $4"', monkeypatch)
    (page,) = pages_of(write_document(tmp_path / "one.pdf", [PROSE]))
    assert open_contender("tesseract")(page).text == "read in eng\n"


def test_a_contender_that_fails_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(tmp_path, "tesseract", "echo no language eng >&2; exit 1", monkeypatch)
    (page,) = pages_of(write_document(tmp_path / "one.pdf", [PROSE]))
    with pytest.raises(DeepOcrError, match="code 1: no language eng"):
        open_contender("tesseract")(page)


def test_a_contender_that_is_not_there_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UsageError, match="not installed"):
        open_contender("tesseract")
    with pytest.raises(UsageError, match="not known"):
        open_contender("abbyy")


def test_onnxruntime_is_told_to_keep_silent_in_this_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ORT_DISABLE_TELEMETRY", "0")
    assert main(["bench", "pages", str(tmp_path), "--contender", "abbyy"]) == ExitCode.USAGE
    assert os.environ["ORT_DISABLE_TELEMETRY"] == "1"


# ------------------------------------------------------------------------------------------ the command


def test_the_embedded_network_reads_clean_pages(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    write_document(tmp_path / "book.pdf", [PROSE[:2]])
    assert main(["bench", "pages", str(tmp_path), "--model", "nano", "--json"]) == ExitCode.COMPLETE
    captured = capfd.readouterr()
    (row,) = json.loads(captured.out)
    assert list(row) == [
        *("reader", "source", "page", "mode", "characters", "error", "word_precision", "fidelity"),
        *("vision_tokens", "characters_per_token", "seconds", "processor_seconds"),
    ]
    assert (row["reader"], row["page"]) == ("nano", 1)
    assert row["error"] < 0.02
    assert "book.pdf, page 1, nano" in captured.err


def test_pages_without_text_cannot_be_measured(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = write_document(tmp_path / "short.pdf", [["A title"]])
    assert main(["bench", "pages", str(path), "--model", "nano"]) == ExitCode.INPUT
    assert "text layer" in capfd.readouterr().err
