"""What a player has to play: a tune from some second on, faster or slower, to its end or round a loop.

Arrays and bytes only; it knows no player and no clock.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lstmmusic.errors import ConfigError, PlaybackError
from lstmmusic.timed import TimedTune

SPEEDS = (0.25, 4.0)
SHORTEST_LOOP = 0.05  # seconds

# A loop is written out so often that what repeats it from the start has little to do, and that it is written at once.
_ROUNDS_SECONDS, _ROUNDS_NOTES = 300.0, 2000

Loop = tuple[()] | tuple[float, float]


@dataclass(frozen=True, eq=False)
class Passage:
    """Notes on a clock that begins when the first of them may sound.

    Attributes
    ----------
    notes : ndarray of float64, shape (notes, 4)
        Start and end of each note in seconds of the clock, its MIDI pitch and its velocity; sorted by start.
    length : float
        Seconds of the clock after which it ends, or begins anew.
    start : float
        The second of the tune with which it begins.
    speed : float
        Seconds of the tune in a second of the clock.
    loop : tuple of float
        The seconds of the tune between which it goes round, or ().
    """

    notes: NDArray[np.float64]
    length: float
    start: float
    speed: float
    loop: Loop

    def position(self, elapsed: float) -> float:
        """Return the second of the tune that is heard `elapsed` seconds after the beginning."""
        seconds = self.start + min(elapsed, math.inf if self.loop else self.length) * self.speed
        if not self.loop:
            return seconds
        first, last = self.loop
        return first + (seconds - first) % (last - first)


def check_loop(loop: tuple[float, ...]) -> Loop:
    """Return a loop as it is kept.

    Raises
    ------
    ConfigError
        If it is neither () nor two seconds that are far enough apart.
    """
    if not loop:
        return ()
    if len(loop) != 2 or not 0 <= loop[0] <= loop[1] - SHORTEST_LOOP < math.inf:
        raise ConfigError(
            f"loop is {tuple(loop)}; it must be () or (start, stop) in seconds, at least {SHORTEST_LOOP} apart"
        )
    return float(loop[0]), float(loop[1])


def lay_out(tune: TimedTune, *, start: float = 0.0, speed: float = 1.0, loop: Loop = ()) -> Passage:
    """Lay out what sounds from some second of a tune on.

    A note that sounds there already begins anew, and one that would sound beyond the end of the loop ends with it.

    Parameters
    ----------
    tune : TimedTune
    start : float
        Second of the tune. What lies outside the loop, or behind the tune, is taken for its beginning.
    speed : float
        How many times as fast.
    loop : tuple of float
        From and up to which second it goes round, or (). Only what lies inside the tune counts.

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
        enough = _ROUNDS_SECONDS * speed / period
        rounds = max(1, math.ceil(min(enough, _ROUNDS_NOTES / max(len(notes), 1))))
        shifts = np.arange(rounds + 1)[:, None, None] * np.array([period, period, 0, 0])  # (rounds + 1, 1, 4)
        notes = (notes + shifts).reshape(-1, 4)
        end = start + rounds * period
    notes = (_cut(notes, start, end) - [start, start, 0, 0]) / [speed, speed, 1, 1]
    return Passage(notes, (end - start) / speed, start, speed, loop)


def _cut(notes: NDArray[np.float64], first: float, last: float) -> NDArray[np.float64]:
    """Keep what sounds between two times; a note of no length does not."""
    inside = notes[(notes[:, 1] > first) & (notes[:, 0] < last) & (notes[:, 1] > notes[:, 0])]
    return np.column_stack((inside[:, :2].clip(first, last), inside[:, 2:]))


def events(passage: Passage) -> NDArray[np.float64]:
    """List what a synth is told.

    Returns
    -------
    ndarray of float64, shape (2 * notes, 3)
        Seconds, pitch and velocity, which is 0 where a note ends; sorted by time, ends before beginnings.
    """
    starts, stops, pitches, velocities = passage.notes.T
    begin = np.column_stack((starts, pitches, velocities))
    end = np.column_stack((stops, pitches, np.zeros(len(stops))))
    told = np.concatenate((end, begin))
    return told[np.lexsort((told[:, 2] > 0, told[:, 0]))]


def encode_midi(passage: Passage, *, program: int, rest: float = 0.0) -> bytes:
    """Write a passage as a MIDI file in which a tick is half a millisecond, with seconds of silence at its end.

    pretty_midi takes 0.7 s for ten thousand notes, and a click on a tune that plays is to be heard at once.
    """
    track = bytearray(b"\0\xff\x51\x03\x0f\x42\x40")  # a quarter note takes a million microseconds
    track += bytes((0, 0xC0, program))
    before = 0
    for seconds, pitch, strength in events(passage).tolist():
        tick = round(seconds * 2000)
        track += _number(tick - before) + bytes((0x90, int(pitch), int(strength)))
        before = tick
    # FluidSynth takes the time of the last message for the end, and not that of the end itself: so a pedal goes up.
    track += _number(max(0, round((passage.length + rest) * 2000) - before)) + b"\xb0\x40\0" + b"\0\xff\x2f\0"
    head = b"MThd" + bytes((0, 0, 0, 6, 0, 0, 0, 1)) + (2000).to_bytes(2, "big")
    return bytes(head + b"MTrk" + len(track).to_bytes(4, "big") + track)


def _number(value: int) -> bytes:
    """Write a number as MIDI files have it: seven bits to a byte, all but the last marked."""
    parts = [value & 127]
    while value := value >> 7:
        parts.append(value & 127 | 128)
    return bytes(reversed(parts))
