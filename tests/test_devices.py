"""Devices and precisions: what is asked for, what auto takes, and the one line when memory ends."""

import pytest
import torch

from deepocr_cli.engine.free_memory import free_memory
from deepocr_cli.errors import MemoryExhaustedError, UsageError
from deepocr_cli.model.devices import choose_device, choose_dtype, limit_threads, memory_guard, side_by_side

LARGE, SMALL = 3_336_000_000, 15_000_000
CPU, CUDA, MPS = torch.device("cpu"), torch.device("cuda"), torch.device("mps")


@pytest.mark.parametrize(
    ("has_cuda", "has_mps", "expected"), [(True, True, CUDA), (False, True, MPS), (False, False, CPU)]
)
def test_auto_takes_the_fastest_there_is(
    monkeypatch: pytest.MonkeyPatch, has_cuda: bool, has_mps: bool, expected: torch.device
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: has_cuda)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: has_mps)
    assert choose_device() == expected


def test_a_device_that_is_not_there_is_a_usage_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(UsageError, match="--device cuda: not available"):
        choose_device("cuda")
    with pytest.raises(UsageError, match="--device toaster: no such device"):
        choose_device("toaster")


def test_a_device_by_its_number_must_be_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    assert choose_device("cuda:1") == torch.device("cuda", 1)
    for wish in ("cuda:2", "cpu:1"):
        with pytest.raises(UsageError, match=f"--device {wish}: not available"):
            choose_device(wish)


@pytest.mark.parametrize(
    ("capability", "expected"), [((7, 5), torch.float16), ((8, 0), torch.bfloat16), ((12, 0), torch.bfloat16)]
)
def test_bfloat16_where_cuda_multiplies_it(
    monkeypatch: pytest.MonkeyPatch, capability: tuple[int, int], expected: torch.dtype
) -> None:
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda device: capability)
    assert choose_dtype("auto", CUDA) is expected


@pytest.mark.parametrize(("features", "expected"), [({}, torch.float32), ({"avx512_bf16": True}, torch.bfloat16)])
def test_bfloat16_where_the_processor_has_it(
    monkeypatch: pytest.MonkeyPatch, features: dict[str, bool], expected: torch.dtype
) -> None:
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: features, raising=False)
    assert choose_dtype("auto", CPU) is expected


def test_a_small_network_computes_on_one_core(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    monkeypatch.setattr(torch, "set_num_threads", asked.append)
    for device, parameter_count in ((CPU, SMALL), (CPU, LARGE), (CUDA, SMALL)):
        limit_threads(device, parameter_count)
    assert asked == [1]


def test_many_small_steps_take_one_core_each(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    monkeypatch.setattr(torch, "get_num_threads", lambda: 7)
    monkeypatch.setattr(torch, "set_num_threads", asked.append)
    with side_by_side() as pool:
        assert list(pool.map(abs, (-1, -2))) == [1, 2]
        assert asked == [1]
    assert asked == [1, 7]


def test_a_precision_by_name() -> None:
    assert choose_dtype("float16", CPU) is torch.float16
    with pytest.raises(UsageError, match="--dtype float8"):
        choose_dtype("float8", CPU)


def test_running_out_of_memory_is_one_line_with_a_hint() -> None:
    with (
        pytest.raises(MemoryExhaustedError, match="out of memory while reading") as caught,
        memory_guard("reading", "x"),
    ):
        torch.empty(2**60)
    assert caught.value.hint == "x"


@pytest.mark.parametrize(
    "words",
    [
        "MPS backend out of memory (MPS allocated: 17.9 GB). Tried to allocate 256.00 MB on private pool.",
        "CUDA error: out of memory",
        "CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`",
    ],
)
def test_running_out_of_memory_is_understood_in_the_words_of_every_device(words: str) -> None:
    with pytest.raises(MemoryExhaustedError), memory_guard("reading", "x"):
        raise RuntimeError(words)


def test_what_torch_keeps_for_later_is_free(monkeypatch: pytest.MonkeyPatch) -> None:
    """What one document's keys and values took must not be missing for the next."""
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda device: (2_000, 24_000))
    monkeypatch.setattr(torch.cuda, "memory_reserved", lambda device: 16_000)
    monkeypatch.setattr(torch.cuda, "memory_allocated", lambda device: 7_000)
    assert free_memory(CUDA) == 11_000
    monkeypatch.setattr(torch.mps, "recommended_max_memory", lambda: 16_000)
    monkeypatch.setattr(torch.mps, "driver_allocated_memory", lambda: 16_500)
    monkeypatch.setattr(torch.mps, "current_allocated_memory", lambda: 7_000)
    assert free_memory(MPS) == 9_000


def test_other_errors_pass() -> None:
    with pytest.raises(RuntimeError, match="a bug"), memory_guard("reading", "x"):
        raise RuntimeError("a bug")
