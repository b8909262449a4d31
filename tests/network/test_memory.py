from __future__ import annotations

import platform

import numpy as np
import psutil
import pytest
import torch

from lstmmusic.errors import TrainingError
from lstmmusic.network.devices import free_cached_memory, ran_out_of_memory, return_free_memory, total_memory


def test_errors_of_real_allocators_are_recognised() -> None:
    with pytest.raises(RuntimeError) as of_torch:
        torch.empty(1 << 55)
    with pytest.raises(MemoryError) as of_numpy:
        np.empty(1 << 55)
    assert ran_out_of_memory(of_torch.value)
    assert ran_out_of_memory(of_numpy.value)
    assert ran_out_of_memory(torch.cuda.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB"))
    # Messages of oneDNN, and of torch on Windows, and for Apple's GPUs.
    assert ran_out_of_memory(RuntimeError("[enforce fail at alloc_cpu.cpp:80] DefaultCPUAllocator: not enough memory"))
    for verb in ("create", "execute"):
        assert ran_out_of_memory(RuntimeError(f"could not {verb} a primitive"))
    assert ran_out_of_memory(RuntimeError("MPS backend out of memory (MPS allocated: 9 GB, max allowed: 9 GB)"))


def test_other_errors_are_not_mistaken_for_lack_of_memory() -> None:
    with pytest.raises(RuntimeError) as shapes:
        torch.zeros(2, 3) @ torch.zeros(2, 3)
    assert not ran_out_of_memory(shapes.value)
    assert not ran_out_of_memory(TrainingError("the loss is nan"))
    assert not ran_out_of_memory(ValueError("out of memory"))


def test_total_memory_of_this_machine_is_found() -> None:
    room = total_memory(torch.device("cpu"))
    assert room is None or room > 1 << 28
    free_cached_memory(torch.device("cpu"))


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other C libraries are not asked")
def test_memory_freed_below_a_block_in_use_returns_to_the_system() -> None:
    blocks = [np.ones(100_000, np.uint8) for _ in range(500)]
    resident = psutil.Process().memory_info
    del blocks[:-1]
    kept = resident().rss
    return_free_memory()
    assert resident().rss < kept - 30_000_000
