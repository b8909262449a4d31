"""What the readers of notation share: ties, bar lines as time signatures, and a MIDI channel for each part."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from lstmmusic.music.score import DRUM_CHANNEL, VELOCITY, Notes, events

MAX_PARTS = 1000

# Ticks per quarter note: ordinary notation needs a few hundred, and programs use up to 10,080.
MAX_RESOLUTION = 1_000_000

SEMITONES = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}

DENOMINATORS = (1, 2, 4, 8, 16, 32, 64)


class NoteList:
    """The notes of a piece in the order of reading, which joins tied notes.

    Of the notes of a part that begin together at one pitch, the longest is kept.
    """

    def __init__(self) -> None:
        self._ends: dict[tuple[int, int, int], int] = {}  # by part, start and pitch
        self._velocities: dict[tuple[int, int, int], int] = {}  # where it is not the default
        self._tied: dict[tuple[int, int, int], int] = {}  # start of each note to be tied, by part, end and pitch

    def __len__(self) -> int:
        """Return the number of notes."""
        return len(self._ends)

    def add(
        self,
        part: int,
        start: int,
        end: int,
        pitch: int,
        *,
        ends_tie: bool,
        begins_tie: bool,
        velocity: int = VELOCITY,
    ) -> None:
        """Add a note, or the next piece of a tied one."""
        if ends_tie:
            start = self._tied.pop((part, start, pitch), start)
        if begins_tie:
            self._tied[part, end, pitch] = start
        key = part, start, pitch
        if velocity != VELOCITY and key not in self._ends:
            self._velocities[key] = velocity
        if end > self._ends.get(key, start):
            self._ends[key] = end

    def _join_rest(self) -> None:
        """Join tied notes of which only the first is marked: the mark of the second is often forgotten."""
        for (part, end, pitch), start in sorted(self._tied.items(), key=lambda tie: -tie[0][1]):
            first, second = (part, start, pitch), (part, end, pitch)
            if start < end and first in self._ends and second in self._ends:
                self._ends[first] = max(self._ends[first], self._ends.pop(second))
        self._tied.clear()

    def notes(self, index: Mapping[int, int]) -> Notes:
        """Return the notes of some parts; `index` has the place of each in `Score.parts`."""
        self._join_rest()
        # A row of Python's numbers for each note would take as much memory as all that is here.
        keys = np.array(list(self._ends), np.int64).reshape(-1, 3)
        ends = np.fromiter(self._ends.values(), np.int64, len(keys))
        velocities = np.fromiter((self._velocities.get(key, VELOCITY) for key in self._ends), np.int64, len(keys))
        parts = np.array([index.get(part, -1) for part in keys[:, 0].tolist()], np.int64)
        chosen = parts >= 0
        ticks = np.column_stack((keys[chosen, 1], ends[chosen]))
        return Notes.of(ticks, keys[chosen, 2], velocities[chosen], parts[chosen])


def channel_of(track: int) -> int:
    """Return a MIDI channel for a track: one for each, without that of the drums; see `Part.channel`."""
    port, channel = divmod(track, 15)
    return 16 * port + channel + (channel >= DRUM_CHANNEL)


def tempo_of(quarters: float) -> int:
    """Convert quarter notes per minute to microseconds per quarter note; 0 for what must be a mistake."""
    return round(6e7 / quarters) if 4 <= quarters <= 10_000 else 0


def metre_of(numerator: int, denominator: int) -> tuple[int, int]:
    """Return a metre; zeros for one that MIDI cannot express."""
    return (numerator, denominator) if 0 < numerator < 256 and denominator in DENOMINATORS else (0, 0)


def time_signatures(
    bars: Sequence[tuple[int, int, int]], length: int, resolution: int, *, barred: bool = True
) -> NDArray[np.int64]:
    """Return time signatures with which `Score.bars` has the bar lines of the notation.

    A bar that is shorter or longer than its metre, such as a pick-up, gets a time signature of its own. Two that make
    up a whole bar together, such as those at a repeat, are one bar.

    Parameters
    ----------
    bars : sequence of (int, int, int)
        Tick at which each bar begins, in order, and its metre in the notation, by `metre_of`.
    length : int
        Of the piece, in ticks.
    resolution : int
        Ticks per quarter note.
    barred : bool
        Whether the notation has bar lines. If not, `bars` has a row for each metre, and bars are as long as these say.

    Returns
    -------
    ndarray of int64, shape (changes, 3)
        See `Score.time_signatures`.
    """
    if not barred:
        return events([bar for bar in bars if bar[1]])
    rows: list[tuple[int, int, int]] = []
    whole, done = 4 * resolution, 0
    ends = [*(start for start, *_ in bars[1:]), length][: len(bars)]
    filled = [(*bar, end) for bar, end in zip(bars, ends, strict=True) if end > bar[0]]
    for index, (start, numerator, denominator, end) in enumerate(filled):
        if start < done:
            continue
        done = end
        if numerator and index + 1 < len(filled):
            after = filled[index + 1]
            if after[1:3] == (numerator, denominator) and (after[3] - start) * denominator == whole * numerator:
                done = after[3]
        excess = (done - start) * denominator - whole * numerator
        is_last = done == length
        if not denominator or excess > 0 or (excess < 0 and not is_last):
            numerator, denominator = irregular_bar(done - start, denominator, whole)
        if not rows or rows[-1][1:] != (numerator, denominator):
            rows.append((start, numerator, denominator))
    return np.array(rows, np.int64).reshape(-1, 3)


def irregular_bar(ticks: int, denominator: int, whole: int) -> tuple[int, int]:
    """Return the time signature of a bar of so many ticks, with the given denominator if it is possible.

    A whole note has `whole` ticks. One that no time signature can express gets the next longer one.
    """
    denominator = denominator or 4
    while ticks * denominator % whole and denominator < DENOMINATORS[-1] and 2 * ticks * denominator <= 255 * whole:
        denominator *= 2
    return -(-ticks * denominator // whole), denominator
