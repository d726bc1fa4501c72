"""Which networks there are, where their files lie, and what can be expected of them.

Nothing here loads a network, or the library that would.
"""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from deepocr_cli.errors import WeightsError
from deepocr_cli.modes import DEEPSEEK_OCR_MODES, Fit, Mode

Curve = tuple[tuple[float, float], ...]
"""Points (text tokens per valid vision token, share of the text read rightly)."""


@dataclass(frozen=True, slots=True)
class NgramGuard:
    """A token that would repeat the last `size` tokens as they stood within the last `window` is not written."""

    size: int
    window: int


@dataclass(frozen=True, slots=True)
class Server:
    """Where a network is asked over HTTP: the address without `/v1`, and the name that the server has for it."""

    address: str
    model: str


@dataclass(frozen=True, slots=True)
class CatalogEntry:
    """A network that can be asked for.

    `folder` holds its checkpoint; None where it is not on the disk, and `repository` then says where it can be had.
    `curve` is its calibration, None where nothing was measured; `mode_curves` are those of single modes, by name.
    `figure_modes` are for a picture of one formula or chart, by the name of what it shows, where pages have others.
    `download_bytes` is about what fetching the checkpoint takes. A network with a `server` reads there, and needs no
    folder. `relative` is the model type of a network that transformers runs, None where deepocr runs it itself.
    """

    name: str
    folder: Path | None
    repository: str | None
    licence: str
    modes: tuple[Mode, ...]
    curve: Curve | None
    text_tokens_per_character: float
    guard: NgramGuard
    download_bytes: int | None = None
    server: Server | None = None
    relative: str | None = None
    mode_curves: Mapping[str, Curve] = field(default_factory=dict)
    figure_modes: tuple[Mode, ...] = ()

    def curve_of(self, mode: Mode) -> Curve | None:
        """What to go by for a mode: its own curve, else the network's."""
        return self.mode_curves.get(mode.name, self.curve)

    def is_unasked(self, wish: str) -> bool:
        """Whether the embedded network reads for want of another, asked for by nobody; `wish` as for `find_model`."""
        return wish == "auto" and self.repository is None

    @property
    def strip_width(self) -> int | None:
        """Pixels across the strips that the network reads lines in; None where it looks at whole pages."""
        return next((mode.view_size for mode in self.modes if mode.fit is Fit.STRIPS), None)

    @property
    def bytes_on_disk(self) -> int | None:
        """What the files of its folder take; None where it is not on the disk."""
        if self.folder is None:
            return None
        return sum(path.stat().st_size for path in self.folder.iterdir() if path.is_file())

    def require_folder(self) -> Path:
        """The folder of the checkpoint.

        Raises:
            WeightsError: it is not on the disk.
        """
        if self.folder is None:
            raise WeightsError(
                f"{self.name} is not on this machine",
                hint=f"deepocr models pull {self.name} fetches it; --model nano needs nothing",
            )
        return self.folder

    def require_presence(self) -> None:
        """Make sure that there is something to be asked.

        Raises:
            WeightsError: it is neither on the disk nor on a server.
        """
        if self.server is None:
            self.require_folder()


def _strips(line_count: int, letter_size: float) -> Mode:
    return Mode(
        f"strips-{line_count}", 640, Fit.STRIPS, view_height=128, line_count=line_count, letter_size=letter_size
    )


NANO_MODES = (
    _strips(8, 13.5),
    _strips(6, 18.0),
    _strips(5, 21.6),
    _strips(4, 27.0),
    _strips(3, 27.0),
    _strips(2, 27.0),
)
"""The modes of the embedded network, cheapest first: its views hold so many lines. Letters of 27 pixels are read best;
where lines lie closer than 32 pixels the letters are smaller, in the same proportion."""

NANO_FIGURE_MODES = (
    Mode("formula", 384, Fit.FIGURE, view_height=128, letter_size=28.0),
    Mode("chart", 384, Fit.FIGURE, view_height=256, letter_size=20.0),
)
"""What the embedded network reads alone: it tells by the size of the view what is to be written."""

FOX_CURVE: Curve = (
    (6.7, 0.985),
    (7.5, 0.973),
    (8.5, 0.968),
    (9.7, 0.968),
    (10.5, 0.965),
    (10.6, 0.915),
    (11.3, 0.898),
    (11.8, 0.938),
    (12.6, 0.871),
    (13.2, 0.838),
    (15.1, 0.859),
    (16.5, 0.793),
    (17.7, 0.764),
    (19.7, 0.591),
)
"""Precision by ratio on the Fox benchmark, 64 and 100 vision tokens together (arXiv 2510.18234, table 2)."""

NANO = CatalogEntry(
    name="nano",
    folder=Path(__file__).parent.parent / "weights" / "nano",
    repository=None,
    licence="AGPL-3.0-or-later",
    modes=NANO_MODES,
    curve=None,
    text_tokens_per_character=1.0,
    guard=NgramGuard(size=30, window=90),
    figure_modes=NANO_FIGURE_MODES,
)

DEEPSEEK_OCR = CatalogEntry(
    name="deepseek-ocr",
    folder=None,
    repository="deepseek-ai/DeepSeek-OCR",
    licence="MIT",
    modes=DEEPSEEK_OCR_MODES,
    curve=FOX_CURVE,
    text_tokens_per_character=0.25,
    guard=NgramGuard(size=20, window=50),
    download_bytes=6_682_000_000,
)

DEEPSEEK_OCR_2 = CatalogEntry(
    name="deepseek-ocr-2",
    folder=None,
    repository="deepseek-community/DeepSeek-OCR-2",
    licence="Apache-2.0",
    modes=(Mode("dynamic", 1024, Fit.PAD, tile_size=768, max_tiles=6),),
    curve=None,
    text_tokens_per_character=0.25,
    guard=NgramGuard(size=20, window=90),
    relative="deepseek_ocr2",
)
"""The makers' one mode, 256 vision tokens and 144 for each of up to six tiles (README of deepseek-ai/DeepSeek-OCR-2),
in the layout of transformers."""

UNLIMITED_OCR = CatalogEntry(
    name="unlimited-ocr",
    folder=None,
    repository="baidu/Unlimited-OCR",
    licence="MIT",
    modes=(Mode("base", 1024, Fit.PAD), Mode("gundam", 1024, Fit.PAD, tile_size=640, max_tiles=32)),
    curve=None,
    text_tokens_per_character=0.25,
    guard=NgramGuard(size=35, window=128),
    relative="unlimited_ocr",
)
"""Modes and guard of a single page (README of baidu/Unlimited-OCR; the tiles are transformers' default)."""

RELATIVES = (DEEPSEEK_OCR_2, UNLIMITED_OCR)


def find_model(wish: str = "auto", environment: Mapping[str, str] = os.environ) -> CatalogEntry:
    """The network that `--model` asks for: a name, a folder with a checkpoint, or auto.

    Auto is DeepSeek-OCR where its files are on the disk, else the embedded network. A network asked for by name may be
    absent: pages can be planned for it, and `require_folder` refuses to read them.

    Raises:
        WeightsError: there is no such name or folder.
    """
    entries = {entry.name: entry for entry in list_models(environment)}
    if wish == "auto":
        released = entries[DEEPSEEK_OCR.name]
        return released if released.folder is not None else entries[NANO.name]
    if wish in entries:
        return entries[wish]
    if (Path(wish) / "config.json").is_file():
        return _from_folder(Path(wish))
    raise WeightsError(
        f"{wish}: neither a known model nor a folder with a config.json",
        hint=f"--model takes auto, {', '.join(entries)}, or the folder of a checkpoint",
    )


def list_models(environment: Mapping[str, str] = os.environ) -> tuple[CatalogEntry, ...]:
    """All known networks, with the folders where they are on the disk."""
    nano = _calibrated(NANO, NANO.require_folder())
    others = (
        replace(entry, folder=find_in_cache(entry.repository, environment))
        for entry in (DEEPSEEK_OCR, *RELATIVES)
        if entry.repository is not None
    )
    return nano, *others


def find_in_cache(repository: str, environment: Mapping[str, str] = os.environ) -> Path | None:
    """The newest complete snapshot of a repository in the Hugging Face cache; None where none can be read."""
    snapshots = cache_folder(environment) / f"models--{repository.replace('/', '--')}" / "snapshots"
    try:
        complete = [folder for folder in snapshots.glob("*") if _is_complete(folder)]
    except PermissionError:
        return None
    return max(complete, key=lambda folder: folder.stat().st_mtime, default=None)


def cache_folder(environment: Mapping[str, str] = os.environ) -> Path:
    """Where the Hugging Face libraries keep what they download."""
    if "HF_HUB_CACHE" in environment:
        return Path(environment["HF_HUB_CACHE"]).expanduser()
    if "HUGGINGFACE_HUB_CACHE" in environment:
        return Path(environment["HUGGINGFACE_HUB_CACHE"]).expanduser()
    if "HF_HOME" in environment:
        return Path(environment["HF_HOME"]).expanduser() / "hub"
    return Path(environment.get("XDG_CACHE_HOME", "~/.cache")).expanduser() / "huggingface" / "hub"


def _is_complete(folder: Path) -> bool:
    names = ("config.json", "tokenizer.json")
    return all((folder / name).is_file() for name in names) and any(folder.glob("*.safetensors"))


def _from_folder(folder: Path) -> CatalogEntry:
    """A checkpoint of the user's own: our layout is treated as nano, one that is no relative's as DeepSeek-OCR."""
    try:
        model_type = json.loads((folder / "config.json").read_text(encoding="utf-8")).get("model_type")
    except (OSError, UnicodeDecodeError, json.JSONDecodeError, AttributeError) as error:
        raise WeightsError(f"{folder}/config.json: cannot be read: {error}", hint="download it again") from error
    if model_type == "deepocr":
        return _calibrated(replace(NANO, name=str(folder), folder=folder), folder)
    relatives = {entry.relative: entry for entry in RELATIVES}
    spelled = str(model_type).replace("-", "_")
    return replace(relatives.get(spelled, DEEPSEEK_OCR), name=str(folder), folder=folder)


def _calibrated(entry: CatalogEntry, folder: Path) -> CatalogEntry:
    """With the calibration beside the weights: `{"points": [{"mode": ..., "ratio": ..., "precision": ...}, ...]}`.

    Points without a mode are about all modes that have none of their own.
    """
    path = folder / "calibration.json"
    try:
        points = json.loads(path.read_text(encoding="utf-8"))["points"]
        curves: dict[str | None, list[tuple[float, float]]] = {}
        for point in points:
            curves.setdefault(point.get("mode"), []).append((float(point["ratio"]), float(point["precision"])))
    except FileNotFoundError:
        return entry
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise WeightsError(f"{path}: not a calibration: {error!r}", hint="reinstall deepocr") from error
    general = curves.pop(None, None)
    named = {str(mode): tuple(curve) for mode, curve in curves.items()}
    return replace(entry, curve=None if general is None else tuple(general), mode_curves=named)
