"""What a network is asked about a page in words, where it is asked through text and not through ids.

The words of each network are the ones that its makers published; others give other results.
"""

import re
from collections.abc import Mapping

from deepocr_cli.errors import UsageError
from deepocr_cli.model.prompt import FIND, WORDS
from deepocr_cli.settings import Task

_LIKE_MARKUP = re.compile(r"<(?=[|｜/\w])")

_UNLIMITED_WORDS = {Task.DOCUMENT: "document parsing."}
"""README of baidu/Unlimited-OCR; there is no word of other tasks."""


def ask(relative: str | None, task: Task, *, find: str = "", custom: str | None = None) -> str:
    """The question that follows the picture, without the line break between them.

    Args:
        relative: the network's model type where transformers runs it, as in the catalog.

    What looks like a markup token in the user's words gets a space, so that it stays words.

    Raises:
        UsageError: the network was not taught the task.
    """
    if custom is not None:
        return _LIKE_MARKUP.sub("< ", custom)
    words = words_of(relative)
    if task is Task.FIND and len(words) > 1:
        return _LIKE_MARKUP.sub("< ", find).join(FIND).strip("\n")
    if task not in words:
        raise UsageError(f"the network was not taught --task {task}", hint='ask in words of your own: --prompt "..."')
    return words[task].strip("\n")


def words_of(relative: str | None) -> Mapping[Task, str]:
    """The published words of each task that is asked with a fixed question."""
    return _UNLIMITED_WORDS if relative == "unlimited_ocr" else WORDS
