"""What this machine computes on, and how torch is made to use it well."""

from __future__ import annotations

import ctypes
import functools
import gc
import os
from contextlib import AbstractContextManager, suppress

import torch
from threadpoolctl import ThreadpoolController

from lstmmusic.errors import ConfigError


def leave_a_core() -> None:
    """Let torch compute on all cores of this machine but one, in the whole process.

    With none left for anything else, a page answers three times as slowly, and torch's threads wait for each
    other: updates of small networks then take many times as long.
    """
    torch.set_num_threads(max(1, (os.cpu_count() or 2) - 1))


def find_devices() -> list[str]:
    """List what this machine can compute on, the fastest first."""
    apple = ["mps"] if torch.backends.mps.is_available() else []
    return [*(f"cuda:{index}" for index in range(torch.cuda.device_count())), *apple, "cpu"]


def choose_device(name: str = "auto") -> torch.device:
    """Find a device to compute on.

    Parameters
    ----------
    name : str
        'auto' takes a CUDA GPU where there is one, then Apple's, then the CPU; otherwise 'cpu', 'cuda',
        'cuda:1', 'mps'.

    Raises
    ------
    ConfigError
        If this machine has no such device.
    """
    there = find_devices()
    if name == "auto":
        return torch.device(there[0])
    if name not in there and not (name == "cuda" and "cuda:0" in there):
        raise ConfigError(f"device is {name!r}; this machine has: auto, {', '.join(there)}")
    return torch.device(name)


def keep_freed_memory() -> None:
    """Make updates on the CPU up to a third faster, where memory is glibc's.

    It gives freed memory back to the system, so that each update would take the same pages anew. How much it
    keeps grows with the largest block that was ever freed, up to 32 MiB (mallopt(3), M_MMAP_THRESHOLD).
    """
    torch.empty(31 << 20, dtype=torch.uint8)


def blas_threads(threads: int) -> AbstractContextManager[object]:
    """Let numpy's products of matrices use so many threads of the CPU, in the whole process, within a `with`."""
    limit: AbstractContextManager[object] = _pools().limit(limits=threads, user_api="blas")
    return limit


@functools.cache
def _pools() -> ThreadpoolController:
    """Find the libraries that have threads, which takes a millisecond."""
    return ThreadpoolController()


# What the allocators of torch write for the CPU, on Linux, Windows and macOS; for CUDA and Apple's GPUs.
WORDS = ("can't allocate memory", "not enough memory", "out of memory")


def ran_out_of_memory(error: BaseException) -> bool:
    """Tell whether an error says that there was no memory left: torch has a type of its own for CUDA only."""
    if isinstance(error, MemoryError | torch.cuda.OutOfMemoryError):
        return True
    return isinstance(error, RuntimeError) and any(words in str(error) for words in WORDS)


def free_cached_memory(device: torch.device) -> None:
    """Give back what nobody uses any more, so that a smaller piece of work may find room."""
    gc.collect()
    if device.type == "cuda":
        torch.cuda.empty_cache()
    elif device.type == "mps":
        torch.mps.empty_cache()


def return_free_memory() -> None:
    """Return to the system what was freed; the C library of Linux keeps pieces of it for good, unless it is asked."""
    with suppress(AttributeError, OSError, TypeError):  # other systems know no such call
        ctypes.CDLL(None).malloc_trim(0)


def total_memory(device: torch.device) -> int | None:
    """Bytes of memory that a device has in all; None where nobody tells."""
    if device.type == "cuda":
        return int(torch.cuda.get_device_properties(device).total_memory)
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError):  # Windows has no sysconf
        return None
