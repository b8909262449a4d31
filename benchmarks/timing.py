"""Two implementations of the same work, timed alternately."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from statistics import median
from typing import Any

import torch

Work = Callable[[], object]


def report(work: str, bar: float, ours: float, plain: float, **more: Any) -> None:
    """Print a row and its line of JSON for the seconds that two implementations took."""
    print(f"{work:48} {ours * 1e3:7.1f} ms {plain * 1e3:7.1f} ms {plain / ours:7.2f} {bar:5.1f}")
    row = {"work": work, "ratio": round(plain / ours, 3), "bar": bar, "ours_ms": round(ours * 1e3, 2)}
    print(json.dumps(row | {"threads": torch.get_num_threads()} | more))


def alternate(ours: Work, plain: Work, times: int) -> tuple[float, float]:
    """Time two implementations alternately; return the median seconds of each."""
    seconds: tuple[list[float], list[float]] = ([], [])
    for turn in range(times + 1):
        for work, taken in zip((ours, plain), seconds, strict=True):
            began = time.perf_counter()
            work()
            if turn:  # the first time is a warm-up
                taken.append(time.perf_counter() - began)
    return median(seconds[0]), median(seconds[1])
