"""MIDI files to scores: notes as they are written, before a grid is laid over them. It knows no grid."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lstmmusic.errors import MidiError, UnreadError
from lstmmusic.midi import parse_midi


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


def read_score(path: str | Path) -> Score:
    """Read the notes of a MIDI file; drums are left out, the sustain pedal is not applied.

    Raises
    ------
    MidiError
        If the file is no readable MIDI, or holds no note.
    """
    path = Path(path)
    try:
        content = _unwrap(path.read_bytes())
        with warnings.catch_warnings():
            # pretty_midi warns of tempo events off the first track, and then reads them.
            warnings.simplefilter("ignore")
            midi = parse_midi(content)
    except FileNotFoundError:
        raise UnreadError(f"{path} is not there") from None
    except Exception as error:
        # mido and pretty_midi raise whatever their parsing stumbles over, from EOFError to KeyError; among it OSError,
        # but with no number from the system.
        today = isinstance(error, MemoryError) or (isinstance(error, OSError) and error.errno is not None)
        kind = UnreadError if today else MidiError
        raise kind(f"{path.name} is not a MIDI file that can be read ({_reason(error)})") from error
    notes = [note for instrument in midi.instruments if not instrument.is_drum for note in instrument.notes]
    if not notes:
        drums = sum(len(instrument.notes) for instrument in midi.instruments)
        raise MidiError(f"{path.name} holds {'nothing but drums' if drums else 'no notes'}")
    seconds = np.array([(note.start, note.end) for note in notes])
    times, places = np.unique(seconds, return_inverse=True)  # a tick is looked up once for all that happens in it
    ticks = np.array([midi.time_to_tick(time) for time in times])[places]
    pitches = np.array([note.pitch for note in notes], np.uint8)
    order = np.lexsort((pitches, seconds[:, 0]))
    return Score(path.stem, pitches[order], ticks[order] / midi.resolution, seconds[order])


def score_of(notes: ArrayLike, name: str, tempo: float = 100.0) -> Score:
    """Make a score of notes that were played, such as on a `KeysView`.

    Parameters
    ----------
    notes : array_like, shape (notes, 3) or (notes, 4)
        Start and end of each note in seconds, its MIDI pitch, and perhaps its velocity, which a score does not keep.
    name : str
    tempo : float
        Quarter notes a minute at which it was played.

    Returns
    -------
    Score
        It begins with the first note.

    Raises
    ------
    MidiError
        If there is no note.
    """
    table = np.asarray(notes, np.float64)
    if table.size == 0:
        raise MidiError("nothing was played; press Record, and play some notes")
    seconds, pitches = table[:, :2] - table[:, 0].min(), table[:, 2].astype(np.uint8)
    order = np.lexsort((pitches, seconds[:, 0]))
    return Score(name, pitches[order], seconds[order] * tempo / 60, seconds[order])


def _unwrap(content: bytes) -> bytes:
    """Take MIDI out of a RIFF file (.rmi), where it is the chunk `data`."""
    at = content.find(b"data", 12)
    return content[at + 8 :] if content[:4] == b"RIFF" and content[8:12] == b"RMID" and at > 0 else content


def _reason(error: Exception) -> str:
    return "the file is cut off" if isinstance(error, EOFError) else str(error) or type(error).__name__
