"""Files to scores, as fast as can be: from the cache, in several processes, or, if there are few, right here.

It knows no grid: whatever the grid, a file is read once.
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
from lstmmusic.music.score import Score, read_score

MIDI_SUFFIXES = (".mid", ".midi", ".kar", ".rmi")

# With fewer bytes of files, starting processes takes longer than they save.
WORTH_PROCESSES = 1_000_000

# Cache entries are named after the modules in which the first version had its readers, so that they are still found.
_FIRST_PLACES = {"lstmmusic.music.score": "lstmmusic.scores", "lstmmusic.music.chorales": "lstmmusic.chorales"}

_REASONS = {FileNotFoundError: "is not there", NotADirectoryError: "is a file, not a folder"}

# More would take memory, and wait for the one that lays the grid.
_MAX_PROCESSES = 8


def find_files(folder: str | Path) -> tuple[list[Path], list[Path]]:
    """List the files in a folder and the folders below it; and those folders that cannot be looked into.

    Raises
    ------
    CorpusError
        If the folder is not there, is no folder, cannot be looked into, or holds no MIDI file.
    """
    closed: list[OSError] = []
    try:
        folder = Path(folder).expanduser()
        # It follows no links to folders, so that a link to a parent cannot make it go round for ever.
        walk = os.walk(folder, onerror=closed.append)
        files = [parent / name for root, _, names in walk for parent in (Path(root),) for name in names]
    except (RuntimeError, ValueError) as wrong:  # nobody of that name has a home; no path has such characters
        raise CorpusError(f"{folder} is no path ({wrong}); check it") from wrong
    places = [Path(error.filename) for error in closed]
    if folder in places:
        (error,) = closed
        reason = _REASONS.get(type(error), f"cannot be looked into ({error.strerror})")
        raise CorpusError(f"{folder} {reason}; check the path") from error
    if not any(map(is_midi, files)):
        found = f"{len(files)} files, but none is MIDI" if files else "no files"
        found += f", and {len(places)} folders that cannot be looked into" if places else ""
        raise CorpusError(f"{folder} holds {found}; put files ending in {', '.join(MIDI_SUFFIXES)} there")
    return files, places


def is_midi(path: Path) -> bool:
    """Tell by the name of a file whether it is MIDI."""
    return path.suffix.lower() in MIDI_SUFFIXES


def read_files(paths: Sequence[Path], read: Callable[[Path], Score] = read_score) -> Generator[Found, None, None]:
    """Read files; what was read, or why it could not be, is remembered until the file changes.

    Parameters
    ----------
    paths : sequence of Path
    read : callable
        A function of a module, that raises MidiError for a file that it cannot use.

    Yields
    ------
    Score or MidiError
        For each path, in their order.
    """
    reader = f"{_FIRST_PLACES.get(read.__module__, read.__module__)}.{read.__qualname__}"
    entries = [cache.entry_of(path, reader) for path in paths]
    known = [entry is not None and entry.exists() for entry in entries]
    missing = [path for path, is_known in zip(paths, known, strict=True) if not is_known]
    can_keep = True
    try:
        with closing(_read_anew(missing, read)) as anew:
            for path, entry, is_known in zip(paths, entries, known, strict=True):
                found = cache.recall(entry) if entry and is_known else next(anew)
                if found is None:
                    found, is_known = find(path, read), False
                if entry and not is_known and can_keep and not isinstance(found, UnreadError):
                    can_keep = cache.keep(entry, found)
                yield found
    finally:
        if missing:
            cache.prune()


def find(path: Path, read: Callable[[Path], Score]) -> Found:
    """Read a file; return a MidiError, and do not raise it."""
    try:
        return read(path)
    except MidiError as error:
        return error


def _read_anew(paths: Sequence[Path], read: Callable[[Path], Score]) -> Generator[Found, None, None]:
    processes = min(_cores(), _MAX_PROCESSES, len(paths))
    if processes < 2 or sum(map(_size, paths)) < WORTH_PROCESSES:
        yield from (find(path, read) for path in paths)
        return
    with closing(call_all(partial(find, read=read), paths, processes)) as answers:
        for path, answer in zip(paths, answers, strict=True):
            yield _tell(path, answer) if isinstance(answer, Death) else answer


def _tell(path: Path, death: Death) -> MidiError:
    if death.by_others:
        return UnreadError(f"{path.name} could not be read: its reader was ended from outside; load the music again")
    # It is remembered like any other reason: among fewer files, it would be read in this process.
    return MidiError(f"{path.name} cannot be used: the reader died on it")


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
