"""The released tensor names, with their spellings, and where each tensor goes in our network.

`TABLE` is the only place that knows them.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product

from torch import Tensor

from deepocr_cli.model.config import DecoderConfig
from deepocr_cli.model.network import DeepOcr


@dataclass(frozen=True, slots=True)
class Section:
    """Released names and ours that begin alike.

    `{sam}`, `{clip}`, `{layer}` and `{expert}` count; `*` is both weight and bias; `[part]` names the rows of a
    parameter of ours that several released tensors fill. Experts are stacked, so theirs have no number with us.
    """

    released: str
    ours: str
    names: Mapping[str, str]


TABLE = (
    Section(
        "model",
        "encoder",
        {
            "projector.layers.*": "projector.*",
            "image_newline": "newline",
            "view_seperator": "separator",
        },
    ),
    Section(
        "model.sam_model",
        "encoder.sam",
        {
            "patch_embed.proj.*": "patch_embedding.*",
            "patch_embed.conv1.*": "patch_embedding.convolution1.*",
            "patch_embed.conv2.*": "patch_embedding.convolution2.*",
            "patch_embed.conv3.*": "patch_embedding.convolution3.*",
            "patch_embed.residual1.*": "patch_embedding.residual1.*",
            "patch_embed.residual2.*": "patch_embedding.residual2.*",
            "patch_embed.norm0.*": "patch_embedding.norm0.norm.*",
            "patch_embed.norm1.*": "patch_embedding.norm1.norm.*",
            "patch_embed.norm2.*": "patch_embedding.norm2.norm.*",
            "pos_embed": "positions",
            "neck.0.weight": "neck.narrow.weight",
            "neck.1.*": "neck.norm1.norm.*",
            "neck.2.weight": "neck.mix.weight",
            "neck.3.*": "neck.norm2.norm.*",
            "net_2.weight": "compressor.halve1.weight",
            "net_3.weight": "compressor.halve2.weight",
        },
    ),
    Section(
        "model.sam_model.blocks.{sam}",
        "encoder.sam.blocks.{sam}",
        {
            "norm1.*": "norm1.*",
            "attn.qkv.*": "attention.qkv.*",
            "attn.proj.*": "attention.output.*",
            "attn.rel_pos_h": "attention.row_positions",
            "attn.rel_pos_w": "attention.column_positions",
            "norm2.*": "norm2.*",
            "mlp.lin1.*": "feed_forward.widen.*",
            "mlp.lin2.*": "feed_forward.narrow.*",
        },
    ),
    Section(
        "model.vision_model",
        "encoder.clip",
        {
            "embeddings.class_embedding": "class_token",
            "embeddings.position_embedding.weight": "positions",
            "pre_layrnorm.*": "norm.*",
        },
    ),
    Section(
        "model.vision_model.transformer.layers.{clip}",
        "encoder.clip.blocks.{clip}",
        {
            "layer_norm1.*": "norm1.*",
            "self_attn.qkv_proj.*": "qkv.*",
            "self_attn.out_proj.*": "output.*",
            "layer_norm2.*": "norm2.*",
            "mlp.fc1.*": "feed_forward.widen.*",
            "mlp.fc2.*": "feed_forward.narrow.*",
        },
    ),
    Section("lm_head", "decoder.head", {"weight": "weight"}),
    Section("model", "decoder", {"embed_tokens.weight": "embedding", "norm.weight": "norm.weight"}),
    Section(
        "model.layers.{layer}",
        "decoder.layers.{layer}",
        {
            "input_layernorm.weight": "norm1.weight",
            "self_attn.q_proj.weight": "attention.qkv.weight[query]",
            "self_attn.k_proj.weight": "attention.qkv.weight[key]",
            "self_attn.v_proj.weight": "attention.qkv.weight[value]",
            "self_attn.o_proj.weight": "attention.output.weight",
            "post_attention_layernorm.weight": "norm2.weight",
            "mlp.gate.weight": "feed_forward.router.weight",
            "mlp.gate_proj.weight": "feed_forward.gate_and_up.weight[gate]",
            "mlp.up_proj.weight": "feed_forward.gate_and_up.weight[up]",
            "mlp.down_proj.weight": "feed_forward.down.weight",
            "mlp.shared_experts.gate_proj.weight": "feed_forward.shared.gate_and_up.weight[gate]",
            "mlp.shared_experts.up_proj.weight": "feed_forward.shared.gate_and_up.weight[up]",
            "mlp.shared_experts.down_proj.weight": "feed_forward.shared.down.weight",
        },
    ),
    Section(
        "model.layers.{layer}.mlp.experts.{expert}",
        "decoder.layers.{layer}.feed_forward.experts",
        {
            "gate_proj.weight": "gate_and_up[gate]",
            "up_proj.weight": "gate_and_up[up]",
            "down_proj.weight": "down",
        },
    ),
)

UNUSED = ("model.vision_model.embeddings.patch_embedding.weight", "model.vision_model.embeddings.position_ids")
"""Released tensors that the network does not use: the compressor stands where CLIP has its patch embedding."""


@dataclass(frozen=True, slots=True)
class Placement:
    """One released tensor and its place: a parameter of ours, or one expert of a stack, or a part of its rows."""

    released: str
    ours: str
    part: str
    expert: int | None

    def locate(self, parameters: Mapping[str, Tensor], config: DecoderConfig) -> Tensor:
        """The view of our parameter that holds the released tensor."""
        return self.within(parameters[self.ours], config)

    def within(self, place: Tensor, config: DecoderConfig) -> Tensor:
        """The same view of our whole parameter, or of what is kept of each of its rows."""
        if self.expert is not None:
            place = place[self.expert]
        if not self.part:
            return place
        start, count = _rows(self.part, len(place), config)
        return place.narrow(0, start, count)


def place_tensors(model: DeepOcr) -> Iterator[Placement]:
    """Every released tensor of a network of this config, and where it goes."""
    parameters = dict(model.named_parameters())
    config = model.config
    counts = {
        "sam": range(config.sam.layer_count),
        "clip": range(config.clip.layer_count),
        "layer": range(config.decoder.layer_count),
        "expert": range(config.decoder.expert_count),
    }
    for section in TABLE:
        counted = re.findall(r"{(\w+)}", section.released)
        for numbers in product(*(counts[name] for name in counted)):
            chosen = dict(zip(counted, numbers, strict=True))
            for placement in _expand(section, chosen):
                # The table lists every variant; a network has the parameters of one.
                if placement.ours in parameters or f"{placement.ours}.values" in parameters:
                    yield placement


def _expand(section: Section, numbers: Mapping[str, int]) -> Iterator[Placement]:
    released, ours = section.released.format(**numbers), section.ours.format(**numbers)
    for their_name, our_name in section.names.items():
        name, _, part = our_name.rstrip("]").partition("[")
        for kind in ("weight", "bias") if "*" in name else ("",):
            yield Placement(
                f"{released}.{their_name.replace('*', kind)}",
                f"{ours}.{name.replace('*', kind)}",
                part,
                numbers.get("expert"),
            )


def _rows(part: str, row_count: int, config: DecoderConfig) -> tuple[int, int]:
    """First row and number of rows of a part: queries, keys and values lie in this order, a gate before its values."""
    queries, shared = config.head_count * config.head_width, config.key_value_head_count * config.head_width
    half = row_count // 2
    return {
        "query": (0, queries),
        "key": (queries, shared),
        "value": (queries + shared, shared),
        "gate": (0, half),
        "up": (half, half),
    }[part]
