"""Locks on runs, so that two studios do not overwrite each other's work."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import BaseFileLock, FileLock, Timeout

from lstmmusic.base.files import leads_elsewhere, remove_unfinished
from lstmmusic.errors import BusyError, SaveError, reason_of

LOCKS = ".locks"

# Why there can be no lock in a folder: it may not be written, is not there, is full, or its file system has no locks.
# Saving reports all but the last.
_NO_LOCKS = {
    *(errno.EACCES, errno.EPERM, errno.EROFS),
    *(errno.ENOENT, errno.ENOTDIR),
    *(errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)),  # which Windows lacks
    *(errno.ENOLCK, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP),
}

# How long a lock may be held by a process that only looks whether another one has it.
LOOK = 0.2  # seconds


def lock_run(path: Path) -> BaseFileLock:
    """Lock a run against other studios, and remove what a killed process left unfinished.

    Locks are kept beside the runs, not in them: some systems cannot move a folder in which a file is open, and the lock
    is on the name of the run, even if its folder is deleted. Where there can be none, as in a folder without write
    permission, the run is not locked.

    Parameters
    ----------
    path : Path
        The folder of the run, or its single file.

    Returns
    -------
    BaseFileLock
        Released by its `release`, or by the end of the process, however it ends. Where there can be no lock, its
        `is_locked` is False.

    Raises
    ------
    BusyError
        If another studio has the run open.
    SaveError
        If the place of the lock is a link, or the run cannot be locked for any other reason: a disk that fails, or too
        many open files, must not let two studios train it.
    """
    locks = path.parent / LOCKS
    file = locks / path.name
    # Any thread may release it; and the system drops the lock of a process that has died.
    lock = FileLock(file, timeout=LOOK, poll_interval=LOOK / 10, thread_local=False)
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
            f"{path.name} is open in another studio, and two would overwrite each other's work. "
            f"Close it there (or end that kernel), or duplicate the run and open the copy"
        ) from None
    except NotImplementedError:  # of filelock, on a file system without locks
        return lock
    except OSError as error:
        if error.errno in _NO_LOCKS:
            return lock
        raise SaveError(
            f"{path.name} could not be locked against other studios ({reason_of(error)}): close other programs, or "
            f"choose another folder"
        ) from error
    if path.is_dir():
        remove_unfinished(path)
    return lock


def is_locked(path: Path) -> bool:
    """Return whether this process or another one has a run open; nothing is created or waited for.

    False where that cannot be found out, as with the lock of another user: opening the run tries again.
    """
    file = path.parent / LOCKS / path.name
    if not file.is_file() or leads_elsewhere(file.parent) or leads_elsewhere(file):
        return False
    lock = FileLock(file, timeout=0, thread_local=False)
    try:
        lock.acquire()
    except Timeout:
        return True
    except (OSError, NotImplementedError):
        return False
    lock.release()
    return False


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Lock a run within a `with`; see `lock_run`."""
    lock = lock_run(path)
    try:
        yield
    finally:
        lock.release()
