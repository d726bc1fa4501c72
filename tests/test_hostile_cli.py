"""Hostile files through the whole program: the right exit code, one clear line, no traceback, nothing left behind."""

from pathlib import Path

import pytest
from hostile_files import HOSTILE_FILES, HostileFile, Outcome

from deepocr_cli.cli.main import main
from deepocr_cli.errors import ExitCode


@pytest.mark.parametrize("hostile", HOSTILE_FILES, ids=lambda hostile: hostile.name)
def test_hostile_file_through_the_program(
    hostile: HostileFile, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    folder, out = tmp_path / "in", tmp_path / "out"
    folder.mkdir()
    out.mkdir()
    code = main(["convert", hostile.build(folder), "-o", str(out / "result.json")])
    said = capfd.readouterr()
    assert said.out == "", "nothing but results reaches stdout"
    assert "Traceback" not in said.err
    errors = [line for line in said.err.splitlines() if line.startswith("deepocr: error: ")]
    written = [path.name for path in out.iterdir()]
    if hostile.outcome is Outcome.READ:
        assert (code, errors, written) == (ExitCode.COMPLETE, [], ["result.json"]), said.err
    elif hostile.outcome is Outcome.REFUSED or hostile.page_count == 1:
        assert (code, len(errors), written) == (ExitCode.INPUT, 1, []), said.err
        assert hostile.says in errors[0]
    else:
        assert (code, errors, written) == (ExitCode.INCOMPLETE, [], ["result.json"]), said.err
        assert hostile.says in said.err
