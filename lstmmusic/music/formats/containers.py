"""Files that hold several pieces: zip files, and tunebooks in ABC. A path leads into them as into a folder.

Nothing is extracted to a disk. A zip file is not believed: its directory, its members and all of them together are
bounded before they are decompressed, so that none takes more time or memory than a file of its size.
"""

from __future__ import annotations

import errno
import io
import os
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import suppress
from functools import lru_cache
from itertools import islice, pairwise
from pathlib import Path, PurePosixPath
from typing import BinaryIO, NamedTuple

from lstmmusic.base.files import DAMAGE, decode_text, safe_name
from lstmmusic.errors import ConfigError, MidiError, UnreadError, plain_text, reason_of
from lstmmusic.music.formats.kinds import ABC, ZIP, excess_of, kind_of, limit_of

# Pieces of a file that are listed, and the bytes that may describe the members of a zip file.
MAX_MEMBERS = 50_000
_MAX_DIRECTORY = 4_000_000

# Bytes of the members of a zip file together, when decompressed.
MAX_TOTAL = 1_000_000_000

# Music is compressed about tenfold, and notation rarely more than fiftyfold; small files may be all zeros.
_MAX_RATIO, _UNSUSPICIOUS = 200, 100_000

_ENCRYPTED = 1
_LOCAL_HEADER, _LOCAL_HEADER_BYTES = b"PK\3\4", 30

_TUNE = re.compile(rb"^X:", re.MULTILINE)
_TITLE = re.compile(rb"^T:(.*)", re.MULTILINE)
# What the lines before the first tune of a tunebook say of all of them; bounded, since each tune gets a copy.
_DEFAULTS = re.compile(rb"^(?:[LMQI]:|%%(?:MIDI|propagate)).*\n?", re.MULTILINE)
_MAX_DEFAULTS = 2000
_TITLE_LETTERS = 60


class _Stamp(NamedTuple):
    """A file as it was, so that another content of it is read again."""

    path: Path
    size: int
    changed: int


def list_members(path: Path) -> tuple[list[Path], dict[Path, str]]:
    """List the pieces in a file.

    Parameters
    ----------
    path : Path
        A file of any kind in `lstmmusic.music.formats.kinds`.

    Returns
    -------
    members : list of Path
        Paths such as `songs.zip/a/b.mid`, `tunes.abc/0012 The Butterfly.abc` or both, in the order of the file; the
        path itself if it holds one piece.
    left_out : dict of Path to str
        Members that are not read, and why.

    Raises
    ------
    MidiError
        If it is a zip file that cannot be read.
    """
    kind = kind_of(path)
    if kind not in (ABC, ZIP):
        return [path], {}
    try:
        stamp = _stamp(path)
    except OSError:
        return [path], {}  # reading it reports why
    infos, reasons = ({"": None}, dict[str, str]()) if kind == ABC else _directory(stamp)
    left_out = {path / name: f"{PurePosixPath(name).name} {reason}" for name, reason in reasons.items()}
    members: list[Path] = []
    for name in infos:
        member = path / name if name else path
        found = [member]
        if kind_of(member) == ABC and (name or stamp.size <= limit_of(ABC)):
            with suppress(MidiError, OSError):  # reading it reports why
                found = _tune_paths(member, _tunes(stamp, name))
        if len(members) + len(found) > MAX_MEMBERS:
            left_out[member] = (
                f"{member.name} has more than the {MAX_MEMBERS:,} pieces that are read of a file; split it"
            )
        members += found[: MAX_MEMBERS - len(members)]
    return members, left_out


def container_of(path: Path) -> Path | None:
    """Return the file that a path leads into; None if there is none.

    Raises
    ------
    OSError
        If that cannot be found out.
    """
    for parent in path.parents:
        try:
            mode = parent.stat().st_mode
        except (FileNotFoundError, NotADirectoryError):
            continue
        return parent if stat.S_ISREG(mode) and kind_of(parent) in (ABC, ZIP) else None
    return None


def open_member(path: Path) -> bytes:
    """Return the content of a member, as `list_members` names it.

    Raises
    ------
    FileNotFoundError
        If the path leads into no file, or that has no such member.
    MidiError
        If the member or its file cannot be read.
    """
    missing = FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(path))
    container = container_of(path)
    if container is None:
        raise missing
    stamp, name = _stamp(container), path.relative_to(container).as_posix()
    if kind_of(container) == ABC:
        tunes = _tunes(stamp, "")
    elif name in (infos := _directory(stamp)[0]):
        return _extract_from(container, infos[name])
    else:
        book, _, name = name.rpartition("/")
        if book not in infos:
            raise missing
        tunes = _tunes(stamp, book)
    if name not in tunes:
        raise missing
    return tunes[name]


def size_of(path: Path) -> int:
    """Return the bytes of a file or of a member when decompressed, and 0 if it cannot be read."""
    try:
        return path.stat().st_size
    except OSError:
        pass
    try:
        container = container_of(path)
        if container and kind_of(container) == ZIP:
            info = _directory(_stamp(container))[0].get(path.relative_to(container).as_posix())
            if info:
                return info.file_size
        return len(open_member(path))
    except (OSError, MidiError):
        return 0


def _stamp(path: Path) -> _Stamp:
    status = path.stat()
    if not stat.S_ISREG(status.st_mode):
        raise OSError(errno.EINVAL, "it is not a regular file")
    return _Stamp(path, status.st_size, status.st_mtime_ns)


def _tune_paths(path: Path, tunes: dict[str, bytes]) -> list[Path]:
    return [path / name for name in tunes] if len(tunes) > 1 else [path]


# Thousands of members of few files are read one after another.
@lru_cache(maxsize=4)
def _tunes(stamp: _Stamp, name: str) -> dict[str, bytes]:
    """Return the tunes of a tunebook, which may be a member of a zip file, by name."""
    content = _extract_from(stamp.path, _directory(stamp)[0][name]) if name else stamp.path.read_bytes()
    return dict(_split(content.replace(b"\r\n", b"\n").replace(b"\r", b"\n")))


def _split(book: bytes) -> Iterator[tuple[str, bytes]]:
    begins = [tune.start() for tune in islice(_TUNE.finditer(book), MAX_MEMBERS + 1)]
    digits = max(4, len(str(len(begins))))
    defaults = b"".join(_DEFAULTS.findall(book[: begins[0]])) if begins else b""
    defaults = b"".join(defaults[:_MAX_DEFAULTS].rpartition(b"\n")[:2])
    for number, (begin, end) in enumerate(pairwise([*begins, len(book)]), start=1):
        tune = book[begin:end]
        title = _TITLE.search(tune)
        name = f"{number:0{digits}}"
        with suppress(ConfigError):  # it has no title
            name += " " + safe_name(decode_text(title[1]) if title else "")[:_TITLE_LETTERS].strip(" .-")
        yield f"{name}.abc", defaults + tune


class _Bounded:
    """A file that `zipfile` reads a bounded part of at once: the directory is as long as the file claims."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._size = file.seek(0, os.SEEK_END)
        self.seek, self.tell = file.seek, file.tell

    def read(self, size: int | None = -1) -> bytes:
        """Read bytes, all that are left by default."""
        left = max(self._size - self.tell(), 0)
        size = left if size is None or size < 0 else min(size, left)
        if size > _MAX_DIRECTORY:
            raise zipfile.BadZipFile("its directory is too long")
        return self._file.read(size)


def _infos(file: BinaryIO) -> list[zipfile.ZipInfo]:
    """Return the members of a zip file."""
    try:
        with zipfile.ZipFile(_Bounded(file)) as archive:
            return [info for info in archive.infolist() if not info.is_dir()]
    except (*DAMAGE, struct.error) as error:
        raise MidiError(str(error)) from error


def unzip(content: bytes, name: str, limit: int) -> bytes:
    """Decompress one member of a zip file in memory.

    Raises
    ------
    MidiError
        If there is none, or it cannot be read.
    """
    file = io.BytesIO(content)
    info = next((info for info in _infos(file) if info.filename == name), None)
    if info is None:
        raise MidiError(f"it has no {plain_text(name)!r}")
    if objection := _objection(info, limit):
        raise MidiError(f"its {plain_text(name)!r} {objection}")
    return _extract(file, info)


@lru_cache(maxsize=4)
def _directory(stamp: _Stamp) -> tuple[dict[str, zipfile.ZipInfo], dict[str, str]]:
    """Return the members of a zip file by name, and why others are not read."""
    name = stamp.path.name
    if excess := excess_of(stamp.size, limit_of(ZIP)):
        raise MidiError(f"{name} {excess}")
    try:
        with stamp.path.open("rb") as file:
            infos = _infos(file)
    except OSError as error:
        raise UnreadError(f"{name} could not be read ({reason_of(error)})") from error
    except MidiError as error:
        raise MidiError(f"{name} is not a readable zip file ({error})") from error
    members: dict[str, zipfile.ZipInfo] = {}
    left_out: dict[str, str] = {}
    total = 0
    for info in infos:
        # Some programs for Windows write backslashes; macOS adds a file of attributes to each file.
        parts = info.filename.replace("\\", "/").split("/")
        if parts[0] == "__MACOSX":
            continue
        path = "/".join(part for part in parts if part not in ("", ".", ".."))
        if not path:
            continue
        kind = kind_of(PurePosixPath(path))
        if not kind:
            left_out[path] = "is not a music file by its name"
        elif kind == ZIP:
            left_out[path] = "is a zip file in a zip file; unpack the outer one into a folder"
        elif ".." in parts or not parts[0] or ":" in parts[0]:
            left_out[path] = f"has a path that leads outside its zip file ({plain_text(info.filename)})"
        elif objection := _objection(info, limit_of(kind)):
            left_out[path] = objection
        elif len(members) >= MAX_MEMBERS or total + info.file_size > MAX_TOTAL:
            most = f"{MAX_MEMBERS:,} files or {MAX_TOTAL / 1e6:,.0f} MB"
            left_out[path] = f"comes after the first {most} of its zip file; unpack it into a folder"
        else:
            members[path] = info
            total += info.file_size
    return members, {path: reason for path, reason in left_out.items() if path not in members}


def _objection(info: zipfile.ZipInfo, limit: int) -> str:
    """Return why a member of a zip file is not decompressed, or ""."""
    if info.flag_bits & _ENCRYPTED:
        return "is encrypted; unpack the zip file into a folder"
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return "is compressed by another method than deflate; unpack the zip file into a folder"
    if excess := excess_of(max(info.file_size, info.compress_size), limit):
        return excess
    if info.file_size > _UNSUSPICIOUS and info.file_size > _MAX_RATIO * info.compress_size:
        return f"is compressed more than {_MAX_RATIO}-fold, as no music is"
    return ""


def _extract_from(path: Path, info: zipfile.ZipInfo) -> bytes:
    with path.open("rb") as file:
        return _extract(file, info)


def _extract(file: BinaryIO, info: zipfile.ZipInfo) -> bytes:
    """Decompress a member to the size that the directory gives, and no further."""
    if not 0 <= info.header_offset <= limit_of(ZIP):
        raise MidiError("its zip file is damaged")
    file.seek(info.header_offset)
    header = file.read(_LOCAL_HEADER_BYTES)
    if len(header) < _LOCAL_HEADER_BYTES or not header.startswith(_LOCAL_HEADER):
        raise MidiError("its zip file is damaged")
    name, extra = struct.unpack_from("<HH", header, _LOCAL_HEADER_BYTES - 4)
    file.seek(name + extra, os.SEEK_CUR)
    content = file.read(info.compress_size)
    try:
        if info.compress_type == zipfile.ZIP_DEFLATED:
            content = zlib.decompressobj(-zlib.MAX_WBITS).decompress(content, info.file_size + 1)
    except zlib.error as error:
        raise MidiError(f"its zip file is damaged ({error})") from error
    if len(content) != info.file_size or zlib.crc32(content) != info.CRC:
        raise MidiError("its zip file is damaged")
    return content
