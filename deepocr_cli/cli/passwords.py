"""Passwords for encrypted PDFs, from a file and from the environment; never from the command line, which others see."""

import os
from pathlib import Path

from deepocr_cli.errors import InputError

VARIABLE = "DEEPOCR_PASSWORD"


def read_passwords(file: Path | None) -> tuple[str, ...]:
    """The lines of `file`, then the value of DEEPOCR_PASSWORD; empty ones are left out.

    Raises:
        InputError: the file cannot be read.
    """
    candidates = [] if file is None else _read_lines(file)
    return tuple(password for password in [*candidates, os.environ.get(VARIABLE, "")] if password)


def _read_lines(file: Path) -> list[str]:
    try:
        return file.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise InputError(f"{file}: {(error.strerror or str(error)).lower()}", hint="check --password-file") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{file}: not a text file in UTF-8", hint="check --password-file") from error
