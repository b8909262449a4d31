"""MIDI files to piano rolls and back; numpy and pretty_midi only.

A roll is a uint8 array (steps, pitches) of zeros and ones: which notes sound in which step. Silence is an
empty frame. A roll alone cannot tell a held note from a repeated one, so a `Tune` has a second array of the
same shape, `onsets`, with a one where a note begins; where it is None (as in generated music), each unbroken
run of ones is one note.
"""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pretty_midi
from numpy.typing import ArrayLike, NDArray

from lstmmusic.config import RollConfig, check_number
from lstmmusic.errors import MidiError
from lstmmusic.files import write_atomically

Roll = NDArray[np.uint8]

# A day of music in steps of 0.3 s has 288,000; a corrupt file can ask for billions.
MAX_STEPS = 500_000


@dataclass(frozen=True, eq=False)
class Score:
    """Notes as they are written, before a grid is laid over them; sorted by start and pitch.

    Parameters
    ----------
    name : str
    pitches : ndarray of uint8, shape (notes,)
        MIDI pitches.
    beats, seconds : ndarray of float64, shape (notes, 2)
        Start and end of each note, in quarter notes and in seconds.
    """

    name: str
    pitches: NDArray[np.uint8]
    beats: NDArray[np.float64]
    seconds: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Tune:
    """A piece of music on a grid.

    Parameters
    ----------
    roll : ndarray of uint8, shape (steps, pitches)
        Ones where a note sounds.
    name : str
    config : RollConfig
        The grid.
    onsets : ndarray of uint8, shape (steps, pitches), optional
        Ones where a note begins. None: at the start of each run of ones.
    """

    roll: Roll
    name: str = "tune"
    config: RollConfig = field(default_factory=RollConfig)
    onsets: Roll | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "roll", as_roll(self.roll, self.config))
        if self.onsets is not None:
            onsets = as_roll(self.onsets, self.config)
            if onsets.shape != self.roll.shape or np.any(onsets > self.roll):
                raise MidiError("onsets must have the shape of the roll, and lie where notes sound")
            object.__setattr__(self, "onsets", onsets)

    def __len__(self) -> int:
        """Return the number of steps."""
        return len(self.roll)

    @property
    def packed(self) -> Roll:
        """The roll as bits."""
        return np.packbits(self.roll, axis=1)

    def part(self, start: int, stop: int) -> Tune:
        """Cut out steps [start, stop); a note that is cut begins anew at `start`."""
        if not 0 <= start < stop <= len(self):
            raise MidiError(
                f"steps {start} to {stop} are not within the {len(self)} steps of {self.name!r}; "
                f"choose a start and a length inside it"
            )
        onsets = None
        if self.onsets is not None:
            onsets = self.onsets[start:stop].copy()
            onsets[0] = self.roll[start]
        return Tune(self.roll[start:stop], self.name, self.config, onsets)


def as_roll(values: ArrayLike, config: RollConfig) -> Roll:
    """Check that `values` are zeros and ones of shape (steps, pitches), and return them as uint8.

    Raises
    ------
    MidiError
        If the shape does not fit `config`, or a value is neither 0 nor 1.
    """
    array = np.asarray(values)
    if array.ndim != 2 or array.shape[1] != config.pitches:
        raise MidiError(
            f"a roll for pitches {config.lowest} to {config.highest} has the shape (steps, {config.pitches}), "
            f"not {array.shape}"
        )
    if not np.isin(array, (0, 1)).all():
        raise MidiError("a roll holds zeros and ones only; threshold or sample probabilities first")
    return array.astype(np.uint8)


def read_score(path: str | Path) -> Score:
    """Read the notes of a MIDI file; drums are left out, the sustain pedal is not applied.

    Raises
    ------
    MidiError
        If the file is no readable MIDI, or holds no note.
    """
    path = Path(path)
    try:
        with warnings.catch_warnings():
            # pretty_midi warns of tempo events off the first track, and then reads them.
            warnings.simplefilter("ignore")
            midi = pretty_midi.PrettyMIDI(io.BytesIO(_unwrap(path.read_bytes())))
    except FileNotFoundError:
        raise MidiError(f"{path} is not there") from None
    except Exception as error:
        # mido and pretty_midi raise whatever their parsing stumbles over, from EOFError to KeyError.
        raise MidiError(f"{path.name} is not a MIDI file that can be read ({_reason(error)})") from error
    notes = [note for instrument in midi.instruments if not instrument.is_drum for note in instrument.notes]
    if not notes:
        drums = sum(len(instrument.notes) for instrument in midi.instruments)
        raise MidiError(f"{path.name} holds {'nothing but drums' if drums else 'no notes'}")
    seconds = np.array([(note.start, note.end) for note in notes])
    ticks = np.array([(midi.time_to_tick(note.start), midi.time_to_tick(note.end)) for note in notes])
    pitches = np.array([note.pitch for note in notes], np.uint8)
    order = np.lexsort((pitches, seconds[:, 0]))
    return Score(path.stem, pitches[order], ticks[order] / midi.resolution, seconds[order])


def _unwrap(content: bytes) -> bytes:
    """Take MIDI out of a RIFF file (.rmi), where it is the chunk `data`."""
    at = content.find(b"data", 12)
    return content[at + 8 :] if content[:4] == b"RIFF" and content[8:12] == b"RMID" and at > 0 else content


def _reason(error: Exception) -> str:
    return "the file is cut off" if isinstance(error, EOFError) else str(error) or type(error).__name__


def quantise(score: Score, config: RollConfig) -> Tune:
    """Lay a grid over a score.

    Starts and ends move to the nearest step; a note shorter than a step keeps one. Notes outside the pitch
    range are left out.

    Raises
    ------
    MidiError
        If no note lies in the pitch range, or the roll would have more than `MAX_STEPS` steps.
    """
    times = score.seconds if config.unit == "seconds" else score.beats
    inside = (score.pitches >= config.lowest) & (score.pitches <= config.highest)
    if not inside.any():
        raise MidiError(f"{score.name} has no note from pitch {config.lowest} to {config.highest}; widen the range")
    # Half a step rounds up, always: numpy's rounding to even would make equal notes unequal. The small
    # number keeps times that floating point put just below a half from falling the other way.
    grid = np.floor(times[inside] / config.step + 0.5 + 1e-6)
    if not np.isfinite(grid).all() or grid.max() > MAX_STEPS:
        raise MidiError(
            f"{score.name} would have {grid.max():,.0f} steps, more than {MAX_STEPS:,}: "
            f"it has a very long pause, or the step of {config.step:g} {config.unit} is too short"
        )
    first = grid[:, 0].astype(np.int64)
    last = np.maximum(grid[:, 1].astype(np.int64), first + 1)
    column = score.pitches[inside].astype(np.int64) - config.lowest
    # A note adds one where it starts and takes one where it ends: the running sum is what sounds.
    change = np.zeros((last.max() + 1, config.pitches), np.int16)
    np.add.at(change, (first, column), 1)
    np.add.at(change, (last, column), -1)
    roll = (np.cumsum(change[:-1], axis=0, dtype=np.int16, out=change[:-1]) > 0).astype(np.uint8)
    onsets = np.zeros_like(roll)
    onsets[first, column] = 1
    return Tune(roll, score.name, config, onsets)


def read_midi(path: str | Path, config: RollConfig | None = None) -> Tune:
    """Read a MIDI file as a tune.

    Parameters
    ----------
    path : str or Path
    config : RollConfig, optional
        The grid; by default steps of 0.3 s and the 88 keys of a piano.

    Raises
    ------
    MidiError
        If the file cannot be read or holds no usable note.
    """
    return quantise(read_score(path), config or RollConfig())


def find_notes(tune: Tune) -> NDArray[np.int64]:
    """List the notes of a tune, sorted by start and pitch.

    Returns
    -------
    ndarray of int64, shape (notes, 3)
        First step, step after the last, and MIDI pitch of each note.
    """
    padded = np.pad(tune.roll, ((1, 1), (0, 0))).astype(np.int8)
    begins = np.diff(padded, axis=0) == 1  # (steps + 1, pitches)
    if tune.onsets is not None:
        begins[:-1] |= tune.onsets == 1
    # A note ends where the next step is silent or begins a note anew.
    ends = (padded[:-1] == 1) & ((padded[1:] == 0) | begins)
    pitch, first = np.nonzero(begins.T)
    _, last = np.nonzero(ends.T)
    notes = np.stack((first, last, pitch + tune.config.lowest), axis=1).astype(np.int64)
    return notes[np.lexsort((notes[:, 2], notes[:, 0]))]


def seconds_per_step(config: RollConfig, tempo: float) -> float:
    """Return how long a step lasts, in seconds, at `tempo` quarter notes a minute."""
    return config.step if config.unit == "seconds" else config.step * 60 / tempo


def to_pretty_midi(
    tune: Tune, *, tempo: float = 100.0, velocity: int = 80, instrument: int = 0
) -> pretty_midi.PrettyMIDI:
    """Turn a tune into a `pretty_midi.PrettyMIDI`; see `write_midi`."""
    check_number("tempo", tempo, 5, 1000)
    check_number("velocity", velocity, 1, 127, whole=True)
    check_number("instrument", instrument, 0, 127, whole=True)
    step = seconds_per_step(tune.config, tempo)
    # pretty_midi reads at most ten million ticks, so a long tune gets coarser ones.
    quarters = len(tune) * step * tempo / 60
    midi = pretty_midi.PrettyMIDI(initial_tempo=tempo, resolution=int(min(960, max(24, 9e6 / max(quarters, 1)))))
    part = pretty_midi.Instrument(program=instrument, name=tune.name.encode("latin-1", "replace").decode("latin-1"))
    part.notes = [
        pretty_midi.Note(velocity, int(pitch), first * step, last * step) for first, last, pitch in find_notes(tune)
    ]
    midi.instruments.append(part)
    return midi


def write_midi(tune: Tune, path: str | Path, *, tempo: float = 100.0, velocity: int = 80, instrument: int = 0) -> None:
    """Write a tune as a MIDI file.

    Parameters
    ----------
    tune : Tune
    path : str or Path
    tempo : float
        Quarter notes a minute. A grid in beats is played at this tempo; a grid in seconds keeps its
        speed, and the tempo only sets where other programs draw bar lines.
    velocity : int
        Loudness of each note, 1 to 127.
    instrument : int
        General MIDI program, 0 to 127; 0 is a grand piano.

    Raises
    ------
    ConfigError
        If tempo, velocity or instrument is out of range.
    SaveError
        If the file cannot be written; one that was there is unharmed.
    """
    content = io.BytesIO()
    to_pretty_midi(tune, tempo=tempo, velocity=velocity, instrument=instrument).write(content)
    write_atomically(path, content.getvalue())
