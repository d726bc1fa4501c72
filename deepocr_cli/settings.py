"""Settings: everything the user chose on the command line, validated once, then frozen."""

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from deepocr_cli.errors import UsageError

DEFAULT_PRECISION = 0.97
"""What `--mode auto` aims at: the paper's precision below tenfold compression."""


class Format(StrEnum):
    """The shape of a result."""

    MARKDOWN = "markdown"
    HTML = "html"
    JSON = "json"
    JSONL = "jsonl"
    TEXT = "text"

    @property
    def suffix(self) -> str:
        return _SUFFIXES[self]

    @staticmethod
    def of_path(path: Path) -> "Format | None":
        """The format that a file's suffix asks for; None when the suffix says nothing."""
        return _FORMATS.get(path.suffix.lower())


_SUFFIXES = {
    Format.MARKDOWN: ".md",
    Format.HTML: ".html",
    Format.JSON: ".json",
    Format.JSONL: ".jsonl",
    Format.TEXT: ".txt",
}
_FORMATS = {suffix: format_ for format_, suffix in _SUFFIXES.items()} | {
    ".markdown": Format.MARKDOWN,
    ".htm": Format.HTML,
}


class Task(StrEnum):
    """What the model is asked to do with a page."""

    DOCUMENT = "document"
    TEXT = "text"
    FIGURE = "figure"
    DESCRIBE = "describe"
    FIND = "find"

    @property
    def reads_text(self) -> bool:
        """Whether the answer is the page's own text, so that a witness can check it."""
        return self in (Task.DOCUMENT, Task.TEXT)


class Verify(StrEnum):
    """Which independent reader checks a page."""

    AUTO = "auto"
    OFF = "off"
    TEXT_LAYER = "text-layer"
    OCR = "ocr"


class Fallback(StrEnum):
    """What stands for a page that the model could not read."""

    WITNESS = "witness"
    NONE = "none"


class Quantization(StrEnum):
    """How wide the weights of the large products are kept: as the network computes, or in 8 or 4 bits."""

    NONE = "none"
    INT8 = "int8"
    INT4 = "int4"


@dataclass(frozen=True, slots=True)
class Dial:
    """How much to spend on a page: at most one of the four; none of them means a precision of 0.97.

    `tokens` bounds the vision tokens of a page, `ratio` bounds estimated text tokens / valid vision tokens,
    `mode` names one mode, `precision` is the share of the text that must be right, from 0 to 1.
    """

    tokens: int | None = None
    ratio: float | None = None
    mode: str | None = None
    precision: float | None = None

    def __post_init__(self) -> None:
        given = [f"--{name}" for name in ("tokens", "ratio", "mode", "precision") if getattr(self, name) is not None]
        if len(given) > 1:
            raise UsageError(f"{' and '.join(given)} contradict each other", hint="give only one of them")
        if self.precision is not None and not 0 < self.precision <= 1:
            raise UsageError(
                f"--precision {self.precision:g} is not above 0 and at most 1", hint="try --precision 0.97"
            )
        if self.ratio is not None and not self.ratio > 0:
            raise UsageError(f"--ratio {self.ratio:g} is not above 0", hint="try --ratio 10")
        if self.tokens is not None and self.tokens < 1:
            raise UsageError(f"--tokens {self.tokens} is less than 1", hint="try --tokens 400")

    @property
    def target_precision(self) -> float:
        return DEFAULT_PRECISION if self.precision is None else self.precision


@dataclass(frozen=True, slots=True)
class Settings:
    """What the user chose about reading; where results go is the command's own business."""

    dial: Dial = field(default_factory=Dial)
    pages: str | None = None
    task: Task = Task.DOCUMENT
    find: str | None = None
    prompt: str | None = None
    model: str = "auto"
    device: str = "auto"
    dtype: str = "auto"
    engine: str | None = None
    engine_model: str | None = None
    engine_timeout: float = 600
    offline: bool = False
    quantize: Quantization = Quantization.NONE
    verify: Verify = Verify.AUTO
    fallback: Fallback = Fallback.WITNESS
    strict: bool = False
    attempts: int = 3
    cuts_figures: bool = False
    parses_figures: bool = False
    dpi: float = 144
    max_pixels: int = 50_000_000
    max_new_tokens: int = 8192
    batch_pages: int = 4
    memory: int | None = None
    deterministic: bool = False
    max_pages: int = 10_000
    page_timeout: float = 120
    passwords: tuple[str, ...] = field(default=(), repr=False)

    def __post_init__(self) -> None:
        if (self.task is Task.FIND) != (self.find is not None):
            raise UsageError("--task find and --find WORDS belong together", hint='try --task find --find "total"')
        if self.prompt is not None and self.task is not Task.DOCUMENT:
            raise UsageError(f"--prompt and --task {self.task} contradict each other", hint="give only one of them")
        if self.engine_model is not None and self.engine is None:
            raise UsageError("--engine-model names a model of a server, and there is none", hint="add --engine URL")
        for flag, value, low, high in (
            ("--dpi", self.dpi, 18, 1200),
            ("--max-pixels", self.max_pixels, 1, 4_000_000_000),
            ("--max-new-tokens", self.max_new_tokens, 1, 1_000_000),
            ("--batch-pages", self.batch_pages, 1, 1024),
            ("--memory", 1 if self.memory is None else self.memory, 1, 1 << 24),
            ("--max-pages", self.max_pages, 1, 10_000_000),
            ("--attempts", self.attempts, 1, 100),
            ("--page-timeout", self.page_timeout, 0.1, 86_400),
            ("--engine-timeout", self.engine_timeout, 0.1, 86_400),
        ):
            if not low <= value <= high:
                raise UsageError(f"{flag} {value:g} is not between {low} and {high}")
