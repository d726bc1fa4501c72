"""A device in, the bytes that are free there out, as far as the system tells."""

import os
import resource
from pathlib import Path

import torch

_MEMORY_OF_GROUP = Path("/sys/fs/cgroup")
"""Where version 2 of Linux's control groups says what a container may take."""


def free_memory(device: torch.device) -> int:
    """Bytes that can be taken on a device without harm to what is there.

    CUDA and Apple's GPU say so themselves; what torch has set aside there for later is free too. On the CPU it is what
    Linux calls available (elsewhere, all there is), or less where the process (`ulimit -v`) or its control group has a
    limit.
    """
    if device.type == "cuda":
        free, _ = torch.cuda.mem_get_info(device)
        return free + torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
    if device.type == "mps":
        return max(0, torch.mps.recommended_max_memory() - torch.mps.current_allocated_memory())
    limits = [_available(), _left_of_group(), _left_of_process()]
    return max(0, min(limit for limit in limits if limit is not None))


def give_back_memory(device: torch.device) -> None:
    """Let the device have what torch has set aside for later."""
    if device.type == "cuda":
        torch.cuda.empty_cache()
    elif device.type == "mps":
        torch.mps.empty_cache()


def _available() -> int:
    try:
        lines = dict(line.split(":") for line in Path("/proc/meminfo").read_text().splitlines())
        return int(lines["MemAvailable"].split()[0]) * 1024
    except (OSError, KeyError, ValueError):
        pages = "SC_AVPHYS_PAGES" if "SC_AVPHYS_PAGES" in os.sysconf_names else "SC_PHYS_PAGES"
        return os.sysconf(pages) * os.sysconf("SC_PAGE_SIZE")


def _left_of_group() -> int | None:
    try:
        group = Path("/proc/self/cgroup").read_text().partition("::")[2].strip().lstrip("/")
        folder = _MEMORY_OF_GROUP / group
        return int((folder / "memory.max").read_text()) - int((folder / "memory.current").read_text())
    except (OSError, ValueError):
        return None


def _left_of_process() -> int | None:
    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    if limit == resource.RLIM_INFINITY:
        return None
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[0])
    except OSError:
        return None
    return limit - pages * os.sysconf("SC_PAGE_SIZE")
