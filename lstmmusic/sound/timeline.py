"""Tunes in seconds, and the passages of them that players play."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lstmmusic.errors import ConfigError, PlaybackError
from lstmmusic.music.expression import Expression
from lstmmusic.music.formats.midi_writer import encode_number, join_chunks
from lstmmusic.music.playing import played_velocities
from lstmmusic.music.roll import Tune, find_notes
from lstmmusic.music.score import VELOCITY as VELOCITY  # views may not import music
from lstmmusic.music.score import TempoMap

SPEEDS = (0.25, 4.0)
SHORTEST_LOOP = 0.05  # seconds
STRIKE_GAP = 0.03  # seconds for which a key is up before it is struck again: some decibels, and still legato

# A loop is written out several times, so that repeating it from the start is rare, but not so often that it takes long.
_LOOP_SECONDS, _LOOP_NOTES = 300.0, 2000

Loop = tuple[()] | tuple[float, float]


@dataclass(frozen=True, eq=False)
class TimedTune:
    """Notes in seconds.

    Parameters
    ----------
    notes : array of float, shape (n, 3) or (n, 4)
        Start and end of each note in seconds, its MIDI pitch and, optionally, its velocity in [1, 127]. They are stored
        with velocities, sorted by start.
    duration : float
        Seconds; notes that would last longer end there.
    name : str
    primer_end : float
        Seconds; notes that start earlier are the primer.
    label : str
        One or two letters for a button; by default the number of the tune.
    unfinished : bool
        Whether more will follow: a player waits for it at the end. A note may last into what follows.

    Raises
    ------
    ValueError
        If `notes` has another shape or an invalid time, pitch or velocity, or if `duration` is invalid.
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
    flat: bool = False,
    primer_steps: int = 0,
    name: str = "",
    label: str = "",
    expression: Expression | None = None,
) -> TimedTune:
    """Convert a tune to seconds.

    Parameters
    ----------
    tune : Tune
    tempo, velocity, flat, expression
        As for `lstmmusic.music.playing.write_midi`; notes last as they sound with the pedal.
    primer_steps : int
        Number of steps at the start that are the primer.
    name, label : str
        See `TimedTune`; by default the name of the tune.
    """
    expression = expression or Expression()
    clock = expression.tempo_map(tune.config, tempo)
    sounding = expression.sustain(find_notes(tune))
    notes = time_notes(sounding, tune.packed_velocities, clock, velocity, flat=flat)
    primer_end, duration = clock.to_seconds((primer_steps, len(tune))).tolist()
    return TimedTune(notes, duration, name or tune.name, primer_end, label)


def time_notes(
    notes: NDArray[np.float64],
    velocities: NDArray[np.uint8] | None,
    clock: TempoMap,
    velocity: int,
    *,
    flat: bool = False,
) -> NDArray[np.float64]:
    """Convert notes to those of a `TimedTune`.

    Parameters
    ----------
    notes, velocities
        As `Expression.sustain` returns them, and as in `Tune.packed_velocities`.
    clock : TempoMap
        Of steps.
    velocity, flat
        As for `lstmmusic.music.playing.write_midi`.
    """
    played = played_velocities(velocities, len(notes), velocity, flat=flat)
    return np.column_stack((clock.to_seconds(notes[:, :2]), notes[:, 2], played))


def _check_notes(notes: ArrayLike) -> NDArray[np.float64]:
    """Return notes as a table with four columns."""
    table = np.asarray(notes, dtype=np.float64)
    if table.size == 0:
        return np.zeros((0, 4))
    if table.ndim != 2 or table.shape[1] not in (3, 4):
        raise ValueError(f"notes has shape {table.shape}; it must be (n, 3) or (n, 4)")
    if table.shape[1] == 3:
        table = np.column_stack([table, np.full(len(table), VELOCITY)])
    start, end, pitch, velocity = table.T
    for valid, what in (
        (np.isfinite(table).all(), "a value that is not finite"),
        (((start >= 0) & (end >= start)).all(), "a start before 0 or after its end"),
        (((pitch >= 0) & (pitch <= 127) & (pitch == np.rint(pitch))).all(), "a pitch outside 0 to 127"),
        (((velocity >= 1) & (velocity <= 127)).all(), "a velocity outside [1, 127]"),
    ):
        if not valid:
            raise ValueError(f"notes has {what}; each must be start, end, pitch and optionally velocity")
    return table


@dataclass(frozen=True, eq=False)
class Passage:
    """Part of a tune as it is played, timed by a clock that starts with it.

    Attributes
    ----------
    notes : ndarray of float64, shape (notes, 4)
        Start and end of each note in seconds of the clock, its MIDI pitch and its velocity; sorted by start.
    length : float
        Seconds of the clock after which it ends or repeats.
    start : float
        Where it starts, in seconds of the tune.
    speed : float
        Seconds of the tune per second of the clock.
    loop : tuple of float
        Start and end of the loop in seconds of the tune, or ().
    """

    notes: NDArray[np.float64]
    length: float
    start: float
    speed: float
    loop: Loop

    def position(self, elapsed: float) -> float:
        """Return the second of the tune that is played `elapsed` seconds after the start."""
        seconds = self.start + min(elapsed, math.inf if self.loop else self.length) * self.speed
        if not self.loop:
            return seconds
        first, last = self.loop
        return first + (seconds - first) % (last - first)


def check_loop(loop: tuple[float, ...]) -> Loop:
    """Return a valid loop as floats.

    Raises
    ------
    ConfigError
        If it is neither () nor two times that are far enough apart.
    """
    if not loop:
        return ()
    if len(loop) != 2 or not 0 <= loop[0] <= loop[1] - SHORTEST_LOOP < math.inf:
        raise ConfigError(
            f"loop is {tuple(loop)}; it must be () or (start, stop) in seconds, at least {SHORTEST_LOOP} apart"
        )
    return float(loop[0]), float(loop[1])


def make_passage(tune: TimedTune, *, start: float = 0.0, speed: float = 1.0, loop: Loop = ()) -> Passage:
    """Make the passage that starts at a given second of a tune.

    A note that sounds there already starts with the passage; one that would last beyond the loop ends with it, and one
    that is struck again ends `STRIKE_GAP` before, or at half of its time if that is later.

    Parameters
    ----------
    tune : TimedTune
    start : float
        Second of the tune; outside the loop or the tune, its start is used.
    speed : float
        Factor of the original speed.
    loop : tuple of float
        Start and end of the loop in seconds, or (); limited to the tune.

    Raises
    ------
    PlaybackError
        If the tune has no length.
    """
    notes = tune.table.astype(np.float64)
    first, last = 0.0, tune.duration
    if not last:
        raise PlaybackError(f"{tune.name!r} has no steps, so there is nothing to play; choose or make another tune")
    if loop and min(loop[1], last) - loop[0] >= SHORTEST_LOOP:
        first, last = loop[0], min(loop[1], last)
    else:
        loop = ()
    notes = _cut(notes, first, last)
    if not first <= start < last:
        start = first
    end, period = last, last - first
    if loop:
        loop = (first, last)
        enough = _LOOP_SECONDS * speed / period
        rounds = max(1, math.ceil(min(enough, _LOOP_NOTES / max(len(notes), 1))))
        shifts = np.arange(rounds + 1)[:, None, None] * np.array([period, period, 0, 0])  # (rounds + 1, 1, 4)
        notes = (notes + shifts).reshape(-1, 4)
        end = start + rounds * period
    notes = (_cut(notes, start, end) - [start, start, 0, 0]) / [speed, speed, 1, 1]
    notes[:, 1] = _separated_ends(notes)
    return Passage(notes, (end - start) / speed, start, speed, loop)


def _cut(notes: NDArray[np.float64], first: float, last: float) -> NDArray[np.float64]:
    """Cut notes to what sounds between two times, and drop those of length zero."""
    inside = notes[(notes[:, 1] > first) & (notes[:, 0] < last) & (notes[:, 1] > notes[:, 0])]
    return np.column_stack((inside[:, :2].clip(first, last), inside[:, 2:]))


def _separated_ends(notes: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the ends of notes, sorted by start, so that each pauses before the next of its pitch begins."""
    starts, ends, pitches, _ = notes.T
    again = np.full(len(notes), np.inf)
    for pitch in np.unique(pitches):
        of_pitch = pitches == pitch
        begins = starts[of_pitch]
        again[of_pitch] = np.append(begins, np.inf)[np.searchsorted(begins, begins, "right")]
    separated: NDArray[np.float64] = np.minimum(ends, np.maximum(again - STRIKE_GAP, (starts + again) / 2))
    return separated


def note_events(passage: Passage) -> NDArray[np.float64]:
    """List when notes start and end.

    Returns
    -------
    ndarray of float64, shape (2 * notes, 3)
        Seconds, pitch and velocity, which is 0 at the end of a note; sorted by time, ends before starts.
    """
    starts, stops, pitches, velocities = passage.notes.T
    begin = np.column_stack((starts, pitches, velocities))
    end = np.column_stack((stops, pitches, np.zeros(len(stops))))
    events = np.concatenate((end, begin))
    return events[np.lexsort((events[:, 2] > 0, events[:, 0]))]


def encode_midi(passage: Passage, *, program: int, rest: float = 0.0) -> bytes:
    """Encode a passage as a MIDI file with ticks of half a millisecond, and with `rest` seconds of silence at its end.

    pretty_midi takes 0.7 s for ten thousand notes, too long after a click on a tune that plays.
    """
    track = bytearray(b"\0\xff\x51\x03\x0f\x42\x40")  # a quarter note lasts a million microseconds
    track += bytes((0, 0xC0, program))
    before = 0
    for seconds, pitch, strength in note_events(passage).tolist():
        tick = round(seconds * 2000)
        track += encode_number(tick - before) + bytes((0x90, int(pitch), int(strength)))
        before = tick
    # FluidSynth ends with the last message before the end of the track, so there is a pedal message.
    track += encode_number(max(0, round((passage.length + rest) * 2000) - before)) + b"\xb0\x40\0" + b"\0\xff\x2f\0"
    return join_chunks([bytes(track)], 2000, kind=0)
