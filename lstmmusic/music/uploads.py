"""Uploads: music files that were dropped on the page, checked by name and size, and stored in a folder."""

from __future__ import annotations

import re
import shutil
import tempfile
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path

from lstmmusic.base.files import leads_elsewhere, safe_name, unused_path, write_atomically
from lstmmusic.errors import MidiError, SaveError, reason_of
from lstmmusic.music.formats.kinds import SUFFIXES, excess_of, kind_of, limit_of
from lstmmusic.settings import checked

# The folder of uploads that were removed, beside that of the others, and how many removals can be undone.
REMOVED = ".removed uploads"
KEPT = 10


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
    if excess := excess_of(len(content), limit_of(kind)):
        raise MidiError(f"{name!r} {excess}: choose another file")
    uploads = upload_folder(folder)
    with suppress(OSError):  # if the folder is not readable, writing reports it
        for path in filter(kind_of, uploads.glob("*")):
            if _holds(path, content):
                return path
    path = unused_path(uploads / (safe_name(last.stem) + last.suffix))
    write_atomically(path, content)
    return path


def remove_uploads(folder: str | Path, paths: Iterable[Path]) -> tuple[tuple[Path, Path], ...]:
    """Remove uploads so that `restore_uploads` can restore them: they are moved to a folder beside the uploads.

    What the last `KEPT` calls removed is kept there; older files are deleted for good.

    Parameters
    ----------
    folder : str or Path
        The folder of the studio.
    paths : iterable of Path
        Files in `upload_folder(folder)`, or tunes in such files, as in `Verdict.path`; other paths are left alone.

    Returns
    -------
    tuple of (Path, Path)
        Where each file was, and where it is.

    Raises
    ------
    SaveError
        If a file cannot be moved; all are where they were then.
    """
    uploads = upload_folder(folder)
    files = dict.fromkeys(
        place for path in paths for place in (path, *path.parents) if uploads in place.parents and place.is_file()
    )
    real = uploads.resolve()
    # A linked folder, or `..`, leads to files that are not ours to move.
    files = {place: None for place in files if real in (place.parent / "x").resolve().parents}
    if not files:
        return ()
    removed: list[tuple[Path, Path]] = []
    trash = uploads.with_name(REMOVED)
    try:
        trash.mkdir(exist_ok=True)
        if leads_elsewhere(trash):
            raise SaveError(f"{trash} leads elsewhere, and is not followed; put a folder there")
        place = Path(tempfile.mkdtemp(dir=trash, prefix=f"{time.time_ns()}-"))
        for path in files:
            kept = unused_path(place / path.name)
            path.rename(kept)
            removed.append((path, kept))
        for old in sorted(trash.iterdir())[:-KEPT]:
            shutil.rmtree(old, ignore_errors=True)  # the next removal tries again
    except OSError as error:
        restore_uploads(removed)
        raise SaveError(f"the uploads could not be removed: {reason_of(error)}; check the permissions") from error
    return tuple(removed)


def restore_uploads(removed: Sequence[tuple[Path, Path]]) -> None:
    """Move uploads back to where they were, with a number added where a name has been taken; see `remove_uploads`.

    Raises
    ------
    SaveError
        If one cannot be moved, or was deleted for good.
    """
    for path, kept in removed:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            kept.rename(unused_path(path))
        except OSError as error:
            raise SaveError(f"{path.name} could not be restored: {reason_of(error)}; it was at {kept}") from error


def _holds(path: Path, content: bytes) -> bool:
    """Return whether a file has this content; one that cannot be read does not."""
    with suppress(OSError):
        return path.is_file() and path.stat().st_size == len(content) and path.read_bytes() == content
    return False
