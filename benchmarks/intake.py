"""How fast is a folder of MIDI files read, compared with a loop over pretty_midi, and is it read as by symusic?

symusic is an independent reader. Where the two differ, it need not be right: it drops notes that are never turned off,
and reads no note where a running status goes on over system-exclusive messages.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import warnings
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from unittest.mock import patch

import numpy as np
import pretty_midi
from numpy.typing import NDArray

from benchmarks import symusic_notes
from benchmarks.timing import Work, alternate, report
from lstmmusic.config import RollConfig
from lstmmusic.errors import MidiError
from lstmmusic.music.formats.kinds import MIDI, kind_of
from lstmmusic.music.formats.midi_reader import parse_midi
from lstmmusic.music.loading import load_folder
from lstmmusic.music.roll import Tune, quantise
from lstmmusic.music.score import Notes, Score, score_of

BARS = 12.0, 100.0  # how many times as fast as pretty_midi, without and from the cache
MOST_DIFFERENT = 1e-3  # of the sounding cells

Table = NDArray[np.float64]  # pitch, start and end in seconds of each note


def add_command(commands: Any) -> None:
    """Add `intake` to the command line."""
    parser = commands.add_parser("intake", help="compare how folders of MIDI files are read with symusic, and time it")
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument("--times", type=int, default=1, help="how often to time it, 0 for not at all (default: 1)")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    """Compare and time each folder."""
    for folder in arguments.folders:
        report_differences(folder)
        if arguments.times:
            measure(folder, arguments.times)


def measure(folder: Path, times: int = 3) -> None:
    """Time both implementations with an empty cache, and with the folder in the cache; print a row for each."""
    plain = plain_rolls(folder)
    report("rolls of a folder, without a cache", BARS[0], *alternate(our_rolls_uncached(folder), plain, times))
    with empty_cache():
        report("rolls of a folder, from the cache", BARS[1], *alternate(our_rolls(folder), plain, times))


class Difference(NamedTuple):
    """How one file is read by both: drums count as well."""

    path: Path
    ours: str  # why there are no notes, or ""
    theirs: str
    notes: int
    different_notes: int  # those that the other does not read at the same time
    cells: int  # that sound on the default grid
    different_cells: int


def report_differences(folder: Path) -> None:
    """Print what both read of a folder, the worst files, and a line of JSON."""
    found = compare(folder)
    both = [each for each in found if not each.ours and not each.theirs]
    notes, cells = (max(1, sum(counts)) for counts in zip(*((each.notes, each.cells) for each in both), strict=True))
    different_notes = sum(each.different_notes for each in both)
    different_cells = sum(each.different_cells for each in both)
    print(f"{folder}: {len(found):,} files, {notes:,} notes")
    print(f"different: {100 * different_notes / notes:.3f} % of notes, {100 * different_cells / cells:.3f} % of cells")
    only_ours = [each for each in found if each.theirs and not each.ours]
    only_theirs = [each for each in found if each.ours and not each.theirs]
    for reader, which in (("only we read", only_ours), ("only symusic reads", only_theirs)):
        for each in which:
            print(f"  {reader} {each.path} ({each.ours or each.theirs})")
    worst = sorted((each for each in both if each.different_notes), key=lambda each: each.different_cells, reverse=True)
    for each in worst[:20]:
        of_notes = f"{each.different_notes:,} of {each.notes:,} notes"
        print(f"  {of_notes}, {each.different_cells:,} of {each.cells:,} cells: {each.path}")
    row = {
        "work": f"files of {folder.name} against symusic",
        "files": len(found),
        "notes": notes,
        "different_notes": round(different_notes / notes, 6),
        "different_cells": round(different_cells / cells, 6),
        "bar": MOST_DIFFERENT,
        "different_files": len(worst),
        "only_ours": len(only_ours),
        "only_symusic": len(only_theirs),
    }
    print(json.dumps(row))


def compare(folder: Path) -> list[Difference]:
    """Read all MIDI files of a folder with both."""
    with symusic_notes.running() as symusic:
        return [compare_file(path, symusic.read(path)) for path in midi_files(folder)]


def compare_file(path: Path, theirs: Table | str) -> Difference:
    """Compare the notes of a file with those of symusic, which are the same to a millisecond."""
    ours = read(path)
    if isinstance(ours, str) or isinstance(theirs, str):
        reasons = (each if isinstance(each, str) else "" for each in (ours, theirs))
        return Difference(path, *reasons, 0, 0, 0, 0)
    ours, theirs = (each[np.lexsort(each.T[::-1])] for each in (ours, theirs))
    rolls = [cells(each) for each in (ours, theirs)]
    steps = max(len(roll) for roll in rolls)
    first, second = (np.pad(roll, ((0, steps - len(roll)), (0, 0))) for roll in rolls)
    notes = max(len(ours), len(theirs))
    different = notes - count_same(ours, theirs)
    return Difference(path, "", "", notes, different, int((first | second).sum()), int((first ^ second).sum()))


def read(path: Path) -> Table | str:
    """Return our notes, with the drums; or why there are none."""
    try:
        score = parse_midi(path.read_bytes())
    except MidiError as error:
        return str(error)
    both = (score.notes, score.drums)
    return np.concatenate([np.column_stack((each.pitches, score.to_seconds(each.ticks))) for each in both])


def count_same(ours: Table, theirs: Table) -> int:
    """Count equal notes in two sorted tables."""
    if len(ours) == len(theirs) and np.allclose(ours, theirs, rtol=0, atol=1e-3):
        return len(ours)
    first, second = (Counter(map(tuple, np.round(each, 3).tolist())) for each in (ours, theirs))
    return (first & second).total()


def cells(table: Table) -> NDArray[np.uint8]:
    """Make a roll on the default grid; an empty one if no note is in its range."""
    notes = Notes.of(np.round(table[:, 1:] * 1e6), table[:, 0])
    try:
        return quantise(Score("", 1_000_000, notes, tempi=np.array([[0, 1_000_000]])), RollConfig()).roll
    except MidiError:
        return np.zeros((0, RollConfig().pitches), np.uint8)


def midi_files(folder: Path) -> list[Path]:
    """List the MIDI files of a folder."""
    return sorted(path for path in folder.rglob("*") if kind_of(path) == MIDI)


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
    paths = midi_files(folder)

    def read() -> list[Tune]:
        tunes = []
        for path in paths:
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")  # of tempo events off the first track
                    midi = pretty_midi.PrettyMIDI(str(path))
                notes = [note for part in midi.instruments if not part.is_drum for note in part.notes]
                table = [(note.start, note.end, note.pitch) for note in notes]
                tunes.append(quantise(score_of(table, path.stem), RollConfig()))
            except Exception:  # noqa: BLE001 - it raises errors of many kinds
                continue
        return tunes

    return read


@contextmanager
def empty_cache() -> Iterator[None]:
    """Let the library use an empty cache."""
    with tempfile.TemporaryDirectory() as folder, patch.dict(os.environ, LSTMMUSIC_CACHE=folder):
        yield
