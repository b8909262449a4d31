"""One at a time: a lock on a run, which ends with the process that holds it, whatever ends that.

Locks lie beside the runs, and not in them: a run moves under another name as a whole, also where a system moves no
folder in which a file is open, and what is held is its name, whatever becomes of its folder.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import BaseFileLock, FileLock, Timeout

from lstmmusic.errors import BusyError, SaveError
from lstmmusic.files import leads_elsewhere, remove_unfinished

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
