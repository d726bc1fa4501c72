"""Who reads a page for the measurement of real pages: the network by its own plan, Tesseract, RapidOCR.

Each is a function from a page's picture to its text, and is timed from outside; what it has to load, it loads when it
is made.
"""

import shutil
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from deepocr_cli.bench.layered_pages import LayeredPage
from deepocr_cli.document import Block, Table
from deepocr_cli.engine.readers import open_reader
from deepocr_cli.engine.request import PageReader, Request
from deepocr_cli.errors import DeepOcrError, UsageError
from deepocr_cli.model.catalog import CatalogEntry
from deepocr_cli.planning.choose_mode import choose_mode
from deepocr_cli.planning.estimate import estimate_text
from deepocr_cli.reading.grounding import parse_blocks
from deepocr_cli.settings import Dial, Settings, Task
from deepocr_cli.table_markup import table_to_text
from deepocr_cli.writers.plain_text import plain_text


@dataclass(frozen=True, slots=True)
class PageText:
    """What was read on a page; `mode` and `vision_tokens` are None of a reader that has none."""

    text: str
    mode: str | None = None
    vision_tokens: int | None = None


TextReader = Callable[[LayeredPage], PageText]


def open_network(entry: CatalogEntry, settings: Settings) -> TextReader:
    """The network, which reads every page in the mode that the dial of the settings leads to.

    Raises:
        WeightsError: its checkpoint is missing or damaged.
    """
    return partial(_read_by_network, entry, settings.dial, open_reader(entry, settings))


def open_contender(name: str) -> TextReader:
    """Another program, with its usual settings, English where it asks for a language.

    Raises:
        UsageError: there is no such contender, or it is not installed.
    """
    if name not in _CONTENDERS:
        raise UsageError(f"--contender {name}: not known", hint=f"there are {' and '.join(_CONTENDERS)}")
    return _CONTENDERS[name]()


def _read_by_network(entry: CatalogEntry, dial: Dial, reader: PageReader, page: LayeredPage) -> PageText:
    estimate = estimate_text(page.paper, entry.text_tokens_per_character, entry.modes)
    mode = choose_mode(page.image.size, estimate, entry.modes, entry.curve_of, dial).modes[0]
    (completion,) = reader.run([Request(1, page.image, mode, Task.TEXT)])
    text = "\n".join(map(_words, parse_blocks(completion.text)))
    return PageText(text, mode.name, completion.vision_tokens)


def _words(block: Block) -> str:
    return table_to_text(block.data) if isinstance(block.data, Table) else plain_text(block.text)


def _open_tesseract() -> TextReader:
    if shutil.which("tesseract") is None:
        raise UsageError("--contender tesseract: the program is not installed", hint="apt-get install tesseract-ocr")
    return _read_by_tesseract


def _read_by_tesseract(page: LayeredPage) -> PageText:
    with TemporaryDirectory() as folder:
        picture = Path(folder) / "page.png"
        page.image.save(picture, dpi=(page.paper.dpi, page.paper.dpi))
        command = ["tesseract", str(picture), "-", "-l", "eng"]
        finished = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
    if finished.returncode:
        raise DeepOcrError(f"tesseract failed with code {finished.returncode}: {finished.stderr.strip()[-200:]}")
    return PageText(finished.stdout)


def _open_rapidocr() -> TextReader:
    if find_spec("rapidocr") is None:
        raise UsageError("--contender rapidocr: the library is not installed", hint="pip install rapidocr onnxruntime")
    from rapidocr import RapidOCR

    return partial(_read_by_rapidocr, RapidOCR(params={"Global.log_level": "critical"}))


def _read_by_rapidocr(engine: Any, page: LayeredPage) -> PageText:
    found = engine(np.asarray(page.image.convert("RGB"))[:, :, ::-1])
    return PageText("\n".join(found.txts or ()))


_CONTENDERS: Mapping[str, Callable[[], TextReader]] = {"tesseract": _open_tesseract, "rapidocr": _open_rapidocr}
