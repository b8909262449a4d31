"""Folders of runs: how they are made, renamed and copied, and takes kept in them.

A run is moved as a whole, by renaming, so that at any time it is all there under one name; and only while no other
studio has it open. Nothing here reads music or trains.
"""

from __future__ import annotations

import errno
import itertools
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from filelock import BaseFileLock, FileLock, Timeout

from lstmmusic.base.files import leads_elsewhere, remove_unfinished, safe_name, unused_path
from lstmmusic.config import NetworkConfig
from lstmmusic.errors import BusyError, SaveError
from lstmmusic.generation.sampler import Take
from lstmmusic.music.corpus import Source
from lstmmusic.music.roll import write_midi
from lstmmusic.runs.listing import RUN_FILE, Run, read_run

REMEDIES = {
    errno.ENOENT: "it is not there any more; list the runs anew",
    errno.EEXIST: "that name is taken; choose another",
    errno.ENOTEMPTY: "that name is taken; choose another",
    errno.EACCES: "choose a folder in which you may write",
    errno.EPERM: "choose a folder in which you may write",
    errno.EROFS: "choose a folder in which you may write",
    errno.ENOTDIR: "a file is in the place of a folder; move it away",
}


def new_run_folder(folder: str | Path, name: str) -> Path:
    """Make an empty folder `<folder>/runs/<name>`; where that name is taken, with a number added.

    Raises
    ------
    ConfigError
        If nothing of the name can be used.
    SaveError
        If it cannot be made.
    """
    shelf = Path(folder).expanduser().absolute() / "runs"
    name = safe_name(name)
    with told(f"{shelf / name} could not be made"):
        shelf.mkdir(parents=True, exist_ok=True)
        while True:
            path = unused_name(shelf, name)
            with suppress(FileExistsError):  # another was quicker
                path.mkdir()
                return path


def rename_run(run: Run, name: str) -> Run:
    """Give a run another name.

    Raises
    ------
    ConfigError
        If nothing of the name can be used.
    BusyError
        If it is open in another studio.
    SaveError
        If the name is taken, or the run cannot be moved; it is as it was then.
    """
    lock = lock_run(run.path)
    try:
        path, lock = rename_locked_run(run, name, lock)
    finally:
        lock.release()
    return read_run(path)


def rename_locked_run(run: Run, name: str, lock: BaseFileLock) -> tuple[Path, BaseFileLock]:
    """Give a run another name that this process has open; see `rename_run`.

    Parameters
    ----------
    run : Run
    name : str
    lock : BaseFileLock
        On the run. It is given free once the run has its new name.

    Returns
    -------
    path : Path
        Of the run.
    lock : BaseFileLock
        On its new name.
    """
    name = safe_name(name)
    with told(f"{run.name} could not be renamed to {name}"):
        path = run.path.with_name(name if run.path.is_dir() else name + run.path.suffix)
        # A file system that takes "a" for "A" finds the run itself under its new name, and its lock too.
        if path.exists() and path.samefile(run.path):
            run.path.rename(path)
            return path, lock
        _refuse_taken(run.path.parent, name)
        new = lock_run(path)
        try:
            run.path.rename(path)
        except OSError:
            new.release()
            raise
    lock.release()
    return path, new


def duplicate_run(run: Run, name: str | None = None) -> Run:
    """Copy a run and all that lies in its folder; a run that is a single file becomes a folder.

    It may be open in another studio: the copy is as it was saved last.

    Parameters
    ----------
    run : Run
    name : str, optional
        Of the copy; by default the run's, with "copy" added, and a number where that is taken.

    Raises
    ------
    ConfigError
        If nothing of the name can be used.
    SaveError
        If the name is taken, or the run cannot be copied; nothing is left of the copy then.
    """
    shelf = run.path.parent
    path = unused_name(shelf, safe_name(f"{run.name} copy")) if name is None else shelf / safe_name(name)
    unfinished = None
    try:
        with told(f"{run.name} could not be copied to {path.name}"):
            _refuse_taken(shelf, path.name)
            # Beside it, since only within one file system is renaming all or nothing.
            unfinished = Path(tempfile.mkdtemp(prefix=f".{path.name}.", suffix=".part", dir=shelf))
            copy = unfinished / "run"
            if run.path.is_dir():
                # Links stay links: what they lead to is not the run's.
                half = shutil.ignore_patterns(".*.part")
                shutil.copytree(run.path, copy, symlinks=True, ignore=half)
            else:
                copy.mkdir()
                shutil.copy2(run.path, copy / RUN_FILE)
            copy.rename(path)
    finally:
        if unfinished:
            shutil.rmtree(unfinished, ignore_errors=True)
    return read_run(path)


def save_take(path: Path, take: Take, *, tempo: float = 100.0, velocity: int = 80, instrument: int = 0) -> Path:
    """Write a take into the folder of a run, as a MIDI file whose name has its seed and temperature.

    Parameters
    ----------
    path : Path
        Of the run.
    take : Take
    tempo, velocity, instrument
        See `lstmmusic.music.roll.write_midi`.

    Returns
    -------
    Path
        Of the file.

    Raises
    ------
    SaveError
        If the run has no folder, or the file cannot be written.
    """
    with told(f"the take could not be kept with {path.name}"):
        if path.is_file():
            raise SaveError(
                f"{path.name} is a single file, with no place for takes; duplicate the run, and keep them there"
            )
        if not path.is_dir() or leads_elsewhere(path / "takes"):
            raise SaveError(f"{path} has no folder for takes (any more); list the runs anew")
    file = unused_path(path / "takes" / f"seed {take.seed}, temperature {take.temperature:g}.mid")
    write_midi(take.tune, file, tempo=tempo, velocity=velocity, instrument=instrument)
    return file


def _taken(shelf: Path, name: str) -> bool:
    """Tell whether a run has that name, be it a folder or a single file; links count, wherever they lead."""
    return any(os.path.lexists(shelf / entry) for entry in (name, f"{name}.safetensors"))


def _refuse_taken(shelf: Path, name: str) -> None:
    if _taken(shelf, name):
        raise SaveError(f"there is a run {name} already; choose another name")


def unused_name(shelf: Path, name: str) -> Path:
    """Return the path of a run of that name, or with a number added where it is taken."""
    names = itertools.chain([name], (f"{name} {number}" for number in itertools.count(2)))
    return next(shelf / other for other in names if not _taken(shelf, other))


@contextmanager
def told(what: str) -> Iterator[None]:
    """Turn the system's errors into one that says what could not be done, why, and what helps."""
    try:
        yield
    except SaveError:
        raise
    except OSError as error:
        # What copies a tree lists all that it could not copy.
        reason = error.args[0][0][2] if isinstance(error, shutil.Error) else error.strerror or error
        remedy = REMEDIES.get(error.errno or 0, "free some space, or choose another folder")
        raise SaveError(f"{what} ({reason}): {remedy}. What was there before is unharmed") from error


# Runs that were deleted and can be brought back.
KEPT = 20


@dataclass(frozen=True)
class DeletedRun:
    """A run that can be brought back until `KEPT` others were deleted after it.

    Parameters
    ----------
    path : Path
        Where it was.
    kept : Path
        Where it is.
    """

    path: Path
    kept: Path


def delete_run(run: Run) -> DeletedRun:
    """Take a run away, so that `restore_run` can bring it back: it is moved into `.deleted`, beside it.

    The last `KEPT` runs are kept there; older ones are deleted for good.

    Raises
    ------
    BusyError
        If it is open in another studio.
    SaveError
        If it cannot be moved; it is as it was then.
    """
    bin_ = run.path.parent / ".deleted"
    with locked(run.path), told(f"{run.name} could not be deleted"):
        if leads_elsewhere(bin_):
            raise SaveError(f"{bin_} leads elsewhere, and is not followed; put a folder there")
        bin_.mkdir(exist_ok=True)
        place = _new_place(bin_)
        try:
            run.path.rename(place / run.path.name)
        except OSError:
            place.rmdir()
            raise
    for old in _places(bin_)[:-KEPT]:
        shutil.rmtree(old, ignore_errors=True)  # the next deletion tries again
    return DeletedRun(run.path, place / run.path.name)


def restore_run(deleted: DeletedRun) -> Run:
    """Bring a run back to where it was; where its name is taken meanwhile, with a number added.

    Raises
    ------
    BusyError
        If another studio still has it open, as where its folder was deleted meanwhile.
    SaveError
        If it was deleted for good, or cannot be moved.
    """
    was, kept = deleted.path, deleted.kept
    with told(f"{was.name} could not be brought back"):
        name = was.name if kept.is_dir() else was.stem
        path = unused_name(was.parent, name)
        path = path if kept.is_dir() else path.with_name(path.name + was.suffix)
        with locked(path):
            kept.rename(path)
    with suppress(OSError):
        kept.parent.rmdir()
    return read_run(path)


def _places(bin_: Path) -> list[Path]:
    """List what was deleted, the oldest first; what else lies there is left alone."""
    numbered = [path for path in bin_.iterdir() if re.fullmatch("[0-9]+", path.name)]
    return sorted(numbered, key=lambda path: int(path.name))


def _new_place(bin_: Path) -> Path:
    while True:
        newest = max((int(path.name) for path in _places(bin_)), default=0)
        with suppress(FileExistsError):  # another was quicker
            place = bin_ / str(newest + 1)
            place.mkdir()
            return place


LOCKS = ".locks"


def lock_run(path: Path) -> BaseFileLock:
    """Lock a run against other studios, and clear away what a process that was killed left half written.

    Where no lock can be made, as in a folder in which one may not write, there is nothing to lock: saving says so.

    Parameters
    ----------
    path : Path
        Of the run: its folder, or the single file that it is.

    Returns
    -------
    BaseFileLock
        Its `release` gives the run free. So does the end of the process.

    Raises
    ------
    BusyError
        If another studio holds it.
    SaveError
        If the place of the lock leads elsewhere.
    """
    locks = path.parent / LOCKS
    file = locks / path.name
    # Any thread may give it free; and the system forgets a lock whose process has died.
    lock = FileLock(file, timeout=0, thread_local=False)
    try:
        for place in (locks, file):
            if leads_elsewhere(place):
                raise SaveError(f"{place} leads elsewhere, and is not followed; delete it")
        locks.mkdir(exist_ok=True)
        lock.acquire()
    except SaveError:
        raise
    except Timeout:
        raise BusyError(
            f"{path.name} is open in another studio, and two would undo each other's work. "
            f"Close it there (or end that kernel), or duplicate the run and take the copy"
        ) from None
    except (OSError, NotImplementedError):  # the latter where a file system knows no locks
        return lock
    if path.is_dir():
        remove_unfinished(path)
    return lock


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock on a run meanwhile; see `lock_run`."""
    lock = lock_run(path)
    try:
        yield
    finally:
        lock.release()


def default_name(when: datetime, source: Source | None, network: NetworkConfig) -> str:
    """Return a name that tells what a run is, such as '2026-11-24 1530 chorales 3x120'."""
    sizes = network.hidden
    shape = f"3x{sizes[0]}" if len(set(sizes)) == 1 else "-".join(map(str, sizes))
    music = "" if source is None else Path(source.folder).name or source.kind
    return safe_name(f"{when:%Y-%m-%d %H%M} {music} {shape}")
