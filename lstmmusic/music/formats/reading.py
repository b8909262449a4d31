"""Read a file of any format as a score."""

from __future__ import annotations

import stat
import warnings
from dataclasses import replace
from pathlib import Path

from lstmmusic.base.files import home_path
from lstmmusic.errors import DamageWarning, MidiError, UnreadError, plain_text
from lstmmusic.music.formats.midi_reader import parse_midi
from lstmmusic.music.score import Score

# Of a file: forty times a long piano piece; any such content is read in less than 10 s and 500 MB.
MAX_BYTES = 4_000_000


def read_score(path: str | Path) -> Score:
    """Read a music file: notes, velocities, tracks, instruments, drums, pedal, tempi, time and key signatures.

    Parameters
    ----------
    path : str or Path

    Returns
    -------
    Score

    Raises
    ------
    MidiError
        If the file is not readable MIDI, has no pitched note, or is larger than `MAX_BYTES`.

    Warns
    -----
    DamageWarning
        If part of it cannot be read: the rest is returned.
    """
    score = read_file(path)
    warn_of_damage(score, path)
    return score


def warn_of_damage(score: Score, path: str | Path) -> None:
    """Warn if part of a file could not be read; the warning points to the caller of the function that calls this."""
    if score.damaged:
        name = plain_text(Path(path).name)
        warnings.warn(f"{name} is damaged or cut off; what could be read is used", DamageWarning, stacklevel=3)


def read_file(path: str | Path) -> Score:
    """Read a file as `read_score` does, without a warning.

    Raises
    ------
    MidiError
        If the file is not readable MIDI, has no pitched note, or is larger than `MAX_BYTES`.
    """
    name = Path(path).name
    try:
        path = home_path(path)
        score = parse_midi(_content(path))
    except FileNotFoundError:
        raise UnreadError(f"{path} was not found") from None
    except (OSError, MemoryError) as error:
        reason = (isinstance(error, OSError) and error.strerror) or "there is no memory left"
        raise UnreadError(f"{name} could not be read ({reason})") from error
    except MidiError as error:
        raise MidiError(f"{name} is not a readable MIDI file ({error})") from error
    if not len(score.notes):
        damage = " in its readable part" if score.damaged else ""
        raise MidiError(f"{name} has {'only drums' if len(score.drums) else 'no notes'}{damage}")
    return replace(score, name=plain_text(path.stem))


def _content(path: Path) -> bytes:
    status = path.stat()
    # Reading a pipe could wait for ever, and reading a device never end.
    if not stat.S_ISREG(status.st_mode):
        raise MidiError("it is not a regular file")
    if status.st_size > MAX_BYTES:
        raise MidiError(f"it has {status.st_size / 1e6:,.1f} MB; the limit is {MAX_BYTES / 1e6:g} MB")
    return path.read_bytes()
