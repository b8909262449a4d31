"""Files to scores: from the cache, in several processes, or, if there are few, in this one.

No grid is involved: a file is read once for all grids.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path

from lstmmusic.base.processes import Death, call_all
from lstmmusic.errors import CorpusError, MidiError, UnreadError
from lstmmusic.music import cache
from lstmmusic.music.cache import Found
from lstmmusic.music.formats.reading import read_file
from lstmmusic.music.score import Score

MIDI_SUFFIXES = (".mid", ".midi", ".kar", ".rmi")

# Starting processes for fewer bytes of files takes longer than it saves.
WORTH_PROCESSES = 1_000_000

_REASONS = {FileNotFoundError: "was not found", NotADirectoryError: "is a file, not a folder"}

# More processes would take memory, and wait for this one, which quantises.
_MAX_PROCESSES = 8


def find_files(folder: str | Path) -> tuple[list[Path], list[Path]]:
    """List the files in a folder and its subfolders, and the subfolders that cannot be opened.

    Raises
    ------
    CorpusError
        If the folder is missing, is not a folder, cannot be opened, or has no MIDI file.
    """
    closed: list[OSError] = []
    try:
        folder = Path(folder).expanduser()
        # Links to folders are not followed, since a link to a parent would never end.
        walk = os.walk(folder, onerror=closed.append)
        files = [parent / name for root, _, names in walk for parent in (Path(root),) for name in names]
    except (RuntimeError, ValueError) as wrong:  # no such user; a character that no path can have
        raise CorpusError(f"{folder} is not a valid path ({wrong}); check it") from wrong
    places = [Path(error.filename) for error in closed]
    if folder in places:
        (error,) = closed
        reason = _REASONS.get(type(error), f"cannot be opened ({error.strerror})")
        raise CorpusError(f"{folder} {reason}; check the path") from error
    if not any(map(is_midi, files)):
        found = f"{len(files)} files, but none is MIDI" if files else "no files"
        found += f", and {len(places)} folders that cannot be opened" if places else ""
        raise CorpusError(f"{folder} has {found}; put files ending in {', '.join(MIDI_SUFFIXES)} there")
    return files, places


def is_midi(path: Path) -> bool:
    """Return whether a file is MIDI by its name."""
    return path.suffix.lower() in MIDI_SUFFIXES


def read_files(paths: Sequence[Path], read: Callable[[Path], Score] = read_file) -> Generator[Found, None, None]:
    """Read files; the result, or why there is none, is cached until the file changes.

    Parameters
    ----------
    paths : sequence of Path
    read : callable
        A function of a module that raises MidiError for a file that it cannot use.

    Yields
    ------
    Score or MidiError
        For each path, in order.
    """
    reader = f"{read.__module__}.{read.__qualname__}"
    entries = [cache.entry_of(path, reader) for path in paths]
    known = [entry is not None and entry.exists() for entry in entries]
    missing = [path for path, is_known in zip(paths, known, strict=True) if not is_known]
    can_cache = True
    try:
        with closing(_read_uncached(missing, read)) as uncached:
            for path, entry, is_known in zip(paths, entries, known, strict=True):
                found = cache.recall(entry) if entry and is_known else next(uncached)
                if found is None:
                    found, is_known = find(path, read), False
                if entry and not is_known and can_cache and not isinstance(found, UnreadError):
                    can_cache = cache.keep(entry, found)
                yield found
    finally:
        if missing:
            cache.prune()


def find(path: Path, read: Callable[[Path], Score]) -> Found:
    """Read a file; return a MidiError instead of raising it."""
    try:
        return read(path)
    except MidiError as error:
        return error


def _read_uncached(paths: Sequence[Path], read: Callable[[Path], Score]) -> Generator[Found, None, None]:
    processes = min(usable_cores(), _MAX_PROCESSES, len(paths))
    if processes < 2 or sum(map(_size, paths)) < WORTH_PROCESSES:
        yield from (find(path, read) for path in paths)
        return
    with closing(call_all(partial(find, read=read), paths, processes)) as answers:
        for path, answer in zip(paths, answers, strict=True):
            yield _error_of(path, answer) if isinstance(answer, Death) else answer


def _error_of(path: Path, death: Death) -> MidiError:
    if death.external:
        return UnreadError(f"{path.name} could not be read: its reader was killed; load the music again")
    # Cached like any other error: if it were read again among fewer files, it would crash this process.
    return MidiError(f"{path.name} cannot be used: it crashes the reader")


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def usable_cores() -> int:
    """Return the number of cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
