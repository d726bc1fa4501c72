"""`deepocr bench curve`: its pages are what they say, its figures are right, and the dial can go by them."""

import io
import json
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from PIL import Image

from deepocr_cli.bench.curve import FLOOR, as_calibration, measure_curve
from deepocr_cli.bench.held_out import CHARACTER_BUCKETS, PAPER_BUCKETS, Bucket, typeset_bucket
from deepocr_cli.bench.paper import FOX_TABLE, published_of
from deepocr_cli.bench.plot import plot_curve
from deepocr_cli.bench.precision import measure_precision
from deepocr_cli.bench.typeset import draw
from deepocr_cli.cli.main import main
from deepocr_cli.document import Ending
from deepocr_cli.engine.request import Completion, Request
from deepocr_cli.errors import ExitCode
from deepocr_cli.model.catalog import DEEPSEEK_OCR, FOX_CURVE, NANO, find_model
from deepocr_cli.modes import DEEPSEEK_OCR_MODES, Fit, Mode
from deepocr_cli.planning.calibration import predict_precision

KEYS = ["mode", "bucket", "pages", "vision_tokens", "ratio", "characters_per_token", "precision", "word_precision"]
SMALL, BASE = DEEPSEEK_OCR_MODES[1], DEEPSEEK_OCR_MODES[2]


class Parrot:
    """A reader that says of every page what it was told, and spends what a mode says."""

    def __init__(self, texts: list[str], vision_tokens: int) -> None:
        self.texts, self.vision_tokens = texts, vision_tokens
        self.requests: list[Request] = []

    def run(self, requests: Iterable[Request]) -> Iterator[Completion]:
        for request in list(requests)[::-1]:
            self.requests.append(request)
            text = self.texts[request.number]
            yield Completion(request.number, text, Ending.COMPLETE, self.vision_tokens, len(text), 1.0)


def words_of(text: str) -> int:
    return len(text.split())


# ------------------------------------------------------------------------------------------------ pages


@pytest.mark.parametrize("bucket", [CHARACTER_BUCKETS[0], CHARACTER_BUCKETS[-1]], ids=lambda bucket: bucket.name)
def test_the_text_of_every_page_lies_in_its_bucket(bucket: Bucket) -> None:
    sheets = typeset_bucket(bucket, 4, len)
    assert all(bucket.low <= len(sheet.text) <= bucket.high for sheet in sheets)
    assert len({sheet.text for sheet in sheets}) == 4
    assert [sheet.text for sheet in sheets] == [sheet.text for sheet in typeset_bucket(bucket, 4, len)]


def test_a_sheet_carries_its_text_and_nothing_is_cut_off() -> None:
    (sheet,) = typeset_bucket(PAPER_BUCKETS[-1], 1, words_of)
    page = draw(sheet.pdf)
    assert page.text_layer is not None
    assert page.text_layer.visible_text.split() == sheet.text.split()


def test_type_is_as_large_as_the_text_leaves_room_for() -> None:
    sizes = [typeset_bucket(bucket, 1, len)[0].size for bucket in CHARACTER_BUCKETS]
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[-1] > 9


# ---------------------------------------------------------------------------------------------- figures


@pytest.mark.parametrize(
    ("reading", "truth", "characters", "words"),
    [
        ("The old mill.", "The old mill.", 1, 1),
        ("The  old\nmill.", "The old mill.", 1, 1),
        ("The old mall.", "The old mill.", 1 - 1 / 13, 2 / 3),
        ("the old mill.", "The old mill.", 1 - 1 / 13, 2 / 3),
        ("", "The old mill.", 0, 0),
        ("old old old", "old", 3 / 11, 1 / 3),
        ("<|ref|>text<|/ref|><|det|>[[1, 2, 3, 4]]<|/det|>\nThe old mill.", "The old mill.", 1, 1),
        ("ﬁve", "five", 1, 1),
        ("<table><tr><td>a</td><td>1</td></tr></table>", "a 1", 1, 1),
        ("“No” – he’s", '"No" - he\'s', 1, 1),
        ("a page . . . . . . 7", "a page ........ 7", 1, 1),
        ("the har-\nbour", "the harbour", 1, 1),
        ("well-made", "well-made", 1, 1),
    ],
)
def test_precision(reading: str, truth: str, characters: float, words: float) -> None:
    measured = measure_precision(reading, truth)
    assert (measured.characters, measured.words) == (pytest.approx(characters), pytest.approx(words))


def test_the_figures_of_a_point() -> None:
    bucket = Bucket(200, 240)
    texts = [sheet.text for sheet in typeset_bucket(bucket, 3, len)]
    texts[1] = ""
    (point,) = measure_curve(Parrot(texts, 100), len, [SMALL], [bucket], 3)
    truths = [sheet.text for sheet in typeset_bucket(bucket, 3, len)]
    assert (point.mode, point.bucket, point.pages, point.vision_tokens) == ("small", "200-240", 3, 100)
    assert point.ratio == point.characters_per_token == pytest.approx(sum(map(len, truths)) / 300)
    assert point.precision == point.word_precision == pytest.approx(2 / 3)


def test_vision_tokens_of_the_border_do_not_count() -> None:
    bucket = Bucket(200, 240)
    texts = [sheet.text for sheet in typeset_bucket(bucket, 1, len)]
    (point,) = measure_curve(Parrot(texts, 256), len, [BASE], [bucket], 1)
    assert point.vision_tokens == BASE.valid_token_count(1190, 1684) < 256


def test_what_was_spent_is_what_the_reader_says() -> None:
    bucket = Bucket(200, 240)
    texts = [sheet.text for sheet in typeset_bucket(bucket, 1, len)]
    (point,) = measure_curve(Parrot(texts, 340), len, [Mode("strips", 640, Fit.STRETCH)], [bucket], 1)
    assert point.vision_tokens == 340


def test_a_mode_that_reads_nothing_is_shown_no_longer_pages() -> None:
    reader = Parrot(["", ""], 100)
    points = list(measure_curve(reader, len, [SMALL, BASE], CHARACTER_BUCKETS, 2))
    assert [(point.mode, point.bucket) for point in points] == [("small", "50-100"), ("base", "50-100")]
    assert all(point.precision < FLOOR for point in points)
    assert max(request.max_new_tokens for request in reader.requests) < 200


# --------------------------------------------------------------------------------------------- the paper


def test_the_papers_table_is_the_curve_of_the_catalog() -> None:
    assert sorted((figures.ratio, figures.precision) for figures in FOX_TABLE.values()) == sorted(FOX_CURVE)
    assert {bucket for _, bucket in FOX_TABLE} == {bucket.name for bucket in PAPER_BUCKETS}


def test_the_papers_figures_are_those_of_its_own_network_alone() -> None:
    assert published_of(DEEPSEEK_OCR) == FOX_TABLE
    assert published_of(NANO) == {}


# ------------------------------------------------------------------------------------------- the command


def test_rows_plot_and_calibration(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    plot, calibration = tmp_path / "curve.png", tmp_path / "calibration.json"
    mode = find_model("nano").modes[0].name
    arguments = ["bench", "curve", "--model", "nano", "--mode", mode, "--pages", "1", "--json"]
    assert main([*arguments, "--plot", str(plot), "--calibration", str(calibration)]) == ExitCode.COMPLETE
    rows = json.loads(capfd.readouterr().out)
    assert all(list(row) == KEYS for row in rows)
    assert {row["mode"] for row in rows} == {mode}
    points = json.loads(calibration.read_text())["points"]
    shared = ("mode", "bucket", "pages", "ratio", "precision")
    assert [{key: point[key] for key in shared} for point in points] == [
        {key: row[key] for key in shared} for row in rows
    ]
    assert plot.read_bytes().startswith(b"\x89PNG")


def test_a_file_that_exists_is_refused_before_anything_is_read(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    plot = tmp_path / "curve.png"
    plot.touch()
    assert main(["bench", "curve", "--model", "nano", "--plot", str(plot)]) == ExitCode.OUTPUT
    captured = capfd.readouterr()
    assert (captured.out, "--force" in captured.err, "text tokens" in captured.err) == ("", True, False)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["--mode", "gigantic"], ExitCode.USAGE),
        (["--pages", "0"], ExitCode.USAGE),
        (["--model", "no-such-folder"], ExitCode.WEIGHTS),
    ],
)
def test_wrong_flags_are_refused(arguments: list[str], code: ExitCode, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "curve", "--model", "nano", *arguments]) == code
    assert capfd.readouterr().out == ""


def test_the_dial_goes_by_the_points_of_each_mode(tmp_path: Path) -> None:
    bucket = Bucket(200, 240)
    truth = typeset_bucket(bucket, 1, len)[0].text
    right, wrong = (
        next(measure_curve(Parrot([text], 100), len, [mode], [bucket], 1))
        for text, mode in ((truth, NANO.modes[-1]), ("?", NANO.modes[0]))
    )
    (tmp_path / "config.json").write_text('{"model_type": "deepocr"}')
    (tmp_path / "calibration.json").write_text(json.dumps(as_calibration([right, wrong])))
    entry = find_model(str(tmp_path))
    curves = [entry.curve_of(mode) for mode in (NANO.modes[-1], NANO.modes[0], NANO.modes[1])]
    assert [curve and predict_precision(curve, 2.0) for curve in curves] == [1.0, 0.0, None]


def test_the_plot_shows_every_mark() -> None:
    measured, published = [("small", 6.0, 0.98), ("small", 12.0, 0.9)], [("tiny", 10.5, 0.965)]
    full = Image.open(io.BytesIO(plot_curve("precision", measured, published)))
    for left_out in (([measured[0]], published), (measured, [])):
        fewer = Image.open(io.BytesIO(plot_curve("precision", *left_out)))
        assert fewer.size == full.size
        assert fewer.tobytes() != full.tobytes()
