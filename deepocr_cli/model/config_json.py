"""A checkpoint's config.json, in one of three layouts, becomes a `ModelConfig`.

`deepseek_vl_v2` is the released layout, `unlimited_ocr` the one that `transformers` writes for the same network,
`deepocr` our own: the fields of `ModelConfig` by their names.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, fields
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar

from deepocr_cli.errors import WeightsError
from deepocr_cli.model.config import (
    Activation,
    ClipConfig,
    DecoderConfig,
    ModelConfig,
    PromptConfig,
    SamConfig,
    ViewConfig,
)
from deepocr_cli.settings import Quantization

Json = Mapping[str, Any]
Section = TypeVar("Section", SamConfig, ClipConfig, DecoderConfig, ViewConfig, PromptConfig)

OUR_MODEL_TYPE = "deepocr"


def read_config(folder: Path) -> ModelConfig:
    """The config of the checkpoint in `folder`.

    Raises:
        WeightsError: config.json is missing, is not JSON, or describes a network that this one cannot be.
    """
    path = folder / "config.json"
    content = _read_json(folder)
    model_type = content.get("model_type")
    if not isinstance(model_type, str) or model_type not in _LAYOUTS:
        raise WeightsError(
            f"{path}: model_type is {model_type!r}, not one of {', '.join(_LAYOUTS)}",
            hint="deepocr models list shows what can be read",
        )
    try:
        config = _LAYOUTS[model_type](content)
        _refuse_impossible(config)
        return config
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        raise WeightsError(f"{path}: not understood: {error!r}", hint="download it again") from error


def read_quantization(folder: Path) -> Quantization:
    """How the weights in `folder` are kept, as config.json says; without a word, in full width.

    Raises:
        WeightsError: config.json is missing, is not JSON, or names a way that does not exist.
    """
    name = _read_json(folder).get("quantization", Quantization.NONE.value)
    if name not in list(Quantization):
        raise WeightsError(
            f"{folder}/config.json: quantization is {name!r}, not one of {', '.join(Quantization)}",
            hint="write it anew: deepocr models quantize",
        )
    return Quantization(name)


def write_quantization(source: Path, folder: Path, kind: Quantization) -> None:
    """Write the config.json of `source` into `folder`, with a word on how the weights there are kept."""
    content = {**_read_json(source), "quantization": kind.value}
    (folder / "config.json").write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


def write_config(config: ModelConfig, folder: Path) -> None:
    """Write config.json in our own layout."""
    content = {"model_type": OUR_MODEL_TYPE, **asdict(config)}
    (folder / "config.json").write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


def _read_json(folder: Path) -> Json:
    path = folder / "config.json"
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise WeightsError(f"{folder}: no config.json", hint="name a folder that holds a checkpoint") from error
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise WeightsError(f"{path}: cannot be read: {error}", hint="download it again") from error
    return content if isinstance(content, dict) else {}


def _refuse_impossible(config: ModelConfig) -> None:
    """Raise a ValueError where the sizes do not fit together."""
    sam, clip, decoder = config.sam, config.clip, config.decoder
    for section in (sam, clip, decoder):
        if section.layer_count < 1 or section.head_count < 1 or section.width % section.head_count:
            raise ValueError(f"{section.head_count} heads do not share a width of {section.width}")
    if decoder.head_count % decoder.key_value_head_count:
        raise ValueError(f"{decoder.head_count} heads do not share {decoder.key_value_head_count} keys")
    if not 0 < decoder.active_expert_count <= decoder.expert_count:
        raise ValueError(f"{decoder.active_expert_count} of {decoder.expert_count} experts cannot be active")
    if sam.compressor_widths[1:] != (clip.width,):
        raise ValueError(f"compressor widths {sam.compressor_widths} do not end at {clip.width}")


def _from_ours(content: Json) -> ModelConfig:
    return ModelConfig(
        sam=_section(SamConfig, content["sam"]),
        clip=_section(ClipConfig, content["clip"]),
        decoder=_section(DecoderConfig, content["decoder"]),
        view=_section(ViewConfig, content["view"]),
        prompt=_section(PromptConfig, content["prompt"]),
    )


def _section(kind: type[Section], content: Json) -> Section:
    """One section of our own layout; a field that does not exist is a TypeError, one left out has its default."""
    kinds = {field.name: field.type for field in fields(kind)}
    return kind(**{name: _value(kinds.get(name), value) for name, value in content.items()})


def _value(kind: object, value: Any) -> Any:
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return kind(value)
    return tuple(value) if isinstance(value, list) else value


def _from_released(content: Json) -> ModelConfig:
    """The released layout states no more than it must; sizes that it leaves out are those of the released weights."""
    vision = content["vision_config"]
    sam, clip = vision["width"]["sam_vit_b"], vision["width"]["clip-l-14-224"]
    text = content["language_config"]
    return ModelConfig(
        sam=SamConfig(
            width=sam["width"],
            layer_count=sam["layers"],
            head_count=sam["heads"],
            mlp_width=round(sam.get("mlp_ratio", 4) * sam["width"]),
            image_size=vision.get("image_size", SamConfig().image_size),
            global_layers=tuple(sam["global_attn_indexes"]),
            compressor_widths=tuple(sam["downsample_channels"]),
            **_given(sam, window_size="window_size", patch_size="patch_size", neck_width="output_channels"),
        ),
        clip=ClipConfig(
            width=clip["width"],
            layer_count=clip["layers"],
            head_count=clip["heads"],
            mlp_width=round(clip.get("mlp_ratio", 4) * clip["width"]),
            grid_size=clip["image_size"] // clip["patch_size"],
        ),
        decoder=_decoder(text),
        prompt=_prompt(content, text),
    )


def _from_transformers(content: Json) -> ModelConfig:
    sam, clip = content["vision_config"]["sam_config"], content["vision_config"]["encoder_config"]
    text = content["text_config"]
    return ModelConfig(
        sam=SamConfig(
            **_given(
                sam,
                width="hidden_size",
                layer_count="num_hidden_layers",
                head_count="num_attention_heads",
                mlp_width="mlp_dim",
                patch_size="patch_size",
                image_size="image_size",
                window_size="window_size",
                neck_width="output_channels",
                norm_eps="layer_norm_eps",
                has_relative_positions="use_rel_pos",
            ),
            global_layers=tuple(sam["global_attn_indexes"]),
            compressor_widths=tuple(sam["downsample_channels"]),
            activation=_activation(sam["hidden_act"]),
        ),
        clip=ClipConfig(
            **_given(
                clip,
                width="hidden_size",
                layer_count="num_hidden_layers",
                head_count="num_attention_heads",
                mlp_width="intermediate_size",
                norm_eps="layer_norm_eps",
            ),
            grid_size=clip["image_size"] // clip["patch_size"],
            activation=_activation(clip["hidden_act"]),
        ),
        decoder=_decoder(text),
        view=ViewConfig(channel_count=sam.get("num_channels", ViewConfig().channel_count)),
        prompt=_prompt(content, text),
    )


def _decoder(text: Json) -> DecoderConfig:
    """The decoder's section, whose names both foreign layouts share."""
    _refuse_variants(text)
    return DecoderConfig(
        **_given(
            text,
            vocabulary_size="vocab_size",
            width="hidden_size",
            layer_count="num_hidden_layers",
            head_count="num_attention_heads",
            key_value_head_count="num_key_value_heads",
            dense_width="intermediate_size",
            expert_count="n_routed_experts",
            active_expert_count="num_experts_per_tok",
            shared_expert_count="n_shared_experts",
            expert_width="moe_intermediate_size",
            routed_scaling="routed_scaling_factor",
            norm_eps="rms_norm_eps",
        ),
        dense_layers=_dense_layers(text),
        rope_theta=float(_rope(text).get("rope_theta", DecoderConfig().rope_theta)),
        position_count=_position_count(text),
    )


def _dense_layers(text: Json) -> tuple[int, ...]:
    kinds = text.get("mlp_layer_types")
    if kinds is None:
        return tuple(range(text.get("first_k_dense_replace", len(DecoderConfig().dense_layers))))
    return tuple(layer for layer, kind in enumerate(kinds) if kind == "dense")


def _position_count(text: Json) -> int:
    """Positions that full attention may span: a sliding window would hide what lies further back."""
    count: int = text.get("max_position_embeddings", DecoderConfig().position_count)
    return min(count, text.get("sliding_window") or count)


def _rope(text: Json) -> Json:
    return text.get("rope_parameters") or text


_ASSUMED: Json = {
    "use_mla": False,
    "hidden_act": "silu",
    "topk_method": "greedy",
    "scoring_func": "softmax",
    "norm_topk_prob": False,
    "attention_bias": False,
    "mlp_bias": False,
    "rope_scaling": None,
    "rope_type": "default",
    "tie_word_embeddings": False,
}
"""What the decoder takes for granted; a config that says otherwise describes another network."""


def _refuse_variants(text: Json) -> None:
    stated = {**_rope(text), **text}
    for name, value in _ASSUMED.items():
        if stated.get(name, value) != value:
            raise ValueError(f"{name} is {stated[name]!r}, only {value!r} is supported")


def _prompt(content: Json, text: Json) -> PromptConfig:
    return PromptConfig(
        **_given(content, image_id="image_token_id"), **_given(text, bos_id="bos_token_id", eos_id="eos_token_id")
    )


def _given(content: Json, **names: str) -> dict[str, Any]:
    """The fields that the section states, under our names; the others keep their defaults."""
    return {ours: content[theirs] for ours, theirs in names.items() if content.get(theirs) is not None}


def _activation(name: str) -> Activation:
    return Activation.GELU_TANH if name == "gelu_pytorch_tanh" else Activation(name)


_LAYOUTS: Mapping[str, Callable[[Json], ModelConfig]] = {
    "deepseek_vl_v2": _from_released,
    "unlimited_ocr": _from_transformers,
    OUR_MODEL_TYPE: _from_ours,
}
