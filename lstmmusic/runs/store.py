"""Folders of runs: creating, renaming, copying, deleting and restoring them, and the takes saved in them.

A run is moved as a whole, by renaming, so that it is complete under one name at any time; and only while no other
studio has it open. Nothing here reads music or trains.
"""

from __future__ import annotations

import itertools
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

from filelock import BaseFileLock

from lstmmusic.base.files import safe_name
from lstmmusic.config import NetworkConfig
from lstmmusic.errors import SaveError, plain_text
from lstmmusic.music.source import Source
from lstmmusic.runs.listing import RUN_FILE, Run, read_run
from lstmmusic.runs.locks import lock_run, locked
from lstmmusic.runs.moving import Deleted, moving, set_aside_together
from lstmmusic.runs.renames import remember_rename
from lstmmusic.settings import checked


def default_name(when: datetime, source: Source | None, network: NetworkConfig) -> str:
    """Return a name from time, music and network, for instance '2026-11-24 1530 chorales 3x120'."""
    sizes = network.hidden
    shape = f"3x{sizes[0]}" if len(set(sizes)) == 1 else "-".join(map(str, sizes))
    music = "" if source is None else Path(source.folder).name or source.kind
    return safe_name(f"{when:%Y-%m-%d %H%M} {music} {shape}")


def new_run_folder(folder: str | Path, name: str) -> Path:
    """Create an empty folder `<folder>/runs/<name>`, with a number added where that name is taken.

    Parameters
    ----------
    folder : str or Path
        The folder of the studio.
    name : str
        Characters that no file system takes are replaced.

    Returns
    -------
    Path

    Raises
    ------
    ConfigError
        If the name has no usable characters.
    SaveError
        If the folder cannot be created.
    """
    runs = Path(folder).expanduser().absolute() / "runs"
    name = safe_name(name)
    with moving(f"{runs / name} could not be created"):
        runs.mkdir(parents=True, exist_ok=True)
        while True:
            path = unused_name(runs, name)
            with suppress(FileExistsError):  # another process was quicker
                path.mkdir()
                return path


def unused_name(runs: Path, name: str) -> Path:
    """Return the path of a run of that name, with a number added where it is taken."""
    names = itertools.chain([name], (f"{name} {number}" for number in itertools.count(2)))
    return next(runs / other for other in names if not _is_taken(runs, other))


@checked
def rename_run(run: Run, name: str) -> Run:
    """Rename a run.

    Parameters
    ----------
    run : Run
    name : str
        Characters that no file system takes are replaced.

    Returns
    -------
    Run
        As it is listed under its new name.

    Raises
    ------
    ConfigError
        If the name has no usable characters.
    BusyError
        If the run is open in another studio.
    SaveError
        If the name is taken, or the run cannot be moved; the run is unharmed then.
    """
    lock = lock_run(run.path)
    try:
        path, lock = rename_locked_run(run, name, lock)
    finally:
        lock.release()
    return read_run(path)


def rename_locked_run(run: Run, name: str, lock: BaseFileLock) -> tuple[Path, BaseFileLock]:
    """Rename a run that this process has open; see `rename_run`.

    Parameters
    ----------
    run : Run
    name : str
    lock : BaseFileLock
        On the run; released once the run has its new name.

    Returns
    -------
    path : Path
        The new path of the run.
    lock : BaseFileLock
        On its new name.
    """
    name = safe_name(name)
    with moving(f"{run.name} could not be renamed to {name}"):
        path = run.path.with_name(name if run.path.is_dir() else name + run.path.suffix)
        # A file system that ignores case finds the run itself under its new name, and its lock too.
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
    remember_rename(run.path, path)
    lock.release()
    return path, new


@checked
def duplicate_run(run: Run, name: str | None = None) -> Run:
    """Copy a run with everything in its folder; a run that is a single file becomes a folder.

    It may be open in another studio: the copy is as it was last saved.

    Parameters
    ----------
    run : Run
    name : str, optional
        The name of the copy; by default that of the run and "copy", with a number where that is taken.

    Returns
    -------
    Run

    Raises
    ------
    ConfigError
        If the name has no usable characters.
    SaveError
        If the name is taken, or the run cannot be copied; nothing is left of the copy then.
    """
    runs = run.path.parent
    path = unused_name(runs, safe_name(f"{run.name} copy")) if name is None else runs / safe_name(name)
    unfinished = None
    try:
        with moving(f"{run.name} could not be copied to {path.name}"):
            _refuse_taken(runs, path.name)
            # In the same folder, since renaming is atomic only within a file system.
            unfinished = Path(tempfile.mkdtemp(prefix=f".{path.name}.", suffix=".part", dir=runs))
            copy = unfinished / "run"
            if run.path.is_dir():
                # Links stay links: their targets do not belong to the run.
                shutil.copytree(run.path, copy, symlinks=True, ignore=shutil.ignore_patterns(".*.part"))
            else:
                copy.mkdir()
                shutil.copy2(run.path, copy / RUN_FILE)
            copy.rename(path)
    finally:
        if unfinished:
            shutil.rmtree(unfinished, ignore_errors=True)
    return read_run(path)


@checked
def delete_run(run: Run) -> Deleted:
    """Delete a run so that `restore_run` can restore it: it is moved into the folder `.deleted` beside it.

    The last `KEPT` deletions are kept there; what was deleted before them is lost for good.

    Parameters
    ----------
    run : Run

    Returns
    -------
    Deleted

    Raises
    ------
    BusyError
        If the run is open in another studio.
    SaveError
        If it cannot be moved; the run is unharmed then.
    """
    return delete_runs([run])[0]


@checked
def delete_runs(runs: Sequence[Run]) -> tuple[Deleted, ...]:
    """Delete runs of one folder together, all of them or none; see `delete_run`.

    Parameters
    ----------
    runs : sequence of Run

    Returns
    -------
    tuple of Deleted
        In the same order.

    Raises
    ------
    BusyError
        If one is open in another studio.
    SaveError
        If one cannot be moved.
    """

    @contextmanager
    def while_moved(path: Path) -> Iterator[None]:
        with locked(path), moving(f"{plain_text(path.name)} could not be deleted"):
            yield

    with moving("the runs could not be deleted"):
        return set_aside_together([run.path for run in runs], while_moved)


@checked
def restore_run(deleted: Deleted) -> Run:
    """Move a deleted run back to where it was, with a number added where its name has been taken.

    Parameters
    ----------
    deleted : Deleted

    Returns
    -------
    Run

    Raises
    ------
    BusyError
        If another studio has it open, which is possible if its folder was deleted by other means.
    SaveError
        If it was deleted for good, or cannot be moved.
    """
    was, kept = deleted.path, deleted.kept
    with moving(f"{was.name} could not be restored"):
        name = was.name if kept.is_dir() else was.stem
        path = unused_name(was.parent, name)
        path = path if kept.is_dir() else path.with_name(path.name + was.suffix)
        with locked(path):
            deleted.move_back(path)
    return read_run(path)


def _is_taken(runs: Path, name: str) -> bool:
    """Return whether a run has that name, be it a folder or a single file; links count, even broken ones."""
    return any(os.path.lexists(runs / entry) for entry in (name, f"{name}.safetensors"))


def _refuse_taken(runs: Path, name: str) -> None:
    if _is_taken(runs, name):
        raise SaveError(f"there is already a run {name}; choose another name")
