"""Read MIDI files with symusic, in a process of its own: a malformed file can end it.

The process gets a path on each line of its standard input, and answers each with a line of JSON: pitch, start and end
in seconds of each note, or the error.
"""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Notes = NDArray[np.float64]


class Symusic:
    """The process, which is started again whenever a file has ended it."""

    def __init__(self) -> None:
        self._process = _start()

    def read(self, path: Path) -> Notes | str:
        """Return pitch, start and end of each note, shape (notes, 3); or why there are none."""
        assert self._process.stdin
        assert self._process.stdout
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.write(json.dumps(str(path.absolute())) + "\n")
            self._process.stdin.flush()
        answer = self._process.stdout.readline()
        if not answer:
            self.close()
            self._process = _start()
            return "its process ended"
        notes = json.loads(answer)
        return notes if isinstance(notes, str) else np.array(notes, np.float64).reshape(-1, 3)

    def close(self) -> None:
        """End the process."""
        with contextlib.suppress(BrokenPipeError):
            self._process.communicate()


@contextlib.contextmanager
def running() -> Iterator[Symusic]:
    """Start the process, and end it in the end."""
    reader = Symusic()
    try:
        yield reader
    finally:
        reader.close()


def _start() -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "benchmarks.symusic_notes"]
    pipe = subprocess.PIPE
    return subprocess.Popen(
        command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, text=True, cwd=Path(__file__).parents[1]
    )


def _answer(path: str) -> list[list[float]] | str:
    import symusic

    try:
        score = symusic.Score.from_midi(Path(path).read_bytes())
    except Exception as error:  # noqa: BLE001 - it raises errors of many kinds
        return " ".join(str(error).split()) or type(error).__name__
    parts = [part.notes.numpy() for part in score.tracks]
    notes = [np.stack((part["pitch"], part["time"], part["time"] + part["duration"]), axis=1) for part in parts]
    table = np.concatenate([np.zeros((0, 3)), *notes])
    # Its own seconds have 32 bits, and are milliseconds off after thousands of tempi.
    tempi = dict([(0, 500_000), *sorted(((each.time, each.mspq) for each in score.tempos), key=lambda each: each[0])])
    ticks = np.array([*tempi, 2**40], np.float64)
    passed = np.cumsum(np.append(0, np.diff(ticks) * list(tempi.values()))) / score.ticks_per_quarter / 1e6
    table[:, 1:] = np.interp(table[:, 1:], ticks, passed)
    return table.tolist()


if __name__ == "__main__":
    for line in sys.stdin:
        print(json.dumps(_answer(json.loads(line))), flush=True)
