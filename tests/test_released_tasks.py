"""Every task on a released layout with random weights, through stretched, padded and tiled views.

Nobody knows what random weights answer: what counts is that it comes back whole, in the form that the task promises.
"""

import json
from pathlib import Path

import pytest
from PIL import Image, ImageDraw
from released_checkpoint import write_checkpoint

from deepocr_cli.cli.main import main

COMMANDS = {
    "find": ["find", "FILE", "harbour master"],
    "describe": ["describe", "FILE", "--json"],
    "figure": ["figure", "FILE"],
    "convert": ["convert", "FILE", "-t", "json", "--verify", "off", "--no-cache", "-q", "--max-new-tokens", "40"],
}


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_checkpoint(tmp_path_factory.mktemp("weights"))


@pytest.fixture(scope="module")
def picture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("picture") / "a.png"
    image = Image.new("RGB", (900, 700), "white")
    ImageDraw.Draw(image).text((40, 40), "Harbour dues", fill="black")
    image.save(path)
    return path


@pytest.mark.parametrize("mode", ["tiny", "base", "gundam"])
@pytest.mark.parametrize("task", COMMANDS)
def test_a_task_answers_in_its_form(
    task: str, mode: str, weights: Path, picture: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    command = [str(picture) if word == "FILE" else word for word in COMMANDS[task]]
    code = main([*command, "--model", str(weights), "--mode", mode, "--device", "cpu"])
    said = capfd.readouterr()
    assert code in (0, 4), said.err
    answer = json.loads(said.out)
    assert answer["source"] == str(picture)
    for page in answer.get("pages", []):
        for block in page["blocks"]:
            assert block["box"] is None or all(0 <= edge <= 1 for edge in block["box"].values())
