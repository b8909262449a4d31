"""Long work as a generator that yields its progress and returns its result.

`finish` runs it with a progress bar; an application runs it in a thread (`lstmmusic.base.jobs`).
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import TypeVar

from tqdm import tqdm

Result = TypeVar("Result")
Yielded = TypeVar("Yielded", bound="Progress")


@dataclass(frozen=True)
class Progress:
    """How many of all parts are done."""

    done: int
    total: int


class Bar(tqdm):  # type: ignore[misc] # no types
    """A progress bar."""

    monitor_interval = 0  # otherwise tqdm starts a thread that watches slow bars


Work = Generator[Progress, None, Result]


def advance(work: Generator[Yielded, None, Result]) -> Yielded | Result:
    """Do the next part of work, and return the progress, or the result once all are done."""
    try:
        return next(work)
    except StopIteration as end:
        result: Result = end.value
        return result


def finish(work: Work[Result], label: str, *, quiet: bool = False) -> Result:
    """Run work and return its result, with a progress bar if it takes longer than half a second."""
    with Bar(desc=label, disable=quiet, delay=0.5) as bar:
        while True:
            try:
                progress = next(work)
            except StopIteration as end:
                result: Result = end.value
                return result
            bar.total = progress.total
            bar.update(progress.done - bar.n)
