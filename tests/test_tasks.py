"""find, describe, figure and --parse-figures: asked of an engine that answers by script; what nano cannot."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path

import pymupdf
import pytest
from loopback_server import serve, streamed
from PIL import Image

from deepocr_cli.cli.main import main
from deepocr_cli.document import Ending
from deepocr_cli.engine.request import Completion, Request
from deepocr_cli.settings import Task

SAMPLES = Path(__file__).parent.parent / "samples"

CHART = "<table><tr><td>Port</td><td>Ships</td></tr><tr><td>North</td><td>1,204</td></tr></table>"
ANSWERS = {
    Task.DOCUMENT: (
        "<|ref|>text<|/ref|><|det|>[[0, 0, 999, 100]]<|/det|>\nSome words.\n\n"
        "<|ref|>image<|/ref|><|det|>[[100, 200, 500, 600]]<|/det|>\n"
    ),
    Task.FIND: "<|ref|>harbour<|/ref|><|det|>[[100, 200, 300, 220], [500, 600, 700, 620]]<|/det|>",
    Task.DESCRIBE: "A photograph of a <b>harbour</b>.",
    Task.FIGURE: CHART,
}


class ScriptedEngine:
    """Answers every task as the script says, and remembers what it was asked."""

    def __init__(self, ending: Ending = Ending.COMPLETE) -> None:
        self.ending = ending
        self.asked: list[tuple[Task, str, tuple[int, int]]] = []

    def run(self, requests: Iterable[Request]) -> Iterator[Completion]:
        for request in requests:
            self.asked.append((request.task, request.find, request.image.size))
            yield Completion(request.number, ANSWERS[request.task], self.ending, 64, 9, 0.1)


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> ScriptedEngine:
    scripted = ScriptedEngine()
    monkeypatch.setattr("deepocr_cli.engine.engine.load_engine", lambda *_: scripted)
    return scripted


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    """A folder that passes for released weights until somebody loads them."""
    folder = tmp_path / "weights"
    folder.mkdir()
    (folder / "config.json").write_text('{"model_type": "deepseek_vl_v2"}')
    return folder


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    Image.new("RGB", (400, 200), "navy").save(tmp_path / "a.png")
    return tmp_path / "a.png"


def test_find_gives_the_boxes_of_a_phrase(
    engine: ScriptedEngine, weights: Path, picture: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    overlay = picture.with_suffix(".pdf")
    assert main(["find", str(picture), "harbour", "--model", str(weights), "--overlay", str(overlay)]) == 0
    answer = json.loads(capfd.readouterr().out)
    assert [(entry["page"], entry["text"]) for entry in answer["found"]] == [(1, "harbour")] * 2
    assert answer["found"][0]["box"] == {"left": 0.1001, "top": 0.2002, "right": 0.3003, "bottom": 0.2202}
    assert answer["found"][0]["points"]["right"] == pytest.approx(0.3003 * 400, abs=0.1)
    assert answer["found"][0]["coordinates"] == "[[100, 200, 300, 220], [500, 600, 700, 620]]"
    assert engine.asked == [(Task.FIND, "harbour", (400, 200))]
    with pymupdf.open(overlay) as document:
        assert len(document[0].get_drawings()) == 2


def test_describe_prints_the_words(
    engine: ScriptedEngine, weights: Path, picture: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main(["describe", str(picture), "--model", str(weights)]) == 0
    assert capfd.readouterr().out == "A photograph of a <b>harbour</b>.\n"
    assert main(["describe", str(picture), "--model", str(weights), "--json"]) == 0
    assert json.loads(capfd.readouterr().out)["descriptions"][0]["page"] == 1


def test_figure_gives_numbers(
    engine: ScriptedEngine, weights: Path, picture: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main(["figure", str(picture), "--model", str(weights)]) == 0
    (figure,) = json.loads(capfd.readouterr().out)["figures"]
    assert figure["chart"]["series"][0]["values"] == [{"text": "1,204", "value": 1204.0, "unit": None}]
    assert "<td>1,204</td>" in figure["text"]


def test_a_server_is_asked_as_well(picture: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with serve(streamed("A harbour.")) as server:
        assert main(["describe", str(picture), "--engine", server.address]) == 0
    assert capfd.readouterr().out == "A harbour.\n"


def test_an_answer_that_does_not_end_is_incomplete(
    engine: ScriptedEngine, weights: Path, picture: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    engine.ending = Ending.LOOPED
    assert main(["describe", str(picture), "--model", str(weights)]) == 4


def test_pictures_of_a_page_are_asked_about(
    engine: ScriptedEngine, weights: Path, picture: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    flags = ["--model", str(weights), "--verify", "off", "--no-cache", "-q", "-t", "json"]
    assert main(["convert", str(picture), "--parse-figures", *flags]) == 0
    blocks = json.loads(capfd.readouterr().out)["pages"][0]["blocks"]
    assert [block["kind"] for block in blocks] == ["text", "image"]
    assert blocks[1]["chart"]["categories"] == ["North"]
    assert engine.asked[-1] == (Task.FIGURE, "", (161, 81))


def test_what_pictures_cost_is_counted(
    engine: ScriptedEngine, weights: Path, picture: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    spent = []
    for flags in ([], ["--parse-figures"]):
        shape = ["--model", str(weights), "--verify", "off", "--no-cache", "-q", "-t", "json"]
        assert main(["convert", str(picture), *flags, *shape]) == 0
        page = json.loads(capfd.readouterr().out)["pages"][0]
        spent.append((page["vision_tokens"], page["text_tokens"]))
    assert spent == [(64, 9), (128, 18)]


@pytest.mark.parametrize(
    ("command", "wish"),
    [
        (["find", "a.png", "words"], "find words"),
        (["describe", "a.png"], "describe a picture"),
    ],
)
def test_nano_says_what_it_cannot(
    command: list[str], wish: str, picture: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(picture.parent)
    assert main([*command, "--model", "nano"]) == 5
    streams = capfd.readouterr()
    assert streams.out == ""
    assert f"cannot {wish}" in streams.err
    assert "hint: --model deepseek-ocr" in streams.err


def test_nano_leaves_out_what_it_is_not_sure_of(picture: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["figure", str(picture), "--model", "nano"]) == 4
    (figure,) = json.loads(capfd.readouterr().out)["figures"]
    assert (figure["text"], figure["formula"]) == ("", None)
    assert figure["note"]


def test_nano_has_modes_for_figures_alone(picture: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["figure", str(picture), "--model", "nano", "--mode", "strips-4"]) == 2
    assert "its modes are formula, chart" in capfd.readouterr().err
    assert main(["convert", str(picture), "--model", "nano", "--mode", "formula", "--no-cache"]) == 2


def test_json_lines_come_page_by_page(engine: ScriptedEngine, weights: Path, capfd: pytest.CaptureFixture[str]) -> None:
    flags = ["--no-cache", "-q", "-t", "jsonl", "--model", str(weights), "--verify", "off"]
    assert main(["convert", str(SAMPLES / "report.pdf"), *flags]) == 0
    lines = capfd.readouterr().out.splitlines()
    assert [json.loads(line)["number"] for line in lines] == list(range(1, len(lines) + 1))
    assert len(lines) > 1


def test_the_schema_is_printed(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["schema"]) == 0
    assert json.loads(capfd.readouterr().out)["title"] == "A document read by deepocr"


def test_csv_files_stand_beside_the_document(tmp_path: Path) -> None:
    target = tmp_path / "report.md"
    assert main(["convert", str(SAMPLES / "report.pdf"), "--tables", "csv", "-o", str(target), "-q", "--no-cache"]) == 0
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names[-1] == "report.md"
    assert len(names) > 1
    assert all(name.startswith("report-p") and name.endswith(".csv") for name in names[:-1])


def test_csv_files_need_a_place(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["convert", str(SAMPLES / "report.pdf"), "--tables", "csv", "-q", "--no-cache"]) == 2
    assert "-o FILE" in capfd.readouterr().err
