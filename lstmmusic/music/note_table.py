"""The notes of many scores in one table, and how many of them a grid loses.

Counting is fast enough while a slider is dragged: nothing is read or sorted again for another grid.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lstmmusic.config import RollConfig
from lstmmusic.music.metre import nearest_steps
from lstmmusic.music.score import Score
from lstmmusic.settings import checked

# For a whole corpus; 34 MB at 17 bytes each.
MAX_NOTES = 2_000_000

# In steps. A note that is moved further sounds early or late.
_TOLERANCE = 0.25


@dataclass(frozen=True, eq=False)
class NoteTable:
    """Where the notes of scores begin: sorted by score, pitch and start.

    Parameters
    ----------
    pitches : ndarray of uint8, shape (notes,)
        MIDI pitches.
    beats, seconds : ndarray of float64, shape (notes,)
        Start of each note. With float32, a start in the middle of a step could be rounded to either side.
    lengths : tuple of int
        Number of notes of each score.
    left_out : int
        Number of notes of further scores, which are not in the table.
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
    @checked
    def of(cls, score: Score) -> NoteTable:
        """Make the table of one score; notes that begin together at one pitch, as of doubled voices, are one note."""
        order = np.argsort(score.pitches, kind="stable")  # the notes of a score come sorted by start
        pitches, starts = score.pitches[order], score.notes.ticks[:, 0][order]
        once = np.ones(len(order), bool)
        once[1:] = (pitches[1:] != pitches[:-1]) | (starts[1:] != starts[:-1])
        if not once.all():
            order, pitches, starts = order[once], pitches[once], starts[once]
        return cls(pitches, starts / score.resolution, score.seconds[:, 0][order], (len(pitches),))

    def select(self, which: Sequence[bool]) -> NoteTable:
        """Return the notes of some scores: a truth value for each score, or for further ones."""
        which = which[: len(self.lengths)]
        kept = np.repeat(np.array(which, bool), self.lengths)
        lengths = tuple(itertools.compress(self.lengths, which))
        return NoteTable(self.pitches[kept], self.beats[kept], self.seconds[kept], lengths, self.left_out)

    @property
    def tempo(self) -> float:
        """The tempo of the music in quarter notes per minute, from the first to the last start in each score."""
        starts = np.cumsum((0, *self.lengths[:-1]))[np.array(self.lengths) > 0]
        beats, seconds = (
            float((np.maximum.reduceat(times, starts) - np.minimum.reduceat(times, starts)).sum())
            for times in (self.beats, self.seconds)
        )
        return 60 * beats / seconds if seconds else 120.0

    @classmethod
    @checked
    def join(cls, tables: Sequence[NoteTable], left_out: int = 0) -> NoteTable:
        """Concatenate tables, at least one."""
        pitches = np.concatenate([table.pitches for table in tables])
        beats = np.concatenate([table.beats for table in tables])
        seconds = np.concatenate([table.seconds for table in tables])
        lengths = tuple(length for table in tables for length in table.lengths)
        return cls(pitches, beats, seconds, lengths, left_out)


@dataclass(frozen=True)
class LostNotes:
    """How many notes a grid loses or moves.

    Parameters
    ----------
    notes : int
        All notes.
    outside : int
        Lost, because their pitch is not in the range.
    merged : int
        Lost, because another note of the same pitch begins in the same step.
    shifted : int
        Kept, but moved by more than a quarter of a step.
    """

    notes: int
    outside: int
    merged: int
    shifted: int

    @property
    def kept(self) -> int:
        """Number of notes that `find_notes` finds in the tunes."""
        return self.inside - self.merged

    @property
    def inside(self) -> int:
        """Number of notes whose pitch is in the range."""
        return self.notes - self.outside

    @property
    def moved(self) -> float:
        """Fraction of the notes in the range that are merged or shifted."""
        return (self.merged + self.shifted) / max(1, self.inside)


@checked
def count_lost_notes(notes: NoteTable, config: RollConfig) -> LostNotes:
    """Count what `lstmmusic.music.roll.quantise` would lose, without quantising.

    Parameters
    ----------
    notes : NoteTable
        For instance `Corpus.notes`.
    config : RollConfig
        Any grid, including one on which a score would have too many steps.

    Returns
    -------
    LostNotes
    """
    times = notes.seconds if config.unit == "seconds" else notes.beats
    steps = nearest_steps(times, config)
    inside = (notes.pitches >= config.lowest) & (notes.pitches <= config.highest)
    # The starts of one pitch in one score ascend, so that equal ones are neighbours.
    merged = np.zeros(len(notes), bool)
    merged[1:] = (steps[1:] == steps[:-1]) & (notes.pitches[1:] == notes.pitches[:-1])
    first = np.cumsum(notes.lengths)[:-1]  # first note of each score but the first
    merged[first] = False
    merged &= inside
    # The small number is for times that rounding put just above a quarter.
    shifted = (np.abs(times / config.step - steps) > _TOLERANCE + 1e-6) & inside & ~merged
    counts = map(np.count_nonzero, (~inside, merged, shifted))
    return LostNotes(len(notes), *map(int, counts))
