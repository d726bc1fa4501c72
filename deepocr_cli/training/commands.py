"""What each command of `python -m deepocr_cli.training` does, once its arguments are read."""

import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from tokenizers import Tokenizer

from deepocr_cli.errors import InputError, OutputError
from deepocr_cli.model.config import ModelConfig
from deepocr_cli.model.config_json import read_config, write_config
from deepocr_cli.model.network import DeepOcr
from deepocr_cli.model.weights import load_model, save_model
from deepocr_cli.training.batches import Batches
from deepocr_cli.training.beginnings import begin_from, begin_from_nothing
from deepocr_cli.training.checkpoints import SavedRun, TrainingOptions, load_run
from deepocr_cli.training.corpus import Part, load_corpus, write_corpus
from deepocr_cli.training.evaluate import SEED, evaluate_charts, evaluate_page, evaluate_trials
from deepocr_cli.training.held_out import draw_held_out
from deepocr_cli.training.losses import TrainingHeads
from deepocr_cli.training.optimizer import OptimizerOptions
from deepocr_cli.training.processes import Group, join_group, leave_group
from deepocr_cli.training.real_formulas import write_formulas
from deepocr_cli.training.real_pages import write_pages
from deepocr_cli.training.render import BatchSampler, Renderer, training_renderer
from deepocr_cli.training.stages import LESSONS, Stage
from deepocr_cli.training.tokenizer import build_tokenizer, character_ids, write_tokenizer
from deepocr_cli.training.train import Trainer, averaged_model, train

Say = Callable[[str], None]

NEW_HEADS_STEPS = 100
"""Steps in which new heads learn beside a network that was loaded and do not move it."""
FROM_NOTHING = OptimizerOptions()
FROM_WEIGHTS = OptimizerOptions(learning_rate=1e-4, average_decay=0.995, average_ramp=0)
"""The rate of weights that were exported has fallen already: it rises a little, and they stay in the average."""
RANK_STRIDE = 1_000_003
"""Keeps the seeds of processes apart."""


@dataclass(frozen=True, slots=True)
class Start:
    """How a new run begins; a resumed run ignores it.

    `init` is a checkpoint, or a folder with a config.json alone; `branch` is a run whose state is taken over, to end
    with a rate that falls.
    """

    init: Path | None = None
    branch: Path | None = None
    stage: Stage = Stage.READING
    seed: int = 1
    rate: float | None = None
    pixel_count: int = 409600


def make_corpus(folder: Path, root: Path, documents: Path | None, say: Say) -> None:
    """Write a corpus folder from the packages below `root` and say what was found."""
    for name, count in write_corpus(folder, root / "usr/share").items():
        say(f"{name}: {count}")
    documents = documents or root / "usr/share/doc"
    for name, count in write_pages(documents, folder).items():
        say(f"pages, {name}: {count}")
    for name, count in write_formulas(documents, folder).items():
        say(f"formulas, {name}: {count}")


def run_training(folder: Path, corpus_folder: Path, start: Start, minutes: float, say: Say) -> None:
    """Start a run in `folder`, or resume the one that is there, for so many minutes."""
    group = join_group()
    trainer = _make_trainer(folder, start, minutes, group)
    options = trainer.options
    lesson = LESSONS[options.stage]
    ids, view = character_ids(build_tokenizer()), trainer.model.config.view

    def renderer(part: Part) -> Renderer:
        return replace(training_renderer(load_corpus(corpus_folder, part), lesson.sizes), real_share=options.real_share)

    seed = options.seed + RANK_STRIDE * group.rank
    sampler = BatchSampler(renderer(Part.TRAIN), lesson.shapes, options.pixel_count, seed)
    held_out = draw_held_out(renderer(Part.HELD), options.pixel_count, ids, view)
    train(trainer, Batches(sampler, ids, view).drawn_aside(trainer.next_batch), held_out, folder, minutes, say)
    leave_group(group)


def print_evaluation(source: Path, corpus_folder: Path, sample_count: int, page_count: int, say: Say) -> None:
    """Say the error rate of every trial, then of real pages one by one and together."""
    torch.set_num_threads(1)
    corpus = load_corpus(corpus_folder, Part.HELD)
    model, tokenizer = _load_reader(source)
    for name, score in evaluate_trials(model, tokenizer, corpus, sample_count):
        say(
            f"{name}: {score.error_rate:.4f}, {score.exact} of {score.samples} without an error, "
            f"{score.characters_per_token:.1f} characters a vision token"
        )
    charts = evaluate_charts(model, tokenizer, corpus, sample_count)
    say(f"points of charts: {charts.labels_right} of {charts.points} labels right, values {charts.mean_error:.3f} off")
    paths = random.Random(SEED).sample(corpus.pages, min(page_count, len(corpus.pages)))
    scores = []
    for path in paths:
        scores.append(evaluate_page(model, tokenizer, path))
        say(f"{path.stem}: {scores[-1].error_rate:.4f}")
    if scores:
        total = sum(score.errors for score in scores) / max(1, sum(score.characters for score in scores))
        say(f"{len(scores)} real pages: {total:.4f}")


def export_run(run: Path, folder: Path) -> None:
    """Write the averaged weights of a run as a checkpoint in bfloat16, with its tokenizer, without training heads."""
    if run.resolve() == folder.resolve():
        raise OutputError(f"{folder} is the run itself", hint="name another folder")
    model, _ = _load_reader(run)
    save_model(model, folder)
    write_tokenizer(folder)


def _make_trainer(folder: Path, start: Start, minutes: float, group: Group) -> Trainer:
    saved = _find_saved(folder, start, minutes)
    folder.mkdir(parents=True, exist_ok=True)
    if saved is None:
        options = _new_options(start)
        model = _begin(start)
    else:
        options = saved.options
        model = begin_from_nothing(read_config(saved.state_path.parent), options.seed)
    trainer = Trainer(model, _make_heads(model, options.seed), options, LESSONS[options.stage].weights, group)
    if saved is not None:
        trainer.resume(saved)
    if group.is_first:
        write_config(model.config, folder)
        write_tokenizer(folder)
    return trainer


def _find_saved(folder: Path, start: Start, minutes: float) -> SavedRun | None:
    """The run to go on with: the folder's own, or a branch of another, whose rate falls over `minutes`."""
    if (folder / "run.json").is_file():
        return load_run(folder)
    if start.branch is None:
        return None
    saved = load_run(start.branch)
    optimizer = replace(saved.options.optimizer, decay_from=saved.progress.seconds, decay_seconds=60 * minutes)
    return replace(saved, options=replace(saved.options, optimizer=optimizer))


def _begin(start: Start) -> DeepOcr:
    """The network of a new run."""
    if start.init is None:
        raise InputError("nothing to start from", hint="give --init a checkpoint, or a folder with a config.json")
    vocabulary_size = build_tokenizer().get_vocab_size()
    if _has_weights(start.init):
        return begin_from(start.init, vocabulary_size)
    config: ModelConfig = read_config(start.init)
    decoder = replace(config.decoder, vocabulary_size=vocabulary_size)
    return begin_from_nothing(replace(config, decoder=decoder), start.seed)


def _new_options(start: Start) -> TrainingOptions:
    is_loaded = start.init is not None and _has_weights(start.init)
    optimizer = FROM_WEIGHTS if is_loaded else FROM_NOTHING
    return TrainingOptions(
        start.stage,
        start.seed,
        start.pixel_count,
        new_heads_steps=NEW_HEADS_STEPS if is_loaded else 0,
        optimizer=replace(optimizer, learning_rate=start.rate or optimizer.learning_rate),
    )


def _has_weights(folder: Path) -> bool:
    return any(folder.glob("*.safetensors"))


def _make_heads(model: DeepOcr, seed: int) -> TrainingHeads:
    torch.manual_seed(seed)
    return TrainingHeads(model.config).to(model.dtype)


def _load_reader(source: Path) -> tuple[DeepOcr, Tokenizer]:
    """The network and tokenizer of a checkpoint, or of a run's averages."""
    tokenizer = build_tokenizer()
    if not (source / "run.json").is_file():
        return load_model(source, dtype="bfloat16"), Tokenizer.from_file(str(source / "tokenizer.json"))
    model = begin_from_nothing(read_config(source), seed=0)
    return averaged_model(model, load_run(source).state()), tokenizer
