"""Scores: notes before quantisation, and how to read them from MIDI files."""

from __future__ import annotations

import stat
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lstmmusic.base.files import home_path
from lstmmusic.errors import MidiError, UnreadError, plain_text
from lstmmusic.music.midi import parse_midi

# Of a file: forty times a long piano piece; any such content is read in less than 10 s and 500 MB.
MAX_BYTES = 4_000_000


@dataclass(frozen=True, eq=False)
class Score:
    """Notes before quantisation, sorted by start and pitch.

    Parameters
    ----------
    name : str
    pitches : ndarray of uint8, shape (notes,)
        MIDI pitches.
    beats, seconds : ndarray of float64, shape (notes, 2)
        Start and end of each note, in quarter notes and in seconds.
    damaged : bool
        Whether part of the file could not be read.
    """

    name: str
    pitches: NDArray[np.uint8]
    beats: NDArray[np.float64]
    seconds: NDArray[np.float64]
    damaged: bool = False


def read_score(path: str | Path) -> Score:
    """Read the notes of a MIDI file; drums are left out, the sustain pedal is not applied.

    Raises
    ------
    MidiError
        If the file is not readable MIDI, has no note, or is larger than `MAX_BYTES`.
    """
    name = Path(path).name
    try:
        path = home_path(path)
        midi = parse_midi(_unwrap(_content(path)))
    except FileNotFoundError:
        raise UnreadError(f"{path} was not found") from None
    except (OSError, MemoryError) as error:
        reason = (isinstance(error, OSError) and error.strerror) or "there is no memory left"
        raise UnreadError(f"{name} could not be read ({reason})") from error
    except MidiError as error:
        raise MidiError(f"{name} is not a readable MIDI file ({error})") from error
    if not len(midi.pitches):
        damage = " in its readable part" if midi.damaged else ""
        raise MidiError(f"{name} has {'only drums' if midi.drums else 'no notes'}{damage}")
    order = np.lexsort((midi.pitches, midi.seconds[:, 0]))
    return Score(plain_text(path.stem), midi.pitches[order], midi.beats[order], midi.seconds[order], midi.damaged)


def _content(path: Path) -> bytes:
    status = path.stat()
    # Reading a pipe could wait for ever, and reading a device never end.
    if not stat.S_ISREG(status.st_mode):
        raise MidiError("it is not a regular file")
    if status.st_size > MAX_BYTES:
        raise MidiError(f"it has {status.st_size / 1e6:,.1f} MB; the limit is {MAX_BYTES / 1e6:g} MB")
    return path.read_bytes()


def score_of(notes: ArrayLike, name: str, tempo: float = 100.0) -> Score:
    """Make a score of recorded notes, such as those of a `KeysView`.

    Parameters
    ----------
    notes : array_like, shape (notes, 3) or (notes, 4)
        Start and end of each note in seconds, its MIDI pitch, and perhaps its velocity, which is ignored.
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
    seconds, pitches = table[:, :2] - table[:, 0].min(), table[:, 2].astype(np.uint8)
    order = np.lexsort((pitches, seconds[:, 0]))
    return Score(name, pitches[order], seconds[order] * tempo / 60, seconds[order])


def _unwrap(content: bytes) -> bytes:
    """Extract MIDI from a RIFF file (.rmi), where it is the chunk `data`."""
    at = content.find(b"data", 12)
    return content[at + 8 :] if content[:4] == b"RIFF" and content[8:12] == b"RMID" and at > 0 else content
