"""Tesseract and RapidOCR with their usual settings: on pictures in this process, and as programs of their own."""

import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from PIL import Image

from deepocr_cli.errors import DeepOcrError, UsageError

PictureReader = Callable[[Image.Image, float], str]
"""A picture and its dots per inch to the text on it."""


def open_other_reader(name: str) -> PictureReader:
    """The reader of that name; what it has to load, it loads now.

    Raises:
        UsageError: there is no such reader, or it is not installed.
    """
    if name not in _OPENERS:
        raise UsageError(f"--contender {name}: not known", hint=f"there are {' and '.join(_OPENERS)}")
    return _OPENERS[name]()


def has_tesseract() -> bool:
    return shutil.which("tesseract") is not None


def tesseract_command(pictures: Sequence[Path], folder: Path) -> list[str]:
    """The command line that reads pictures to standard output; their list goes into `folder`."""
    listed = folder / f"{len(pictures)}.txt"
    listed.write_text("".join(f"{picture}\n" for picture in pictures))
    return ["tesseract", str(listed), "-", "-l", "eng"]


def rapidocr_command(pictures: Sequence[Path], _folder: Path) -> list[str]:
    return [sys.executable, "-c", _RAPIDOCR, *map(str, pictures)]


_RAPIDOCR = """\
import sys
from rapidocr import RapidOCR
reader = RapidOCR()
for picture in sys.argv[1:]:
    print(*reader(picture).txts or (), sep="\\n")
"""


def _open_tesseract() -> PictureReader:
    if not has_tesseract():
        raise UsageError("--contender tesseract: the program is not installed", hint="apt-get install tesseract-ocr")
    return _read_by_tesseract


def _read_by_tesseract(image: Image.Image, dpi: float) -> str:
    with TemporaryDirectory() as name:
        folder = Path(name)
        picture = folder / "page.png"
        image.save(picture, dpi=(dpi, dpi))
        command = tesseract_command([picture], folder)
        finished = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
    if finished.returncode:
        raise DeepOcrError(f"tesseract failed with code {finished.returncode}: {finished.stderr.strip()[-200:]}")
    return finished.stdout


def _open_rapidocr() -> PictureReader:
    from rapidocr import RapidOCR

    return partial(_read_by_rapidocr, RapidOCR(params={"Global.log_level": "critical"}))


def _read_by_rapidocr(engine: Any, image: Image.Image, _dpi: float) -> str:
    found = engine(np.asarray(image.convert("RGB"))[:, :, ::-1])
    return "\n".join(found.txts or ())


_OPENERS: Mapping[str, Callable[[], PictureReader]] = {"tesseract": _open_tesseract, "rapidocr": _open_rapidocr}
