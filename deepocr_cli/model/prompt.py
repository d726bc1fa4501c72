"""What is asked about a page: a task and its words become the exact ids that the network was trained with."""

from dataclasses import dataclass

from deepocr_cli.model.tokens import TokenCodec
from deepocr_cli.settings import Task

WORDS = {
    Task.DOCUMENT: "\n<|grounding|>Convert the document to markdown.",
    Task.TEXT: "\nFree OCR.",
    Task.FIGURE: "\nParse the figure.",
    Task.DESCRIBE: "\nDescribe this image in detail.",
}
"""What follows the image, as published; small edits change the results."""

FIND = ("\nLocate <|ref|>", "<|/ref|> in the image.")
"""What stands around the words to find."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """The ids of one request; `image_id_count` of them stand for the vision tokens of the page."""

    ids: tuple[int, ...]
    image_id_count: int


def build_prompt(
    codec: TokenCodec, image_id_count: int, task: Task = Task.DOCUMENT, *, find: str = "", custom: str | None = None
) -> Prompt:
    """The prompt of a page whose sequence has `image_id_count` vision rows, newlines and separator included.

    Args:
        find: the words to look for, with `Task.FIND`.
        custom: a question of the user's own in place of the task's words.

    The user's words stay words: what looks like a markup token in them is spelled out. A network that is asked
    without words ignores the task.
    """
    config = codec.prompt
    image = [config.image_id] * image_id_count
    if not config.has_words:
        return Prompt((*image, config.bos_id), image_id_count)
    if custom is not None:
        words = codec.encode_plain(f"\n{custom}")
    elif task is Task.FIND:
        before, after = FIND
        words = [*codec.encode(before), *codec.encode_plain(find), *codec.encode(after)]
    else:
        words = codec.encode(WORDS[task])
    return Prompt((config.bos_id, *image, *words), image_id_count)
