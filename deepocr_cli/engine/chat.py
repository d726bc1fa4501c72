"""A page and its question become the body of a chat completion; the answer, streamed or whole, becomes text.

The body is what vLLM's recipe for DeepSeek-OCR asks for (docs.vllm.ai/projects/recipes, DeepSeek/DeepSeek-OCR.md): the
picture first, the words of the prompt without `<image>`, special tokens kept, and the n-gram guard's numbers.
"""

import base64
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from PIL import Image

from deepocr_cli.document import Ending
from deepocr_cli.engine.request import Request
from deepocr_cli.engine.text_loops import TextLoops
from deepocr_cli.model.catalog import CatalogEntry
from deepocr_cli.model.config import ViewConfig
from deepocr_cli.model.questions import ask
from deepocr_cli.model.views import draw_overview

Plain = dict[str, Any]

GUARD_FIELD = "vllm_xargs"
"""The field of vLLM's own; a server that refuses it is asked without."""
_CELL_IDS = (128821, 128822)
"""`<td>` and `</td>` in the release's tokenizer, exempt from the guard."""
_POSITION_COUNT = 8192
"""Positions of the decoder: a server refuses to begin a text that would not fit behind its prompt."""
QUESTION_ROOM = 128
"""Tokens of a task's words, and of what a server may put around them."""
_BYTES_A_TOKEN = 2048
"""What a token may take of an answer: a stream wraps each into an object of its own."""
_BYTES_BESIDE = 1 << 20
_END_OF_TEXT = "<｜end▁of▁sentence｜>"


class NotACompletionError(Exception):
    """What the server sent is no chat completion; the same would come again."""


class CutOffError(Exception):
    """The answer ended before its end, or with an error of the server."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A page's text as a server gave it; counts are None where it did not say."""

    text: str
    ending: Ending
    prompt_tokens: int | None = None
    text_tokens: int | None = None


def body_of(request: Request, entry: CatalogEntry, server_model: str) -> Plain:
    """The JSON of a request; `server_model` is the server's name for the network."""
    picture = base64.b64encode(_png(request)).decode()
    content = [
        {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{picture}"}},
        {"type": "text", "text": ask(entry.relative, request.task, find=request.find, custom=request.custom)},
    ]
    return {
        "model": server_model,
        "messages": [{"role": "user", "content": content}],
        "max_tokens": token_limit(request),
        "temperature": 0,
        "stream": True,
        "stream_options": {"include_usage": True},
        "skip_special_tokens": False,
        GUARD_FIELD: {
            "ngram_size": entry.guard.size,
            "window_size": request.window or entry.guard.window,
            "whitelist_token_ids": list(_CELL_IDS),
        },
    }


def token_limit(request: Request) -> int:
    """The longest text that is asked for, in tokens: what the user allows, and no more than fits behind the page."""
    taken = request.mode.sequence_length(request.mode.grid_for(*request.image.size)) + QUESTION_ROOM
    return max(1, min(request.max_new_tokens, _POSITION_COUNT - taken))


def read_answer(chunks: Iterable[bytes], *, is_stream: bool, max_tokens: int) -> Answer:
    """Read the body of an answer, server-sent events or one JSON; a text that loops is left where it is found out.

    Raises:
        NotACompletionError: it is something else, or longer than any text may be.
        CutOffError: it stops in the middle.
    """
    bounded = _bounded(chunks, _BYTES_BESIDE + _BYTES_A_TOKEN * max_tokens)
    parts = _events(bounded) if is_stream else iter([b"".join(bounded)])
    texts, loops = [], TextLoops()
    finish, usage = None, None
    for part in parts:
        piece, finished, used = _understand(part)
        finish, usage = finished or finish, used or usage
        texts.append(piece)
        kept = loops.append(piece)
        if kept is not None:
            return Answer(_mended(kept), Ending.LOOPED)
    if finish is None:
        raise CutOffError("the answer was cut off")
    text = _mended("".join(texts)).removesuffix(_END_OF_TEXT)
    ending = Ending.TOO_LONG if finish == "length" else Ending.COMPLETE
    return Answer(text, ending, _count(usage, "prompt_tokens"), _count(usage, "completion_tokens"))


def _png(request: Request) -> bytes:
    """The page as the server's own preprocessing makes the mode's views of it.

    With tiles that is the page itself, no larger than its largest grid; without, the square that the encoder sees,
    which a server set to that mode leaves as it is.
    """
    mode, image = request.mode, request.image.convert("RGB")
    if mode.tile_size is None:
        image = draw_overview(image, mode, ViewConfig())
    else:
        longest = mode.tile_size * mode.max_tiles
        if max(image.size) > longest:
            image.thumbnail((longest, longest), Image.Resampling.BICUBIC)
    stream = BytesIO()
    image.save(stream, "PNG", compress_level=3)
    return stream.getvalue()


def _bounded(chunks: Iterable[bytes], limit: int) -> Iterator[bytes]:
    for chunk in chunks:
        limit -= len(chunk)
        if limit < 0:
            raise NotACompletionError("the answer is longer than any text")
        yield chunk


def _events(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The data of server-sent events, one line each as every such server writes them, up to the [DONE]."""
    begun = b""
    for chunk in chunks:
        *lines, begun = (begun + chunk).split(b"\n")
        for line in lines:
            data = line.removeprefix(b"data:").strip() if line.startswith(b"data:") else b""
            if data == b"[DONE]":
                return
            if data:
                yield data


def _understand(part: bytes) -> tuple[str, str | None, Plain | None]:
    """Text, reason of the end and usage in one event, or in a whole answer."""
    try:
        content = json.loads(part)
    except (ValueError, RecursionError) as error:
        raise NotACompletionError("the answer is not JSON") from error
    if not isinstance(content, dict):
        raise NotACompletionError("the answer is not a chat completion")
    if content.get("error"):
        raise CutOffError(f"the server broke off: {error_text(part)}")
    usage, choices = content.get("usage"), content.get("choices")
    if not isinstance(choices, list) or not all(isinstance(choice, dict) for choice in choices):
        raise NotACompletionError("the answer is not a chat completion")
    usage = usage if isinstance(usage, dict) else None
    if not choices:
        return "", None, usage
    message = choices[0].get("delta") or choices[0].get("message") or {}
    text, finish = message.get("content") if isinstance(message, dict) else 0, choices[0].get("finish_reason")
    if not isinstance(text, str | None) or not isinstance(finish, str | None):
        raise NotACompletionError("the answer is not a chat completion")
    return text or "", finish, usage


def error_text(body: bytes) -> str:
    """What a server says of an error, in at most 200 characters: its message where there is one, else its words."""
    try:
        content = json.loads(body)
        error = content.get("error", content)
        message = error.get("message", error) if isinstance(error, dict) else error
    except (ValueError, RecursionError, AttributeError):
        message = body.decode(errors="replace")
    return re.sub(r"\s+", " ", str(message)).strip()[:200] or "without a word"


def _mended(text: str) -> str:
    """The text with halves of characters, which JSON can hold and no file can, joined or replaced."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _count(usage: Plain | None, name: str) -> int | None:
    count = None if usage is None else usage.get(name)
    return count if isinstance(count, int) and count >= 0 else None
