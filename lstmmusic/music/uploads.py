"""Files that were dropped on the page: checked by name and size, and kept in a folder of their own."""

from __future__ import annotations

import re
from contextlib import suppress
from pathlib import Path

from lstmmusic.base.files import safe_name, unused_path, write_atomically
from lstmmusic.errors import MidiError
from lstmmusic.music.intake import MIDI_SUFFIXES, is_midi
from lstmmusic.music.score import MAX_BYTES


def upload_folder(folder: str | Path) -> Path:
    """Tell where `store_upload` puts files: below the folder that the studio works in."""
    return Path(folder).expanduser() / "music" / "uploads"


def store_upload(folder: str | Path, name: str, content: bytes | memoryview) -> Path:
    """Keep a MIDI file that was dropped on the page. What is in it is for its reader to judge.

    Parameters
    ----------
    folder : str or Path
        That the studio works in.
    name : str
        As the page tells it; only its last part counts, see `lstmmusic.base.files.safe_name`.
    content : bytes or memoryview
        Of the file; at most `MAX_BYTES`.

    Returns
    -------
    Path
        Of the file in `upload_folder(folder)`: a new one, or one there that has the same content under any name, since
        the same tune twice could stand in training and validation at once. No other file is touched.

    Raises
    ------
    MidiError
        If the file is no MIDI by its name, or too large.
    ConfigError
        If nothing is left of its name.
    SaveError
        If it cannot be written.
    """
    # A page sends a bare name, but whoever talks to it may not; a backslash is a separator elsewhere.
    last = Path(re.split(r"[/\\]", name)[-1].strip(" ."))
    if not is_midi(last):
        raise MidiError(f"{name!r} is not a MIDI file by its name; choose one ending in {', '.join(MIDI_SUFFIXES)}")
    content = bytes(content)
    if len(content) > MAX_BYTES:
        raise MidiError(
            f"{name!r} has {len(content) / 1e6:.1f} MB, and a MIDI file of music at most {MAX_BYTES / 1e6:g} MB; "
            f"choose another"
        )
    uploads = upload_folder(folder)
    with suppress(OSError):  # where one may not look, writing says so
        for path in filter(is_midi, uploads.glob("*")):
            if _holds(path, content):
                return path
    path = unused_path(uploads / (safe_name(last.stem) + last.suffix))
    write_atomically(path, content)
    return path


def _holds(path: Path, content: bytes) -> bool:
    """Tell whether a file has this content; one that may not be read counts as another."""
    with suppress(OSError):
        return path.is_file() and path.stat().st_size == len(content) and path.read_bytes() == content
    return False
