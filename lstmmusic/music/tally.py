"""What is counted in tunes, once, so that nothing has to be counted again for another part of a corpus.

The numbers of a tune are a row of an array; those of many tunes are the sum of their rows, exactly.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lstmmusic.config import LEVELS
from lstmmusic.music.roll import Roll, Tune, find_starts

Rows = NDArray[np.void]

WIDTH = 128 // LEVELS  # velocities to a level


@dataclass(frozen=True, eq=False)
class Tally:
    """The numbers of some tunes.

    Parameters
    ----------
    tunes, steps : int
        Tunes that have a step, and the steps of all.
    sounding : ndarray of int64, shape (pitches,)
        Steps in which each pitch sounds.
    kept : ndarray of int64, shape (pitches,)
        Steps in which it sounds as in the step before.
    started : ndarray of int64, shape (pitches,)
        Notes.
    first, last : ndarray of int64, shape (pitches,)
        Tunes in whose first or last step it sounds.
    levels : ndarray of int64, shape (LEVELS,)
        Notes that have each level of velocity, in tunes with velocities.
    filled : int
        Steps in which something sounds.
    struck : int
        Notes that are struck again in the step after one in which they sound.
    """

    tunes: int
    steps: int
    sounding: NDArray[np.int64]
    kept: NDArray[np.int64]
    started: NDArray[np.int64]
    first: NDArray[np.int64]
    last: NDArray[np.int64]
    levels: NDArray[np.int64]
    filled: int
    struck: int

    @property
    def transitions(self) -> NDArray[np.float64]:
        """How often each pitch is silent (0) or sounds (1) in a step, and then in the next one: (2, pitches, 2)."""
        begun, ended = self.sounding - self.first - self.kept, self.sounding - self.last - self.kept
        silent = self.steps - self.tunes - self.kept - begun - ended
        return np.array([np.stack((silent, begun), axis=1), np.stack((ended, self.kept), axis=1)], np.float64)


def row_type(pitches: int) -> np.dtype[np.void]:
    """Return the type of the row of a tune: its numbers, little-endian and without gaps."""
    of_pitches = [(name, "<u4", (pitches,)) for name in ("sounding", "kept", "started")]
    ends = [(name, "u1", (pitches,)) for name in ("first", "last")]
    return np.dtype([*of_pitches, *ends, ("levels", "<u4", (LEVELS,)), *((n, "<u4") for n in ("steps", *_SINGLE))])


_SINGLE = ("filled", "struck")


def row_of(tune: Tune) -> Rows:
    """Count in a tune: an array of one row."""
    pitches, packed = tune.config.pitches, tune.packed
    starts, kept = find_starts(tune), packed[1:] & packed[:-1]
    row = np.zeros(1, row_type(pitches))
    for name, bits in (("sounding", packed), ("kept", kept), ("started", starts)):
        row[name][0] = _count(bits, pitches)
    for name, place in (("first", 0), ("last", -1)):
        row[name][0] = np.unpackbits(packed[place], count=pitches) if len(packed) else 0
    if tune.packed_velocities is not None:
        row["levels"][0] = np.bincount(tune.packed_velocities // WIDTH, minlength=LEVELS)
    row["steps"] = len(tune)
    row["filled"] = np.count_nonzero(packed.any(axis=1))
    row["struck"] = np.bitwise_count(starts[1:] & kept).sum()
    return row


def _count(bits: Roll, pitches: int) -> NDArray[Any]:
    """Count the ones of each pitch."""
    cells = np.unpackbits(bits, axis=1, count=pitches)
    # Blocks whose sums fit into a byte: three times as fast as summing up wider numbers.
    blocks = [cells[at : at + 255].sum(axis=0, dtype=np.uint8) for at in range(0, len(cells), 255)]
    return np.asarray(np.sum(blocks, axis=0, dtype=np.int64) if blocks else np.zeros(pitches, np.int64))


def add_up(parts: Iterable[Rows], pitches: int) -> Tally:
    """Add up rows, which come in any number of arrays."""
    names = row_type(pitches).names or ()
    sums: dict[str, Any] = {name: np.zeros(row_type(pitches)[name].shape, np.int64) for name in names}
    tunes = 0
    for rows in parts:
        tunes += int(np.count_nonzero(rows["steps"]))
        for name in names:
            sums[name] += rows[name].sum(axis=0, dtype=np.int64)
    single: dict[str, Any] = {name: int(sums.pop(name)) for name in ("steps", *_SINGLE)}
    return Tally(tunes, **sums, **single)
