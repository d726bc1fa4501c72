"""The program as a process among others: closed and full streams, a temporary folder, an end while others work."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

SAMPLES = Path(__file__).parent.parent / "samples"
LETTER = SAMPLES / "letter.pdf"


@pytest.mark.parametrize(
    ("line", "code", "says"),
    [
        ("--help | true", 0, b""),
        ("models | true", 0, b""),
        ("schema >&-", 6, b"standard output: cannot be written: Bad file descriptor"),
        ("plan LETTER >/dev/full", 6, b"standard output: cannot be written: No space left"),
        ("convert LETTER >/dev/full", 6, b"standard output: cannot be written: No space left"),
        ("convert LETTER >&-", 6, b"standard output: cannot be written: Bad file descriptor"),
        ("convert - <&-", 3, b"empty"),
        ("convert LETTER -o OUT >&- 2>&- <&-", 0, b""),
        ("convert LETTER -o OUT 2>/dev/full", 0, b""),
        ("convert LETTER -o OUT 2>&1 >/dev/null | true", 0, b""),
    ],
)
def test_streams_that_are_closed_or_full(line: str, code: int, says: bytes, tmp_path: Path) -> None:
    if "/dev/full" in line and not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full")
    output = tmp_path / "out.md"
    line = line.replace("LETTER", str(LETTER)).replace("OUT", str(output))
    command = f"{sys.executable} -m deepocr_cli {line}\nexit ${{PIPESTATUS[0]}}"
    result = subprocess.run(["bash", "-c", command], capture_output=True, check=False, timeout=120)
    assert (result.returncode, result.stdout) == (code, b""), result.stderr
    assert says in result.stderr
    assert b"unexpected" not in result.stderr
    assert output.exists() == (" -o " in line)


def test_nothing_stays_in_the_temporary_folder(tmp_path: Path) -> None:
    result = deepocr("convert", LETTER, SAMPLES / "fax.tiff", "-o", f"{tmp_path}/", TMPDIR=str(tmp_path))
    assert result.returncode == 0, result.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["fax.md", "letter.md"]


def test_an_error_while_the_network_is_loaded_aborts_nothing() -> None:
    for _ in range(3):
        result = deepocr("convert", SAMPLES / "fax.tiff", "--mode", "small", "--no-cache")
        assert result.returncode == 2, result.stderr


def deepocr(*arguments: object, **environment: str) -> "subprocess.CompletedProcess[bytes]":
    command = [sys.executable, "-m", "deepocr_cli", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, env={**os.environ, **environment}, timeout=120, check=False)
