"""The sizes and small choices of a network, frozen: what the modules are built from.

The defaults are DeepSeek-OCR's (arXiv 2510.18234 and the released scripts). Widths are channels, sizes are pixels.
"""

from dataclasses import dataclass, field
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class ModelConfig:
    """A whole network: what it looks at, its encoder, its decoder, and how it is asked."""

    sam: "SamConfig" = field(default_factory=lambda: SamConfig())
    clip: "ClipConfig" = field(default_factory=lambda: ClipConfig())
    decoder: "DecoderConfig" = field(default_factory=lambda: DecoderConfig())
    view: "ViewConfig" = field(default_factory=lambda: ViewConfig())
    prompt: "PromptConfig" = field(default_factory=lambda: PromptConfig())


class Activation(StrEnum):
    """The non-linearity of a feed-forward layer."""

    GELU = "gelu"
    GELU_TANH = "gelu_tanh"
    QUICK_GELU = "quick_gelu"


class PatchEmbedding(StrEnum):
    """How pixels become patches."""

    CONVOLUTION = "convolution"
    """One convolution, as large as its stride."""
    CONV_STEM = "conv_stem"
    """A stack of overlapping convolutions of the same stride."""


class Positions(StrEnum):
    """How a table of absolute positions serves a view smaller than the one it was made for."""

    RESIZED = "resized"
    """Bicubic with antialiasing, in float32."""
    SLICED = "sliced"
    """Its upper left part."""


@dataclass(frozen=True, slots=True)
class SamConfig:
    """The first stage: a ViT with window attention, the neck, and the compressor (16 times fewer tokens).

    `image_size` is the view that the position tables were made for; `stem_widths` belong to `CONV_STEM` alone.
    """

    width: int = 768
    layer_count: int = 12
    head_count: int = 12
    mlp_width: int = 3072
    patch_size: int = 16
    image_size: int = 1024
    window_size: int = 14
    global_layers: tuple[int, ...] = (2, 5, 8, 11)
    neck_width: int = 256
    compressor_widths: tuple[int, ...] = (512, 1024)
    activation: Activation = Activation.GELU
    norm_eps: float = 1e-6
    neck_norm_eps: float = 1e-6
    patch_embedding: PatchEmbedding = PatchEmbedding.CONVOLUTION
    stem_widths: tuple[int, ...] = ()
    has_relative_positions: bool = True
    positions: Positions = Positions.RESIZED

    @property
    def grid_size(self) -> int:
        """Patches along a side of the view that the tables were made for."""
        return self.image_size // self.patch_size


@dataclass(frozen=True, slots=True)
class ClipConfig:
    """The second stage: a ViT with full attention over the compressed tokens.

    `grid_size` is the number of tokens along a side that the position table was made for.
    """

    width: int = 1024
    layer_count: int = 24
    head_count: int = 16
    mlp_width: int = 4096
    grid_size: int = 16
    activation: Activation = Activation.QUICK_GELU
    norm_eps: float = 1e-5
    has_class_token: bool = True
    positions: Positions = Positions.RESIZED


@dataclass(frozen=True, slots=True)
class DecoderConfig:
    """The language model: dense layers where `dense_layers` says so, elsewhere a mixture of experts.

    Of `expert_count` routed experts the `active_expert_count` best by softmax score are weighted with that score,
    without renormalisation; `shared_expert_count` more see every token.
    """

    vocabulary_size: int = 129280
    width: int = 1280
    layer_count: int = 12
    head_count: int = 10
    key_value_head_count: int = 10
    dense_layers: tuple[int, ...] = (0,)
    dense_width: int = 6848
    expert_count: int = 64
    active_expert_count: int = 6
    shared_expert_count: int = 2
    expert_width: int = 896
    routed_scaling: float = 1.0
    norm_eps: float = 1e-6
    rope_theta: float = 10000.0
    position_count: int = 8192

    @property
    def head_width(self) -> int:
        return self.width // self.head_count


@dataclass(frozen=True, slots=True)
class ViewConfig:
    """How a page's pixels are shown: value = (pixel / 255 - mean) / deviation, in `channel_count` channels (1: grey).

    A padded view has `background` (0..255) around the page, which is centred or lies in the upper left corner.
    """

    channel_count: int = 3
    mean: float = 0.5
    deviation: float = 0.5
    background: int = 127
    is_centred: bool = True


@dataclass(frozen=True, slots=True)
class PromptConfig:
    """How the network is asked: bos, image ids and the words of the task; without words: image ids, then bos."""

    image_id: int = 128815
    bos_id: int = 0
    eos_id: int = 1
    has_words: bool = True
