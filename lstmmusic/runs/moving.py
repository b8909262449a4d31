"""Moving what is saved: an error says what to do, and what is deleted is set aside so that it can be restored."""

from __future__ import annotations

import errno
import re
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path

from lstmmusic.base.files import leads_elsewhere
from lstmmusic.errors import SaveError, reason_of

REMEDIES = {
    **dict.fromkeys((errno.EEXIST, errno.ENOTEMPTY), "that name is taken; choose another"),
    **dict.fromkeys((errno.EACCES, errno.EPERM, errno.EROFS), "choose a folder in which you may write"),
    errno.ENOTDIR: "a file is in the place of a folder; move it away",
}

DELETED = ".deleted"

# How many deletions can be taken back, in a folder.
KEPT = 20


@dataclass(frozen=True)
class Deleted:
    """What can be restored until there were `KEPT` other deletions after it.

    Parameters
    ----------
    path : Path
        Where it was.
    kept : Path
        Where it is.
    """

    path: Path
    kept: Path

    def move_back(self, path: Path) -> None:
        """Move it back to where it was, under the name of `path`."""
        self.kept.rename(path)
        with suppress(OSError):
            self.kept.parent.rmdir()


def set_aside(path: Path) -> Deleted:
    """Move a file or folder into the folder `.deleted` beside it; what was moved last is kept there.

    Raises
    ------
    SaveError
        If that folder leads elsewhere.
    OSError
        If it cannot be moved; it is unharmed then.
    """
    return set_aside_together([path], lambda _: nullcontext())[0]


def set_aside_together(
    paths: Sequence[Path], while_moved: Callable[[Path], AbstractContextManager[object]]
) -> tuple[Deleted, ...]:
    """Move files or folders of one folder into the folder `.deleted` beside them: all of them, or none.

    What was moved in the last `KEPT` calls is kept there.

    Parameters
    ----------
    paths : sequence of Path
    while_moved : callable
        Returns the context in which each is moved, for instance a lock on it.

    Returns
    -------
    tuple of Deleted
        In the same order.

    Raises
    ------
    SaveError
        If that folder leads elsewhere.
    OSError
        If one cannot be moved; all are where they were then. So they are after an error of `while_moved`.
    """
    if not paths:
        return ()
    trash = paths[0].parent / DELETED
    if leads_elsewhere(trash):
        raise SaveError(f"{trash} leads elsewhere, and is not followed; put a folder there")
    trash.mkdir(exist_ok=True)
    place = _new_place(trash)
    moved: list[Deleted] = []
    try:
        for path in paths:
            with while_moved(path):
                path.rename(place / path.name)
            moved.append(Deleted(path, place / path.name))
    except BaseException:
        for each in reversed(moved):
            each.move_back(each.path)
        with suppress(OSError):  # it is gone with the last one that was moved back
            place.rmdir()
        raise
    for old in _places(trash)[:-KEPT]:
        shutil.rmtree(old, ignore_errors=True)  # the next deletion tries again
    return tuple(moved)


@contextmanager
def moving(failure: str, of: str = "runs") -> Iterator[None]:
    """Raise errors of the system as a `SaveError`, with the remedy that their number suggests.

    Parameters
    ----------
    failure : str
        What could not be done.
    of : str
        What there are others of, to be listed again.
    """
    try:
        yield
    except SaveError:
        raise
    except OSError as error:
        remedies = {errno.ENOENT: f"it was moved or deleted; list the {of} again", **REMEDIES}
        remedy = remedies.get(error.errno or 0, "free some space, or choose another folder")
        raise SaveError(f"{failure} ({reason_of(error)}): {remedy}. What was there before is unharmed") from error


def _places(trash: Path) -> list[Path]:
    """List the numbered folders of what was deleted, the oldest first; anything else there is left alone."""
    numbered = [path for path in trash.iterdir() if re.fullmatch("[0-9]+", path.name)]
    return sorted(numbered, key=lambda path: int(path.name))


def _new_place(trash: Path) -> Path:
    while True:
        newest = max((int(path.name) for path in _places(trash)), default=0)
        with suppress(FileExistsError):  # another process was quicker
            place = trash / str(newest + 1)
            place.mkdir()
            return place
