"""A checkpoint folder is put through everything that could go wrong with it, one check after the other.

The checks build on one another: each uses what those before it have made.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import partial

from PIL import Image, ImageDraw, ImageFont

from deepocr_cli.document import Ending
from deepocr_cli.engine.engine import Engine
from deepocr_cli.engine.request import Request
from deepocr_cli.errors import WeightsError
from deepocr_cli.model.catalog import CatalogEntry
from deepocr_cli.model.checkpoint import open_checkpoint
from deepocr_cli.model.config import ModelConfig
from deepocr_cli.model.config_json import read_config
from deepocr_cli.model.devices import limit_threads
from deepocr_cli.model.network import DeepOcr
from deepocr_cli.model.packed import pack_network
from deepocr_cli.model.tokens import TokenCodec, load_tokens
from deepocr_cli.model.weights import load_model
from deepocr_cli.settings import Quantization

_OTHER_TOKENIZER = "the tokenizer belongs to another network; download both again"


class Checkup:
    """The checks of one checkpoint, in the order of `CHECKS`. Each says what it found, or raises."""

    config: ModelConfig
    codec: TokenCodec
    model: DeepOcr

    def __init__(
        self,
        entry: CatalogEntry,
        device: str = "auto",
        dtype: str = "auto",
        quantize: Quantization = Quantization.NONE,
    ) -> None:
        self.entry, self.folder = entry, entry.require_folder()
        self.device, self.dtype, self.quantize = device, dtype, quantize

    def check_config(self) -> str:
        self.config = read_config(self.folder)
        decoder = self.config.decoder
        return f"{decoder.layer_count} layers, {decoder.vocabulary_size} tokens, {decoder.position_count} positions"

    def check_files(self) -> str:
        checkpoint = open_checkpoint(self.folder)
        return f"{len(checkpoint.shapes)} tensors, no file truncated"

    def check_tokenizer(self) -> str:
        """Beyond what loading asks for: every id is one that the network can read and write."""
        self.codec = load_tokens(self.folder, self.config.prompt)
        tokenizer, prompt = self.codec.tokenizer, self.config.prompt
        for name, token_id in (("bos", prompt.bos_id), ("eos", prompt.eos_id), ("image", prompt.image_id)):
            if tokenizer.id_to_token(token_id) is None:
                raise WeightsError(f"{self.folder}: the tokenizer has no {name} id {token_id}", hint=_OTHER_TOKENIZER)
        largest = max(tokenizer.get_vocab().values())
        if largest >= self.config.decoder.vocabulary_size:
            raise WeightsError(
                f"{self.folder}: the tokenizer's id {largest} is not among the network's "
                f"{self.config.decoder.vocabulary_size}",
                hint=_OTHER_TOKENIZER,
            )
        return f"bos {prompt.bos_id}, eos {prompt.eos_id}, image {prompt.image_id}"

    def check_tensors(self) -> str:
        self.model = load_model(self.folder, self.device, self.dtype, self.quantize)
        dtype = str(self.model.dtype).removeprefix("torch.")
        return f"{self.model.parameter_count:,} parameters, all finite, {dtype} on {self.model.device}"

    def check_reading(self) -> str:
        """One page through the whole network; what it reads there is no matter of these checks."""
        limit_threads(self.model.device, self.model.parameter_count)
        pack_network(self.model)
        engine = Engine(self.model, self.codec, self.entry.guard, batch_pages=1)
        mode = self.entry.modes[0]
        (read,) = engine.run([Request(1, _synthetic_page(), mode, max_new_tokens=2)])
        if read.ending is Ending.FAILED:
            raise WeightsError(f"{self.folder}: a page cannot be read: {read.note}", hint="try --dtype float32")
        return f"a page in mode {mode.name}, every number finite"


CHECKS: Mapping[str, Callable[[Checkup], str]] = {
    "config.json": Checkup.check_config,
    "weight files": Checkup.check_files,
    "tokenizer": Checkup.check_tokenizer,
    "tensors": Checkup.check_tensors,
    "reading": Checkup.check_reading,
}
"""What is checked, the cheap things first."""


def checks_of(
    entry: CatalogEntry, device: str, dtype: str, quantize: Quantization
) -> Iterator[tuple[str, Callable[[], str]]]:
    """The checks of a network by name, in their order."""
    if entry.relative is None:
        checkup = Checkup(entry, device, dtype, quantize)
        yield from ((name, partial(run_check, checkup)) for name, run_check in CHECKS.items())
        return
    yield "weight files", lambda: f"{len(open_checkpoint(entry.require_folder()).shapes)} tensors, no file truncated"
    yield "reading", lambda: _check_relative(entry, device, dtype)


def _check_relative(entry: CatalogEntry, device: str, dtype: str) -> str:
    """What transformers loads, with the tokenizer: one page through the whole network."""
    from deepocr_cli.engine.relatives import load_relative

    mode = entry.modes[0]
    (read,) = load_relative(entry, device, dtype).run([Request(1, _synthetic_page(), mode, max_new_tokens=2)])
    if read.ending is Ending.FAILED:
        raise WeightsError(f"{entry.folder}: a page cannot be read: {read.note}", hint="try --dtype float32")
    return f"every tensor is there; a page in mode {mode.name}, every number finite"


def _synthetic_page() -> Image.Image:
    """A line of print on white, the same on every machine."""
    page = Image.new("RGB", (512, 512), "white")
    ImageDraw.Draw(page).text((24, 24), "The quick brown fox", font=ImageFont.load_default(32), fill="black")
    return page
