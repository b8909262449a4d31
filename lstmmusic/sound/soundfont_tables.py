"""The raw tables of an SF2 or SF3 file, which `lstmmusic.sound.soundfont` interprets.

The terms preset, instrument, zone and generator are those of the SoundFont 2.04 specification.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from lstmmusic.errors import PlaybackError

_BAG = [("generator", "<u2"), ("modulator", "<u2")]
_GENERATOR = [("kind", "<u2"), ("amount", "<i2")]
_PRESET = [("name", "S20"), ("program", "<u2"), ("bank", "<u2"), ("bag", "<u2"), ("unused", "V12")]
_SHDR = [("name", "S20"), ("start", "<u4"), ("end", "<u4"), ("loop_start", "<u4"), ("loop_end", "<u4"), ("rate", "<u4")]
RECORDS = {
    b"phdr": np.dtype(_PRESET),
    b"pbag": np.dtype(_BAG),
    b"pgen": np.dtype(_GENERATOR),
    b"inst": np.dtype([("name", "S20"), ("bag", "<u2")]),
    b"ibag": np.dtype(_BAG),
    b"igen": np.dtype(_GENERATOR),
    b"shdr": np.dtype([*_SHDR, ("key", "u1"), ("correction", "i1"), ("link", "<u2"), ("kind", "<u2")]),
}
_MOST_ZONES = 4096  # a large piano has some hundreds; the format allows four billion
_MOST_GENERATORS = 256  # the format defines 60

_VORBIS = 0x10  # a bit of a sample's kind
_RATES = (8_000, 96_000)  # samples per second that every browser plays

Generators = dict[int, int]


@dataclass(frozen=True)
class Sample:
    """A recorded sound.

    Attributes
    ----------
    name : str
    rate : int
        Samples per second.
    vorbis : bool
        Whether `data` is an Ogg Vorbis stream; otherwise it is 16-bit little-endian mono.
    data : bytes
    """

    name: str
    rate: int
    vorbis: bool
    data: bytes


class FontTables:
    """The tables of an open SoundFont, and the position of its samples.

    Parameters
    ----------
    file : binary file
        Must stay open while the tables are used.
    name : str
        For messages.

    Attributes
    ----------
    records : dict
        The table of each kind in `RECORDS`, as a structured array; its last row marks the end only.
    samples : (int, int)
        Position of the samples in the file, and their size in bytes.

    Raises
    ------
    PlaybackError
        If the file is not a SoundFont, is truncated or lacks a table.
    """

    def __init__(self, file: BinaryIO, name: str) -> None:
        self.file, self.name = file, name
        head = file.read(12)
        if head[:4] != b"RIFF" or head[8:] != b"sfbk":
            raise PlaybackError(f"{name} is not a SoundFont; choose an SF2 or SF3 file")
        size = os.fstat(file.fileno()).st_size
        self.records: dict[bytes, NDArray[Any]] = {}
        self._zones_read = 0
        self._samples: dict[int, Sample] = {}
        self.samples = (0, 0)
        for kind, start, length in self._chunks(12, size):
            if kind == b"LIST":
                for inner, begin, long in self._chunks(start + 4, start + length):
                    if inner == b"smpl":
                        self.samples = (begin, long)
                    elif inner in RECORDS:
                        self.records[inner] = self._read(inner, begin, long)
        missing = [name.decode() for name in RECORDS if name not in self.records]
        if missing:
            raise self.damaged(f"it has no {', '.join(missing)}")

    def damaged(self, what: str) -> PlaybackError:
        """Return an error that says what is wrong with the file."""
        return PlaybackError(f"the SoundFont {self.name} is damaged: {what}; download it again")

    def _chunks(self, start: int, stop: int) -> Iterator[tuple[bytes, int, int]]:
        """Yield kind, position and length of each chunk between two positions of the file."""
        while start + 8 <= stop:
            self.file.seek(start)
            head = self.file.read(8)
            length = int.from_bytes(head[4:], "little")
            if start + 8 + length > stop:
                raise self.damaged(f"its part {head[:4].decode('latin-1')!r} is cut off")
            yield head[:4], start + 8, length
            start += 8 + length + length % 2  # chunks start at even positions

    def _read(self, kind: bytes, start: int, length: int) -> NDArray[Any]:
        if length % RECORDS[kind].itemsize or length == 0:
            raise self.damaged(f"its part {kind.decode()!r} has {length} bytes")
        self.file.seek(start)
        return np.frombuffer(self.file.read(length), RECORDS[kind])

    def zones(self, first: int, last: int, bags: bytes, generators: bytes, target: int) -> Iterator[Generators]:
        """Yield the generators of each zone with a target; a first zone without one applies to all others."""
        bounds = self.records[bags]["generator"]
        if not first <= last < len(bounds):
            raise self.damaged(f"its part {bags.decode()!r} is too short")
        common: Generators = {}
        for number in range(first, last):
            begin, end = int(bounds[number]), int(bounds[number + 1])
            if not begin <= end <= min(len(self.records[generators]), begin + _MOST_GENERATORS):
                raise self.damaged(f"a zone has the generators {begin} to {end}")
            self._zones_read += 1
            if self._zones_read > _MOST_ZONES:
                raise self.damaged(f"an instrument has more than {_MOST_ZONES} zones")
            zone = dict(self.records[generators][begin:end].tolist())
            if target in zone:
                yield common | zone
            elif number == first:
                common = zone

    def sample(self, number: int) -> Sample:
        """Return a sample, which is read once."""
        if number not in self._samples:
            self._samples[number] = self._read_sample(self.records[b"shdr"][number])
        return self._samples[number]

    def _read_sample(self, header: Any) -> Sample:
        name, rate, vorbis = as_text(header["name"]), int(header["rate"]), bool(header["kind"] & _VORBIS)
        width = 1 if vorbis else 2  # SF3 counts bytes
        first, last = int(header["start"]) * width, int(header["end"]) * width
        place, size = self.samples
        if not first < last <= size:
            raise self.damaged(f"the sample {name!r} is outside the sample data")
        # Overlapping samples could take many times the size of the file.
        if last - first + sum(len(sample.data) for sample in self._samples.values()) > size:
            raise self.damaged("its samples overlap")
        if not _RATES[0] <= rate <= _RATES[1]:
            raise self.damaged(f"the sample {name!r} has {rate} samples per second")
        self.file.seek(place + first)
        data = self.file.read(last - first)
        if vorbis and not data.startswith(b"OggS"):
            raise self.damaged(f"the sample {name!r} is not an Ogg stream")
        return Sample(name, rate, vorbis, data)


def as_text(name: bytes) -> str:
    """Decode a name from a table."""
    return name.partition(b"\0")[0].decode("latin-1").strip()
