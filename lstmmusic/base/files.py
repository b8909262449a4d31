"""Files and their names: atomic writing, safe names and paths, text in any encoding, and the bundled files."""

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

from lstmmusic.errors import ConfigError, SaveError, reason_of

# What numpy, zipfile and zlib raise for a file that is truncated, altered or of another kind. OSError is among them, as
# numbers in a damaged file may lead before its beginning. A disk that fails looks the same where a file is opened as
# well: the message has the reason that the system gives.
DAMAGE = (OSError, ValueError, TypeError, LookupError, EOFError, NotImplementedError, zipfile.BadZipFile, zlib.error)

# File systems allow 255 bytes, and files are written under longer temporary names first.
MAX_NAME_BYTES = 160

# What has a meaning in paths, on one system or another.
_UNFIT = str.maketrans(dict.fromkeys('<>:"/\\|?*', "-"))

# Windows allows no files of these names, with any suffix.
_DEVICES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)


def write_atomically(path: str | Path, content: bytes, *, durable: bool = True) -> None:
    """Write a file completely or not at all; its folders are created as needed.

    Parameters
    ----------
    path : str or Path
    content : bytes
    durable : bool
        Whether to wait until the file would survive a power failure.

    Raises
    ------
    SaveError
        If it cannot be written, with the system's reason; an existing file is unharmed.
    """
    with replacing(path, durable=durable) as file:
        file.write(content)


def decode_text(content: bytes) -> str:
    """Decode a text from anywhere: UTF-16 with a byte order mark, UTF-8, or else Latin-1, as older programs write."""
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return content.decode("utf-16", "replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("latin-1")


@contextmanager
def replacing(path: str | Path, *, durable: bool = True) -> Iterator[BinaryIO]:
    """Open a file that replaces the one at `path` once it is complete; see `write_atomically`."""
    try:
        path = Path(path).expanduser()
        # In the same folder, since renaming is atomic only within a file system.
        unfinished = path.with_name(f".{path.name}.{secrets.token_hex(6)}.part")
        with suppress(OSError):
            path.lstat()
    except (RuntimeError, ValueError) as wrong:  # no user of that name; not a valid path
        raise SaveError(f"{str(path)!r} is not a valid path ({wrong}); check it") from wrong
    try:
        if path.is_dir():
            raise IsADirectoryError(None, "it is a folder; add a file name")
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
        if not isinstance(error, OSError) or isinstance(error, SaveError):  # which says why already
            raise
        raise SaveError(
            f"{path} could not be saved ({reason_of(error)}); an existing file is unharmed. "
            f"Free some space, or choose another folder"
        ) from error


def remove_unfinished(folder: Path) -> None:
    """Remove what `write_atomically` left in a folder when its process was killed; nothing may be writing there."""
    for part in folder.glob(".*.part"):
        with suppress(OSError):
            part.unlink()


def home_path(path: str | Path) -> Path:
    """Return a path to read from, with `~` expanded unless there is no such user.

    Raises
    ------
    FileNotFoundError
        If it has a character that no path can have.
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
    """Return a path of an open file for libraries that require UTF-8, although names may be any bytes."""
    try:
        file.name.encode()
    except UnicodeEncodeError:
        return f"/proc/self/fd/{file.fileno()}"  # such names occur on Linux only
    return file.name


def leads_elsewhere(path: Path) -> bool:
    """Return whether a path is a link, or ends in `..`."""
    if path.is_symlink():
        return True
    if os.name == "posix" and path.name not in ("", ".."):
        return False  # at once: a thousand runs are listed
    # Resolving also finds links of other kinds, for instance junctions on Windows.
    return path.resolve().parent != path.parent.resolve()


def unused_path(path: Path) -> Path:
    """Return `path`, with a number added if there is such a file already."""
    names = itertools.chain([path.name], (f"{path.stem}-{number}{path.suffix}" for number in itertools.count(2)))
    return next(other for other in map(path.with_name, names) if not os.path.lexists(other))


def safe_name(text: str) -> str:
    """Turn what a user typed into a file name that every file system allows, and that stays in its folder.

    Raises
    ------
    ConfigError
        If no character is left.
    """
    name = " ".join(unicodedata.normalize("NFC", text).split()).translate(_UNFIT)
    if not name.isprintable():  # nearly all names are, and checking each character takes twenty times as long
        name = "".join("-" if unicodedata.category(letter).startswith("C") else letter for letter in name)
    name = name.lstrip(".- ")
    name = name.encode()[:MAX_NAME_BYTES].decode(errors="ignore").rstrip(".- ")
    if not name:
        raise ConfigError(f"{text[:40]!r} is not a name; type letters or digits")
    return f"run {name}" if _DEVICES.fullmatch(name) else name


def assets() -> Path:
    """Return the folder of the bundled files: inside an installed package, beside it in a checkout."""
    packaged = Path(__file__).parents[1] / "assets"
    return packaged if packaged.is_dir() else Path(__file__).parents[2] / "assets"


def _sync_folder(folder: Path) -> None:
    """Wait until a new name in a folder would survive a power failure; some systems neither can nor need to."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
