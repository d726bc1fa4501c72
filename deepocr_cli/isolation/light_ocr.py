"""Pages in, what light OCR finds on them out, from processes of its own: one that it fails on costs only its check.

A call into its library can neither be interrupted nor be bounded from within; a process can, and gives all back.
"""

from contextlib import closing
from threading import Semaphore

from deepocr_cli.document import Block, PageImage
from deepocr_cli.errors import InputError
from deepocr_cli.exact_json import from_plain
from deepocr_cli.isolation.crew import usable_processors
from deepocr_cli.isolation.process import Duty, Process, ProcessLostError
from deepocr_cli.witness.statement import Statement

MOST_THREADS = 4
"""More make one page no faster. One core is left to the model: threads that wait for one another compute, too."""


class LightOcrProcesses:
    """Light OCR for several threads, who may ask at the same time.

    Args:
        seconds: what a page may take.
        count: processes at most, each of which takes some 700 MiB; they share the machine's cores.
    """

    def __init__(self, seconds: float, count: int = 1) -> None:
        usable = usable_processors()
        self._seconds = seconds
        self._free = Semaphore(min(count, usable))
        self._thread_count = max(1, min(MOST_THREADS, (usable - 1) // count))

    def read(self, page: PageImage) -> Statement:
        """What light OCR finds on a page.

        Raises:
            InputError: it takes too long, or crashes.
        """
        request = {"do": "read_by_ocr", "size": page.image.size, "thread_count": self._thread_count}
        with self._free, closing(Process(self._seconds, Duty.LIGHT_OCR)) as process:
            try:
                reply, _ = process.ask(request, page.image.tobytes())
            except ProcessLostError as error:
                message = f"{page.source.name}, page {page.number}: light OCR: {error}"
                raise InputError(message, hint="allow more: --page-timeout N, or do without: --verify off") from error
        return Statement(tuple(from_plain(Block, block) for block in reply["blocks"]), reply["confidence"])
