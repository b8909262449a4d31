"""Scores: everything that is kept of a piece of music before quantisation, from a file of any kind.

Positions are whole ticks, so that a score is written and read back without loss; beats and seconds follow from them.
This module reads no files.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lstmmusic.base.words import count_of
from lstmmusic.errors import MidiError, mapped_errors
from lstmmusic.settings import check_fields

VELOCITY = 80  # of a note without one
DRUM_CHANNEL = 9  # of General MIDI, counted from 0
DEFAULT_TEMPO = 500_000  # microseconds per quarter note until a file sets another: 120 per minute

# Tonics along the circle of fifths: the eighth is the major key without sharps and flats, its minor key three further.
_TONICS = ("C♭", "G♭", "D♭", "A♭", "E♭", "B♭", "F", "C", "G", "D", "A", "E", "B", "F♯", "C♯", "G♯", "D♯", "A♯")

_MOST_BARS = 1_000_000

# Ticks per quarter note of recorded notes: 0.06 ms at 100 quarter notes per minute.
_RECORDED_RESOLUTION = 9600


@dataclass(frozen=True)
class Part:
    """A voice of a score: the notes of one track on one channel with one instrument.

    Parameters
    ----------
    track : int
        Number of the track, or of the part in notation, from 0.
    channel : int
        MIDI channel from 0; a second MIDI port begins at 16, a third at 32, and so on.
    program : int
        General MIDI program, 0 to 127; for drums, the kit.
    name : str
        Name of the track, which may be empty.
    drums : bool
        Whether the pitches stand for percussion instruments.
    """

    track: int = 0
    channel: int = 0
    program: int = 0
    name: str = ""
    drums: bool = False

    @property
    def instrument(self) -> str:
        """The General MIDI name of the instrument, or "Drums"."""
        import pretty_midi  # takes longer to import than most files to read

        return "Drums" if self.drums else str(pretty_midi.program_to_instrument_name(self.program))


@dataclass(frozen=True, eq=False)
class Notes:
    """Notes, sorted by start and pitch.

    Parameters
    ----------
    pitches : ndarray of uint8, shape (notes,)
        MIDI pitches.
    velocities : ndarray of uint8, shape (notes,)
        1 to 127.
    parts : ndarray of uint16, shape (notes,)
        Index into `Score.parts`.
    ticks : ndarray of int64, shape (notes, 2)
        Start and end of each note.
    """

    pitches: NDArray[np.uint8]
    velocities: NDArray[np.uint8]
    parts: NDArray[np.uint16]
    ticks: NDArray[np.int64]

    @classmethod
    def of(
        cls, ticks: ArrayLike, pitches: ArrayLike, velocities: ArrayLike | None = None, parts: ArrayLike | None = None
    ) -> Notes:
        """Make notes from arrays in any order; the default velocity is 80, and the default part the first.

        Raises
        ------
        MidiError
            If the arrays do not fit each other, or a pitch is not from 0 to 127.
        """
        words = "ticks must be pairs of whole numbers, and pitches must be whole numbers"
        with mapped_errors(MidiError, lambda reason: f"{words} ({reason})", ValueError, TypeError, OverflowError):
            ticks = np.asarray(ticks, np.int64).reshape(-1, 2)
            high = np.asarray(pitches, np.int64)
            velocities = np.asarray(np.full(len(ticks), VELOCITY) if velocities is None else velocities, np.uint8)
            parts = np.asarray(np.zeros(len(ticks)) if parts is None else parts, np.uint16)
        if not len(ticks) == len(high) == len(velocities) == len(parts) or ((high < 0) | (high > 127)).any():
            raise MidiError("pitches must be from 0 to 127, and as many as there are ticks, velocities and parts")
        return cls(high.astype(np.uint8), velocities, parts, ticks).take(np.lexsort((high, ticks[:, 0])))

    def take(self, which: NDArray[np.integer] | NDArray[np.bool_]) -> Notes:
        """Return some of the notes: an array of indices, or a mask."""
        return Notes(self.pitches[which], self.velocities[which], self.parts[which], self.ticks[which])

    def __len__(self) -> int:
        """Return the number of notes."""
        return len(self.pitches)


def events(rows: Sequence[Sequence[int]] = ()) -> NDArray[np.int64]:
    """Make a table of events, such as `Score.tempi`, from rows that begin with a tick, in any order.

    Of several rows with one tick, the last counts; rows that change nothing are left out.

    Returns
    -------
    ndarray of int64, shape (events, columns)
        Sorted by tick; of shape (0, 3) without rows.
    """
    if not rows:
        return np.zeros((0, 3), np.int64)
    table: NDArray[np.int64] = np.array(rows, np.int64)
    table = table[np.argsort(table[:, 0], kind="stable")]
    last = np.append(table[1:, 0] != table[:-1, 0], True)
    table = table[last]
    changes: NDArray[np.bool_] = np.append(True, (table[1:, 1:] != table[:-1, 1:]).any(axis=1))
    return table[changes]


@dataclass(frozen=True, eq=False)
class TempoMap:
    """When positions in a piece, in ticks or in steps, are played.

    Parameters
    ----------
    starts : ndarray, shape (changes,)
        Positions from which each tempo holds, in order; the first is 0.
    lengths : ndarray of float64, shape (changes,)
        Seconds from a position to the next whole one, in each tempo.
    """

    starts: NDArray[np.int64] | NDArray[np.float64]
    lengths: NDArray[np.float64]

    @cached_property
    def _passed(self) -> NDArray[np.float64]:
        """How many seconds have passed at each change."""
        passed = np.zeros(len(self.starts))
        np.cumsum((self.starts[1:] - self.starts[:-1]) * self.lengths[:-1], out=passed[1:])
        return passed

    def to_seconds(self, positions: ArrayLike) -> NDArray[np.float64]:
        """Convert positions to seconds, tempo by tempo; the shape stays."""
        places = np.asarray(positions).T  # starts and ends apart: neighbours are alike, which is faster to search
        if len(self.starts) == 1:  # most notation
            return np.asarray(self.lengths[0] * places.T)
        index = np.searchsorted(self.starts[1:], places, "right")
        seconds: NDArray[np.float64] = self._passed[index] + self.lengths[index] * (places - self.starts[index])
        return seconds.T


@dataclass(frozen=True, eq=False)
class Score:
    """A piece of music before quantisation.

    Parameters
    ----------
    name : str
    resolution : int
        Ticks per beat; a beat is a quarter note.
    notes : Notes
        The pitched notes.
    parts : tuple of Part
        To which the notes belong.
    drums : Notes
        Notes of percussion, which are never learned.
    tempi : ndarray of int64, shape (changes, 2)
        Tick, and microseconds per quarter note from there on; the first at tick 0.
    time_signatures : ndarray of int64, shape (changes, 3)
        Tick, numerator and denominator. A bar begins at each; a pick-up is a first bar with its own time signature.
    key_signatures : ndarray of int64, shape (changes, 3)
        Tick, number of sharps (or of flats, negative), and 1 for a minor key.
    pedal : ndarray of int64, shape (presses, 3)
        Channel as in `Part`, the tick at which its sustain pedal goes down, and the tick at which it rises. The presses
        of a channel do not overlap.
    length : int
        In ticks, with the rests at the end.
    damaged : bool
        Whether part of the file could not be read, or is not as the format demands.
    """

    name: str
    resolution: int
    notes: Notes
    parts: tuple[Part, ...] = (Part(),)
    drums: Notes = field(default_factory=lambda: Notes.of((), ()))
    tempi: NDArray[np.int64] = field(default_factory=lambda: np.array([[0, DEFAULT_TEMPO]]))
    time_signatures: NDArray[np.int64] = field(default_factory=events)
    key_signatures: NDArray[np.int64] = field(default_factory=events)
    pedal: NDArray[np.int64] = field(default_factory=events)
    length: int = 0
    damaged: bool = False

    def __repr__(self) -> str:
        """Return a line, and not the arrays, as notebooks show what a cell returns."""
        notes, parts = len(self.notes) + len(self.drums), len(self.parts)
        return f"<Score {self.name!r}: {count_of(notes, 'note')}, {count_of(parts, 'part')}>"

    def __post_init__(self) -> None:
        check_fields(self)
        ends = (int(notes.ticks[:, 1].max(initial=0)) for notes in (self.notes, self.drums))
        object.__setattr__(self, "length", max(self.length, *ends))

    @classmethod
    def from_fields(cls, **fields: Any) -> Score:
        """Make a score from all its fields, such as those of an earlier score, which are not checked."""
        score = cls.__new__(cls)
        vars(score).update(fields)
        return score

    @property
    def pitches(self) -> NDArray[np.uint8]:
        """MIDI pitches of the notes: uint8, (notes,)."""
        return self.notes.pitches

    @cached_property
    def beats(self) -> NDArray[np.float64]:
        """Start and end of each note in quarter notes: float64, (notes, 2)."""
        return self.notes.ticks / self.resolution

    @cached_property
    def seconds(self) -> NDArray[np.float64]:
        """Start and end of each note in seconds: float64, (notes, 2)."""
        return self.to_seconds(self.notes.ticks)

    def to_seconds(self, ticks: ArrayLike) -> NDArray[np.float64]:
        """Convert ticks to seconds, tempo by tempo; the shape stays."""
        return self._tempo_map.to_seconds(ticks)

    @cached_property
    def _tempo_map(self) -> TempoMap:
        return TempoMap(self.tempi[:, 0], self.tempi[:, 1] / (1e6 * self.resolution))

    @cached_property
    def duration(self) -> float:
        """Length in seconds, with the rests at the end."""
        return float(self.to_seconds(self.length))

    @property
    def bars(self) -> NDArray[np.float64]:
        """Ticks at which bars begin: float64, (bars,); empty if no time signature is known.

        Raises
        ------
        MidiError
            If there are more than a million, because of a pause of days.
        """
        begins = self.time_signatures[:, 0]
        ends = np.minimum(np.append(begins[1:], self.length), self.length)[: len(begins)]
        bars = 4 * self.resolution * self.time_signatures[:, 1] / self.time_signatures[:, 2]
        if (count := float((np.maximum(ends - begins, 0) / bars).sum())) > _MOST_BARS:
            reason = f"more than {_MOST_BARS:,}: it has a very long pause"
            raise MidiError(f"{self.name} would have {count:,.0f} bars, {reason}")
        lines = [np.arange(*each) for each in zip(begins, ends, bars, strict=True)]
        return np.concatenate([np.zeros(0), *lines])

    @property
    def tempo(self) -> float:
        """The average tempo in quarter notes per minute; rests at the end count."""
        return 60 * self.length / self.resolution / self.duration if self.length else 120.0

    @property
    def metre(self) -> str:
        """The time signature that lasts longest, such as "3/4", or ""."""
        row = self._longest(self.time_signatures)
        return f"{row[0]}/{row[1]}" if row else ""

    @property
    def key(self) -> str:
        """The key signature that lasts longest, such as "F♯ minor", or ""."""
        row = self._longest(self.key_signatures)
        return f"{_TONICS[row[0] + 7 + 3 * row[1]]} {'minor' if row[1] else 'major'}" if row else ""

    def _longest(self, table: NDArray[np.int64]) -> tuple[int, ...]:
        lasting: dict[tuple[int, ...], int] = {}
        ends = [*table[1:, 0].tolist(), self.length]
        for (begin, *row), end in zip(table.tolist(), ends, strict=True) if len(table) else ():
            lasting[tuple(row)] = lasting.get(tuple(row), 0) + end - begin
        return max(lasting, key=lasting.__getitem__) if lasting else ()

    def without(self, parts: Sequence[int]) -> Score:
        """Leave out the notes of some parts, given by their index; the parts themselves stay."""
        kept = [notes.take(~np.isin(notes.parts, parts)) for notes in (self.notes, self.drums)]
        return replace(self, notes=kept[0], drums=kept[1])

    def with_pedal(self) -> Score:
        """Let notes last as they sound with the sustain pedal.

        A note that ends while the pedal of its channel is down lasts until the pedal rises, or until the same pitch
        begins again in that channel.
        """
        if not len(self.pedal) or not len(self.notes):
            return self
        channels = np.array([part.channel for part in self.parts])[self.notes.parts]
        sounding = sustained_ends(self.notes.ticks, self.notes.pitches, self.pedal, channels)
        ticks = np.column_stack((self.notes.ticks[:, 0], sounding))
        return replace(self, notes=replace(self.notes, ticks=ticks))


def sustained_ends(
    times: NDArray[Any], pitches: NDArray[Any], pedal: NDArray[Any], channels: NDArray[np.int64]
) -> NDArray[Any]:
    """Return when notes end with the sustain pedal; see `Score.with_pedal`.

    Parameters
    ----------
    times : ndarray, shape (notes, 2)
        Start and end of each note.
    pitches : ndarray, shape (notes,)
    pedal : ndarray, shape (presses, 3)
        Channel, and the times at which the pedal goes down and rises; at least one, in any order.
    channels : ndarray of int64, shape (notes,)
    """
    starts, ends = times.T
    presses = pedal[np.lexsort((pedal[:, 1], pedal[:, 0]))]
    # One number for channel and time: times are replaced by their rank, since ticks may be very large.
    known = np.unique(np.concatenate((times.reshape(-1), presses[:, 1])))
    downs = presses[:, 0].astype(np.int64) * len(known) + np.searchsorted(known, presses[:, 1])
    last = np.searchsorted(downs, channels * len(known) + np.searchsorted(known, ends), "right") - 1
    rises = np.where((last >= 0) & (presses[last, 0] == channels), presses[last, 2], 0)
    keys = (128 * channels + pitches) * len(known)
    begins = np.sort(keys + np.searchsorted(known, starts))
    following = np.searchsorted(begins, keys + np.searchsorted(known, ends))
    again = np.append(begins, np.iinfo(np.int64).max)[following] - keys
    struck = np.append(known, rises.max())[np.minimum(again, len(known))]
    sounding: NDArray[Any] = np.maximum(ends, np.minimum(rises, struck))
    return sounding


def constant_tempo(quarters: float) -> NDArray[np.int64]:
    """Return the `Score.tempi` of one tempo throughout, given in quarter notes per minute."""
    return np.array([[0, round(6e7 / quarters)]])


def score_of(notes: ArrayLike, name: str, tempo: float = 100.0) -> Score:
    """Make a score of recorded notes, such as those of a `KeysView`.

    Parameters
    ----------
    notes : array_like, shape (notes, 3) or (notes, 4)
        Start and end of each note in seconds, its MIDI pitch, and perhaps its velocity.
    name : str
    tempo : float
        Quarter notes per minute at which they were played.

    Returns
    -------
    Score
        It starts with the first note.

    Raises
    ------
    MidiError
        If there is no note.
    """
    table = np.asarray(notes, np.float64)
    if table.size == 0:
        raise MidiError("nothing was recorded; press Record, and play some notes")
    seconds = table[:, :2] - table[:, 0].min()
    ticks = np.round(seconds * tempo / 60 * _RECORDED_RESOLUTION)
    velocities = table[:, 3] if table.shape[1] > 3 else None
    return Score(
        name,
        _RECORDED_RESOLUTION,
        Notes.of(ticks, table[:, 2], velocities),
        tempi=constant_tempo(tempo),
    )
