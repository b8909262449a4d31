"""Moving what is saved: an error says what to do, and what is deleted is set aside so that it can be restored."""

from __future__ import annotations

import errno
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
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

# What was deleted and can be restored, in a folder.
KEPT = 20


@dataclass(frozen=True)
class Deleted:
    """What can be restored until `KEPT` others have been deleted after it.

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
    """Move a file or folder into the folder `.deleted` beside it; the last `KEPT` are kept there.

    Raises
    ------
    SaveError
        If that folder leads elsewhere.
    OSError
        If it cannot be moved; it is unharmed then.
    """
    trash = path.parent / DELETED
    if leads_elsewhere(trash):
        raise SaveError(f"{trash} leads elsewhere, and is not followed; put a folder there")
    trash.mkdir(exist_ok=True)
    place = _new_place(trash)
    try:
        path.rename(place / path.name)
    except OSError:
        place.rmdir()
        raise
    for old in _places(trash)[:-KEPT]:
        shutil.rmtree(old, ignore_errors=True)  # the next deletion tries again
    return Deleted(path, place / path.name)


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
