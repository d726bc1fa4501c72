"""A checkpoint in the released layout, small enough for a test: config, tokenizer and random weights."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from test_prompt import write_tokenizer
from tiny_networks import TINY, random_network

from deepocr_cli.model.config import ModelConfig, PromptConfig
from deepocr_cli.model.weights import save_model

CONFIG = replace(
    TINY,
    decoder=replace(TINY.decoder, vocabulary_size=320),
    prompt=PromptConfig(image_id=258, bos_id=256, eos_id=257),
)
"""Ids as `write_tokenizer` gives them."""


def write_checkpoint(folder: Path) -> Path:
    """Everything that a repository of the release has and that is read."""
    save_model(random_network(CONFIG), folder)
    (folder / "config.json").write_text(json.dumps(released_config(CONFIG)))
    write_tokenizer(folder)
    return folder


def released_config(config: ModelConfig) -> dict[str, Any]:
    """The config.json of the release, for other sizes."""
    sam, clip, decoder = config.sam, config.clip, config.decoder
    return {
        "model_type": "deepseek_vl_v2",
        "image_token_id": config.prompt.image_id,
        "language_config": {
            "bos_token_id": config.prompt.bos_id,
            "eos_token_id": config.prompt.eos_id,
            "first_k_dense_replace": len(decoder.dense_layers),
            "hidden_size": decoder.width,
            "intermediate_size": decoder.dense_width,
            "max_position_embeddings": decoder.position_count,
            "moe_intermediate_size": decoder.expert_width,
            "n_routed_experts": decoder.expert_count,
            "n_shared_experts": decoder.shared_expert_count,
            "num_attention_heads": decoder.head_count,
            "num_experts_per_tok": decoder.active_expert_count,
            "num_hidden_layers": decoder.layer_count,
            "num_key_value_heads": decoder.key_value_head_count,
            "vocab_size": decoder.vocabulary_size,
        },
        "vision_config": {
            "image_size": sam.image_size,
            "width": {
                "clip-l-14-224": {
                    "heads": clip.head_count,
                    "image_size": clip.grid_size * 14,
                    "layers": clip.layer_count,
                    "mlp_ratio": clip.mlp_width / clip.width,
                    "patch_size": 14,
                    "width": clip.width,
                },
                "sam_vit_b": {
                    "downsample_channels": list(sam.compressor_widths),
                    "global_attn_indexes": list(sam.global_layers),
                    "heads": sam.head_count,
                    "layers": sam.layer_count,
                    "mlp_ratio": sam.mlp_width / sam.width,
                    "output_channels": sam.neck_width,
                    "width": sam.width,
                    "window_size": sam.window_size,
                },
            },
        },
    }
