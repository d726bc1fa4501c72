"""`deepocr models`: what is listed and shown, and what a check finds."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from released_checkpoint import write_checkpoint
from safetensors.torch import load_file, save_file

from deepocr_cli.cli.main import main
from deepocr_cli.errors import ExitCode

WEIGHTS = "model.safetensors"


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_checkpoint(tmp_path_factory.mktemp("released"))


def test_a_network_that_is_part_of_the_program_needs_no_pull(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "pull", "nano"]) == ExitCode.COMPLETE
    assert capfd.readouterr().out.strip().endswith("weights/nano")
    assert main(["models", "pull", "fax"]) == ExitCode.USAGE


# ---------------------------------------------------------------------------------------------- check


def test_the_embedded_network_passes_every_check(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "check", "nano"]) == ExitCode.COMPLETE
    assert "14,881,744 parameters" in capfd.readouterr().out


def cut_short(folder: Path) -> None:
    path = folder / WEIGHTS
    path.write_bytes(path.read_bytes()[:-100])


def spoil(folder: Path) -> None:
    tensors = load_file(folder / WEIGHTS)
    tensors["lm_head.weight"][0, 0] = float("inf")
    save_file(tensors, folder / WEIGHTS)


def overflow(folder: Path) -> None:
    """Every number is finite, what is computed from them is not."""
    tensors = load_file(folder / WEIGHTS)
    for name in ("model.norm.weight", "lm_head.weight"):
        tensors[name] *= 1e30
    save_file(tensors, folder / WEIGHTS)


def edit(name: str, before: str, after: str) -> Callable[[Path], None]:
    return lambda folder: (folder / name).write_text((folder / name).read_text().replace(before, after)) and None


FAULTS = {
    "another network": (edit("config.json", "deepseek_vl_v2", "llama"), "config.json", "model_type is 'llama'"),
    "cut short": (cut_short, "weight files", "truncated or damaged"),
    "no weights": (lambda folder: (folder / WEIGHTS).unlink(), "weight files", "no safetensors file"),
    "no image token": (edit("tokenizer.json", "<image>", "<picture>"), "tokenizer", "<image> is None"),
    "ids beyond the vocabulary": (
        edit("config.json", '"vocab_size": 320', '"vocab_size": 260'),
        "tokenizer",
        "not among the network's 260",
    ),
    "no such bos": (edit("config.json", '"bos_token_id": 256', '"bos_token_id": 310'), "tokenizer", "no bos id 310"),
    "a tensor not finite": (spoil, "tensors", "lm_head.weight is not finite"),
    "reading not finite": (overflow, "reading", "no finite number"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_check_ends_at_the_first_fault(
    released: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str], fault: str
) -> None:
    folder = Path(shutil.copytree(released, tmp_path / "copy"))
    change, failed, message = FAULTS[fault]
    change(folder)
    assert main(["models", "check", str(folder), "--device", "cpu"]) == ExitCode.WEIGHTS
    captured = capfd.readouterr()
    *passed, last = captured.out.splitlines()
    assert last == f"failed  {failed}"
    assert all(line.startswith("ok ") for line in passed)
    assert message in captured.err
    assert "hint: " in captured.err


# --------------------------------------------------------------------------------------- list and show


def test_the_list_says_where_networks_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    assert main(["models", "list"]) == ExitCode.COMPLETE
    table = capfd.readouterr().out
    assert "weights/nano" in table
    assert "not on this disk" in table
    assert main(["models", "list", "--json"]) == ExitCode.COMPLETE
    nano, large, *relatives = json.loads(capfd.readouterr().out)
    assert (nano["name"], nano["modes"]) == ("nano", [f"strips-{lines}" for lines in (8, 6, 5, 4, 3, 2)])
    assert nano["bytes_on_disk"] > 29_000_000
    assert (large["name"], large["folder"], large["licence"]) == ("deepseek-ocr", None, "MIT")
    assert [(entry["name"], entry["modes"]) for entry in relatives] == [
        ("deepseek-ocr-2", ["dynamic"]),
        ("unlimited-ocr", ["base", "gundam"]),
    ]


def test_what_is_known_of_a_network(
    released: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    main(["models", "show", "deepseek-ocr", "--json"])
    facts = json.loads(capfd.readouterr().out)
    tokens = {mode["name"]: (mode["fewest_vision_tokens"], mode["most_vision_tokens"]) for mode in facts["modes"]}
    assert tokens == {
        "tiny": (64, 64),
        "small": (100, 100),
        "base": (256, 256),
        "large": (400, 400),
        "gundam": (256, 856),
    }
    assert facts["guard"] == {"size": 20, "window": 50}
    assert facts["prompts"]["text"] == "\nFree OCR."
    assert len(facts["calibration"]) == 14
    main(["models", "show", str(released)])
    text = capfd.readouterr().out
    assert str(released) in text
    assert "256 to 856 vision tokens" in text
    assert main(["models", "show", str(tmp_path / "nowhere")]) == ExitCode.WEIGHTS
