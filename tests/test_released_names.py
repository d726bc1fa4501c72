"""Every tensor of the released checkpoint has its place: all 2,710 names and shapes."""

import json
import re
from collections.abc import Iterator
from itertools import chain, product
from pathlib import Path

import pytest

from deepocr_cli.model.config import ModelConfig
from deepocr_cli.model.config_json import read_config
from deepocr_cli.model.released_names import UNUSED, place_tensors
from deepocr_cli.model.weights import build_without_memory

RELEASED_TENSORS = Path(__file__).parent / "data" / "released_tensors.txt"
"""Header of the released safetensors file; `{0-2,5}` counts."""

RELEASED_CONFIG = {
    "model_type": "deepseek_vl_v2",
    "architectures": ["DeepseekOCRForCausalLM"],
    "tile_tag": "2D",
    "language_config": {
        "bos_token_id": 0,
        "eos_token_id": 1,
        "first_k_dense_replace": 1,
        "hidden_size": 1280,
        "intermediate_size": 6848,
        "max_position_embeddings": 8192,
        "moe_intermediate_size": 896,
        "n_group": 1,
        "n_routed_experts": 64,
        "n_shared_experts": 2,
        "num_attention_heads": 10,
        "num_experts_per_tok": 6,
        "num_hidden_layers": 12,
        "num_key_value_heads": 10,
        "topk_group": 1,
        "topk_method": "greedy",
        "use_mla": False,
        "vocab_size": 129280,
    },
    "projector_config": {"input_dim": 2048, "n_embed": 1280, "projector_type": "linear"},
    "vision_config": {
        "image_size": 1024,
        "width": {
            "clip-l-14-224": {"heads": 16, "image_size": 224, "layers": 24, "patch_size": 14, "width": 1024},
            "sam_vit_b": {
                "downsample_channels": [512, 1024],
                "global_attn_indexes": [2, 5, 8, 11],
                "heads": 12,
                "layers": 12,
                "width": 768,
            },
        },
    },
}


def released_shapes() -> Iterator[tuple[str, tuple[int, ...]]]:
    for line in RELEASED_TENSORS.read_text().splitlines():
        pattern, shape = line.split()
        counted = [_numbers(text) for text in re.findall(r"{(.*?)}", pattern)]
        blank = re.sub(r"{.*?}", "{}", pattern)
        for numbers in product(*counted):
            yield blank.format(*numbers), tuple(map(int, shape.split("x")))


def _numbers(text: str) -> list[int]:
    spans = (list(map(int, span.split("-"))) for span in text.split(","))
    return list(chain.from_iterable(range(span[0], span[-1] + 1) for span in spans))


def test_the_list_is_whole() -> None:
    assert len(list(released_shapes())) == len(dict(released_shapes())) == 2710


def test_every_released_tensor_has_a_place_of_its_shape() -> None:
    model = build_without_memory(ModelConfig())
    parameters = dict(model.named_parameters())
    ours = {
        placement.released: tuple(placement.locate(parameters, model.config.decoder).shape)
        for placement in place_tensors(model)
    }
    assert ours == {name: shape for name, shape in released_shapes() if name not in UNUSED}


def test_the_places_fill_every_parameter_exactly() -> None:
    model = build_without_memory(ModelConfig())
    parameters = dict(model.named_parameters())
    filled = dict.fromkeys(parameters, 0)
    for placement in place_tensors(model):
        filled[placement.ours] += placement.locate(parameters, model.config.decoder).numel()
    assert filled == {name: parameter.numel() for name, parameter in parameters.items()}


def test_the_released_config_is_the_default(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(json.dumps(RELEASED_CONFIG))
    assert read_config(tmp_path) == ModelConfig()


@pytest.mark.parametrize(
    ("name", "value"),
    [("use_mla", True), ("topk_method", "group_limited_greedy"), ("norm_topk_prob", True), ("scoring_func", "sigmoid")],
)
def test_a_decoder_of_another_kind_is_refused(tmp_path: Path, name: str, value: object) -> None:
    from deepocr_cli.errors import WeightsError

    content = {**RELEASED_CONFIG, "language_config": {**RELEASED_CONFIG["language_config"], name: value}}  # type: ignore[dict-item]
    (tmp_path / "config.json").write_text(json.dumps(content))
    with pytest.raises(WeightsError, match=name):
        read_config(tmp_path)
