"""A file of tunes, and what is read of it: a corpus may be larger than the memory.

The file is not mapped into memory: pages that were read would count as memory of the process, and a file that is
truncated meanwhile would end it. It may come from somebody else. What it says is checked before memory is taken for it,
and each tune when it is read.

The file has, one after the other, a head; the bits of each tune, its onsets and its velocities; a row of numbers for
each (`lstmmusic.music.tally`); a record in JSON for each verdict; and the index: a length, JSON, and columns of
numbers. All numbers are little-endian.
"""

from __future__ import annotations

import errno
import json
import os
import stat
import struct
import threading
import weakref
import zlib
from collections.abc import Iterator
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lstmmusic.base.files import home_path
from lstmmusic.config import RollConfig
from lstmmusic.errors import CorpusError, mapped_errors, plain_text
from lstmmusic.music.metre import Metre, check_metre
from lstmmusic.music.roll import MAX_STEPS, Tune, find_starts
from lstmmusic.music.tally import Rows, Tally, add_up, row_type

SUFFIX = ".corpus"  # by convention
MAGIC, FORMAT = b"LMcorpus", 1
HEAD = struct.Struct("<8sIIQQ")  # magic, format, checksum of the index, where it begins, its bytes

# Of an index; a tune takes about 100 bytes of it, and its notes before quantisation at most 34 MB in all.
MAX_INDEX = 2**30

ONSETS, VELOCITIES, DAMAGED = 1, 2, 4  # flags of a tune

# The columns of the index, each with the number of its entries.
COLUMNS: dict[str, tuple[str, str]] = {
    "steps": ("<u4", "tunes"),
    "notes": ("<u4", "tunes"),
    "flags": ("u1", "tunes"),
    "checksum": ("<u4", "tunes"),
    "down": ("u1", "tunes"),
    "up": ("u1", "tunes"),
    "softest": ("u1", "tunes"),
    "loudest": ("u1", "tunes"),
    "metre": ("<u4", "tunes"),
    "name_end": ("<u8", "tunes"),
    "used": ("u1", "verdicts"),
    "tune": ("<i4", "verdicts"),
    "original": ("<i4", "verdicts"),
    "record_end": ("<u8", "verdicts"),
    "label_end": ("<u8", "verdicts"),
    "pitch": ("u1", "notes"),
    "beat": ("<f8", "notes"),
    "second": ("<f8", "notes"),
    "score": ("<u4", "scores"),
    "names": ("u1", "name_bytes"),
    "labels": ("u1", "label_bytes"),
}

_AT_ONCE = 4_000_000  # bytes of numbers of tunes that are added up at once

Numbers = NDArray[np.int64]
Index = dict[str, NDArray[Any]]


class _File:
    """A file that is open to be read, by several threads."""

    def __init__(self, path: Path) -> None:
        # Without waiting for the other end of a pipe.
        flags = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOFOLLOW", 0)
        if path.is_symlink():
            raise OSError(errno.ELOOP, "it is a link; give the path of the file itself")
        self.descriptor = os.open(path, flags)
        weakref.finalize(self, os.close, self.descriptor)
        status = os.fstat(self.descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise OSError(errno.EINVAL, "it is not a file")
        self.path, self.size = path, status.st_size
        self._turn = threading.Lock()

    def read(self, at: int, size: int) -> bytearray:
        """Read bytes, which can be written to, as torch wants them.

        Raises
        ------
        CorpusError
            If the file has become shorter, or cannot be read.
        """
        name = plain_text(self.path.name)
        with mapped_errors(CorpusError, lambda reason: f"{name} cannot be read ({reason}); check the disk", OSError):
            if hasattr(os, "pread"):
                content = bytearray(os.pread(self.descriptor, size, at))
            else:
                with self._turn:
                    os.lseek(self.descriptor, at, os.SEEK_SET)
                    content = bytearray(os.read(self.descriptor, size))
        if len(content) != size:
            raise CorpusError(f"{name} has become shorter since it was opened; load the music again")
        return content


class Store:
    """A file of tunes that is open, and its index.

    Parameters
    ----------
    path : str or Path

    Attributes
    ----------
    path : Path
    about : dict
        The JSON of the index; the values are not checked beyond what is needed to read tunes.
    config : RollConfig
        The grid of all tunes.
    index : dict of str to ndarray
        See `COLUMNS`.
    checksum : int
        Of the index, which has those of the tunes: of other music it is another.

    Raises
    ------
    CorpusError
        If it is no corpus, is not complete, or is damaged.
    """

    def __init__(self, path: str | Path) -> None:
        shown = plain_text(str(path))
        no_corpus = f"{shown} is not a stored corpus, or is damaged"
        damage = ValueError, TypeError, LookupError, ArithmeticError, AttributeError, struct.error, RecursionError
        with (
            mapped_errors(CorpusError, lambda reason: f"{no_corpus} ({reason})", *damage),
            mapped_errors(CorpusError, lambda reason: f"{shown} cannot be opened ({reason}); check the path", OSError),
        ):
            self.path = Path(os.path.abspath(home_path(path)))  # noqa: PTH100 - without following a link
            self._file = _File(self.path)
            self._open()
        self._made: weakref.WeakValueDictionary[int, Tune] = weakref.WeakValueDictionary()

    def _open(self) -> None:
        if self._file.size < HEAD.size:
            raise ValueError("it is too short")
        magic, number, self.checksum, at, size = HEAD.unpack(self._file.read(0, HEAD.size))
        if magic != MAGIC:
            raise ValueError("its first bytes are others")
        if number != FORMAT:
            raise ValueError(f"it has format {number}; this version reads format {FORMAT}")
        if size > MAX_INDEX or at + size != self._file.size:
            raise ValueError("it does not have the length that it says; it was not written to its end")
        content = self._file.read(at, size)
        if zlib.crc32(content) != self.checksum:
            raise ValueError("the checksum of its index is wrong")
        length = int.from_bytes(content[:8], "little")
        self.about = json.loads(content[8 : 8 + length])
        self.config = RollConfig.from_dict(self.about["grid"])
        self.index = self._columns(memoryview(content)[8 + length :])
        self.metres = tuple(tuple(Metre(*each) for each in metre) for metre in self.about["metres"])
        for metre in self.metres:
            check_metre(metre)
        self._check(at)

    def _columns(self, content: memoryview) -> Index:
        columns, at, counts = {}, 0, self.about["counts"]
        if sum(np.dtype(dtype).itemsize * counts[count] for dtype, count in COLUMNS.values()) != len(content):
            raise ValueError("its index has another length than it says")
        for name, (dtype, count) in COLUMNS.items():
            if counts[count] < 0:
                raise ValueError("a number in its index is negative")
            # A copy, so that numbers are at multiples of their sizes, and the text before them is not kept.
            columns[name] = np.frombuffer(content, dtype, counts[count], at).copy()
            at += columns[name].nbytes
        return columns

    def _check(self, index_at: int) -> None:
        """Refuse an index with which something could be read that is not there."""
        index, width = self.index, -(-self.config.pitches // 8)
        steps, notes = index["steps"].astype(np.int64), index["notes"].astype(np.int64)
        rolls = 1 + ((index["flags"] & ONSETS) > 0)
        self.lengths: Numbers = steps
        self.ends: Numbers = HEAD.size + np.cumsum(steps * width * rolls + notes)
        self._tallies_at = int(self.ends[-1]) if len(steps) else HEAD.size
        self.records_at = self._tallies_at + len(steps) * row_type(self.config.pitches).itemsize
        records = int(index["record_end"][-1]) if len(index["record_end"]) else 0
        of_tunes = index["tune"][index["tune"] >= 0]
        right = {
            "a tune has too many steps": (steps >= 0).all() and (steps <= MAX_STEPS).all(),
            "the parts do not fill it": self.records_at + records == index_at,
            "a metre is missing": (index["metre"] < len(self.metres)).all(),
            "a tune cannot be moved that far": (index["down"].astype(int) + index["up"] < self.config.pitches).all(),
            "the tunes of its verdicts are others": not len(index["tune"])
            or np.array_equal(of_tunes, np.arange(len(steps))),
            "an original is missing": (index["original"] >= -1).all()
            and (index["original"] < len(index["original"])).all(),
            "its texts have other lengths": all(_is_rising(index[name]) for name in ("name_end", "label_end"))
            and _is_rising(index["record_end"])
            and _last(index["name_end"]) == len(index["names"])
            and _last(index["label_end"]) == len(index["labels"]),
            "its notes have other numbers": index["score"].sum(dtype=np.int64) == len(index["pitch"]),
        }
        if wrong := [words for words, is_right in right.items() if not is_right]:
            raise ValueError(wrong[0])

    def __len__(self) -> int:
        """Return the number of tunes."""
        return len(self.lengths)

    def name(self, number: int) -> str:
        """Return the name of a tune."""
        return plain_text(_text(self.index["names"], self.index["name_end"], number))

    def labels(self) -> list[str]:
        """Return the name of each verdict."""
        return [_text(self.index["labels"], self.index["label_end"], n) for n in range(len(self.index["label_end"]))]

    def label(self, number: int) -> str:
        """Return the name of a verdict."""
        return _text(self.index["labels"], self.index["label_end"], number)

    def record(self, number: int) -> Any:
        """Return the record of a verdict, as it was parsed."""
        ends = self.index["record_end"]
        begin = int(ends[number - 1]) if number else 0
        return json.loads(self._file.read(self.records_at + begin, int(ends[number]) - begin))

    def records(self) -> Iterator[Any]:
        """Return the record of each verdict, as it was parsed; many are read at once."""
        ends = self.index["record_end"].astype(np.int64)
        at_once = 10_000
        for first in range(0, len(ends), at_once):
            begin, some = int(ends[first - 1]) if first else 0, ends[first : first + at_once].tolist()
            content = self._file.read(self.records_at + begin, some[-1] - begin)
            for start, end in pairwise((begin, *some)):
                yield json.loads(content[start - begin : end - begin])

    def tune(self, number: int) -> Tune:
        """Return a tune: the same one as long as something keeps it.

        Raises
        ------
        CorpusError
            If it is damaged.
        """
        made = self._made.get(number)
        if made is None:
            begin = self._begin(number)
            made = self._make(number, memoryview(self._file.read(begin, int(self.ends[number]) - begin)))
            made = self._made.setdefault(number, made)
        return made

    def number_of(self, tune: object) -> int:
        """Return the number of a tune that `tune` has returned, and -1 for any other."""
        return next((number for number, made in list(self._made.items()) if made is tune), -1)

    def read(self, numbers: Numbers) -> Iterator[Tune]:
        """Read tunes whose numbers ascend; at once if they lie beside each other."""
        if not len(numbers):
            return
        begins = np.array([self._begin(number) for number in numbers.tolist()])
        begin, end = int(begins[0]), int(self.ends[numbers[-1]])
        if end - begin > 2 * (self.ends[numbers] - begins).sum():
            yield from map(self.tune, numbers.tolist())
            return
        content = memoryview(self._file.read(begin, end - begin))
        for number, at in zip(numbers.tolist(), begins.tolist(), strict=True):
            yield self._make(number, content[at - begin : int(self.ends[number]) - begin])

    def tally(self, numbers: Numbers) -> Tally:
        """Add up the numbers of some tunes."""
        return add_up(self._rows(numbers), self.config.pitches)

    def _rows(self, numbers: Numbers) -> Iterator[Rows]:
        dtype = row_type(self.config.pitches)
        at_once = _AT_ONCE // dtype.itemsize
        wanted = np.zeros(len(self), bool)
        wanted[numbers] = True
        for first in range(0, len(self), at_once):
            chosen = wanted[first : first + at_once]
            if chosen.any():
                content = self._file.read(self._tallies_at + first * dtype.itemsize, len(chosen) * dtype.itemsize)
                rows = np.frombuffer(content, dtype)
                if not np.array_equal(rows["steps"], self.lengths[first : first + at_once]):
                    raise CorpusError(f"{plain_text(self.path.name)} is damaged (its numbers); store the music again")
                yield rows[chosen]

    def _begin(self, number: int) -> int:
        return int(self.ends[number - 1]) if number else HEAD.size

    def _make(self, number: int, content: memoryview) -> Tune:
        index, config, steps = self.index, self.config, int(self.lengths[number])
        flags, notes, width = int(index["flags"][number]), int(index["notes"][number]), -(-config.pitches // 8)
        name = self.name(number)
        if zlib.crc32(content) != index["checksum"][number]:
            raise self._damage(name)
        has_onsets = bool(flags & ONSETS)
        rolls = np.frombuffer(content, np.uint8, len(content) - notes).reshape(1 + has_onsets, steps, width)
        velocities = np.frombuffer(content, np.uint8, notes, len(content) - notes) if flags & VELOCITIES else None
        onsets, damaged = rolls[1] if has_onsets else None, bool(flags & DAMAGED)
        metre = self.metres[index["metre"][number]]
        tune = Tune.from_packed(rolls[0], name, config, onsets, velocities, damaged, metre)
        beyond = 0xFF >> (config.pitches - 1) % 8 + 1  # bits of the last byte that are no pitch
        starts = int(np.bitwise_count(find_starts(tune)).sum())
        if (
            (rolls[..., -1:] & beyond).any()
            or (onsets is not None and (onsets & ~tune.packed).any())
            or (velocities is None and notes)
            or (velocities is not None and notes != starts)
            or (velocities is not None and notes and not 1 <= velocities.min() <= velocities.max() <= 127)
        ):
            raise self._damage(name)
        return tune

    def _damage(self, name: str) -> CorpusError:
        return CorpusError(f"{name!r} in {plain_text(self.path.name)} is damaged; store the music again")


def is_stored(path: str | Path) -> bool:
    """Return whether a path is that of a stored corpus, by its suffix or its first bytes; it may be damaged."""
    with suppress(OSError):
        path = home_path(path)
        if os.path.isfile(path):  # noqa: PTH113 - which does not raise where the folder is closed
            with path.open("rb") as file:
                return path.suffix == SUFFIX or file.read(len(MAGIC)) == MAGIC
    return False


def _is_rising(ends: NDArray[Any]) -> bool:
    return bool((ends[1:] >= ends[:-1]).all())


def _last(ends: NDArray[Any]) -> int:
    return int(ends[-1]) if len(ends) else 0


def _text(content: NDArray[Any], ends: NDArray[Any], number: int) -> str:
    begin = int(ends[number - 1]) if number else 0
    return content[begin : int(ends[number])].tobytes().decode("utf-8", "surrogateescape")
