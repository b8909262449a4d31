"""Piano rolls, and MIDI files to rolls.

A roll is a uint8 array (steps, pitches) of zeros and ones: which notes sound in which step. Silence is an empty step. A
roll alone does not distinguish a held note from a repeated one, so a `Tune` has a second array of the same shape,
`onsets`, with a one where a note begins; where it is None (as in generated music), each unbroken run of ones is one
note. A tune stores both as bits, and the velocities of its notes, if it has any, as a byte for each note, so that ten
thousand tunes fit into memory.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lstmmusic.base.words import count_of
from lstmmusic.config import RollConfig
from lstmmusic.errors import ConfigError, MidiError, mapped_errors
from lstmmusic.music.formats.reading import read_file, warn_of_damage
from lstmmusic.music.metre import Metre, Metres, check_metre, from_signatures, nearest_steps, shift, trim
from lstmmusic.music.score import VELOCITY, Score
from lstmmusic.settings import checked

Roll = NDArray[np.uint8]

# A day of music in steps of 0.3 s has 288,000; a corrupt file can ask for billions.
MAX_STEPS = 500_000


@dataclass(frozen=True, eq=False, init=False)
class Tune:
    """A piece of music on a grid, stored as one bit per step and pitch.

    Parameters
    ----------
    roll : array_like, shape (steps, pitches)
        Ones where a note sounds, zeros elsewhere.
    name : str
    config : RollConfig, optional
        The grid; by default steps of 0.3 s and the 88 keys of a piano.
    onsets : array_like, shape (steps, pitches), optional
        Ones where a note begins. None: at the start of each run of ones.
    velocities : array_like, shape (steps, pitches), optional
        1 to 127 where a note begins, zeros elsewhere. None: each note is as loud as the others.
    damaged : bool
        Whether part of the file that it was read from could not be read.
    metre : sequence of Metre
        Where each metre begins, in order; a pick-up is the end of a bar that began before step 0. Empty where it is
        unknown, and on a grid in seconds.

    Attributes
    ----------
    packed : ndarray of uint8, shape (steps, ceil(pitches / 8))
        The roll as stored, C-contiguous: eight pitches to a byte, the lowest in the highest bit, zeros after the last
        pitch, as by `numpy.packbits(roll, axis=1)`.
    packed_onsets : ndarray of uint8 or None
        The onsets, packed in the same way.
    packed_velocities : ndarray of uint8, shape (notes,), or None
        One for each note, in the order of `find_notes`: by start, then by pitch.

    Raises
    ------
    MidiError
        If an array does not fit the grid, has other values, has onsets where nothing sounds, or has velocities where
        no note begins or none where one does.
    ConfigError
        If the metre is none, or the grid is in seconds.
    """

    packed: Roll
    name: str
    config: RollConfig
    packed_onsets: Roll | None
    packed_velocities: NDArray[np.uint8] | None
    damaged: bool
    metre: Metres

    @checked
    def __init__(
        self,
        roll: ArrayLike,
        name: str = "tune",
        config: RollConfig | None = None,
        onsets: ArrayLike | None = None,
        velocities: ArrayLike | None = None,
        damaged: bool = False,
        metre: Sequence[Metre] = (),
    ) -> None:
        config = config or RollConfig()
        check_metre(metre)
        if metre and config.unit != "beats":
            raise ConfigError("a grid in seconds has no metre; choose one in beats")
        packed = _pack(as_roll(roll, config))
        packed_onsets = None if onsets is None else _pack(as_roll(onsets, config))
        if packed_onsets is not None and (packed_onsets.shape != packed.shape or np.any(packed_onsets & ~packed)):
            raise MidiError("onsets must have the shape of the roll, and be where notes sound")
        trimmed = trim(tuple(metre), config, len(packed))
        silent = Tune.from_packed(packed, name, config, packed_onsets, damaged=damaged, metre=trimmed)
        packed_velocities = None if velocities is None else _pack_velocities(velocities, silent)
        vars(self).update(vars(silent), packed_velocities=packed_velocities)

    @classmethod
    def from_packed(
        cls,
        packed: Roll,
        name: str,
        config: RollConfig,
        packed_onsets: Roll | None = None,
        packed_velocities: NDArray[np.uint8] | None = None,
        damaged: bool = False,
        metre: Metres = (),
    ) -> Tune:
        """Make a tune from packed arrays, which are neither checked nor copied."""
        tune = cls.__new__(cls)
        vars(tune).update(
            packed=packed,
            name=name,
            config=config,
            packed_onsets=packed_onsets,
            packed_velocities=packed_velocities,
            damaged=damaged,
            metre=metre,
        )
        return tune

    @property
    def roll(self) -> Roll:
        """Ones where a note sounds: uint8, (steps, pitches). Each access unpacks a new array."""
        return np.unpackbits(self.packed, axis=1, count=self.config.pitches)

    @property
    def onsets(self) -> Roll | None:
        """Ones where a note begins, or None; each access unpacks a new array."""
        if self.packed_onsets is None:
            return None
        return np.unpackbits(self.packed_onsets, axis=1, count=self.config.pitches)

    @property
    def velocities(self) -> NDArray[np.uint8] | None:
        """1 to 127 where a note begins, zeros elsewhere: uint8, (steps, pitches), or None; each access unpacks them."""
        if self.packed_velocities is None:
            return None
        velocities = np.unpackbits(find_starts(self), axis=1, count=self.config.pitches)
        velocities[velocities == 1] = self.packed_velocities
        return velocities

    def __repr__(self) -> str:
        """Return a line, and not the arrays, as notebooks show what a cell returns."""
        return f"<Tune {self.name!r}: {count_of(len(self), 'step')}; {self.config}>"

    def __len__(self) -> int:
        """Return the number of steps."""
        return len(self.packed)

    @checked
    def part(self, start: int, stop: int) -> Tune:
        """Return steps [start, stop); a note that is cut begins at `start`, with its velocity."""
        if not 0 <= start < stop <= len(self):
            raise MidiError(
                f"steps {start} to {stop} are not within the {count_of(len(self), 'step')} of {self.name!r}; "
                f"choose a start and a length within it"
            )
        # A view would keep the whole tune in memory.
        packed = self.packed[start:stop].copy()
        onsets = None
        if self.packed_onsets is not None:
            onsets = self.packed_onsets[start:stop].copy()
            onsets[0] = packed[0]
        velocities = self.packed_velocities
        if velocities is not None:
            first, last, pitch = find_notes(self).T
            inside = (first < stop) & (last > start)
            order = np.lexsort((pitch[inside], np.maximum(first[inside], start)))
            velocities = velocities[inside][order]
        metre = shift(self.metre, self.config, start, stop)
        return Tune.from_packed(packed, self.name, self.config, onsets, velocities, self.damaged, metre)

    @checked
    def followed_by(
        self, roll: ArrayLike, name: str, onsets: ArrayLike | None = None, velocities: ArrayLike | None = None
    ) -> Tune:
        """Append steps; the metre goes on.

        Parameters
        ----------
        roll : array_like, shape (steps, pitches)
        name : str
        onsets : array_like, shape (steps, pitches), optional
            Where the appended notes begin. By default, a note that sounds before and after the seam is held.
        velocities : array_like, shape (steps, pitches), optional
            Of the appended notes, where they begin. By default, if this tune has velocities, each gets their median, or
            80 if there are none.
        """
        packed = np.concatenate((self.packed, _pack(as_roll(roll, self.config))))
        packed_onsets = None
        if onsets is not None or self.packed_onsets is not None:
            before = packed[len(self) - 1 : -1]
            own = find_starts(self) if self.packed_onsets is None else self.packed_onsets
            appended = packed[len(self) :] & ~before if onsets is None else _pack(as_roll(onsets, self.config))
            packed_onsets = np.concatenate((own, appended))
        longer = Tune.from_packed(packed, name, self.config, packed_onsets, damaged=self.damaged, metre=self.metre)
        known = self.packed_velocities
        if known is None and velocities is None:
            return longer
        if known is None:
            known = np.full(np.bitwise_count(find_starts(self)).sum(), VELOCITY, np.uint8)
        if velocities is None:
            usual = np.median(known) if len(known) else VELOCITY
            new = np.full(int(np.bitwise_count(find_starts(longer)).sum()) - len(known), usual, np.uint8)
        else:
            new = np.asarray(velocities, np.uint8)[np.asarray(velocities) > 0]
        return Tune.from_packed(
            packed, name, self.config, packed_onsets, np.append(known, new), self.damaged, self.metre
        )


def _pack(roll: NDArray[Any]) -> Roll:
    # packbits keeps the memory order of a transposed array, whose rows would not be contiguous.
    return np.ascontiguousarray(np.packbits(roll, axis=1))


def _pack_velocities(values: ArrayLike, tune: Tune) -> NDArray[np.uint8]:
    array = _as_rows(values)
    starts = np.unpackbits(find_starts(tune), axis=1, count=tune.config.pitches) == 1
    if array.shape != starts.shape or np.any((array != 0) != starts):
        raise MidiError("velocities must have the shape of the roll, and be 0 except where notes begin")
    velocities: NDArray[Any] = array[starts]
    if not ((velocities >= 1) & (velocities <= 127) & (velocities == np.rint(velocities))).all():
        raise MidiError("velocities must be whole numbers from 1 to 127 where notes begin")
    return np.asarray(velocities, np.uint8)


def _as_rows(values: ArrayLike) -> NDArray[Any]:
    with mapped_errors(MidiError, lambda reason: f"the rows of a roll must have equal lengths ({reason})", ValueError):
        return np.asarray(values)


def as_roll(values: ArrayLike, config: RollConfig) -> Roll:
    """Check that `values` are zeros and ones of shape (steps, pitches), and return them as uint8.

    Raises
    ------
    MidiError
        If the shape does not fit `config`, or a value is neither 0 nor 1.
    """
    array = _as_rows(values)
    if array.ndim != 2 or array.shape[1] != config.pitches:
        raise MidiError(
            f"a roll for pitches {config.lowest} to {config.highest} has the shape (steps, {config.pitches}), "
            f"not {array.shape}"
        )
    if not ((array == 0) | (array == 1)).all():
        raise MidiError("a roll has zeros and ones only; threshold or sample probabilities first")
    return array.astype(np.uint8)


def quantise(score: Score, config: RollConfig, *, pedal: bool = False) -> Tune:
    """Quantise a score on a grid.

    Starts and ends move to the nearest step, and so does the end of the score with its rests; a note shorter than a
    step gets one. Of notes that begin in one step at one pitch, the velocity of the loudest is kept. Notes outside the
    pitch range are left out. With `pedal`, notes last as `Score.with_pedal` describes.

    Raises
    ------
    MidiError
        If no note is in the pitch range, or if one would end after `MAX_STEPS` steps; rests after that are left out.
    """
    score = score.with_pedal() if pedal else score
    times = score.seconds if config.unit == "seconds" else score.beats
    pitches, velocities = score.pitches, score.notes.velocities
    inside = (pitches >= config.lowest) & (pitches <= config.highest)
    if not inside.all():
        times, pitches, velocities = times[inside], pitches[inside], velocities[inside]
    if not len(times):
        raise MidiError(f"{score.name} has no note from pitch {config.lowest} to {config.highest}; widen the range")
    grid = nearest_steps(times, config)
    if not grid.max() <= MAX_STEPS:  # also where it is not a number
        raise MidiError(
            f"{score.name} would have {grid.max():,.0f} steps, more than {MAX_STEPS:,}: "
            f"it has a very long pause, or the step of {config.step:g} {config.unit} is too short"
        )
    first = grid[:, 0].astype(np.int64)
    last = np.maximum(grid[:, 1].astype(np.int64), first + 1)
    end = score.duration if config.unit == "seconds" else score.length / score.resolution
    steps = min(float(nearest_steps(end, config)), MAX_STEPS)
    length = max(int(steps), int(last.max()))
    # In rows of whole bytes, so that all are packed at once; numpy is several times as fast in flat arrays.
    width = 8 * -(-config.pitches // 8)
    column = pitches.astype(np.int64) - config.lowest
    begins = first * width + column
    packed = np.packbits(_find_sounding(begins, last * width + column, length, width))
    loudest = np.zeros(length * width, np.uint8)  # of the notes that begin there
    np.maximum.at(loudest, begins, velocities)
    packed_onsets = np.packbits(loudest)
    begins = np.sort(begins)
    loudest = loudest[begins[np.append(True, begins[1:] != begins[:-1])]]
    rows = (length, width // 8)
    metre = from_signatures(score.time_signatures, score.resolution, config, length) if config.unit == "beats" else ()
    return Tune.from_packed(
        packed.reshape(rows), score.name, config, packed_onsets.reshape(rows), loudest, score.damaged, metre
    )


def _find_sounding(begins: NDArray[np.int64], ends: NDArray[np.int64], length: int, width: int) -> NDArray[np.bool_]:
    """Return which cells of a roll are within a note, given the first cell of each, and the one after its last."""
    # The running sum of how many notes begin, less how many end, is how many sound. Several of these numbers are summed
    # as one of 64 bits, which is several times as fast: none is ever below zero, or too large for its bits.
    dtype = np.min_scalar_type(len(begins))
    counts = np.zeros((length + 1) * width, dtype)
    np.add.at(counts, begins, dtype.type(1))
    words = counts.view(np.int64)
    each = words.itemsize // dtype.itemsize  # a power of two
    np.subtract.at(words, ends // each, 1 << 8 * dtype.itemsize * (ends & (each - 1)))
    rows = words.reshape(length + 1, -1)[:-1]
    return np.cumsum(rows, axis=0, out=rows).view(dtype).reshape(-1) > 0


@checked
def read_midi(path: str | Path, config: RollConfig | None = None, *, pedal: bool = False) -> Tune:
    """Read a MIDI file as a tune.

    Parameters
    ----------
    path : str or Path
    config : RollConfig, optional
        The grid; by default steps of 0.3 s and the 88 keys of a piano.
    pedal : bool
        Whether a note lasts until the sustain pedal rises, as it sounds, or until its key does, as it is played.

    Raises
    ------
    MidiError
        If the file cannot be read or has no usable note.

    Warns
    -----
    DamageWarning
        If part of it cannot be read: the rest is returned, and `Tune.damaged` is true.
    """
    score = read_file(path)
    warn_of_damage(score, path)
    return quantise(score, config or RollConfig(), pedal=pedal)


def find_starts(tune: Tune) -> Roll:
    """Find where notes begin: at the onsets of a tune, and at the start of each run of ones.

    Returns
    -------
    ndarray of uint8, shape (steps, ceil(pitches / 8))
        Packed as in `Tune.packed`.
    """
    starts = tune.packed.copy()
    starts[1:] &= ~tune.packed[:-1]
    if tune.packed_onsets is not None:
        starts |= tune.packed_onsets
    return starts


@checked
def find_notes(tune: Tune) -> NDArray[np.int64]:
    """List the notes of a tune, sorted by start and pitch.

    Returns
    -------
    ndarray of int64, shape (notes, 3)
        First step, step after the last, and MIDI pitch of each note.
    """
    padded = np.pad(tune.roll, ((1, 1), (0, 0)))
    begins = np.zeros((len(tune) + 1, tune.config.pitches), bool)
    begins[:-1] = np.unpackbits(find_starts(tune), axis=1, count=tune.config.pitches)
    # A note ends where the next step is silent or begins another.
    ends = (padded[:-1] == 1) & ((padded[1:] == 0) | begins)
    pitch, first = np.nonzero(begins.T)
    _, last = np.nonzero(ends.T)
    notes = np.stack((first, last, pitch + tune.config.lowest), axis=1).astype(np.int64)
    return notes[np.lexsort((notes[:, 2], notes[:, 0]))]
