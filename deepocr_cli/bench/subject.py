"""What is measured: a network of the asked shape with its tokenizer, its modes, and its twin of `transformers`."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import torch
from tokenizers import Tokenizer
from tokenizers.models import WordLevel

from deepocr_cli.bench.random_weights import random_network
from deepocr_cli.bench.reference import build_reference, is_comparable
from deepocr_cli.bench.twins import Ours, Theirs
from deepocr_cli.engine.engine import Engine
from deepocr_cli.engine.request import PageReader
from deepocr_cli.engine.strip_reader import STRIPS_AT_ONCE, StripReader
from deepocr_cli.model.catalog import DEEPSEEK_OCR, NgramGuard, find_model
from deepocr_cli.model.config import ModelConfig, PromptConfig
from deepocr_cli.model.devices import choose_device, choose_dtype, limit_threads, memory_guard
from deepocr_cli.model.network import DeepOcr
from deepocr_cli.model.packed import pack_network
from deepocr_cli.model.quantized_layers import is_quantized
from deepocr_cli.model.tokens import TokenCodec, load_tokens
from deepocr_cli.model.weights import load_model
from deepocr_cli.modes import Fit, Mode
from deepocr_cli.settings import Quantization

FULL = "full"
"""The shape of the released network, with random weights."""


@dataclass(frozen=True)
class Subject:
    """A network that is measured, and its twin; None where `transformers` has no such network.

    `is_random` is True where the text means nothing and never ends by itself.
    """

    name: str
    model: DeepOcr
    theirs: Theirs | None
    codec: TokenCodec
    modes: tuple[Mode, ...]
    guard: NgramGuard
    is_random: bool = False

    @cached_property
    def ours(self) -> Ours:
        return Ours(self.model)

    @cached_property
    def engine(self) -> Engine:
        return Engine(self.model, self.codec, self.guard, STRIPS_AT_ONCE if self.reads_strips else 1)

    @property
    def reader(self) -> PageReader:
        """Reads whole pages, one at a time."""
        return StripReader(self.engine) if self.reads_strips else self.engine

    @property
    def reads_strips(self) -> bool:
        return any(mode.fit is Fit.STRIPS for mode in self.modes)

    @property
    def dtype(self) -> str:
        return str(self.model.dtype).removeprefix("torch.")


def prepare_subject(
    shape: str,
    device: str = "auto",
    dtype: str = "auto",
    quantize: Quantization = Quantization.NONE,
    threads: int | None = None,
) -> Subject:
    """Build the network that `shape` names: full, a name of the catalog, or a folder.

    Args:
        quantize: for ours; theirs has weights of full width.
        threads: of the processor; None leaves them as the program has them, one for a small network.

    Raises:
        WeightsError: there is no such checkpoint, or it cannot be loaded.
        MemoryExhaustedError: the network does not fit.
    """
    subject = _random_subject(device, dtype, quantize) if shape == FULL else _load(shape, device, dtype, quantize)
    if threads is None:
        limit_threads(subject.model.device, subject.model.parameter_count)
    else:
        torch.set_num_threads(threads)
    pack_network(subject.model)
    return subject


def _load(shape: str, device: str, dtype: str, quantize: Quantization) -> Subject:
    entry = find_model(shape)
    folder = entry.require_folder()
    model, theirs = _make_pair(lambda kind: load_model(folder, device, dtype, kind), quantize)
    return Subject(entry.name, model, theirs, load_tokens(folder, model.config.prompt), entry.modes, entry.guard)


def _random_subject(device: str, dtype: str, quantize: Quantization) -> Subject:
    config, target = ModelConfig(), choose_device(device)
    chosen = choose_dtype(dtype, target)
    with memory_guard("making the weights", hint="try --dtype bfloat16, or --shape nano"):
        model, theirs = _make_pair(lambda kind: random_network(config, target, chosen, kind), quantize)
    codec, modes, guard = _wordless_codec(config.prompt), DEEPSEEK_OCR.modes, DEEPSEEK_OCR.guard
    return Subject(FULL, model, theirs, codec, modes, guard, is_random=True)


def _make_pair(make: Callable[[Quantization], DeepOcr], quantize: Quantization) -> tuple[DeepOcr, Theirs | None]:
    """Our network and their twin on the memory of our plain one; a quantised one of ours is made beside it."""
    plain = make(Quantization.NONE)
    # Before ours is packed, which gives up its plain weights.
    has_twin = is_comparable(plain.config) and not is_quantized(plain)
    theirs = Theirs(build_reference(plain)) if has_twin else None
    return plain if quantize is Quantization.NONE else make(quantize), theirs


def _wordless_codec(prompt: PromptConfig) -> TokenCodec:
    """A tokenizer for a network that has none: every piece of text is one token, and every token is silent."""
    return TokenCodec(Tokenizer(WordLevel({"": prompt.bos_id}, unk_token="")), prompt, re.compile(r"(?!)"))
