"""Everything that can go wrong on purpose: an exit code, one clear line, and a hint.

    DeepOcrError                 1   unexpected
    ├── UsageError               2   the command line contradicts itself
    ├── InputError               3   missing, unreadable, encrypted, not a document
    ├── WeightsError             5   missing, corrupt, another architecture
    ├── OutputError              6   exists without --force, cannot be written
    └── MemoryExhaustedError     7   out of memory

Code 4 (incomplete pages), 130 (interrupted) and 143 (terminated) are outcomes, not errors: the output exists.
"""

import unicodedata
from enum import IntEnum


class ExitCode(IntEnum):
    """What the process returns; an interface, documented in the man page."""

    COMPLETE = 0
    UNEXPECTED = 1
    USAGE = 2
    INPUT = 3
    INCOMPLETE = 4
    WEIGHTS = 5
    OUTPUT = 6
    MEMORY = 7
    INTERRUPTED = 130
    TERMINATED = 143


class DeepOcrError(Exception):
    """An error with a message for a person: one line, the file and the page in it.

    Args:
        message: what happened, without a trailing full stop.
        hint: the next command or flag to try.
    """

    code = ExitCode.UNEXPECTED

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        self.message = printable(message)
        self.hint = hint and printable(hint)
        super().__init__(self.message)


class UsageError(DeepOcrError):
    """The command line contradicts itself or names something that does not exist."""

    code = ExitCode.USAGE


class InputError(DeepOcrError):
    """An input that is missing, unreadable, encrypted, too large or not a document."""

    code = ExitCode.INPUT


class WeightsError(DeepOcrError):
    """Weights that are missing, corrupt or of another architecture."""

    code = ExitCode.WEIGHTS


class OutputError(DeepOcrError):
    """An output that exists already or cannot be written."""

    code = ExitCode.OUTPUT


class MemoryExhaustedError(DeepOcrError):
    """The machine has too little memory for what was asked."""

    code = ExitCode.MEMORY


def printable(text: str) -> str:
    """`text` on one line of characters that any terminal and any UTF-8 file can take, for file names above all.

    Control characters, line separators, marks that reorder text and undecodable bytes become backslash escapes.
    """
    return "".join(_escape(character) if _is_unprintable(character) else character for character in text)


def _is_unprintable(character: str) -> bool:
    return unicodedata.category(character) in {"Cc", "Cf", "Cs", "Zl", "Zp"}


def _escape(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")
