"""The same network as `transformers` has it (`unlimited_ocr`), on the very memory of our plain weights."""

import re
from collections.abc import Iterator
from typing import Any

from torch import Tensor

from deepocr_cli.model.config import Activation, ModelConfig, PatchEmbedding, Positions
from deepocr_cli.model.network import DeepOcr
from deepocr_cli.model.released_names import place_tensors

Reference = Any
"""An `UnlimitedOcrForConditionalGeneration`."""


def is_comparable(config: ModelConfig) -> bool:
    """Whether `transformers` knows a network like this one."""
    sam, clip = config.sam, config.clip
    return (
        sam.patch_embedding is PatchEmbedding.CONVOLUTION
        and sam.has_relative_positions
        and clip.has_class_token
        and sam.positions is clip.positions is Positions.RESIZED
        and Activation.GELU_TANH not in (sam.activation, clip.activation)
    )


def build_reference(model: DeepOcr) -> Reference:
    """Their network with our parameters; a change of one is a change of both."""
    from transformers import UnlimitedOcrForConditionalGeneration
    from transformers.utils.logging import disable_progress_bar

    disable_progress_bar()
    tensors = dict(_their_tensors(model))
    reference = UnlimitedOcrForConditionalGeneration.from_pretrained(
        None, config=_their_config(model.config), state_dict=tensors, dtype=model.dtype
    )
    return reference.eval().requires_grad_(False)


def _their_tensors(model: DeepOcr) -> Iterator[tuple[str, Tensor]]:
    """Our parameters under released names, which they translate; but stacked experts are alike, and stay whole."""
    parameters = dict(model.named_parameters())
    for placement in place_tensors(model):
        if placement.expert is None:
            yield placement.released, placement.locate(parameters, model.config.decoder)
        elif placement.expert == 0 and placement.part != "up":
            name = "down_proj" if placement.part == "" else "gate_up_proj"
            yield re.sub(r"experts\..*", f"experts.{name}", placement.released), parameters[placement.ours]


def _their_config(config: ModelConfig) -> Any:
    from transformers import UnlimitedOcrConfig

    return UnlimitedOcrConfig(
        vision_config={"sam_config": _their_sam(config), "encoder_config": _their_clip(config)},
        text_config=_their_decoder(config),
        image_token_id=config.prompt.image_id,
    )


def _their_sam(config: ModelConfig) -> dict[str, Any]:
    sam = config.sam
    return {
        "hidden_size": sam.width,
        "num_hidden_layers": sam.layer_count,
        "num_attention_heads": sam.head_count,
        "mlp_dim": sam.mlp_width,
        "patch_size": sam.patch_size,
        "image_size": sam.image_size,
        "window_size": sam.window_size,
        "global_attn_indexes": list(sam.global_layers),
        "output_channels": sam.neck_width,
        "downsample_channels": list(sam.compressor_widths),
        "num_channels": config.view.channel_count,
        "hidden_act": sam.activation.value,
        "layer_norm_eps": sam.norm_eps,
    }


def _their_clip(config: ModelConfig) -> dict[str, Any]:
    clip = config.clip
    return {
        "hidden_size": clip.width,
        "num_hidden_layers": clip.layer_count,
        "num_attention_heads": clip.head_count,
        "intermediate_size": clip.mlp_width,
        "image_size": clip.grid_size * 14,
        "patch_size": 14,
        "hidden_act": clip.activation.value,
        "layer_norm_eps": clip.norm_eps,
    }


def _their_decoder(config: ModelConfig) -> dict[str, Any]:
    decoder = config.decoder
    return {
        "vocab_size": decoder.vocabulary_size,
        "hidden_size": decoder.width,
        "num_hidden_layers": decoder.layer_count,
        "num_attention_heads": decoder.head_count,
        "num_key_value_heads": decoder.key_value_head_count,
        "intermediate_size": decoder.dense_width,
        "mlp_layer_types": ["dense" if n in decoder.dense_layers else "sparse" for n in range(decoder.layer_count)],
        "n_routed_experts": decoder.expert_count,
        "num_experts_per_tok": decoder.active_expert_count,
        "n_shared_experts": decoder.shared_expert_count,
        "moe_intermediate_size": decoder.expert_width,
        "routed_scaling_factor": decoder.routed_scaling,
        "rms_norm_eps": decoder.norm_eps,
        "rope_parameters": {"rope_type": "default", "rope_theta": decoder.rope_theta},
        "max_position_embeddings": decoder.position_count,
        # Longer than any sequence: attention sees everything, as in the release.
        "sliding_window": decoder.position_count,
        "bos_token_id": config.prompt.bos_id,
        "eos_token_id": config.prompt.eos_id,
    }
