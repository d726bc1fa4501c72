"""What the person at the terminal sees: messages and progress on stderr, and a stdout that only results reach."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import BinaryIO

from deepocr_cli.cli.options import ProgressWish
from deepocr_cli.document import Page
from deepocr_cli.errors import DeepOcrError, printable


@dataclass(frozen=True, slots=True)
class Console:
    """Where messages go, and how many of them."""

    is_quiet: bool = False
    is_verbose: bool = False
    progress: ProgressWish = ProgressWish.AUTO

    def say(self, message: str) -> None:
        """A line for the person, unless they asked for quiet."""
        if not self.is_quiet:
            _write_line(f"deepocr: {message}")

    def track(self, pages: Iterator[Page], name: str, page_count: int) -> Iterator[Page]:
        """Pass the pages on as they are read, and show how far the reading is: pages, tokens, tokens a second."""
        if not self._shows_progress:
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
    def _shows_progress(self) -> bool:
        if self.progress is ProgressWish.AUTO:
            return not self.is_quiet and sys.stderr.isatty() and os.environ.get("TERM") != "dumb"
        return self.progress is ProgressWish.ALWAYS


def report_error(error: DeepOcrError) -> None:
    """An error as one line, and its hint as another."""
    _write_line(f"deepocr: error: {error.message}")
    if error.hint is not None:
        _write_line(f"hint: {error.hint}")


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


def _write_line(line: str) -> None:
    """One line, whatever the message holds: a file's name may contain a newline or a terminal's escape codes."""
    sys.stderr.write(printable(line) + "\n")
    sys.stderr.flush()
