"""What the person at the terminal sees: messages and progress on stderr, and a stdout that only results reach."""

import os
import sys
import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import BinaryIO

from deepocr_cli.cli.options import ProgressWish
from deepocr_cli.document import Page
from deepocr_cli.errors import DeepOcrError, printable
from deepocr_cli.store.files import discard_rest


@dataclass(frozen=True, slots=True)
class Console:
    """Where messages go, and how many of them."""

    is_quiet: bool = False
    is_verbose: bool = False
    progress: ProgressWish = ProgressWish.AUTO

    def say(self, *messages: str) -> None:
        """Lines for the person, together, unless they asked for quiet."""
        if not self.is_quiet:
            _write_lines(f"deepocr: {message}" for message in messages)

    def track(self, pages: Iterator[Page], name: str, page_count: int) -> Iterator[Page]:
        """Pass the pages on as they are read, and show how far the reading is: pages, tokens, tokens a second."""
        if not self.shows_progress:
            yield from pages
            return
        from tqdm import tqdm

        with tqdm(total=page_count, desc=name, unit="page", file=sys.stderr, leave=False) as bar:
            tokens = 0
            for page in pages:
                tokens += page.text_tokens
                bar.update()
                bar.set_postfix(tokens=tokens, rate=f"{tokens / max(bar.format_dict['elapsed'], 1e-3):.0f}/s")
                yield page

    @property
    def shows_progress(self) -> bool:
        """Whether progress is for a terminal that can take it, or was asked for."""
        if self.progress is ProgressWish.AUTO:
            return not self.is_quiet and sys.stderr.isatty() and os.environ.get("TERM") != "dumb"
        return self.progress is ProgressWish.ALWAYS


def report_error(error: DeepOcrError) -> None:
    """An error as one line, and its hint as another."""
    hint = () if error.hint is None else (f"hint: {error.hint}",)
    _write_lines((f"deepocr: error: {error.message}", *hint))


def for_terminal(text: bytes) -> bytes:
    """UTF-8 text without what a terminal obeys: a page may show it escape codes. Tabs and line ends stay."""
    return "".join(
        repr(character)[1:-1] if unicodedata.category(character) == "Cc" and character not in "\n\t" else character
        for character in text.decode()
    ).encode()


@contextmanager
def protected_stdout() -> Iterator[BinaryIO]:
    """The real standard output, as bytes; meanwhile whatever a library prints goes to standard error."""
    sys.stdout.flush()
    real = os.dup(1)
    os.dup2(2, 1)
    try:
        with open(real, "wb", closefd=False) as stream:
            yield stream
    finally:
        sys.stdout.flush()
        os.dup2(real, 1)
        os.close(real)


def _write_lines(lines: Iterable[str]) -> None:
    """Lines in one go, for documents are read at once.

    A message may hold anything: a file's name can have a newline in it, or a terminal's escape codes. One that cannot
    be written, for its reader is gone or a log's disk is full, costs no page.
    """
    try:
        sys.stderr.write("".join(printable(line) + "\n" for line in lines))
        sys.stderr.flush()
    except OSError:
        discard_rest(sys.stderr)
