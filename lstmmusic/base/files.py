"""Files: written so that a full disk or a crash leaves what was there before; and where the bundled ones are."""

from __future__ import annotations

import errno
import itertools
import os
import re
import secrets
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from lstmmusic.errors import ConfigError, SaveError

# What numpy, zipfile and zlib raise for a file that is cut off, altered, or something else altogether.
DAMAGE = (OSError, ValueError, TypeError, LookupError, EOFError, NotImplementedError, zipfile.BadZipFile, zlib.error)

# A file system takes 255 bytes, and files are written under longer names first.
MAX_NAME_BYTES = 160

# No files can have these names on Windows, whatever their suffix.
_DEVICES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)


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
    with replacing(path, durable=durable) as file:
        file.write(content)


@contextmanager
def replacing(path: str | Path, *, durable: bool = True) -> Iterator[BinaryIO]:
    """Open a file that takes the place of another when all is written; see `write_atomically`."""
    try:
        path = Path(path).expanduser()
        # Beside the file, since only within one file system is renaming all or nothing.
        unfinished = path.with_name(f".{path.name}.{secrets.token_hex(6)}.part")
        with suppress(OSError):
            path.lstat()
    except (RuntimeError, ValueError) as wrong:  # no home is of that name; it can name no file
        raise SaveError(f"{str(path)!r} names no file ({wrong}); check the path") from wrong
    try:
        if path.is_dir():
            raise IsADirectoryError(None, "it is a folder; name a file in it")
        path.parent.mkdir(parents=True, exist_ok=True)
        with unfinished.open("xb") as file:
            yield file
            file.flush()
            if durable:
                os.fsync(file.fileno())
        unfinished.replace(path)
        if durable:
            _sync_folder(path.parent)
    except BaseException as error:
        with suppress(OSError):
            unfinished.unlink()
        if not isinstance(error, OSError):
            raise
        raise SaveError(
            f"{path} could not be saved ({error.strerror or error}); what was there before is unharmed. "
            f"Free some space, or choose another folder"
        ) from error


def home_path(path: str | Path) -> Path:
    """Return a path to read from, with `~` as a home; as it stands where nobody of that name has one.

    Raises
    ------
    FileNotFoundError
        If it has a character that no path has.
    """
    path = Path(path)
    with suppress(RuntimeError):
        path = path.expanduser()
    try:
        with suppress(OSError):
            path.lstat()
    except ValueError as wrong:
        raise FileNotFoundError(errno.ENOENT, str(wrong)) from wrong
    return path


def utf8_path(file: BinaryIO) -> str:
    """Return a path of an open file for libraries that want UTF-8, where names may be any bytes."""
    try:
        file.name.encode()
    except UnicodeEncodeError:
        return f"/proc/self/fd/{file.fileno()}"  # on Linux, where there are such names
    return file.name


def unused_path(path: Path) -> Path:
    """Return `path`, or with a number added where a file has that name already."""
    names = itertools.chain([path.name], (f"{path.stem}-{number}{path.suffix}" for number in itertools.count(2)))
    return next(other for other in map(path.with_name, names) if not os.path.lexists(other))


def remove_unfinished(folder: Path) -> None:
    """Clear away what `write_atomically` left in a folder when its process was killed; nobody may be writing there."""
    for part in folder.glob(".*.part"):
        with suppress(OSError):
            part.unlink()


def leads_elsewhere(path: Path) -> bool:
    """Tell whether a path is a link, or has a `..` at its end."""
    # Where folders can be links of another kind, as on Windows, only resolving shows it.
    return path.is_symlink() or path.resolve().parent != path.parent.resolve()


def _sync_folder(folder: Path) -> None:
    """Wait until a name in a folder would outlive a power failure; some systems cannot, and need not."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def assets() -> Path:
    """Folder of the bundled music and sound: inside an installed package, beside it in a checkout."""
    packaged = Path(__file__).parents[1] / "assets"
    return packaged if packaged.is_dir() else Path(__file__).parents[2] / "assets"


def safe_name(text: str) -> str:
    """Make a name of what a person typed, that every file system takes, and that leads nowhere else.

    Raises
    ------
    ConfigError
        If nothing is left.
    """
    characters = (
        "-" if character in '<>:"/\\|?*' or unicodedata.category(character).startswith("C") else character
        for character in " ".join(unicodedata.normalize("NFC", text).split())
    )
    name = "".join(characters).lstrip(".- ")
    name = name.encode()[:MAX_NAME_BYTES].decode(errors="ignore").rstrip(".- ")
    if not name:
        raise ConfigError(f"{text[:40]!r} is no name; type letters or digits")
    return f"run {name}" if _DEVICES.fullmatch(name) else name
