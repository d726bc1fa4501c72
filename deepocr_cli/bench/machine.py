"""What a figure of speed depends on, in one line: processor, threads, versions."""

import platform
from importlib.metadata import version
from pathlib import Path

import torch

from deepocr_cli.bench.subject import Subject


def describe_machine(subject: Subject) -> str:
    """The network, where it runs, and with what."""
    model = subject.model
    place = _device_name(model.device)
    libraries = ", ".join(f"{name} {version(name)}" for name in ("torch", "transformers"))
    return (
        f"{model.parameter_count / 1e6:,.1f} M parameters in {subject.dtype} on {place}, "
        f"{torch.get_num_threads()} threads, Python {platform.python_version()}, {libraries}"
    )


def _device_name(device: torch.device) -> str:
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    return _processor_name() if device.type == "cpu" else str(device)


def _processor_name() -> str:
    """As Linux tells it, else what Python knows."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()
