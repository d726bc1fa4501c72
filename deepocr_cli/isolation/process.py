"""A worker process that is started when it is first asked, and again after it was lost."""

import atexit
import fcntl
import os
import signal
import subprocess
import sys
from contextlib import suppress
from enum import Enum, auto
from functools import lru_cache
from pathlib import Path
from threading import Lock, RLock
from typing import IO, Any

from deepocr_cli.isolation.messages import receive, send

_PACKAGE_FOLDER = Path(__file__).parents[2]
_PROGRAM = "import sys; sys.path.append(sys.argv[1]); from deepocr_cli.isolation.worker import serve; serve()"
NO_TELEMETRY = {"ORT_DISABLE_TELEMETRY": "1"}
"""onnxruntime tells its maker of its use, and leaves a file in the temporary folder for that."""
_ENVIRONMENT = {"OPENBLAS_NUM_THREADS": "1", **NO_TELEMETRY}
_FRUGAL = {"GLIBC_TUNABLES": "glibc.malloc.hugetlb=1:glibc.malloc.mmap_threshold=4194304:glibc.malloc.arena_max=2"}
"""Large pieces of memory go back to the system when they are freed, and come from it in large pages: the layout network
takes and returns 200 MB for every page. Of glibc alone; what the user has set stands."""
_PIPE_BYTES = 1 << 20
ANSWERS_PER_WORKER = 400
"""Its libraries keep a little of every page they have read; a new worker has forgotten all."""
_START_SECONDS = 120
"""For loading its libraries on a busy machine; no page is charged for it."""

_STARTING = Lock()
"""Held while a worker is started, so that none is missed by who ends them all."""


class ProcessLostError(Exception):
    """The worker was killed because it took too long, or crashed; `hint` says what the user can do."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.hint = hint


class Duty(Enum):
    """What a worker is there for; one that has loaded the libraries of one duty is not asked for another."""

    PAPER = auto()
    LIGHT_OCR = auto()


class Process:
    """One worker. Several threads may ask; each holds `turn` from its first question to the last that belongs to it.

    `document` is the opening request of the document that lies open in it; None where none does.

    Args:
        seconds: what a page may take.
    """

    def __init__(self, seconds: float, duty: Duty = Duty.PAPER) -> None:
        self.seconds = seconds
        self.duty = duty
        self.turn = RLock()
        self._is_closed = False
        self.document: object = None
        self._worker: subprocess.Popen[bytes] | None = None
        self._answer_count = 0

    def ask(
        self, request: dict[str, Any], payload: bytes = b"", page_count: int = 1
    ) -> tuple[dict[str, Any], bytearray]:
        """The worker's answer to a question about `page_count` pages.

        Raises:
            ProcessLostError: it took longer than it may, or crashed; the next question starts another.
        """
        seconds = self.seconds * page_count
        try:
            worker = self._worker or self._start()
            requests, replies = _pipes(worker)
            send(requests.fileno(), {**request, "seconds": seconds}, payload)
            answer = receive(replies.fileno(), seconds, worker.pid)
        except (TimeoutError, EOFError, BrokenPipeError) as error:
            code = self.stop()
            if isinstance(error, TimeoutError) or code == -signal.SIGPROF:
                hint = "allow more seconds: --page-timeout N"
                raise ProcessLostError(f"not done within {seconds:g} seconds", hint) from None
            hint = "check that the file is complete, or repair it: qpdf FILE repaired.pdf"
            raise ProcessLostError("the library that reads it crashed", hint) from None
        except BaseException:
            self.stop()
            raise
        self._answer_count += 1
        if self._answer_count >= ANSWERS_PER_WORKER and self.document is not None:
            self.stop()
        return answer

    def stop(self) -> int | None:
        """Kill the worker, whatever it does; gives back how it ended, None where there was none."""
        worker, self._worker, self.document = self._worker, None, None
        return None if worker is None else _end(worker)

    def _start(self) -> subprocess.Popen[bytes]:
        if self._is_closed:
            raise ProcessLostError("not read, for the document is closed", hint="convert it again")
        self.document = None
        self._worker, self._answer_count = _take_idle(self.duty) or (_start_worker(), 0)
        return self._worker

    def close(self) -> None:
        """Let another document's process use the worker; this one asks nothing any more."""
        self._is_closed = True
        worker = self._worker
        if worker is None:
            return
        if not self.turn.acquire(blocking=False):
            # Somebody waits for an answer that nobody needs: it is lost, and so is the worker.
            worker.kill()
            return
        self._worker, self.document = None, None
        if self._answer_count < ANSWERS_PER_WORKER:
            _idle_workers(self.duty).append((worker, self._answer_count))
        else:
            _end(worker)
        self.turn.release()


@lru_cache
def _idle_workers(_duty: Duty) -> list[tuple[subprocess.Popen[bytes], int]]:
    """Workers that wait for their next document or page, for they take most of a second to start; and how many answers
    each has given."""
    return []


def _take_idle(duty: Duty) -> tuple[subprocess.Popen[bytes], int] | None:
    """A worker that waits and is still alive; None where there is none."""
    with suppress(IndexError):
        while True:
            worker, answer_count = _idle_workers(duty).pop()
            if worker.poll() is None:
                return worker, answer_count
            _end(worker)
    return None


@lru_cache(maxsize=1)
def _started_workers() -> list[subprocess.Popen[bytes]]:
    """All that were started and not ended, to be ended with this process."""
    atexit.register(end_workers)
    return []


def _start_worker() -> subprocess.Popen[bytes]:
    """Without the working folder in the path of modules: a document may lie beside a file that is named like one."""
    with _STARTING:
        worker = subprocess.Popen(
            [sys.executable, "-P", "-c", _PROGRAM, str(_PACKAGE_FOLDER)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**_FRUGAL, **os.environ, **_ENVIRONMENT},
        )
        _started_workers().append(worker)
    with suppress(OSError, AttributeError):
        fcntl.fcntl(_pipes(worker)[1].fileno(), fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
    receive(_pipes(worker)[1].fileno(), _START_SECONDS, worker.pid)
    return worker


def _pipes(worker: subprocess.Popen[bytes]) -> tuple[IO[bytes], IO[bytes]]:
    assert worker.stdin is not None
    assert worker.stdout is not None
    return worker.stdin, worker.stdout


def end_workers() -> None:
    """Kill every worker of this process, whatever it does."""
    for duty in Duty:
        _idle_workers(duty).clear()
    with _STARTING:
        workers = list(_started_workers())
    for worker in workers:
        _end(worker)


def _end(worker: subprocess.Popen[bytes]) -> int:
    with suppress(ValueError):
        _started_workers().remove(worker)
    worker.kill()
    for pipe in _pipes(worker):
        with suppress(OSError):
            pipe.close()
    return worker.wait()
