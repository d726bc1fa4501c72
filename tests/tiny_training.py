"""What the tests of training share: a few sentences, one typeface, a tiny network and its trainer."""

import torch

from deepocr_cli.model.config import (
    ClipConfig,
    DecoderConfig,
    ModelConfig,
    PatchEmbedding,
    Positions,
    PromptConfig,
    SamConfig,
    ViewConfig,
)
from deepocr_cli.training.batches import Batches
from deepocr_cli.training.beginnings import begin_from_nothing
from deepocr_cli.training.checkpoints import TrainingOptions
from deepocr_cli.training.corpus import Corpus
from deepocr_cli.training.losses import LossWeights, TrainingHeads
from deepocr_cli.training.optimizer import OptimizerOptions
from deepocr_cli.training.render import BatchSampler, Renderer, Shape, training_renderer
from deepocr_cli.training.sample import Canvas, Lettering, Sample
from deepocr_cli.training.tokenizer import build_tokenizer, character_ids
from deepocr_cli.training.train import Trainer
from deepocr_cli.training.typefaces import Typeface
from deepocr_cli.training.words import Texts

SENTENCES = (
    "The harbour master counted the boats twice before the tide turned.",
    "Nobody had written down how many lanterns hung along the pier.",
    "A letter of 14 March 1987 mentions ropes, tar and two anchors.",
)
FACE = Typeface()
CORPUS = Corpus(Texts(SENTENCES), ((FACE,),), ())
SHAPE = Shape(128, 64, 32.0)
IDS = character_ids(build_tokenizer())
WEIGHTS = LossWeights({8: 0.2, 16: 0.5, 32: 0.5, 64: 1.0})

SMALL = ModelConfig(
    sam=SamConfig(
        width=32,
        layer_count=2,
        head_count=2,
        mlp_width=48,
        image_size=128,
        window_size=4,
        global_layers=(1,),
        neck_width=16,
        compressor_widths=(24, 40),
        patch_embedding=PatchEmbedding.CONV_STEM,
        stem_widths=(8, 16),
        has_relative_positions=False,
        positions=Positions.SLICED,
    ),
    clip=ClipConfig(
        width=40,
        layer_count=1,
        head_count=2,
        mlp_width=48,
        grid_size=2,
        has_class_token=False,
        positions=Positions.SLICED,
    ),
    decoder=DecoderConfig(
        vocabulary_size=433,
        width=32,
        layer_count=3,
        head_count=2,
        key_value_head_count=2,
        dense_width=48,
        expert_count=4,
        active_expert_count=2,
        shared_expert_count=1,
        expert_width=16,
        position_count=512,
    ),
    view=ViewConfig(channel_count=1, mean=1.0, deviation=-1 / 3, background=255, is_centred=False),
    prompt=PromptConfig(image_id=0, bos_id=1, eos_id=2, has_words=False),
)


def make_trainer(options: TrainingOptions | None = None) -> Trainer:
    options = options or TrainingOptions(
        pixel_count=3 * 128 * 64, batch_count=2, optimizer=OptimizerOptions(warmup_steps=2)
    )
    model = begin_from_nothing(SMALL, options.seed)
    torch.manual_seed(options.seed)
    return Trainer(model, TrainingHeads(SMALL).to(model.dtype), options, WEIGHTS)


def make_renderer() -> Renderer:
    return training_renderer(CORPUS, (20.0, 26.0))


def make_sampler(renderer: Renderer) -> BatchSampler:
    return BatchSampler(renderer, ((SHAPE, 1.0),), 3 * 128 * 64, seed=7)


def make_batches(renderer: Renderer) -> Batches:
    return Batches(make_sampler(renderer), IDS, SMALL.view)


def written(text: str, *, scale: int = 1) -> Sample:
    canvas = Canvas(256, 64, scale)
    canvas.line([(word, Lettering(FACE, 26.0)) for word in text.split(" ")], 10.0, 40.0, 9.0)
    return canvas.finish()
