"""`deepocr bench speed`: its rows, and that what it compares is the same network on both sides."""

import json
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from released_checkpoint import CONFIG, released_config
from test_prompt import write_tokenizer
from tiny_networks import TINY, random_network

from deepocr_cli.bench import other_readers, reader_stages
from deepocr_cli.bench.random_weights import random_network as quick_network
from deepocr_cli.bench.reference import build_reference, is_comparable
from deepocr_cli.bench.row import Row, Unit
from deepocr_cli.bench.stopwatch import Stopwatch
from deepocr_cli.bench.subject import prepare_subject
from deepocr_cli.bench.trial import Trial
from deepocr_cli.cli.main import main
from deepocr_cli.errors import DeepOcrError, ExitCode
from deepocr_cli.model.config import ModelConfig, PatchEmbedding
from deepocr_cli.model.network import DeepOcr
from deepocr_cli.model.quantized_layers import is_quantized
from deepocr_cli.model.weights import save_model
from deepocr_cli.settings import Quantization

KEYS = ["stage", "size", "batch", "dtype", "quantize", "ours", "transformers", "ratio", "unit"]

OWN_STAGES = ["--stages", "rasterize,views,encoder,prefill,decode,page,memory"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A toy checkpoint in the released layout that has room for a page in the mode base."""
    target = tmp_path_factory.mktemp("released")
    config = replace(
        CONFIG, decoder=replace(CONFIG.decoder, position_count=400), sam=replace(CONFIG.sam, image_size=1024)
    )
    save_model(random_network(config), target)
    (target / "config.json").write_text(json.dumps(released_config(config)))
    write_tokenizer(target)
    return target


def test_the_rows_have_the_same_stages_of_both(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "speed", "--shape", str(folder), *OWN_STAGES, "--rounds", "1", "--json"]) == ExitCode.COMPLETE
    rows = json.loads(capfd.readouterr().out)
    assert all(list(row) == KEYS for row in rows)
    compared = {(row["stage"], row["size"], row["batch"]) for row in rows if row["transformers"] is not None}
    assert compared >= {
        ("encoder", 512, 1),
        ("encoder", 640, 1),
        ("encoder", 1024, 1),
        ("encoder, gundam tiles", 640, 6),
        ("prefill", 200, 1),
        ("decode", 200, 1),
        ("decode", 200, 4),
        ("decode", 200, 8),
    }
    assert {row["unit"] for row in rows} <= {"seconds", "tokens/s", "pages/hour", "MB"}
    for row in rows:
        assert (row["ratio"] is None) == (row["transformers"] is None)
        if row["ratio"] is not None:
            assert row["ratio"] == pytest.approx(row["ours"] / row["transformers"], rel=1e-3)


def test_a_network_that_transformers_does_not_have_is_measured_alone(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "speed", "--shape", "nano", "--stages", "prefill", "--rounds", "1", "--json"]) == 0
    (row,) = json.loads(capfd.readouterr().out)
    assert (row["stage"], row["transformers"], row["ratio"]) == ("prefill", None, None)
    assert row["ours"] > 0


def test_a_quantised_network_is_measured_beside_a_twin_of_full_width(
    folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    arguments = ["--stages", "prefill,memory", "--quantize", "int8", "--rounds", "1", "--json"]
    assert main(["bench", "speed", "--shape", str(folder), *arguments]) == ExitCode.COMPLETE
    rows = json.loads(capfd.readouterr().out)
    assert {row["quantize"] for row in rows} == {"int8"}
    assert all(row["transformers"] > 0 for row in rows)


def test_readers_stand_in_rows_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[list[str]] = []
    monkeypatch.setattr(reader_stages.subprocess, "run", lambda arguments, **_: read.append(arguments) or _ended(0))
    monkeypatch.setattr(other_readers.shutil, "which", lambda _: "/usr/bin/tesseract")
    trial = Trial(prepare_subject("nano"), Stopwatch(torch.device("cpu"), rounds=1))
    rows = list(reader_stages.measure_readers(trial))
    names = ["page, nano", "page, tesseract", "page, tesseract, one thread", "page, rapidocr"]
    units = ["seconds", "processor seconds"]
    expected = [(name, count, unit) for count in (1, 8) for name in names for unit in units]
    assert [(row.stage, row.batch, row.unit) for row in rows] == expected
    assert all(len([part for part in arguments if part.endswith(".png")]) in (0, 1, 8) for arguments in read)


def test_a_reader_that_fails_is_not_a_fast_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader_stages.subprocess, "run", lambda *_, **__: _ended(1))
    trial = Trial(prepare_subject("nano"), Stopwatch(torch.device("cpu"), rounds=1))
    with pytest.raises(DeepOcrError, match="failed with code 1: no such thing"):
        next(reader_stages.measure_readers(trial))


def _ended(code: int) -> subprocess.CompletedProcess[str]:
    return subprocess.CompletedProcess([], code, stdout="", stderr="trouble\nno such thing\n")


def test_the_table_is_all_that_stdout_has(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "speed", "--shape", "nano", "--stages", "rasterize", "--rounds", "1"]) == 0
    captured = capfd.readouterr()
    assert captured.out.split()[:3] == ["stage", "size", "batch"]
    assert "threads" in captured.err
    assert "torch" in captured.err


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["--stages", "encoder,dreaming"], ExitCode.USAGE),
        (["--rounds", "0"], ExitCode.USAGE),
        (["--threads", "0"], ExitCode.USAGE),
        (["--dtype", "float8"], ExitCode.USAGE),
        (["--shape", "no-such-folder"], ExitCode.WEIGHTS),
    ],
)
def test_wrong_flags_are_refused(arguments: list[str], code: ExitCode, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "speed", "--shape", "nano", *arguments]) == code
    captured = capfd.readouterr()
    assert captured.out == ""
    assert "deepocr: error: " in captured.err


def test_a_ratio_is_ours_over_theirs() -> None:
    row = Row("decode", 290, 1, "bfloat16", "none", 16.0, 10.0, Unit.TOKEN_RATE)
    assert row.ratio == 1.6
    assert replace(row, transformers=None).ratio is None


@torch.no_grad()
def test_the_twin_is_the_same_network_on_the_same_memory() -> None:
    model = random_network()
    reference = build_reference(model)
    memory = {parameter.untyped_storage().data_ptr() for parameter in model.parameters()}
    assert {parameter.untyped_storage().data_ptr() for parameter in reference.parameters()} == memory
    pixels = torch.randn(3, 128, 128, generator=torch.Generator().manual_seed(0))
    vision = model.encode(pixels)
    theirs = reference.model.get_image_features(pixels[None]).pooler_output[0]
    torch.testing.assert_close(theirs, vision, rtol=0, atol=1e-5)
    ids = [0, *[TINY.prompt.image_id] * len(vision), 3, 4]
    embeddings = model.embed_prompt(ids, vision)[None]
    torch.testing.assert_close(
        reference(inputs_embeds=embeddings).logits[0], model.logits(ids, vision), rtol=0, atol=1e-5
    )


def test_what_transformers_cannot_be() -> None:
    assert is_comparable(ModelConfig())
    assert not is_comparable(replace(TINY, sam=replace(TINY.sam, patch_embedding=PatchEmbedding.CONV_STEM)))


def test_quick_weights_are_finite_and_unlike() -> None:
    model = quick_network(TINY, torch.device("cpu"), torch.bfloat16)
    assert all(parameter.isfinite().all() and parameter.std() > 0 for parameter in model.parameters())
    _read_three_tokens(model)


@pytest.mark.parametrize("quantize", [Quantization.INT8, Quantization.INT4])
def test_quick_weights_of_few_bits_are_finite_and_unlike(quantize: Quantization) -> None:
    sizes = {"width": 64, "dense_width": 64, "expert_width": 32}
    model = quick_network(
        replace(TINY, decoder=replace(TINY.decoder, **sizes)), torch.device("cpu"), torch.bfloat16, quantize
    )
    assert is_quantized(model)
    _read_three_tokens(model)


def _read_three_tokens(model: DeepOcr) -> None:
    logits = model.logits([1, 2, 3])
    assert logits.isfinite().all()
    assert not torch.equal(logits[0], logits[1])


def test_memory_that_is_taken_and_given_back_counts() -> None:
    stopwatch = Stopwatch(torch.device("cpu"), rounds=1)
    peak = stopwatch.peak_bytes(lambda: torch.ones(12_500_000).add_(1))
    if peak is None:
        pytest.skip("this system does not tell the memory of a process")
    assert 45_000_000 < peak < 80_000_000
