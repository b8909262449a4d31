"""A cache of what was read from files, in the user's cache folder: the notes of each, or why there are none.

Each file has its own entry, so that only changed files are read again, and an interrupted load keeps what it has read.
An entry is a checksum, a line of JSON, and the arrays: zipped ones (`.npz`) take ten times as long to open. No grid is
involved.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import zlib
from collections.abc import Iterable
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from lstmmusic.base.files import DAMAGE, write_atomically
from lstmmusic.errors import MidiError
from lstmmusic.music.formats.containers import container_of
from lstmmusic.music.score import Notes, Part, Score

Found = Score | MidiError

# Of all entries together: notes of about 14,000 piano pieces.
MAX_BYTES = 2**30

# To be raised when the format of entries changes, or when a reader finds other notes in the same file.
_FORMAT = 7

_CHECKSUM = 4  # bytes

_SCALARS = ("name", "resolution", "length", "damaged")
_TABLES = ("tempi", "time_signatures", "key_signatures", "pedal")

# Of `_arrays_of`. The largest come first, so that each number is at a multiple of its size: others take twice the time.
_DTYPES = (np.dtype("<i8"),) * (2 + len(_TABLES)) + (np.dtype("<u2"),) * 2 + (np.dtype("u1"),) * 4

_log = logging.getLogger(__name__)


def cache_folder() -> Path:
    """Return the folder of the entries: in `LSTMMUSIC_CACHE`, or in the system's folder for caches."""
    from platformdirs import user_cache_dir  # the processes that read files do not need it

    return Path(os.environ.get("LSTMMUSIC_CACHE") or user_cache_dir("lstmmusic"), "scores")


def entry_of(path: Path, reader: str) -> Path | None:
    """Return the path of the entry for a file as it is now and its reader; None if there is no such file.

    A changed size or modification time gives another entry: of the file itself, or of the one that the path leads into.
    """
    return entries_of([path], reader)[0]


def entries_of(paths: Iterable[Path], reader: str) -> list[Path | None]:
    """Return what `entry_of` does for each path."""
    folder, here = str(cache_folder()), ""
    with suppress(OSError):  # the working folder may have been deleted
        here = str(Path.cwd())
    containers: dict[str, str] = {}  # by what leads into them: of thousands of members, few ask the system
    entries: list[Path | None] = []
    for path in paths:
        text = os.fspath(path)
        around = text.rpartition(os.sep)[0]
        try:
            stamp = containers.get(around) or _stamp(text)
            if not stamp and (container := container_of(path)):
                stamp = containers[around] = _stamp(container)
        except (OSError, ValueError):  # reading it reports why
            stamp = ""
        identity = "\0".join((str(_FORMAT), reader, os.path.join(here, text), stamp))  # noqa: PTH118 - faster
        digest = hashlib.sha256(identity.encode(errors="surrogateescape")).hexdigest()
        entries.append(Path(folder, digest) if stamp else None)
    return entries


def _stamp(path: str | Path) -> str:
    """Return what changes with the content of a file, or "" if there is no such file."""
    try:
        status = os.stat(path)  # noqa: PTH116 - faster
    except (FileNotFoundError, NotADirectoryError):
        return ""
    return f"{status.st_size}\0{status.st_mtime_ns}"


def recall(entry: Path) -> Found | None:
    """Return what `keep` stored; None if there is nothing, or it is damaged, which is logged as a warning."""
    try:
        found = _decode(entry.read_bytes(), entry.name)
    except FileNotFoundError:
        return None
    except DAMAGE as error:
        _log.warning("%s in the cache is damaged (%s); its file is read again", entry, error)
        return None
    with suppress(OSError):
        os.utime(entry)  # the time of last use, for `prune`
    return found


def keep(entry: Path, found: Found) -> str:
    """Store a score, or why there is none; return why that failed, or ""."""
    try:
        write_atomically(entry, _encode(found, entry.name), durable=False)
    except OSError as error:
        return str(error)
    return ""


def prune() -> None:
    """Remove the least recently used entries until all together have at most `MAX_BYTES`."""
    with suppress(OSError):  # another process may do so too
        with os.scandir(cache_folder()) as entries:
            stats = [(entry.stat(), entry.path) for entry in entries]
        used = [(status.st_mtime_ns, status.st_size, path) for status, path in stats]
        excess = sum(size for _, size, _ in used) - MAX_BYTES
        for _, size, path in sorted(used):
            if excess <= 0:
                break
            Path(path).unlink()
            excess -= size


def _arrays_of(score: Score) -> list[np.ndarray[Any, Any]]:
    tables = [getattr(score, name) for name in _TABLES]
    each = score.notes, score.drums
    columns = [getattr(notes, name) for name in ("parts", "pitches", "velocities") for notes in each]
    return [*(notes.ticks for notes in each), *tables, *columns]


def _encode(found: Found, name: str) -> bytes:
    header: dict[str, Any] = {"entry": name}
    arrays: list[np.ndarray[Any, Any]] = []
    if isinstance(found, Score):
        arrays = _arrays_of(found)
        header |= {field: getattr(found, field) for field in _SCALARS}
        header["parts"] = [list(vars(part).values()) for part in found.parts]
        header["shapes"] = [array.shape for array in arrays]
    else:
        header["reason"] = str(found)
    line = json.dumps(header).encode()
    line += b" " * (-(_CHECKSUM + len(line) + 1) % 8) + b"\n"
    content = line + b"".join(array.tobytes("F") for array in arrays)
    return zlib.crc32(content).to_bytes(_CHECKSUM, "little") + content


def _decode(content: bytes, name: str) -> Found:
    if zlib.crc32(memoryview(content)[_CHECKSUM:]).to_bytes(_CHECKSUM, "little") != content[:_CHECKSUM]:
        raise ValueError("its checksum is wrong")
    at = content.index(b"\n", _CHECKSUM) + 1
    header = json.loads(content[_CHECKSUM:at])
    if header["entry"] != name:
        raise ValueError("it is that of another file")
    if "reason" in header:
        return MidiError(header["reason"])
    arrays = []
    for dtype, shape in zip(_DTYPES, header["shapes"], strict=True):
        array: np.ndarray[Any, Any] = np.ndarray(shape, dtype, content, at, order="F")
        arrays.append(array)
        at += array.nbytes
    ticks, tables, parts, pitches, velocities = arrays[:2], arrays[2:-6], arrays[-6:-4], arrays[-4:-2], arrays[-2:]
    notes, drums = map(Notes, pitches, velocities, parts, ticks)
    fields: dict[str, Any] = {name: header[name] for name in _SCALARS} | dict(zip(_TABLES, tables, strict=True))
    return Score.from_fields(notes=notes, drums=drums, parts=tuple(_part(*part) for part in header["parts"]), **fields)


# Ten thousand files have few different parts: each is made once.
_part = lru_cache(maxsize=1024)(Part)
