"""How fast is a folder of MIDI files read, compared with a loop over pretty_midi in one process?"""

from __future__ import annotations

import os
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

import pretty_midi

from benchmarks.timing import Work, alternate, report
from lstmmusic.config import RollConfig
from lstmmusic.music.loading import load_folder
from lstmmusic.music.roll import Tune, quantise
from lstmmusic.music.score import score_of


def measure(folder: Path, times: int = 3) -> None:
    """Time both implementations with an empty cache, and with the folder in the cache; print a row for each."""
    plain = plain_rolls(folder)
    report("rolls of a folder, without a cache", 1.8, *alternate(our_rolls_uncached(folder), plain, times))
    with empty_cache():
        report("rolls of a folder, from the cache", 50.0, *alternate(our_rolls(folder), plain, times))


def our_rolls(folder: Path) -> Work:
    """Our implementation, from the cache from the second time on."""
    return lambda: load_folder(folder, quiet=True)


def our_rolls_uncached(folder: Path) -> Work:
    """Our implementation with an empty cache, which it fills."""

    def read() -> None:
        with empty_cache():
            load_folder(folder, quiet=True)

    return read


def plain_rolls(folder: Path) -> Work:
    """A loop over the files, quantised to our grid."""
    paths = sorted(path for path in folder.rglob("*") if path.suffix.lower() in (".mid", ".midi"))

    def read() -> list[Tune]:
        tunes = []
        for path in paths:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of tempo events off the first track
                midi = pretty_midi.PrettyMIDI(str(path))
            notes = [note for part in midi.instruments if not part.is_drum for note in part.notes]
            table = [(note.start, note.end, note.pitch) for note in notes]
            tunes.append(quantise(score_of(table, path.stem), RollConfig()))
        return tunes

    return read


@contextmanager
def empty_cache() -> Iterator[None]:
    """Let the library use an empty cache."""
    with tempfile.TemporaryDirectory() as folder, patch.dict(os.environ, LSTMMUSIC_CACHE=folder):
        yield
