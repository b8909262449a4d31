"""Runs that were deleted: they are kept for a while, and can be brought back.

A run is moved as a whole, by renaming; and only while no other studio has it open.
"""

from __future__ import annotations

import re
import shutil
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from lstmmusic.errors import SaveError
from lstmmusic.files import leads_elsewhere
from lstmmusic.locks import locked
from lstmmusic.run_folders import told, unused_name
from lstmmusic.runs import Run, read_run

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
