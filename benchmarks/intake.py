"""How fast is a folder of MIDI files read? Ours against one process that has pretty_midi read each file."""

from __future__ import annotations

import os
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pretty_midi

from benchmarks.timing import Work, alternate, report
from lstmmusic.config import RollConfig
from lstmmusic.music.corpus import load_folder
from lstmmusic.music.roll import Tune, quantise
from lstmmusic.music.score import Score


def measure(folder: Path, times: int = 3) -> None:
    """Time both ways with an empty cache, and with one that has the folder; print both rows."""
    plain = plain_rolls(folder)
    report("rolls of a folder, cold", 1.8, *alternate(our_rolls_cold(folder), plain, times))
    with empty_cache():
        report("rolls of a folder, from the cache", 50.0, *alternate(our_rolls(folder), plain, times))


def our_rolls(folder: Path) -> Work:
    """Our way, from the cache if it has been done before."""
    return lambda: load_folder(folder, quiet=True)


def our_rolls_cold(folder: Path) -> Work:
    """Our way the first time, which fills the cache."""

    def read() -> None:
        with empty_cache():
            load_folder(folder, quiet=True)

    return read


def plain_rolls(folder: Path) -> Work:
    """A loop over the files, with our grid."""
    paths = sorted(path for path in folder.rglob("*") if path.suffix.lower() in (".mid", ".midi"))

    def read() -> list[Tune]:
        tunes = []
        for path in paths:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of tempo events off the first track
                midi = pretty_midi.PrettyMIDI(str(path))
            notes = [note for part in midi.instruments if not part.is_drum for note in part.notes]
            seconds = np.array([(note.start, note.end) for note in notes])
            pitches = np.array([note.pitch for note in notes], np.uint8)
            # The default grid is in seconds, so that nobody looks at the beats.
            tunes.append(quantise(Score(path.stem, pitches, seconds, seconds), RollConfig()))
        return tunes

    return read


@contextmanager
def empty_cache() -> Iterator[None]:
    """Let the library use a cache of its own that has nothing in it."""
    before = os.environ.get("LSTMMUSIC_CACHE")
    with tempfile.TemporaryDirectory() as folder:
        os.environ["LSTMMUSIC_CACHE"] = folder
        try:
            yield
        finally:
            if before is None:
                del os.environ["LSTMMUSIC_CACHE"]
            else:
                os.environ["LSTMMUSIC_CACHE"] = before
