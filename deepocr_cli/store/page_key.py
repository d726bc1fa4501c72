"""A page about to be read, in; the name that its reading has in the cache, out: the same name, the same reading.

The name is a digest of all that the reading follows from: the page's pixels and words, the plan, the settings that
matter, the weights where the model is asked, the code that reads, and the libraries that it reads with.
"""

import hashlib
import json
from collections.abc import Iterator
from functools import cached_property, lru_cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from deepocr_cli.document import PageImage, Plan
from deepocr_cli.exact_json import to_plain
from deepocr_cli.model.catalog import CatalogEntry
from deepocr_cli.settings import Settings
from deepocr_cli.store.weights_digest import weights_digest

_PACKAGE = Path(__file__).parent.parent
_NOT_READING = {"cli", "store", "weights", "writers"}
"""Folders whose code changes no reading."""
_CHANGES_NO_READING = {
    "batch_pages",
    "cuts_figures",
    "dpi",
    "engine",
    "engine_model",
    "engine_timeout",
    "max_pages",
    "max_pixels",
    "memory",
    "model",
    "offline",
    "page_timeout",
    "pages",
    "passwords",
    "strict",
}
"""Settings that are not in a name, or are there in another form; one that is added is in it unless it is named here."""
_WITNESS_LIBRARIES = ("numpy", "onnxruntime", "pillow", "pymupdf", "pymupdf4llm", "pymupdf-layout", "rapidocr")
_MODEL_LIBRARIES = ("tokenizers", "torch", "transformers")


class PageKeys:
    """Names readings for one run: one set of settings, one model.

    Args:
        memory: a folder where digests of weights are remembered.
    """

    def __init__(self, settings: Settings, model: CatalogEntry, memory: Path) -> None:
        self._settings, self._model, self._memory = settings, model, memory

    def name(self, paper: PageImage, plan: Plan | None, *, asks_model: bool) -> str:
        """64 hexadecimal digits. Neither the page's number nor the document's name is in them."""
        digest = hashlib.sha256(_canonical([self._witness_half, self._model_half if asks_model else None]))
        digest.update(_canonical([paper.source.kind, paper.dpi, paper.image.mode, paper.image.size, to_plain(plan)]))
        layer = paper.text_layer
        digest.update(_canonical(None if layer is None else to_plain(layer)))
        digest.update(paper.image.tobytes())
        return digest.hexdigest()

    @cached_property
    def _witness_half(self) -> object:
        settings = self._settings
        return [code_digest(), _versions(_WITNESS_LIBRARIES), settings.verify, settings.fallback]

    @cached_property
    def _model_half(self) -> object:
        settings, model = self._settings, self._model
        return [
            self._network,
            model.is_unasked(settings.model),
            _versions(_MODEL_LIBRARIES),
            [model.guard.size, model.guard.window],
            [[name, value] for name, value in to_plain(settings).items() if name not in _CHANGES_NO_READING],
        ]

    @property
    def _network(self) -> object:
        """What reads: the content of a checkpoint, or the name of a network on a server, whose content nobody knows."""
        model = self._model
        if model.server is not None:
            return [model.server.address, model.server.model, model.name]
        return weights_digest(model.require_folder(), self._memory)


@lru_cache(maxsize=1)
def code_digest() -> str:
    """A digest of the code that makes readings, so that a cache never answers for another version of it."""
    digest = hashlib.sha256()
    for path in _reading_code():
        digest.update(f"{path.relative_to(_PACKAGE)}\n{path.stat().st_size}\n".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _reading_code() -> Iterator[Path]:
    for path in sorted(_PACKAGE.rglob("*.py")):
        if path.relative_to(_PACKAGE).parts[0] not in _NOT_READING:
            yield path


def _versions(packages: tuple[str, ...]) -> list[str]:
    return [f"{package} {_version(package)}" for package in packages]


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _canonical(value: object) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode() + b"\n"
