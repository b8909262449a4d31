"""When memory runs out, and how much of it there is. It knows nothing of networks."""

from __future__ import annotations

import ctypes
import gc
import os
from contextlib import suppress

import torch

# What the allocators of torch write for the CPU, on Linux, Windows and macOS; for CUDA and Apple's GPUs.
WORDS = ("can't allocate memory", "not enough memory", "out of memory")


def ran_out_of_memory(error: BaseException) -> bool:
    """Tell whether an error says that there was no memory left: torch has a type of its own for CUDA only."""
    if isinstance(error, MemoryError | torch.cuda.OutOfMemoryError):
        return True
    return isinstance(error, RuntimeError) and any(words in str(error) for words in WORDS)


def give_back_memory(device: torch.device) -> None:
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


def memory_of(device: torch.device) -> int | None:
    """Bytes of memory that a device has in all; None where nobody tells."""
    if device.type == "cuda":
        return int(torch.cuda.get_device_properties(device).total_memory)
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError):  # Windows has no sysconf
        return None
