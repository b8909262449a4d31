from __future__ import annotations

import numpy as np
import pytest
import torch

from lstmmusic.errors import TrainingError
from lstmmusic.memory import give_back_memory, memory_of, ran_out_of_memory


def test_errors_of_real_allocators_are_known() -> None:
    with pytest.raises(RuntimeError) as of_torch:
        torch.empty(1 << 55)
    with pytest.raises(MemoryError) as of_numpy:
        np.empty(1 << 55)
    assert ran_out_of_memory(of_torch.value)
    assert ran_out_of_memory(of_numpy.value)
    assert ran_out_of_memory(torch.cuda.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB"))
    # As torch has them on Windows, and for Apple's GPUs.
    assert ran_out_of_memory(RuntimeError("[enforce fail at alloc_cpu.cpp:80] DefaultCPUAllocator: not enough memory"))
    assert ran_out_of_memory(RuntimeError("MPS backend out of memory (MPS allocated: 9 GB, max allowed: 9 GB)"))


def test_other_errors_are_not_taken_for_it() -> None:
    with pytest.raises(RuntimeError) as shapes:
        torch.zeros(2, 3) @ torch.zeros(2, 3)
    assert not ran_out_of_memory(shapes.value)
    assert not ran_out_of_memory(TrainingError("the loss is nan"))
    assert not ran_out_of_memory(ValueError("out of memory"))


def test_memory_of_this_machine_is_told() -> None:
    room = memory_of(torch.device("cpu"))
    assert room is None or room > 1 << 28
    give_back_memory(torch.device("cpu"))
