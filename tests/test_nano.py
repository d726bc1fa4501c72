"""The embedded network: its real weights read rendered pages, through the program."""

from pathlib import Path

import pytest
from drawn_pages import DrawnPage
from rapidfuzz.distance import Levenshtein

from deepocr_cli.cli.main import main
from deepocr_cli.model.catalog import find_model
from deepocr_cli.modes import Mode

BOUND = 0.03
"""Character error rate that is not exceeded; below .01 is usual for clean print."""


def drawn() -> DrawnPage:
    """An A4 page at 144 dpi: a heading, two paragraphs of 11-point print."""
    page = DrawnPage()
    page.write("Of Paper and Patience", 120, 110, 40)
    page.write_paragraph(120, 220, rows=9, words=11)
    page.write_paragraph(120, 540, rows=7, words=11, start=17)
    return page


def precise_modes() -> list[Mode]:
    """Those that have read every page of `bench curve` rightly but for one letter in a hundred."""
    nano = find_model("nano")
    return [mode for mode in nano.modes if min(right for _, right in nano.curve_of(mode) or ((0, 0),)) >= 0.99]


def test_it_has_precise_modes() -> None:
    assert precise_modes()


@pytest.mark.parametrize("mode", [mode.name for mode in precise_modes()])
def test_it_reads_a_whole_page(mode: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    page = drawn()
    page.image.save(tmp_path / "page.png")
    command = [
        "convert",
        str(tmp_path / "page.png"),
        "--model",
        "nano",
        "--mode",
        mode,
        "--verify",
        "off",
        "--no-cache",
    ]
    assert main([*command, "-q", "-t", "text"]) == 0
    truth = " ".join(text for text, _ in page.lines)
    reading = " ".join(capfd.readouterr().out.split())
    assert Levenshtein.distance(reading, truth) / len(truth) < BOUND
