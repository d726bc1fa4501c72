"""Checkpoints: what was saved is what is loaded, and whatever is wrong with a folder is said in one line."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from tiny_networks import TINY, random_network
from torch import Tensor

from deepocr_cli.errors import ExitCode, WeightsError
from deepocr_cli.model.checkpoint import INDEX_NAME
from deepocr_cli.model.released_names import UNUSED
from deepocr_cli.model.weights import load_model, save_model

Tensors = dict[str, Tensor]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    save_model(random_network(), tmp_path)
    return tmp_path


def weights_of(folder: Path) -> Tensors:
    return load_file(folder / "model.safetensors")


def same_parameters(left: torch.nn.Module, right: torch.nn.Module) -> bool:
    pairs = zip(left.named_parameters(), right.named_parameters(), strict=True)
    return all(a == b and torch.equal(x, y) for (a, x), (b, y) in pairs)


def test_what_was_saved_is_loaded(folder: Path) -> None:
    loaded = load_model(folder)
    assert loaded.config == TINY
    assert same_parameters(loaded, random_network())


def test_several_files_with_an_index(folder: Path) -> None:
    tensors = weights_of(folder)
    (folder / "model.safetensors").unlink()
    names = sorted(tensors)
    parts = {"model-1-of-2.safetensors": names[::2], "model-2-of-2.safetensors": names[1::2]}
    for file_name, part in parts.items():
        save_file({name: tensors[name] for name in part}, folder / file_name)
    weight_map = {name: file_name for file_name, part in parts.items() for name in part}
    (folder / INDEX_NAME).write_text(json.dumps({"weight_map": weight_map}))
    # Files that the index does not name are none of its business.
    save_file({"leftover": torch.zeros(1)}, folder / "other.safetensors")
    assert same_parameters(load_model(folder), random_network())


def test_the_dtype_is_the_one_asked_for(folder: Path) -> None:
    loaded = load_model(folder, dtype="bfloat16")
    assert {parameter.dtype for parameter in loaded.parameters()} == {torch.bfloat16}


def test_tensors_that_the_network_does_not_use_may_be_there(folder: Path) -> None:
    tensors = weights_of(folder) | {name: torch.zeros(3) for name in UNUSED}
    save_file(tensors, folder / "model.safetensors")
    assert same_parameters(load_model(folder), random_network())


def drop(name: str) -> Callable[[Tensors], Tensors]:
    return lambda tensors: {key: tensor for key, tensor in tensors.items() if key != name}


def replace(name: str, change: Callable[[Tensor], Tensor]) -> Callable[[Tensors], Tensors]:
    return lambda tensors: tensors | {name: change(tensors[name]).contiguous()}


def poke(value: float) -> Callable[[Tensor], Tensor]:
    def change(tensor: Tensor) -> Tensor:
        poked = tensor.clone()
        poked.view(-1)[-1] = value
        return poked

    return change


TENSOR_FAULTS = {
    "missing": (drop("model.view_seperator"), "missing tensors: model.view_seperator"),
    "missing expert": (
        drop("model.layers.1.mlp.experts.3.up_proj.weight"),
        "missing tensors: model.layers.1.mlp.experts.3.up_proj.weight",
    ),
    "unexpected": (lambda tensors: tensors | {"model.extra": torch.ones(1)}, "unexpected tensors: model.extra"),
    "misshapen": (
        replace("model.norm.weight", lambda tensor: tensor[:-1]),
        r"misshapen tensors: model.norm.weight is \(15,\), not \(16,\)",
    ),
    "transposed": (replace("model.sam_model.net_2.weight", lambda tensor: tensor.transpose(0, 1)), "net_2.weight is"),
    "not a number": (replace("lm_head.weight", poke(float("nan"))), "lm_head.weight is not finite"),
    "infinite": (replace("lm_head.weight", poke(float("-inf"))), "lm_head.weight is not finite"),
    "integers": (replace("lm_head.weight", lambda tensor: tensor.to(torch.int8)), "not floating point"),
}


@pytest.mark.parametrize("fault", TENSOR_FAULTS)
def test_a_faulty_tensor_is_named(folder: Path, fault: str) -> None:
    change, message = TENSOR_FAULTS[fault]
    save_file(change(weights_of(folder)), folder / "model.safetensors")
    expect_refusal(folder, message)


def truncate(folder: Path) -> None:
    path = folder / "model.safetensors"
    path.write_bytes(path.read_bytes()[:-100])


def cut_header(folder: Path) -> None:
    path = folder / "model.safetensors"
    path.write_bytes(path.read_bytes()[:20])


def empty(folder: Path) -> None:
    (folder / "model.safetensors").write_bytes(b"")


def offer_a_pickle(folder: Path) -> None:
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")


def change_config(**changes: object) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        content = json.loads((folder / "config.json").read_text())
        (folder / "config.json").write_text(json.dumps(content | changes))

    return change


def write_config_text(text: str) -> Callable[[Path], None]:
    return lambda folder: (folder / "config.json").write_text(text) and None


def index(*file_names: object) -> Callable[[Path], None]:
    content = {"weight_map": {f"tensor {number}": name for number, name in enumerate(file_names)}}
    return lambda folder: (folder / INDEX_NAME).write_text(json.dumps(content)) and None


FOLDER_FAULTS = {
    "truncated": (truncate, "truncated or damaged"),
    "cut in its header": (cut_header, "truncated or damaged"),
    "empty file": (empty, "truncated or damaged"),
    "a pickle": (offer_a_pickle, "no safetensors file"),
    "no config": (lambda folder: (folder / "config.json").unlink(), "no config.json"),
    "config is not JSON": (write_config_text("{"), "cannot be read"),
    "config is a list": (write_config_text("[]"), "model_type is None"),
    "another model": (change_config(model_type="llama"), "model_type is 'llama'"),
    "model_type of a strange kind": (change_config(model_type=["deepocr"]), "model_type is"),
    "a field too many": (change_config(clip={"widht": 3}), "not understood"),
    "a section missing": (change_config(sam=None), "not understood"),
    "heads that do not share": (
        change_config(clip={"width": 20, "head_count": 3}),
        "3 heads do not share a width of 20",
    ),
    "a size of a strange kind": (change_config(clip={"head_count": "2"}), "not understood"),
    "more experts than there are": (change_config(decoder={"active_expert_count": 65}), "65 of 64 experts"),
    "index names a missing file": (index("model-1-of-1.safetensors"), "model-1-of-1.safetensors is missing"),
    "index leaves the folder": (index("../model.safetensors"), "outside its folder"),
    "index names no file": (index(3), "outside its folder"),
    "index is empty": (lambda folder: (folder / INDEX_NAME).write_text("{}") and None, "not a list of weight files"),
}


@pytest.mark.parametrize("fault", FOLDER_FAULTS)
def test_a_faulty_folder_is_refused(folder: Path, fault: str) -> None:
    change, message = FOLDER_FAULTS[fault]
    change(folder)
    expect_refusal(folder, message)


def test_many_missing_tensors_are_counted(folder: Path) -> None:
    save_file({"lm_head.weight": weights_of(folder)["lm_head.weight"]}, folder / "model.safetensors")
    expect_refusal(folder, r"missing tensors: (\S+, ){2}\S+ and \d+ more")


def expect_refusal(folder: Path, message: str) -> None:
    with pytest.raises(WeightsError, match=message) as caught:
        load_model(folder)
    assert caught.value.code is ExitCode.WEIGHTS
    assert str(folder) in caught.value.message
    assert "\n" not in caught.value.message
    assert caught.value.hint
