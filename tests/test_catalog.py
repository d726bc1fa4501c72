"""The catalog: what is found where, without loading a network or the library that would."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from deepocr_cli.errors import WeightsError
from deepocr_cli.model.catalog import FOX_CURVE, NANO_MODES, find_in_cache, find_model, list_models
from deepocr_cli.modes import DEEPSEEK_OCR_MODES

SNAPSHOTS = "models--deepseek-ai--DeepSeek-OCR/snapshots"


def write_checkpoint(folder: Path, model_type: str = "deepseek_vl_v2") -> Path:
    folder.mkdir(parents=True)
    (folder / "config.json").write_text(json.dumps({"model_type": model_type}))
    for name in ("tokenizer.json", "model-00001-of-000001.safetensors"):
        (folder / name).write_bytes(b"")
    return folder


def test_auto_is_nano_until_the_released_weights_are_there(tmp_path: Path) -> None:
    environment = {"HF_HOME": str(tmp_path)}
    assert find_model("auto", environment).name == "nano"
    released = write_checkpoint(tmp_path / "hub" / SNAPSHOTS / "abc")
    found = find_model("auto", environment)
    assert (found.name, found.folder) == ("deepseek-ocr", released)


@pytest.mark.parametrize(
    ("variable", "below"),
    [("HF_HUB_CACHE", ""), ("HUGGINGFACE_HUB_CACHE", ""), ("HF_HOME", "hub"), ("XDG_CACHE_HOME", "huggingface/hub")],
)
def test_the_cache_is_where_the_environment_says(tmp_path: Path, variable: str, below: str) -> None:
    released = write_checkpoint(tmp_path / below / SNAPSHOTS / "abc")
    assert find_in_cache("deepseek-ai/DeepSeek-OCR", {variable: str(tmp_path)}) == released


def test_a_cache_may_be_named_from_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    released = write_checkpoint(tmp_path / "hf" / "hub" / SNAPSHOTS / "abc")
    assert find_in_cache("deepseek-ai/DeepSeek-OCR", {"HF_HOME": "~/hf"}) == released


def test_half_a_download_is_not_found(tmp_path: Path) -> None:
    folder = write_checkpoint(tmp_path / SNAPSHOTS / "abc")
    (folder / "tokenizer.json").unlink()
    assert find_in_cache("deepseek-ai/DeepSeek-OCR", {"HF_HUB_CACHE": str(tmp_path)}) is None


def test_the_released_weights_by_name_when_they_are_not_there(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="deepseek-ocr is not on this machine") as caught:
        find_model("deepseek-ocr", {"HF_HOME": str(tmp_path)}).require_folder()
    assert "deepocr models pull deepseek-ocr" in (caught.value.hint or "")


def test_a_folder_of_the_users_own(tmp_path: Path) -> None:
    released = find_model(str(write_checkpoint(tmp_path / "released")))
    assert (released.modes, released.curve) == (DEEPSEEK_OCR_MODES, FOX_CURVE)
    small = find_model(str(write_checkpoint(tmp_path / "small", "deepocr")))
    assert (small.modes, small.curve, small.folder) == (NANO_MODES, None, tmp_path / "small")


@pytest.mark.parametrize("wish", ["deepseek", "", ".", "/no/such/folder"])
def test_what_does_not_exist_is_said_with_what_does(wish: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(WeightsError, match="neither a known model nor a folder") as caught:
        find_model(wish)
    assert "auto, nano, deepseek-ocr" in (caught.value.hint or "")


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"points": [{"ratio": 3}]}'])
def test_a_damaged_calibration_is_refused(tmp_path: Path, content: str) -> None:
    folder = write_checkpoint(tmp_path / "small", "deepocr")
    (folder / "calibration.json").write_text(content)
    with pytest.raises(WeightsError, match="not a calibration"):
        find_model(str(folder))


def test_the_embedded_network_is_whole_and_measured() -> None:
    nano = list_models({})[0]
    folder = nano.require_folder()
    assert {path.name for path in folder.iterdir()} == {
        "config.json",
        "tokenizer.json",
        "model.safetensors",
        "calibration.json",
        "MODEL_CARD.md",
    }
    assert nano.mode_curves.keys() == {mode.name for mode in nano.modes}
    points = [point for curve in nano.mode_curves.values() for point in curve]
    assert all(0 <= precision <= 1 and ratio > 0 for ratio, precision in points)


def test_looking_things_up_loads_no_network() -> None:
    code = "import sys, deepocr_cli.model.catalog as c; c.find_model('nano'); print('torch' in sys.modules)"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "False"
