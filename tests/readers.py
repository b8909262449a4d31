"""Functions that a test has called in other processes, which therefore import nothing heavy."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path

from lstmmusic.music import intake
from lstmmusic.music.cache import Found
from lstmmusic.music.score import Score, read_score

# What this process has read by `find`.
READ: list[Path] = []
_find = intake.find


def find(path: Path, read: Callable[[Path], Score]) -> Found:
    READ.append(path)
    return _find(path, read)


def read_or_die(path: Path) -> Score:
    if path.stem == "deadly":
        os._exit(9)
    return read_score(path)


def read_or_be_ended(path: Path) -> Score:
    """The first time that it reads a file of this name, somebody else ends the process."""
    mark = path.with_suffix(".ended")
    if path.stem == "fated" and not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGTERM)
    return read_score(path)


def log_and_wait(log: Path, gate: Path, number: int) -> int:
    """Write down each call; the second waits until something is written into the gate."""
    with log.open("a") as file:
        file.write(str(number))
    if number == 1:
        gate.read_bytes()
    return number
