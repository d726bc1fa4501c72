"""Where the network runs and in which precision, and what running out of memory there means to a person."""

import os
from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager

import torch

from deepocr_cli.errors import MemoryExhaustedError, UsageError

BFLOAT16_CAPABILITY = (8, 0)
"""The first CUDA compute capability whose tensor cores multiply bfloat16."""

SMALL_NETWORK = 100_000_000
"""Parameters up to which a network is small: its weights fit into a processor's caches."""

WORKERS = 4
"""Steps at the same time at most: more do not make the disk or the memory any faster."""

DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}


def choose_device(wish: str = "auto") -> torch.device:
    """The device that `--device` asks for: auto is CUDA, else Apple's GPU (mps), else the CPU.

    Raises:
        UsageError: there is no such device here.
    """
    has_mps = torch.backends.mps.is_available()
    present = {"cuda": torch.cuda.is_available(), "mps": has_mps, "cpu": True}
    if wish == "auto":
        return torch.device(next(name for name, is_present in present.items() if is_present))
    try:
        device = torch.device(wish)
    except RuntimeError as error:
        raise UsageError(f"--device {wish}: no such device", hint="try --device auto") from error
    count = torch.cuda.device_count() if device.type == "cuda" else 1
    if not present.get(device.type, False) or (device.index or 0) >= count:
        raise UsageError(f"--device {wish}: not available on this machine", hint="try --device auto")
    return device


def choose_dtype(wish: str, device: torch.device) -> torch.dtype:
    """The precision that `--dtype` asks for: auto is the narrowest that the device multiplies natively and safely.

    That is bfloat16 on CUDA from compute capability 8 and on processors that have it, else float16 on a GPU and
    float32 on a CPU.

    Raises:
        UsageError: there is no such precision.
    """
    if wish == "auto":
        return _native_dtype(device)
    if wish not in DTYPES:
        raise UsageError(f"--dtype {wish}: not one of auto, {', '.join(DTYPES)}")
    return DTYPES[wish]


def limit_threads(device: torch.device, parameter_count: int) -> None:
    """Let a small network compute on one processor core.

    Its products take microseconds, less than it takes threads to meet; on a busy machine two threads were measured
    to be sixty times slower than one.
    """
    if is_on_one_core(device, parameter_count):
        torch.set_num_threads(1)


def is_on_one_core(device: torch.device, parameter_count: int) -> bool:
    """Whether every product of a network is computed by one core."""
    return device.type == "cpu" and parameter_count <= SMALL_NETWORK


@contextmanager
def side_by_side() -> Iterator[Executor]:
    """Workers for many small steps, each of which torch then computes on one core.

    Steps of a tenth of a millisecond are shorter than it takes torch's own threads to meet: on a busy machine the
    weights of DeepSeek-OCR were measured to load ten times slower by those.
    """
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with ThreadPoolExecutor(min(WORKERS, os.cpu_count() or 1)) as pool:
            yield pool
    finally:
        torch.set_num_threads(before)


def _native_dtype(device: torch.device) -> torch.dtype:
    if device.type == "cuda":
        has_bfloat16 = torch.cuda.get_device_capability(device) >= BFLOAT16_CAPABILITY
        return torch.bfloat16 if has_bfloat16 else torch.float16
    if device.type == "mps":
        return torch.float16
    features: dict[str, bool] = getattr(torch.cpu, "get_capabilities", dict)()
    return torch.bfloat16 if features.get("avx512_bf16") or features.get("amx_bf16") else torch.float32


_NO_MEMORY = ("allocate memory", "out of memory", "_ALLOC_FAILED")
"""What torch's CPU allocator, Apple's GPU, CUDA and its libraries say, without an exception of its own."""


@contextmanager
def memory_guard(doing: str, hint: str) -> Iterator[None]:
    """Turn an allocator's failure into a `MemoryExhaustedError` that says what was being done and what to try."""
    try:
        yield
    except (MemoryError, torch.OutOfMemoryError) as error:
        raise MemoryExhaustedError(f"out of memory while {doing}", hint=hint) from error
    except RuntimeError as error:
        if not any(words in str(error) for words in _NO_MEMORY):
            raise
        raise MemoryExhaustedError(f"out of memory while {doing}", hint=hint) from error
