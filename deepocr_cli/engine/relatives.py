"""Pages read by a relative of DeepSeek-OCR, with the classes of transformers: one page at a time, in this process.

Views and prompts are made as for DeepSeek-OCR; transformers' own preprocessing would need torchvision. No code of a
repository is ever run: the classes are named here, and transformers has them itself.

Shapes: V vocabulary.
"""

import time
from collections.abc import Iterable, Iterator
from typing import Any

import torch
from torch import Tensor

from deepocr_cli.document import Ending
from deepocr_cli.engine.loops import LoopWatch
from deepocr_cli.engine.request import Completion, Request
from deepocr_cli.engine.sampler import RepeatGuard
from deepocr_cli.engine.work_clock import LATE, WorkClock
from deepocr_cli.errors import WeightsError
from deepocr_cli.model.catalog import CatalogEntry
from deepocr_cli.model.config import PromptConfig, ViewConfig
from deepocr_cli.model.devices import choose_device, choose_dtype, memory_guard
from deepocr_cli.model.prompt import build_prompt
from deepocr_cli.model.questions import ask
from deepocr_cli.model.tokens import TokenCodec, load_tokens
from deepocr_cli.model.views import PageViews, prepare_views
from deepocr_cli.modes import Mode, TileGrid

CLASSES = {
    "deepseek_ocr2": "DeepseekOcr2ForConditionalGeneration",
    "unlimited_ocr": "UnlimitedOcrForConditionalGeneration",
}
"""The class of transformers for each model type."""
_HAS_ROWS = "unlimited_ocr"
"""The one that, as DeepSeek-OCR, ends every row of a picture with a newline; the other lays out tokens one by one."""


class RelativeReader:
    """A network of transformers, and the tokenizer of its checkpoint. It runs one stream of requests at once."""

    def __init__(self, entry: CatalogEntry, model: Any, codec: TokenCodec) -> None:
        self.entry, self.model, self.codec = entry, model, codec

    def run(self, requests: Iterable[Request]) -> Iterator[Completion]:
        """Read pages one after the other; one that cannot be read is a completion too.

        Raises:
            MemoryExhaustedError: a page does not fit into memory.
            UsageError: the network was not taught the task.
        """
        for request in requests:
            with memory_guard("reading", hint="try a smaller --mode, or --dtype bfloat16"):
                completion = self._read(request)
            yield completion

    @torch.inference_mode()
    def _read(self, request: Request) -> Completion:
        started = time.monotonic()
        views = prepare_views(request.image, request.mode, ViewConfig())
        prompt = self._prompt(request, position_count(self.entry, request.mode, views.grid))
        room = self.model.config.text_config.max_position_embeddings - len(prompt)
        watch = Watch(self.entry, self.codec, request, self.model.device.type)
        if room >= 1:
            self._generate(prompt, views, watch, min(request.max_new_tokens, room))
        else:
            watch.note = f"the prompt's {len(prompt)} positions leave no room for text"
        return Completion(
            number=request.number,
            text=self.codec.decode(watch.ids),
            ending=watch.ending,
            vision_tokens=request.mode.vision_token_count(views.grid),
            text_tokens=len(watch.ids),
            seconds=time.monotonic() - started,
            note=watch.note,
            work=watch.work,
        )

    def _prompt(self, request: Request, image_id_count: int) -> list[int]:
        if self.entry.relative != _HAS_ROWS:
            prompt = build_prompt(self.codec, image_id_count, request.task, find=request.find, custom=request.custom)
            return list(prompt.ids)
        image = [self.codec.prompt.image_id] * image_id_count
        if request.custom is not None:
            words = self.codec.encode_plain(request.custom)
        else:
            words = self.codec.encode(ask(_HAS_ROWS, request.task))
        return [self.codec.prompt.bos_id, *image, *words]

    def _generate(self, prompt: list[int], views: PageViews, watch: "Watch", limit: int) -> None:
        ids = torch.tensor([prompt], device=self.model.device)
        self.model.generate(
            input_ids=ids,
            attention_mask=torch.ones_like(ids),
            **self._pictures(views),
            max_new_tokens=limit,
            do_sample=False,
            num_beams=1,
            logits_processor=[watch.bar],
            stopping_criteria=[watch.take],
            eos_token_id=self.codec.prompt.eos_id,
            pad_token_id=self.codec.prompt.eos_id,
        )

    def _pictures(self, views: PageViews) -> dict[str, Any]:
        """The views in the names of transformers."""
        device, dtype = self.model.device, self.model.dtype
        pictures: dict[str, Any] = {"pixel_values": views.overview[None].to(device, dtype)}
        if views.tiles is None or views.grid is None:
            return pictures
        pictures |= {
            "pixel_values_local": views.tiles.to(device, dtype),
            "num_local_patches": [views.grid.tile_count],
        }
        if self.entry.relative == _HAS_ROWS:
            pictures["patches_grid"] = [[views.grid.columns, views.grid.rows]]
        return pictures


class Watch:
    """What watches over a page while transformers writes its text: the n-gram guard, loops, no numbers, the time."""

    def __init__(self, entry: CatalogEntry, codec: TokenCodec, request: Request, device_type: str = "cpu") -> None:
        cell_ids = codec.cell_ids()
        self._guard = RepeatGuard(entry.guard.size, request.window or entry.guard.window, cell_ids)
        self._loops = LoopWatch(cell_ids, codec.digit_ids())
        self._eos_id = codec.prompt.eos_id
        self._clock, self._seconds = WorkClock(device_type), request.seconds
        self.work = 0.0
        self.ids: list[int] = []
        self.ending = Ending.FAILED
        self.note: str | None = None

    def bar(self, input_ids: Tensor, scores: Tensor) -> Tensor:
        """The logits (1, V) without the tokens that may not come next."""
        if not bool(scores.max().isfinite()):
            self.note = "the network computed no finite number"
        banned = self._guard.banned()
        if banned:
            scores = scores.clone()
            scores[0, list(banned)] = -torch.inf
        return scores

    def take(self, input_ids: Tensor, scores: Any, **_: Any) -> Tensor:
        """Take the newest token; whether (1) it was the last."""
        token_id = int(input_ids[0, -1])
        is_last = self.note is not None or token_id == self._eos_id
        if self.note is None:
            self.ending = Ending.COMPLETE if is_last else Ending.TOO_LONG
        if not is_last:
            is_last = self._append(token_id) or self._is_late()
        return torch.tensor([is_last], device=input_ids.device)

    def _append(self, token_id: int) -> bool:
        self.ids.append(token_id)
        self._guard.append(token_id)
        kept_count = self._loops.append(token_id)
        if kept_count is not None:
            self.ids, self.ending = self.ids[:kept_count], Ending.LOOPED
        return kept_count is not None

    def _is_late(self) -> bool:
        self.work += self._clock.lap()
        if self.work > self._seconds:
            self.ending, self.note = Ending.FAILED, LATE.format(self._seconds)
        return self.work > self._seconds


def position_count(entry: CatalogEntry, mode: Mode, grid: TileGrid | None) -> int:
    """Positions that a page takes in the decoder's sequence."""
    if entry.relative == _HAS_ROWS:
        return mode.sequence_length(grid)
    return mode.vision_token_count(grid) + 1


def load_relative(entry: CatalogEntry, device: str = "auto", dtype: str = "auto") -> RelativeReader:
    """The reader of a relative, from the checkpoint in its folder.

    Raises:
        WeightsError: the checkpoint is missing, damaged, incomplete, or of another architecture.
        UsageError: there is no such device or precision.
    """
    assert entry.relative is not None, "deepocr runs this network itself"
    folder = entry.require_folder()
    place = choose_device(device)
    with memory_guard("loading", hint="try --dtype bfloat16, or --model nano"):
        model = _load(entry, choose_dtype(dtype, place)).to(place)
    text = model.config.text_config
    usual = PromptConfig()
    bos_id = usual.bos_id if text.bos_token_id is None else text.bos_token_id
    eos_id = text.eos_token_id if isinstance(text.eos_token_id, int) else usual.eos_id
    return RelativeReader(entry, model, load_tokens(folder, PromptConfig(model.config.image_token_id, bos_id, eos_id)))


def _load(entry: CatalogEntry, dtype: torch.dtype) -> Any:
    import transformers
    from safetensors import SafetensorError

    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    folder = entry.require_folder()
    known = getattr(transformers, CLASSES[entry.relative or ""])
    try:
        model, found = known.from_pretrained(
            folder, dtype=dtype, local_files_only=True, use_safetensors=True, output_loading_info=True
        )
    except (OSError, ValueError, RuntimeError, KeyError, TypeError, SafetensorError) as error:
        reason = str(error).partition("\n")[0]
        raise WeightsError(f"{folder}: cannot be loaded: {reason}", hint=_AGAIN.format(entry.repository)) from error
    lacking = sorted({*found["missing_keys"], *(str(key) for key in found["mismatched_keys"])})
    if lacking:
        raise WeightsError(
            f"{folder}: {len(lacking)} tensors are missing or misshapen, {lacking[0]} among them",
            hint=_AGAIN.format(entry.repository),
        )
    return model.eval()


_AGAIN = "download it again, from {}"
