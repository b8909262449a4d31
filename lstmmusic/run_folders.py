"""Folders of runs: how they are made, renamed and copied, and takes kept in them.

A run is moved as a whole, by renaming, so that at any time it is all there under one name; and only while no other
studio has it open. Nothing here reads music or trains.
"""

from __future__ import annotations

import errno
import itertools
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import BaseFileLock

from lstmmusic.errors import SaveError
from lstmmusic.files import leads_elsewhere, unused_path
from lstmmusic.generation import Take
from lstmmusic.locks import lock_run
from lstmmusic.names import safe_name
from lstmmusic.pianoroll import write_midi
from lstmmusic.runs import RUN_FILE, Run, read_run

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


def keep_take(path: Path, take: Take, *, tempo: float = 100.0, velocity: int = 80, instrument: int = 0) -> Path:
    """Write a take into the folder of a run, as a MIDI file whose name has its seed and temperature.

    Parameters
    ----------
    path : Path
        Of the run.
    take : Take
    tempo, velocity, instrument
        See `lstmmusic.pianoroll.write_midi`.

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
