"""Notes of many scores in one table, and what a grid would lose of them. It knows no files.

It answers while a slider is dragged: nothing is read or sorted again, whatever the grid.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lstmmusic.config import RollConfig
from lstmmusic.music.roll import nearest_steps
from lstmmusic.music.score import Score

# Of all scores of a corpus together; at 17 bytes each, 34 MB.
MAX_NOTES = 2_000_000

# Of a step. A note that is moved further is heard early or late.
_MOVED = 0.25


@dataclass(frozen=True, eq=False)
class NoteTable:
    """Where the notes of scores begin: score after score, within each by pitch, and each pitch by start.

    Parameters
    ----------
    pitches : ndarray of uint8, shape (notes,)
        MIDI pitches.
    beats, seconds : ndarray of float64, shape (notes,)
        Start of each note. In half of the bits, a start in the middle of a step would fall to either side.
    lengths : tuple of int
        Number of notes of each score.
    left_out : int
        Notes of further scores, which are not in the table.
    """

    pitches: NDArray[np.uint8]
    beats: NDArray[np.float64]
    seconds: NDArray[np.float64]
    lengths: tuple[int, ...]
    left_out: int = 0

    def __len__(self) -> int:
        """Return the number of notes."""
        return len(self.pitches)

    @classmethod
    def of(cls, score: Score) -> NoteTable:
        """Make the table of one score."""
        order = np.argsort(score.pitches, kind="stable")  # the notes of a score come sorted by start
        beats, seconds = score.beats[:, 0], score.seconds[:, 0]
        return cls(score.pitches[order], beats[order], seconds[order], (len(order),))

    @classmethod
    def join(cls, tables: Sequence[NoteTable], left_out: int = 0) -> NoteTable:
        """Put tables of one score or more behind each other; at least one."""
        pitches = np.concatenate([table.pitches for table in tables])
        beats = np.concatenate([table.beats for table in tables])
        seconds = np.concatenate([table.seconds for table in tables])
        lengths = tuple(length for table in tables for length in table.lengths)
        return cls(pitches, beats, seconds, lengths, left_out)


@dataclass(frozen=True)
class LostNotes:
    """What a grid makes of notes, as numbers of them.

    Parameters
    ----------
    notes : int
        All that are written.
    outside : int
        Lost, since their pitch is not in the range.
    merged : int
        Lost, since another note of the same pitch begins in the same step.
    shifted : int
        Neither, but moved by more than a quarter of a step to the start of one.
    """

    notes: int
    outside: int
    merged: int
    shifted: int

    @property
    def kept(self) -> int:
        """Number of notes that `find_notes` finds in the tunes."""
        return self.notes - self.outside - self.merged


def count_lost_notes(notes: NoteTable, config: RollConfig) -> LostNotes:
    """Count what a grid would lose, as `lstmmusic.music.roll.quantise` lays it, without laying it.

    Parameters
    ----------
    notes : NoteTable
        Such as `Corpus.notes`.
    config : RollConfig
        Any grid; a score that would have too many steps on it is counted all the same.

    Returns
    -------
    LostNotes
    """
    times = notes.seconds if config.unit == "seconds" else notes.beats
    steps = nearest_steps(times, config)
    inside = (notes.pitches >= config.lowest) & (notes.pitches <= config.highest)
    # Starts of one pitch in one score rise, so that those that fall together are neighbours.
    merged = np.zeros(len(notes), bool)
    merged[1:] = (steps[1:] == steps[:-1]) & (notes.pitches[1:] == notes.pitches[:-1])
    first = np.cumsum(notes.lengths)[:-1]  # note of each score but the first
    merged[first] = False
    merged &= inside
    # The small number is for times that floating point put just above a quarter.
    shifted = (np.abs(times / config.step - steps) > _MOVED + 1e-6) & inside & ~merged
    counts = map(np.count_nonzero, (~inside, merged, shifted))
    return LostNotes(len(notes), *map(int, counts))
