"""Files to scores: from the cache, in several processes, or, if there are few, in this one.

No grid is involved: a file is read once for all grids.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Generator, Sequence
from contextlib import closing, suppress
from functools import partial
from pathlib import Path

from lstmmusic.base.cluster import call_all as call_all_on
from lstmmusic.base.cluster import call_on_each_machine, connected
from lstmmusic.base.processes import Death, call_all
from lstmmusic.base.words import count_of
from lstmmusic.errors import CorpusError, MidiError, UnreadError, UnsupportedError
from lstmmusic.music import cache
from lstmmusic.music.cache import Found
from lstmmusic.music.formats.containers import list_members, size_of
from lstmmusic.music.formats.kinds import ABC, MIDI, SUFFIXES, ZIP, kind_of
from lstmmusic.music.formats.reading import read_file, read_thoroughly
from lstmmusic.music.formats.with_music21 import Music21
from lstmmusic.music.score import Score

# Starting processes for fewer bytes of MIDI takes longer than it saves; a byte of notation takes twenty times as long.
WORTH_PROCESSES = 4_000_000
_NOTATION = 20

_log = logging.getLogger(__name__)

_REASONS = {FileNotFoundError: "was not found", NotADirectoryError: "is a file, not a folder"}

# More processes would take memory, and wait for this one, which quantises.
_MAX_PROCESSES = 8


def find_files(folder: str | Path) -> tuple[list[Path], dict[Path, str]]:
    """Find the music in a folder and its subfolders.

    A link to a folder is followed, unless that folder is read anyway or contains this one. Zip files and tunebooks are
    listed as folders are.

    Parameters
    ----------
    folder : str or Path
        Or a zip file, or a tunebook.

    Returns
    -------
    files : list of Path
        See `lstmmusic.music.formats.containers.list_members`.
    left_out : dict of Path to str
        Files and folders that are not read, and why.

    Raises
    ------
    CorpusError
        If the folder is missing, is not a folder, cannot be opened, or has no music.
    """
    if not str(folder).strip():
        raise CorpusError("there is no folder of that name; type the path of a folder of music")
    try:
        folder = Path(folder).expanduser()
        with suppress(OSError):
            folder.lstat()
    except (RuntimeError, ValueError) as wrong:  # no such user; a character that no path can have
        raise CorpusError(f"{folder} is not a valid path ({wrong}); check it") from wrong
    # `Path.is_file` raises if the folder around it is closed.
    holds_several = kind_of(folder) in (ABC, ZIP) and os.path.isfile(folder)  # noqa: PTH113
    names, left_out = ([folder], dict[Path, str]()) if holds_several else _walk(folder)
    files: list[Path] = []
    for path in names:
        if not kind_of(path):
            left_out[path] = f"{path.name} is not a music file by its name"
            continue
        try:
            members, more = list_members(path)
        except MidiError as error:
            left_out[path] = str(error)
        else:
            files += members
            left_out |= more
            if not members and not more:
                left_out[path] = f"{path.name} is empty"
    if not files:
        found = (
            f"{count_of(len(left_out), 'file')}, but none is music: {next(iter(left_out.values()))}"
            if left_out
            else "no files"
        )
        raise CorpusError(f"{folder} has {found}. Put files ending in {', '.join(SUFFIXES)} there")
    return files, left_out


def _walk(folder: Path) -> tuple[list[Path], dict[Path, str]]:
    """Return the files of a folder and its subfolders, and which subfolders are not read and why."""
    files: list[Path] = []
    left_out: dict[Path, str] = {}
    closed: list[OSError] = []
    around: set[tuple[int, int]] = set()
    with suppress(OSError):  # the working folder may have been deleted
        around = {_identity(parent) for parent in Path(os.path.realpath(folder)).parents}
    seen: set[tuple[int, int]] = set()
    # Links come last, so that a folder is found at its own place.
    waiting = [folder]
    while waiting:
        start = waiting.pop(0)
        if start != folder and (identity := _identity(start)) in seen | around:
            reads = "contains this one" if identity in around else "is read already"
            left_out[start] = f"{start.name} is a link to a folder that {reads}"
            continue
        for root, folders, names in os.walk(start, onerror=closed.append):
            place = Path(root)
            seen.add(_identity(place))
            files += [place / name for name in names]
            waiting += [place / name for name in folders if (place / name).is_symlink()]
    for error in closed:
        if Path(error.filename) == folder:
            reason = _REASONS.get(type(error), f"cannot be opened ({error.strerror})")
            raise CorpusError(f"{folder} {reason}; check the path") from error
        left_out[Path(error.filename)] = f"{Path(error.filename).name} is a folder that cannot be opened"
    return files, left_out


def _identity(folder: Path) -> tuple[int, int]:
    """Return what two paths of the same folder have in common."""
    try:
        status = folder.stat()
    except OSError:
        return (-1, -1)
    return status.st_dev, status.st_ino


def read_files(
    paths: Sequence[Path], read: Callable[[Path], Score] = read_file, cluster: str | None = None
) -> Generator[Found, None, None]:
    """Read files; the result, or why there is none, is cached until the file changes.

    Parameters
    ----------
    paths : sequence of Path
    read : callable
        A function of a module that raises MidiError for a file that it cannot use.
    cluster : str, optional
        The address of a cluster whose machines read what is not in the cache; see `lstmmusic.config.Cluster`.

    Yields
    ------
    Score or MidiError
        For each path, in order.

    Raises
    ------
    ClusterError
        If the cluster cannot be reached.
    CorpusError
        If a machine of it does not see the files.
    """
    reader = f"{read.__module__}.{read.__qualname__}"
    entries = cache.entries_of(paths, reader)
    known = [entry is not None and entry.exists() for entry in entries]
    missing = [(path, entry) for path, entry, is_known in zip(paths, entries, known, strict=True) if not is_known]
    warned = False
    try:
        with closing(_read_uncached(missing, read, cluster)) as uncached, closing(Music21()) as music21:
            for path, entry, is_known in zip(paths, entries, known, strict=True):
                recalled = cache.recall(entry) if entry and is_known else None
                if is_known:
                    found, failure = (recalled, "") if recalled else find_and_keep((path, entry), read)
                else:
                    found, failure = next(uncached)
                if isinstance(found, UnsupportedError) and read is read_file:
                    found, failure = find_and_keep((path, entry), partial(read_thoroughly, music21=music21))
                if failure and not warned:
                    warned = True
                    _log.warning("the cache cannot be written, so that files will be read again each time: %s", failure)
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


def find_and_keep(task: tuple[Path, Path | None], read: Callable[[Path], Score]) -> tuple[Found, str]:
    """Read a file, and write its entry in the cache; return what was found, and why the cache could not be written."""
    path, entry = task
    found = find(path, read)
    return found, _keep(entry, found, read)


def _keep(entry: Path | None, found: Found, read: Callable[[Path], Score]) -> str:
    # What could not be read this time, or only by another reader, is no result.
    kinds = (UnreadError, UnsupportedError) if read is read_file else UnreadError
    return cache.keep(entry, found) if entry and not isinstance(found, kinds) else ""


def _read_uncached(
    tasks: Sequence[tuple[Path, Path | None]], read: Callable[[Path], Score], cluster: str | None
) -> Generator[tuple[Found, str], None, None]:
    if cluster is not None and tasks:
        yield from _read_on(cluster, tasks, read)
        return
    processes = min(usable_cores(), _MAX_PROCESSES, len(tasks))
    if processes < 2 or sum(_work(path) for path, _ in tasks) < WORTH_PROCESSES:
        yield from (find_and_keep(task, read) for task in tasks)
        return
    # The processes write the cache too, since this one has to quantise what they read.
    with closing(call_all(partial(find_and_keep, read=read), tasks, processes)) as answers:
        for (path, entry), answer in zip(tasks, answers, strict=True):
            if isinstance(answer, Death):
                error = _error_of(path, answer)
                yield error, _keep(entry, error, read)
            else:
                yield answer


def _read_on(
    cluster: str, tasks: Sequence[tuple[Path, Path | None]], read: Callable[[Path], Score]
) -> Generator[tuple[Found, str], None, None]:
    """Read files on the machines of a cluster; the cache is written here, where it is read the next time."""
    paths = [path for path, _ in tasks]
    with connected(cluster):
        first = paths[0]
        for machine, size in call_on_each_machine(partial(size_of, first), cluster).items():
            if size != size_of(first):
                raise CorpusError(
                    f"{machine}, a machine of the cluster, does not see {first}: put the music where all machines find "
                    f"it under the same path, or load it without the cluster"
                )
        with closing(call_all_on(partial(find, read=read), paths, cluster)) as answers:
            for (path, entry), answer in zip(tasks, answers, strict=True):
                found = _error_of(path, answer) if isinstance(answer, Death) else answer
                yield found, _keep(entry, found, read)


def _work(path: Path) -> int:
    return size_of(path) * (1 if kind_of(path) == MIDI else _NOTATION)


def _error_of(path: Path, death: Death) -> MidiError:
    if death.external:
        return UnreadError(f"{path.name} could not be read: its reader was killed; load the music again")
    # Cached like any other error: if it were read again among fewer files, it would crash this process.
    return MidiError(f"{path.name} cannot be used: it crashes the reader")


def usable_cores() -> int:
    """Return the number of cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
