"""PyMuPDF and Pillow made silent, and whatever they raise on damaged files made into one `InputError`."""

import logging
import os
import re
import struct
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from importlib import import_module
from types import ModuleType

from PIL import UnidentifiedImageError

from deepocr_cli.document import Source, SourceKind
from deepocr_cli.errors import InputError

PILLOW_ERRORS = (
    OSError,
    SyntaxError,
    ValueError,
    TypeError,
    LookupError,
    ArithmeticError,
    EOFError,
    RuntimeError,
    struct.error,
)
"""What Pillow's decoders raise on damaged files."""


@lru_cache(maxsize=1)
def load_mupdf() -> ModuleType:
    """PyMuPDF, told to print nothing: what it has to say goes to the log at debug level."""
    with _networks_on_one_thread():
        pymupdf = import_module("pymupdf")
    pymupdf.TOOLS.mupdf_display_errors(False)
    pymupdf.TOOLS.mupdf_display_warnings(False)
    pymupdf.set_messages(pylogging=True, pylogging_level=logging.DEBUG)
    return pymupdf


def mupdf_errors() -> tuple[type[Exception], ...]:
    """What PyMuPDF raises on damaged files."""
    fitz_error = load_mupdf().mupdf.FzErrorBase
    return (fitz_error, RuntimeError, ValueError, LookupError, TypeError, AttributeError)


@contextmanager
def silent_pillow() -> Iterator[None]:
    """Keep quiet what Pillow warns of and what libtiff writes to standard error; damage that matters is raised."""
    with warnings.catch_warnings(), _without_stderr():
        warnings.simplefilter("ignore")
        yield


@contextmanager
def page_errors(source: Source, number: int) -> Iterator[None]:
    """Turn whatever the libraries raise on page `number` of `source` into an `InputError` that names it."""
    errors = mupdf_errors() if source.kind is SourceKind.PDF else PILLOW_ERRORS
    try:
        yield
    except errors as error:
        raise damaged_page(source, number, reason_of(error)) from error


def damaged_page(source: Source, number: int, reason: str) -> InputError:
    """The error for a page that cannot be had, and what remains possible."""
    whole = "check that the file is complete"
    hint = whole if source.page_count == 1 else f"{whole}, or read its other pages: --pages"
    return InputError(f"{source.name}, page {number}: damaged: {reason}", hint=hint)


def reason_of(error: Exception) -> str:
    """A library's own words, without its code numbers, its counts of bytes and the objects it puts into some."""
    if isinstance(error, UnidentifiedImageError):
        return "its header cannot be read"
    return re.sub(r"^code=\d+: | \(\d+ bytes not processed\)$", "", str(error)) or type(error).__name__


@contextmanager
def _networks_on_one_thread() -> Iterator[None]:
    """Give each network that onnxruntime loads meanwhile one thread.

    PyMuPDF loads those of its layout when it is imported. By themselves they take every core and wait in a loop for one
    another: twice the processor's time for a page, and on a busy machine twice the time by the clock.
    """
    import onnxruntime

    make_options = onnxruntime.SessionOptions

    def one_thread() -> "onnxruntime.SessionOptions":
        options = make_options()
        options.intra_op_num_threads = 1
        return options

    onnxruntime.SessionOptions = one_thread
    try:
        yield
    finally:
        onnxruntime.SessionOptions = make_options


@contextmanager
def _without_stderr() -> Iterator[None]:
    """Point file descriptor 2 to nowhere: libtiff writes there, past Python."""
    try:
        kept = os.dup(2)
    except OSError:  # standard error is closed already
        yield
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)
