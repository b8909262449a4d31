"""SoundFonts: the samples that one instrument needs, for whoever plays them other than through FluidSynth.

Reads SF2 (16-bit samples) and SF3 (the same, with each sample as an Ogg Vorbis stream, which is not decoded here).
Modulators, filters, panning and offsets into samples are left out. Follows the SoundFont 2.04 specification, whose
words are "preset", "instrument" and "zone"; here an instrument is what sounds in the end.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from lstmmusic.errors import PlaybackError

_BAG = [("generator", "<u2"), ("modulator", "<u2")]
_GENERATOR = [("kind", "<u2"), ("amount", "<i2")]
_PRESET = [("name", "S20"), ("program", "<u2"), ("bank", "<u2"), ("bag", "<u2"), ("unused", "V12")]
_SHDR = [("name", "S20"), ("start", "<u4"), ("end", "<u4"), ("loop_start", "<u4"), ("loop_end", "<u4"), ("rate", "<u4")]
_RECORDS = {
    b"phdr": np.dtype(_PRESET),
    b"pbag": np.dtype(_BAG),
    b"pgen": np.dtype(_GENERATOR),
    b"inst": np.dtype([("name", "S20"), ("bag", "<u2")]),
    b"ibag": np.dtype(_BAG),
    b"igen": np.dtype(_GENERATOR),
    b"shdr": np.dtype([*_SHDR, ("key", "u1"), ("correction", "i1"), ("link", "<u2"), ("kind", "<u2")]),
}
_HOLD, _DECAY, _SUSTAIN, _RELEASE = 35, 36, 37, 38
_INSTRUMENT, _KEYS, _VELOCITIES, _ATTENUATION, _SAMPLE, _ROOT = 41, 43, 44, 48, 53, 58
_COARSE, _FINE, _LOOPS = 51, 52, 54
_DEFAULTS = {_HOLD: -12000, _DECAY: -12000, _SUSTAIN: 0, _RELEASE: -12000, _ATTENUATION: 0, _COARSE: 0, _FINE: 0}
_VORBIS, _ROM = 0x10, 0x8000  # bits of the kind of a sample
_MOST_ZONES = 4096  # a large piano has some hundreds; the format would allow four thousand million
_MOST_GENERATORS = 256  # the format knows 60
_RATES = (8_000, 96_000)  # samples per second that every browser plays

_Generators = dict[int, int]


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


@dataclass(frozen=True)
class Zone:
    """How a sample sounds on a range of keys.

    Attributes
    ----------
    lowest, highest : int
        MIDI pitches that it is for, both included.
    root : int
        The pitch at which the sample sounds as it was recorded.
    tuning : float
        Cents to add.
    loop : (int, int) or None
        Samples from which and up to which it is repeated.
    gain : float
        What the samples are multiplied by.
    hold, decay, release : float
        Seconds before it begins to fade by itself, to fade by 100 dB then, and by 100 dB after the key is let go.
    sustain : float
        The gain to which it fades by itself.
    sample : Sample
    """

    lowest: int
    highest: int
    root: int
    tuning: float
    loop: tuple[int, int] | None
    gain: float
    hold: float
    decay: float
    sustain: float
    release: float
    sample: Sample


@dataclass(frozen=True)
class Instrument:
    """An instrument of a SoundFont, as it sounds at one velocity.

    Attributes
    ----------
    name : str
    zones : tuple of Zone
        Sorted by `lowest`; where ranges overlap, all of them sound.
    """

    name: str
    zones: tuple[Zone, ...]

    @property
    def samples(self) -> tuple[Sample, ...]:
        """What the zones play, each once."""
        return tuple({id(zone.sample): zone.sample for zone in self.zones}.values())


def read_instrument(path: str | Path, *, program: int = 0, bank: int = 0, velocity: int = 80) -> Instrument:
    """Read one instrument of an SF2 or SF3 file, and no samples but its own.

    Parameters
    ----------
    path : str or Path
    program, bank : int
        Which instrument, as in MIDI; 0 and 0 is the grand piano.
    velocity : int in [1, 127]
        The velocity for which zones are chosen.

    Raises
    ------
    PlaybackError
        If the file cannot be read, is no SoundFont, is cut off or contradicts itself, or has no such instrument.
    """
    try:
        with Path(path).open("rb") as file:
            return _Font(file, str(path)).instrument(program, bank, velocity)
    except OSError as error:
        raise PlaybackError(f"{path} cannot be read ({error.strerror or error}); check the path") from error


class _Font:
    """An open SoundFont: its tables, and where its samples are."""

    def __init__(self, file: BinaryIO, name: str) -> None:
        self._file, self._name = file, name
        head = file.read(12)
        if head[:4] != b"RIFF" or head[8:] != b"sfbk":
            raise PlaybackError(f"{name} is no SoundFont; choose an SF2 or SF3 file")
        size = os.fstat(file.fileno()).st_size
        self._tables: dict[bytes, NDArray[Any]] = {}
        self._read: dict[int, Sample] = {}
        self._visited = 0  # zones
        self._samples = (0, 0)  # where they begin in the file, and how many bytes they are
        for kind, start, length in self._chunks(12, size):
            if kind == b"LIST":
                for inner, begin, long in self._chunks(start + 4, start + length):
                    if inner == b"smpl":
                        self._samples = (begin, long)
                    elif inner in _RECORDS:
                        self._tables[inner] = self._records(inner, begin, long)
        missing = [name.decode() for name in _RECORDS if name not in self._tables]
        if missing:
            raise self._damage(f"it has no {', '.join(missing)}")

    def _damage(self, what: str) -> PlaybackError:
        return PlaybackError(f"the SoundFont {self._name} is damaged: {what}; get the file anew")

    def _chunks(self, start: int, stop: int) -> Iterator[tuple[bytes, int, int]]:
        """Kind, first byte and length of each chunk between two places of the file."""
        while start + 8 <= stop:
            self._file.seek(start)
            head = self._file.read(8)
            length = int.from_bytes(head[4:], "little")
            if start + 8 + length > stop:
                raise self._damage(f"it ends before its part {head[:4].decode('latin-1')!r} does")
            yield head[:4], start + 8, length
            start += 8 + length + length % 2  # chunks begin at even places

    def _records(self, kind: bytes, start: int, length: int) -> NDArray[Any]:
        if length % _RECORDS[kind].itemsize or length == 0:
            raise self._damage(f"its part {kind.decode()!r} has {length} bytes")
        self._file.seek(start)
        return np.frombuffer(self._file.read(length), _RECORDS[kind])

    def _zones(self, first: int, last: int, bags: bytes, generators: bytes, target: int) -> Iterator[_Generators]:
        """Yield the generators of each zone that has a target; a first zone without one counts in all others."""
        bounds = self._tables[bags]["generator"]
        if not first <= last < len(bounds):
            raise self._damage(f"its part {bags.decode()!r} is too short")
        common: _Generators = {}
        for number in range(first, last):
            begin, end = int(bounds[number]), int(bounds[number + 1])
            if not begin <= end <= min(len(self._tables[generators]), begin + _MOST_GENERATORS):
                raise self._damage(f"a zone has the generators {begin} to {end}")
            self._visited += 1
            if self._visited > _MOST_ZONES:
                raise self._damage(f"an instrument has more than {_MOST_ZONES} zones")
            zone = dict(self._tables[generators][begin:end].tolist())
            if target in zone:
                yield common | zone
            elif number == first:
                common = zone

    def instrument(self, program: int, bank: int, velocity: int) -> Instrument:
        """Join the zones of a preset and of the instruments that it names."""
        presets = self._tables[b"phdr"]
        (found,) = np.nonzero((presets["program"][:-1] == program) & (presets["bank"][:-1] == bank))
        if not found.size:
            raise PlaybackError(f"{self._name} has no instrument {program} in bank {bank}; choose another")
        index = int(found[0])
        instruments = self._tables[b"inst"]["bag"]
        zones = []
        for outer in self._zones(*_bags(presets["bag"], index), b"pbag", b"pgen", _INSTRUMENT):
            if not 0 <= outer[_INSTRUMENT] < len(instruments) - 1:
                raise self._damage(f"there is no instrument {outer[_INSTRUMENT]}")
            bags = _bags(instruments, outer[_INSTRUMENT])
            for inner in self._zones(*bags, b"ibag", b"igen", _SAMPLE):
                zone = self._zone(outer, inner, velocity)
                if zone is not None:
                    zones.append(zone)
        if not zones:
            raise PlaybackError(f"instrument {program} of {self._name} has no sound; choose another")
        return Instrument(_text(presets["name"][index]), tuple(sorted(zones, key=lambda zone: zone.lowest)))

    def _zone(self, outer: _Generators, inner: _Generators, velocity: int) -> Zone | None:
        """Join a zone of a preset and one of an instrument, unless they are for other velocities or for no key."""
        lowest, highest = _overlap(outer, inner, _KEYS)
        softest, loudest = _overlap(outer, inner, _VELOCITIES)
        if lowest > highest or not softest <= velocity <= loudest:
            return None
        number = inner[_SAMPLE]
        if not 0 <= number < len(self._tables[b"shdr"]) - 1:
            raise self._damage(f"there is no sample {number}")
        header = self._tables[b"shdr"][number]
        if header["kind"] & _ROM:  # in the memory of a sound card of 1996
            return None
        if number not in self._read:
            self._read[number] = self._sample(header)
        sample = self._read[number]
        first = 0 if sample.vorbis else int(header["start"])  # SF3 counts from the sample's own beginning
        loop = (int(header["loop_start"]) - first, int(header["loop_end"]) - first)
        fits = 0 <= loop[0] < loop[1] and (sample.vorbis or loop[1] <= len(sample.data) // 2)
        value = {kind: inner.get(kind, default) + outer.get(kind, 0) for kind, default in _DEFAULTS.items()}
        roots = [key for key in (inner.get(_ROOT, -1), int(header["key"])) if 0 <= key <= 127]
        return Zone(
            lowest=lowest,
            highest=highest,
            root=roots[0] if roots else 60,
            tuning=float(100 * value[_COARSE] + value[_FINE] + int(header["correction"])),
            loop=loop if fits and inner.get(_LOOPS, 0) & 1 else None,
            # The hardware for which fonts were made took 0.4 of the attenuation that they name, as FluidSynth does.
            gain=10 ** (-0.4 * max(0, value[_ATTENUATION]) / 200),
            hold=_seconds(value[_HOLD]),
            decay=_seconds(value[_DECAY]),
            sustain=10 ** (-min(max(0, value[_SUSTAIN]), 1440) / 200),
            release=_seconds(value[_RELEASE]),
            sample=sample,
        )

    def _sample(self, header: Any) -> Sample:
        name, rate, vorbis = _text(header["name"]), int(header["rate"]), bool(header["kind"] & _VORBIS)
        width = 1 if vorbis else 2  # SF3 counts bytes
        first, last = int(header["start"]) * width, int(header["end"]) * width
        place, size = self._samples
        if not first < last <= size:
            raise self._damage(f"the sample {name!r} lies outside the samples")
        # Samples that overlap could otherwise ask for many times the memory that the file has.
        if last - first + sum(len(sample.data) for sample in self._read.values()) > size:
            raise self._damage("its samples overlap")
        if not _RATES[0] <= rate <= _RATES[1]:
            raise self._damage(f"the sample {name!r} has {rate} samples per second")
        self._file.seek(place + first)
        data = self._file.read(last - first)
        if vorbis and not data.startswith(b"OggS"):
            raise self._damage(f"the sample {name!r} is no Ogg stream")
        return Sample(name, rate, vorbis, data)


def _bags(starts: NDArray[Any], index: int) -> tuple[int, int]:
    return int(starts[index]), int(starts[index + 1])


def _overlap(outer: _Generators, inner: _Generators, kind: int) -> tuple[int, int]:
    """Lowest and highest value that both allow: in the low and the high byte of a generator."""
    allowed = [zone[kind] & 0xFFFF for zone in (outer, inner) if kind in zone]
    return max((low & 0xFF for low in allowed), default=0), min((high >> 8 for high in allowed), default=127)


def _seconds(timecents: int) -> float:
    return float(2 ** (min(max(timecents, -12000), 8000) / 1200))


def _text(name: bytes) -> str:
    return name.partition(b"\0")[0].decode("latin-1").strip()
