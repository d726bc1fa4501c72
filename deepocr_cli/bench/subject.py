"""What is measured: a network of the asked shape with its tokenizer, its modes, and its twin of `transformers`."""

import re
from dataclasses import dataclass
from functools import cached_property

import torch
from tokenizers import Tokenizer
from tokenizers.models import WordLevel

from deepocr_cli.bench.contenders import Ours, Theirs
from deepocr_cli.bench.random_weights import random_network
from deepocr_cli.bench.reference import build_reference, is_comparable
from deepocr_cli.engine.engine import Engine
from deepocr_cli.model.catalog import DEEPSEEK_OCR, NgramGuard, find_model
from deepocr_cli.model.config import ModelConfig, PromptConfig
from deepocr_cli.model.devices import choose_device, choose_dtype, limit_threads, memory_guard
from deepocr_cli.model.network import DeepOcr
from deepocr_cli.model.packed import pack_network
from deepocr_cli.model.tokens import TokenCodec, load_tokens
from deepocr_cli.model.weights import build_without_memory, load_model
from deepocr_cli.modes import Mode

FULL = "full"
"""The shape of the released network, with random weights."""
RELEASED = ModelConfig()


@dataclass(frozen=True)
class Subject:
    """A network that is measured. `is_random` is True where its text means nothing and never ends by itself."""

    name: str
    model: DeepOcr
    codec: TokenCodec
    modes: tuple[Mode, ...]
    guard: NgramGuard
    is_random: bool = False

    @cached_property
    def ours(self) -> Ours:
        return Ours(self.model)

    @cached_property
    def theirs(self) -> Theirs | None:
        """The twin; None where `transformers` has no such network."""
        return Theirs(build_reference(self.model)) if is_comparable(self.model.config) else None

    @cached_property
    def engine(self) -> Engine:
        return Engine(self.model, self.codec, self.guard, batch_pages=1)

    @property
    def dtype(self) -> str:
        return str(self.model.dtype).removeprefix("torch.")

    @property
    def weight_bytes(self) -> int:
        return sum(tensor.numel() * tensor.element_size() for tensor in self.model.state_dict().values())


def prepare_subject(shape: str, device: str = "auto", dtype: str = "auto", threads: int | None = None) -> Subject:
    """Build the network that `shape` names: full, a name of the catalog, or a folder.

    Args:
        threads: of the processor; None leaves them as the program has them, one for a small network.

    Raises:
        WeightsError: there is no such checkpoint, or it cannot be loaded.
        MemoryExhaustedError: the network does not fit.
    """
    subject = _random_subject(device, dtype) if shape == FULL else _load_subject(shape, device, dtype)
    if threads is None:
        limit_threads(subject.model.device, subject.model.parameter_count)
    else:
        torch.set_num_threads(threads)
    _ = subject.theirs  # made of our plain weights, which packing gives up
    pack_network(subject.model)
    return subject


def _load_subject(shape: str, device: str, dtype: str) -> Subject:
    entry = find_model(shape)
    folder = entry.require_folder()
    model = load_model(folder, device, dtype)
    return Subject(entry.name, model, load_tokens(folder, model.config.prompt), entry.modes, entry.guard)


def _random_subject(device: str, dtype: str, config: ModelConfig = RELEASED) -> Subject:
    target = choose_device(device)
    with memory_guard("making the weights", hint="try --dtype bfloat16, or --shape nano"):
        model = random_network(
            config, target, choose_dtype(dtype, target, build_without_memory(config).parameter_count)
        )
    return Subject(FULL, model, _wordless_codec(config.prompt), DEEPSEEK_OCR.modes, DEEPSEEK_OCR.guard, is_random=True)


def _wordless_codec(prompt: PromptConfig) -> TokenCodec:
    """A tokenizer for a network that has none: every piece of text is one token, and every token is silent."""
    return TokenCodec(Tokenizer(WordLevel({"": prompt.bos_id}, unk_token="")), prompt, re.compile(r"(?!)"))
