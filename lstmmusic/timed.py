"""Tunes in seconds, as players take them."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lstmmusic.pianoroll import Tune, find_notes, seconds_per_step

VELOCITY = 80  # of a note that tells none


@dataclass(frozen=True, eq=False)
class TimedTune:
    """Notes in seconds.

    Parameters
    ----------
    notes : array of float, shape (n, 3) or (n, 4)
        Of each note its start and end in seconds, its MIDI pitch and, if it has one, its velocity in [1, 127]. They are
        kept with velocities, and by their starts.
    duration : float
        Seconds; what would sound beyond ends there.
    name : str
    primer_end : float
        Seconds; notes that start before are the primer.
    label : str
        A letter or two for a button; by default the number of the tune among others.
    unfinished : bool
        Whether more will come: at the end, a player then waits for it. A note may reach into what comes.

    Raises
    ------
    ValueError
        If `notes` has another shape, or a value that is no time, pitch or velocity, or if `duration` is no length.
    """

    notes: ArrayLike
    duration: float
    name: str = ""
    primer_end: float = 0.0
    label: str = ""
    unfinished: bool = False

    def __post_init__(self) -> None:
        for what, seconds in (("duration", self.duration), ("primer_end", self.primer_end)):
            if not 0 <= seconds < math.inf:
                raise ValueError(f"{what} is {seconds}; it must be a number of seconds, 0 or more")
        table = _check_notes(self.notes)
        object.__setattr__(self, "notes", table[np.argsort(table[:, 0], kind="stable")].astype("<f4"))

    @property
    def table(self) -> NDArray[np.float32]:
        """The notes: start, end, pitch and velocity of each, of shape (n, 4)."""
        return np.asarray(self.notes, "<f4")


def time_tune(
    tune: Tune,
    *,
    tempo: float = 100.0,
    velocity: int = VELOCITY,
    primer_steps: int = 0,
    name: str = "",
    label: str = "",
) -> TimedTune:
    """Give a tune in seconds.

    Parameters
    ----------
    tune : Tune
    tempo, velocity
        As for `lstmmusic.pianoroll.write_midi`.
    primer_steps : int
        Time steps that were given.
    name, label : str
        See `TimedTune`; by default it has the name of the tune.
    """
    step = seconds_per_step(tune.config, tempo)
    notes = time_notes(find_notes(tune), step, velocity)
    return TimedTune(notes, len(tune) * step, name or tune.name, primer_steps * step, label)


def time_notes(notes: NDArray[np.int64], step: float, velocity: int) -> NDArray[np.float64]:
    """Give what `lstmmusic.pianoroll.find_notes` lists as a `TimedTune` has it; a step lasts so many seconds."""
    return np.column_stack((notes[:, :2] * step, notes[:, 2], np.full(len(notes), velocity)))


def _check_notes(notes: ArrayLike) -> NDArray[np.float64]:
    """Give notes as a table with four columns."""
    table = np.asarray(notes, dtype=np.float64)
    if table.size == 0:
        return np.zeros((0, 4))
    if table.ndim != 2 or table.shape[1] not in (3, 4):
        raise ValueError(f"notes has shape {table.shape}; it must be (n, 3) or (n, 4)")
    if table.shape[1] == 3:
        table = np.column_stack([table, np.full(len(table), VELOCITY)])
    start, end, pitch, velocity = table.T
    for right, what in (
        (np.isfinite(table).all(), "a value that is not finite"),
        (((start >= 0) & (end >= start)).all(), "a start before 0 or after its end"),
        (((pitch >= 0) & (pitch <= 127) & (pitch == np.rint(pitch))).all(), "a pitch that is none of 0 to 127"),
        (((velocity >= 1) & (velocity <= 127)).all(), "a velocity outside [1, 127]"),
    ):
        if not right:
            raise ValueError(f"notes has {what}; each must be start, end, pitch and perhaps velocity")
    return table
