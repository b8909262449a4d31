"""The devices of this machine, their memory and threads, and how torch makes good use of them."""

from __future__ import annotations

import ctypes
import functools
import gc
import os
import warnings
from contextlib import AbstractContextManager, suppress
from typing import Any

import torch
from numpy.typing import NDArray
from threadpoolctl import ThreadpoolController
from torch import Tensor

from lstmmusic.errors import ConfigError
from lstmmusic.settings import checked


def leave_a_core() -> None:
    """Let torch compute on all cores of this machine but one, in the whole process.

    Without a free core, a page answers three times as slowly, and torch's threads wait for each other: updates of
    small networks then take many times as long.
    """
    torch.set_num_threads(max(1, (os.cpu_count() or 2) - 1))


def find_devices() -> list[str]:
    """List the devices on which this machine can compute, the fastest first."""
    apple = ["mps"] if torch.backends.mps.is_available() else []
    return [*(f"cuda:{index}" for index in range(torch.cuda.device_count())), *apple, "cpu"]


@checked
def choose_device(name: str = "auto") -> torch.device:
    """Return a device to compute on.

    Parameters
    ----------
    name : str
        'cpu', 'cuda', 'cuda:1', 'mps', or 'auto': a CUDA GPU where there is one, otherwise Apple's, otherwise the CPU.

    Returns
    -------
    torch.device

    Raises
    ------
    ConfigError
        If this machine has no such device.
    """
    found = find_devices()
    if name == "auto":
        name = found[0]
    elif name not in found and not (name == "cuda" and "cuda:0" in found):
        raise ConfigError(f"device is {name!r}; this machine has: auto, {', '.join(found)}")
    if name.startswith("cuda"):
        # DropConnect makes new recurrent weights at each call, so that cuDNN has to copy all weights together anyway.
        warnings.filterwarnings("ignore", "RNN module weights are not part of single contiguous chunk", UserWarning)
    return torch.device(name)


def to_device(values: Tensor | NDArray[Any], device: torch.device) -> Tensor:
    """Copy values to a device; a GPU need not finish its earlier work first, as it would with `Tensor.to`."""
    tensor = torch.as_tensor(values)
    return tensor.pin_memory().to(device, non_blocking=True) if device.type == "cuda" else tensor.to(device)


def keep_freed_memory() -> None:
    """Make updates on the CPU up to a third faster, with the memory allocator of glibc.

    By default it returns freed memory to the system, and each update would request the same pages again. How much it
    keeps grows with the largest block that was ever freed, up to 32 MiB (mallopt(3), M_MMAP_THRESHOLD).
    """
    torch.empty(31 << 20, dtype=torch.uint8)


def blas_threads(threads: int) -> AbstractContextManager[object]:
    """Limit the threads of numpy's matrix products, in the whole process, within a `with`."""
    limit: AbstractContextManager[object] = _pools().limit(limits=threads, user_api="blas")
    return limit


@functools.cache
def _pools() -> ThreadpoolController:
    """Find the libraries that have thread pools, which takes a millisecond."""
    return ThreadpoolController()


# Parts of the messages of torch's allocators: for the CPU on Linux, Windows and macOS, for CUDA, and for Apple's GPUs.
# The last one is of oneDNN, which computes the layers on the CPU, and does not say what it lacks.
OUT_OF_MEMORY = ("can't allocate memory", "not enough memory", "out of memory", "e a primitive")


def ran_out_of_memory(error: BaseException) -> bool:
    """Return whether an error means that memory ran out; torch has a type for that with CUDA only."""
    if isinstance(error, MemoryError | torch.cuda.OutOfMemoryError):
        return True
    return isinstance(error, RuntimeError) and any(words in str(error) for words in OUT_OF_MEMORY)


def free_cached_memory(device: torch.device) -> None:
    """Free the memory that unused objects and torch's cache occupy, so that a smaller mini-batch may fit."""
    gc.collect()
    if device.type == "cuda":
        torch.cuda.empty_cache()
    elif device.type == "mps":
        torch.mps.empty_cache()


def return_free_memory() -> None:
    """Return freed memory to the system; the C library of Linux would otherwise keep much of it."""
    with suppress(AttributeError, OSError, TypeError):  # other systems have no such call
        ctypes.CDLL(None).malloc_trim(0)


def total_memory(device: torch.device) -> int | None:
    """Return the total memory of a device in bytes, or None where it is unknown."""
    if device.type == "cuda":
        return int(torch.cuda.get_device_properties(device).total_memory)
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError):  # Windows has no sysconf
        return None
