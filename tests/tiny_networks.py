"""Networks small enough for a test, with every part that the released one has, and random weights."""

from dataclasses import replace

import torch

from deepocr_cli.model.config import ClipConfig, DecoderConfig, ModelConfig, PromptConfig, SamConfig
from deepocr_cli.model.network import DeepOcr

TINY = ModelConfig(
    sam=SamConfig(
        width=16,
        layer_count=2,
        head_count=2,
        mlp_width=24,
        image_size=128,
        window_size=3,
        global_layers=(1,),
        neck_width=8,
        compressor_widths=(12, 20),
    ),
    clip=ClipConfig(width=20, layer_count=1, head_count=2, mlp_width=24, grid_size=2),
    decoder=DecoderConfig(
        vocabulary_size=60,
        width=16,
        layer_count=2,
        head_count=2,
        key_value_head_count=2,
        dense_width=24,
        expert_count=4,
        active_expert_count=2,
        shared_expert_count=1,
        expert_width=8,
        position_count=256,
    ),
    prompt=PromptConfig(image_id=50),
)

WIDE = replace(
    TINY,
    decoder=replace(TINY.decoder, width=64, dense_width=96, expert_width=32, head_count=4, key_value_head_count=4),
)
"""Widths that int4 can group, some of them too odd for its kernel."""


def random_network(config: ModelConfig = TINY, seed: int = 0) -> DeepOcr:
    """A network whose every parameter is random, none of them negligible."""
    generator = torch.Generator().manual_seed(seed)
    model = DeepOcr(config).eval().requires_grad_(False)
    for parameter in model.parameters():
        parameter.copy_(torch.randn(parameter.shape, generator=generator) * 0.3)
    return model
