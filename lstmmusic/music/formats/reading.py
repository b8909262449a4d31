"""Read a file of any format as a score."""

from __future__ import annotations

import stat
import warnings
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from lstmmusic.base.files import home_path
from lstmmusic.errors import DamageWarning, MidiError, UnreadError, UnsupportedError, plain_text
from lstmmusic.music.formats.containers import list_members, open_member
from lstmmusic.music.formats.kinds import ABC, HUMDRUM, MIDI, MUSICXML, ZIP, excess_of, kind_of, limit_of
from lstmmusic.music.formats.midi_reader import parse_midi
from lstmmusic.music.formats.with_music21 import Music21
from lstmmusic.music.score import Score
from lstmmusic.settings import checked

_MAX_REASON = 300


@checked
def read_score(path: str | Path) -> Score:
    """Read a music file: notes, velocities, tracks, instruments, drums, pedal, tempi, time and key signatures.

    Parameters
    ----------
    path : str or Path
        A file of any kind in `lstmmusic.music.formats.kinds`; in a zip file or tunebook with several pieces, one of
        them, such as `songs.zip/a/b.mid`.

    Returns
    -------
    Score

    Raises
    ------
    MidiError
        If the file cannot be read, has no pitched note, or is too large.

    Warns
    -----
    DamageWarning
        If part of it cannot be read: the rest is returned.
    """
    try:
        score = read_file(path)
    except UnsupportedError:
        with closing(Music21()) as music21:
            score = read_thoroughly(path, music21)
    warn_of_damage(score, path)
    return score


def warn_of_damage(score: Score, path: str | Path) -> None:
    """Warn if part of a file could not be read; the warning points to the caller of the function that calls this."""
    if score.damaged:
        name = plain_text(Path(path).name)
        warnings.warn(f"{name} is damaged or cut off; what could be read is used", DamageWarning, stacklevel=4)


def read_file(path: str | Path, *, titled: bool = False) -> Score:
    """Read a file as `read_score` does, without a warning, and with the fast readers only.

    Parameters
    ----------
    path : str or Path
    titled : bool
        Whether its name is the title in the file, if it has one, instead of the name of the file.

    Raises
    ------
    UnsupportedError
        If `read_thoroughly` may read it.
    MidiError
        If the file cannot be read, has no pitched note, or is too large.
    """
    return _read(path, _parse, titled=titled)


def read_thoroughly(path: str | Path, music21: Music21) -> Score:
    """Read a file that the fast reader of its kind does not support.

    Raises
    ------
    MidiError
        If the file cannot be read, has no pitched note, or is too large.
    """
    return _read(path, lambda _, content: music21.read(content))


def _parse(kind: str, content: bytes) -> Score:
    # Importing the readers of notation takes as long as reading twenty MIDI files.
    if kind == MUSICXML:
        from lstmmusic.music.formats.musicxml import parse_musicxml

        return parse_musicxml(content)
    if kind == ABC:
        from lstmmusic.music.formats.abc import parse_abc

        return parse_abc(content)
    if kind == HUMDRUM:
        from lstmmusic.music.formats.kern import parse_kern

        return parse_kern(content)
    return parse_midi(content)


def _read(path: str | Path, parse: Callable[[str, bytes], Score], *, titled: bool = False) -> Score:
    kind = kind_of(Path(path)) or MIDI
    name = Path(path).name
    try:
        path = home_path(path)
        kind, content = _content(path, kind)
        kind = _sniff(content) or kind
        score = parse(kind, content)
    except FileNotFoundError:
        raise UnreadError(f"{path} was not found") from None
    except (OSError, MemoryError) as error:
        reason = (isinstance(error, OSError) and error.strerror) or "there is no memory left"
        raise UnreadError(f"{name} could not be read ({reason})") from error
    except MidiError as error:
        raise type(error)(f"{name} is not a readable {kind} file ({_shortened(str(error))})") from error
    if not len(score.notes):
        damage = " in its readable part" if score.damaged else ""
        raise MidiError(f"{name} has {'only drums' if len(score.drums) else 'no notes'}{damage}")
    return replace(score, name=(titled and score.name) or plain_text(path.stem))


def _shortened(reason: str) -> str:
    """Shorten a reason that quotes much of the file."""
    return reason if len(reason) <= _MAX_REASON else f"{reason[:_MAX_REASON]}…"


def _content(path: Path, kind: str) -> tuple[str, bytes]:
    """Return the content of a file, or of the only piece in it, and its kind by its name."""
    try:
        status = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return kind, open_member(path)
    # Reading a pipe could wait for ever, and reading a device never end.
    if not stat.S_ISREG(status.st_mode):
        raise MidiError("it is not a regular file")
    if excess := excess_of(status.st_size, limit_of(kind)):
        raise MidiError(f"it {excess}")
    if kind not in (ABC, ZIP):
        return kind, path.read_bytes()
    members, _ = list_members(path)
    if len(members) != 1:
        example = f": read one of them, such as {members[0]}, or all with load_folder" if members else ""
        raise MidiError(f"it has {len(members) or 'no'} pieces{example}")
    return kind_of(members[0]), path.read_bytes() if members == [path] else open_member(members[0])


def _sniff(content: bytes) -> str:
    """Return the kind of a file if its content shows it, since names may be wrong, or ""."""
    if content.startswith(b"MThd"):
        return MIDI
    return MUSICXML if content.startswith(b"PK") or b"<score-partwise" in content[:2000] else ""
