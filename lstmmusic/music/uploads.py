"""Uploads: music files that were dropped on the page, checked by name and size, and stored in a folder."""

from __future__ import annotations

import re
from contextlib import suppress
from pathlib import Path

from lstmmusic.base.files import safe_name, unused_path, write_atomically
from lstmmusic.errors import MidiError
from lstmmusic.music.formats.kinds import SUFFIXES, kind_of, limit_of
from lstmmusic.settings import checked


def upload_folder(folder: str | Path) -> Path:
    """Return the folder of uploads in the folder of the studio."""
    return Path(folder).expanduser() / "music" / "uploads"


@checked
def store_upload(folder: str | Path, name: str, content: bytes | memoryview) -> Path:
    """Store an uploaded music file; its content is checked when it is read.

    Parameters
    ----------
    folder : str or Path
        The folder of the studio.
    name : str
        As the page sends it; only its last part is used, see `lstmmusic.base.files.safe_name`.
    content : bytes or memoryview
        At most `lstmmusic.music.formats.kinds.limit_of` its kind.

    Returns
    -------
    Path
        The file in `upload_folder(folder)`: a new one, or one that has the same content already, since the same tune
        could otherwise be in both training and validation. No other file is changed.

    Raises
    ------
    MidiError
        If the file is not music by its name, or too large.
    ConfigError
        If nothing is left of its name.
    SaveError
        If it cannot be written.
    """
    # A page sends a bare name, but other clients may not; a backslash is a separator on Windows.
    last = Path(re.split(r"[/\\]", name)[-1].strip(" ."))
    kind = kind_of(last)
    if not kind:
        raise MidiError(f"{name!r} is not a music file by its name; choose one ending in {', '.join(SUFFIXES)}")
    content = bytes(content)
    if len(content) > limit_of(kind):
        raise MidiError(
            f"{name!r} has {len(content) / 1e6:.1f} MB; the limit is {limit_of(kind) / 1e6:g} MB: choose another file"
        )
    uploads = upload_folder(folder)
    with suppress(OSError):  # if the folder is not readable, writing reports it
        for path in filter(kind_of, uploads.glob("*")):
            if _holds(path, content):
                return path
    path = unused_path(uploads / (safe_name(last.stem) + last.suffix))
    write_atomically(path, content)
    return path


def _holds(path: Path, content: bytes) -> bool:
    """Return whether a file has this content; one that cannot be read does not."""
    with suppress(OSError):
        return path.is_file() and path.stat().st_size == len(content) and path.read_bytes() == content
    return False
