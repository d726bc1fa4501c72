"""Quantised checkpoints: files hold what loading would make, are checked as strictly, and are written whole or not."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from released_checkpoint import released_config
from safetensors.torch import load_file, save_file
from tiny_networks import WIDE, random_network
from torch import Tensor

from deepocr_cli.cli.main import main
from deepocr_cli.errors import ExitCode, OutputError, UsageError, WeightsError
from deepocr_cli.model.network import DeepOcr
from deepocr_cli.model.quantized_checkpoint import quantize_checkpoint
from deepocr_cli.model.weights import load_model, save_model
from deepocr_cli.settings import Quantization
from deepocr_cli.store.folders import new_folder

KINDS = (Quantization.INT8, Quantization.INT4)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "full"
    save_model(random_network(WIDE), folder)
    (folder / "config.json").write_text(json.dumps(released_config(WIDE)))
    return folder


def quantized(folder: Path, kind: Quantization) -> Path:
    target = folder.parent / kind
    target.mkdir()
    quantize_checkpoint(folder, target, kind)
    return target


def logits(model: DeepOcr) -> Tensor:
    page = torch.linspace(-1, 1, 3 * 128 * 128).view(3, 128, 128)
    vision = model.encode(page)
    return model.logits([0, *[model.config.prompt.image_id] * len(vision), 3, 4], vision)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_files_hold_what_loading_would_make(folder: Path, kind: Quantization, dtype: str) -> None:
    at_load = load_model(folder, dtype=dtype, quantize=kind)
    from_files = load_model(quantized(folder, kind), dtype=dtype)
    assert torch.equal(logits(at_load), logits(from_files))
    named = dict(from_files.named_parameters())
    assert all(torch.equal(parameter, named[name]) for name, parameter in at_load.named_parameters())
    assert at_load.parameter_count == load_model(folder).parameter_count


def test_int8_changes_little(folder: Path) -> None:
    exact, near = logits(load_model(folder)), logits(load_model(folder, quantize="int8"))
    assert (exact - near).abs().max() < 0.05 * exact.abs().max()


def test_what_is_quantised_is_not_quantised_again(folder: Path) -> None:
    made = quantized(folder, Quantization.INT8)
    assert torch.equal(logits(load_model(made, quantize="int8")), logits(load_model(made)))
    with pytest.raises(UsageError, match=r"--quantize int4: the weights in .* are int8 already"):
        load_model(made, quantize="int4")
    with pytest.raises(UsageError, match="are int8 already"):
        quantize_checkpoint(made, folder, Quantization.INT8)
    with pytest.raises(UsageError, match="--quantize int3: not one of none, int8, int4"):
        load_model(folder, quantize="int3")


def test_rows_too_narrow_for_int4_are_refused(tmp_path: Path) -> None:
    save_model(random_network(), tmp_path)
    with pytest.raises(UsageError, match="--quantize int4: 16 columns of a layer are no groups of 32"):
        load_model(tmp_path, quantize="int4")


Tensors = dict[str, Tensor]
HEAD = "lm_head.weight"
QUERY = "model.layers.0.self_attn.q_proj.weight"
FAULTS: dict[str, tuple[Callable[[Tensors], Tensors], str]] = {
    "no scale": (
        lambda tensors: {name: part for name, part in tensors.items() if name != f"{HEAD}_scale"},
        "missing tensors: lm_head.weight_scale",
    ),
    "no offset": (
        lambda tensors: {name: part for name, part in tensors.items() if name != f"{QUERY}_offset"},
        "missing tensors: .*q_proj.weight_offset",
    ),
    "a scale too many": (
        lambda tensors: tensors | {"model.norm.weight_scale": torch.ones(1, dtype=torch.bfloat16)},
        "unexpected tensors: model.norm.weight_scale",
    ),
    "values of full width": (
        lambda tensors: tensors | {HEAD: tensors[HEAD].bfloat16()},
        "lm_head.weight is BF16, not I8",
    ),
    "values of eight bits for four": (
        lambda tensors: tensors | {QUERY: tensors[QUERY].to(torch.int8)},
        "q_proj.weight is I8, not U8",
    ),
    "wide scales": (
        lambda tensors: tensors | {f"{HEAD}_scale": tensors[f"{HEAD}_scale"].float()},
        "lm_head.weight_scale is F32, not BF16",
    ),
    "misshapen scales": (
        lambda tensors: tensors | {f"{QUERY}_scale": tensors[f"{QUERY}_scale"][:, :1].contiguous()},
        r"misshapen tensors: .*q_proj.weight_scale is \(64, 1\), not \(64, 2\)",
    ),
    "scales that are no numbers": (
        lambda tensors: tensors | {f"{HEAD}_scale": tensors[f"{HEAD}_scale"] * float("nan")},
        "lm_head.weight_scale is not finite",
    ),
    "a norm of integers": (
        lambda tensors: tensors | {"model.norm.weight": tensors["model.norm.weight"].to(torch.int8)},
        "model.norm.weight is I8, not floating point",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_faulty_quantised_file_is_refused(folder: Path, fault: str) -> None:
    made = quantized(folder, Quantization.INT4)
    change, message = FAULTS[fault]
    save_file(change(load_file(made / "model.safetensors")), made / "model.safetensors")
    with pytest.raises(WeightsError, match=message) as caught:
        load_model(made)
    assert caught.value.code is ExitCode.WEIGHTS


def test_a_cut_file_and_a_false_config_are_refused(folder: Path) -> None:
    made = quantized(folder, Quantization.INT8)
    content = json.loads((made / "config.json").read_text())
    for name, message in (
        ("int4", "missing tensors"),
        ("none", "unexpected tensors"),
        ("int2", "quantization is 'int2'"),
    ):
        (made / "config.json").write_text(json.dumps(content | {"quantization": name}))
        with pytest.raises(WeightsError, match=message):
            load_model(made)
    (made / "config.json").write_text(json.dumps(content))
    path = made / "model.safetensors"
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(WeightsError, match="truncated or damaged"):
        load_model(made)


def test_a_source_that_is_not_finite_leaves_nothing_behind(folder: Path, tmp_path: Path) -> None:
    tensors = load_file(folder / "model.safetensors")
    tensors[HEAD][0, 0] = float("inf")
    save_file(tensors, folder / "model.safetensors")
    target = tmp_path / "new"
    with (
        pytest.raises(WeightsError, match=r"lm_head\.weight is not finite"),
        new_folder(target, force=False, likeness=()) as part,
    ):
        quantize_checkpoint(folder, part, Quantization.INT8)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["full"]


def test_only_a_checkpoint_is_replaced(tmp_path: Path) -> None:
    target = tmp_path / "mine"
    target.mkdir()
    (target / "thesis.txt").write_text("the only copy")
    for force, message in ((False, "exists already"), (True, "it holds other things")):
        with pytest.raises(OutputError, match=message), new_folder(target, force=force, likeness=("config.json",)):
            pytest.fail("nothing may be written")
    (target / "config.json").touch()
    with new_folder(target, force=True, likeness=("config.json",)) as part:
        (part / "new").touch()
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]
    assert [path.name for path in target.iterdir()] == ["new"]


def test_models_quantize_writes_what_models_check_passes(
    tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    target = str(tmp_path / "nano-int8")

    def code(*arguments: str) -> int:
        return main(["models", *arguments])

    assert code("quantize", "nano", target) == ExitCode.COMPLETE
    assert capfdbinary.readouterr().out.decode() == f"{target}\n"
    assert code("check", target) == ExitCode.COMPLETE
    assert code("quantize", "nano", target) == ExitCode.OUTPUT
    assert code("quantize", "nano", target, "--force", "--quantize", "int4") == ExitCode.COMPLETE
    assert code("quantize", target, target, "--force") == ExitCode.USAGE
    assert code("quantize", "nano", str(tmp_path / "other"), "--quantize", "none") == ExitCode.USAGE
    assert code("check", target, "--quantize", "int8") == ExitCode.USAGE
