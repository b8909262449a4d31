"""Files: written so that a full disk or a crash leaves what was there before; and where the bundled ones are."""

from __future__ import annotations

import itertools
import os
import tempfile
import zipfile
import zlib
from contextlib import suppress
from pathlib import Path

from lstmmusic.errors import SaveError

# What numpy, zipfile and zlib raise for a file that is cut off, altered, or something else altogether.
DAMAGE = (OSError, ValueError, TypeError, LookupError, EOFError, NotImplementedError, zipfile.BadZipFile, zlib.error)


def write_atomically(path: str | Path, content: bytes, *, durable: bool = True) -> None:
    """Write a file so that either all of it or what was there before is found; folders are made as needed.

    Parameters
    ----------
    path : str or Path
    content : bytes
    durable : bool
        Whether to wait until the file would outlive a power failure.

    Raises
    ------
    SaveError
        If it cannot be written, with the system's reason; a file that was there is unharmed.
    """
    path = Path(path).expanduser()
    unfinished = None
    try:
        if path.is_dir():
            raise IsADirectoryError(None, "it is a folder; name a file in it")
        path.parent.mkdir(parents=True, exist_ok=True)
        # Beside the file, since only within one file system is renaming all or nothing.
        descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
        unfinished = Path(name)
        with open(descriptor, "wb") as file:  # noqa: PTH123 - of a descriptor
            file.write(content)
            file.flush()
            if durable:
                os.fsync(file.fileno())
        unfinished.chmod(0o666 & ~_umask())
        unfinished.replace(path)
    except OSError as error:
        if unfinished:
            with suppress(OSError):
                unfinished.unlink()
        raise SaveError(
            f"{path} could not be saved ({error.strerror or error}); what was there before is unharmed. "
            f"Free some space, or choose another folder"
        ) from error


def unused_path(path: Path) -> Path:
    """Return `path`, or with a number added where a file has that name already."""
    names = itertools.chain([path.name], (f"{path.stem}-{number}{path.suffix}" for number in itertools.count(2)))
    return next(other for other in map(path.with_name, names) if not other.exists())


def _umask() -> int:
    """Permissions that new files go without; mkstemp makes them for the owner alone."""
    mask = os.umask(0)
    os.umask(mask)
    return mask


def assets() -> Path:
    """Folder of the bundled music and sound: inside an installed package, beside it in a checkout."""
    packaged = Path(__file__).parent / "assets"
    return packaged if packaged.is_dir() else Path(__file__).parents[1] / "assets"
