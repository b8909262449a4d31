"""SoundFonts: their instruments, and the samples of one for players other than FluidSynth.

SF2 files have 16-bit samples; in SF3 files each sample is an Ogg Vorbis stream, which is not decoded here. Modulators,
filters, panning and offsets into samples are ignored. The terms preset, instrument and zone are those of the SoundFont
2.04 specification; here, an instrument is what a preset sounds like.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lstmmusic.base.files import assets, home_path
from lstmmusic.errors import PlaybackError, mapped_errors
from lstmmusic.sound.soundfont_tables import FontTables, Generators, Sample, as_text

_HOLD, _DECAY, _SUSTAIN, _RELEASE = 35, 36, 37, 38
_INSTRUMENT, _KEYS, _VELOCITIES, _ATTENUATION, _SAMPLE, _ROOT = 41, 43, 44, 48, 53, 58
_COARSE, _FINE, _LOOPS = 51, 52, 54
_DEFAULTS = {_HOLD: -12000, _DECAY: -12000, _SUSTAIN: 0, _RELEASE: -12000, _ATTENUATION: 0, _COARSE: 0, _FINE: 0}
# Of the search for SoundFonts.
_MOST_FILES, _MOST_FONTS = 2000, 50
_ROM = 0x8000  # a bit of a sample's kind


@dataclass(frozen=True)
class Zone:
    """A sample on a range of keys.

    Attributes
    ----------
    lowest, highest : int
        Range of MIDI pitches, both included.
    root : int
        The pitch of the recording.
    tuning : float
        Cents to add.
    loop : (int, int) or None
        Positions in the sample between which it repeats.
    gain : float
        Factor of the samples.
    hold, decay, release : float
        Seconds before it starts to fade, to then fade by 100 dB, and to fade by 100 dB after the key is released.
    sustain : float
        The gain to which it fades while the key is held.
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
    """An instrument of a SoundFont at one velocity.

    Attributes
    ----------
    name : str
    zones : tuple of Zone
        Sorted by `lowest`; overlapping zones sound together.
    """

    name: str
    zones: tuple[Zone, ...]

    @property
    def samples(self) -> tuple[Sample, ...]:
        """The samples of the zones, without duplicates."""
        return tuple({id(zone.sample): zone.sample for zone in self.zones}.values())


@dataclass(frozen=True)
class SoundFont:
    """A SoundFont file and its instruments.

    Attributes
    ----------
    path : Path
    programs : dict of int to str
        Names of the instruments of bank 0 by General MIDI program, in ascending order.
    """

    path: Path
    programs: dict[int, str]

    def choose(self, program: int) -> int:
        """Return this program, or the piano if the font does not have it.

        Raises
        ------
        PlaybackError
            If the font has neither.
        """
        for chosen in (program, 0):
            if chosen in self.programs:
                return chosen
        raise PlaybackError(
            f"{self.path.name} has no instrument {program}, and no piano to replace it; choose one of: "
            + ", ".join(f"{number} {name}" for number, name in list(self.programs.items())[:8])
        )


def find_soundfont() -> Path:
    """Return the path of the bundled grand piano."""
    return assets() / "soundfont" / "FluidR3Mono_YamahaGrand.sf3"


def find_soundfonts(folders: Iterable[Path] | None = None) -> tuple[Path, ...]:
    """Find SoundFonts where systems and other programs keep them; none of them is opened.

    Parameters
    ----------
    folders : iterable of Path, optional
        By default the usual ones of Linux, macOS and Windows, those of FluidSynth and MuseScore included. Folders in
        them are searched, but none in those; what is missing or cannot be read is skipped.

    Returns
    -------
    tuple of Path
        At most 50, the largest first: they have the most instruments.
    """
    found: dict[Path, tuple[int, Path]] = {}
    paths = (path for folder in folders or _usual_folders() for path in _list_files(folder))
    for path in islice(paths, _MOST_FILES):
        if path.suffix.lower() in (".sf2", ".sf3"):
            with suppress(OSError, RuntimeError):  # as a loop of links is
                if path.is_file():
                    found.setdefault(path.resolve(), (path.stat().st_size, path))  # "default.sf2" often is a link
    return tuple(path for _, path in sorted(found.values(), key=lambda each: (-each[0], each[1]))[:_MOST_FONTS])


def _usual_folders() -> Iterator[Path]:
    home = home_path("~")
    shared = os.environ.get("XDG_DATA_DIRS") or "/usr/local/share:/usr/share:/opt/homebrew/share"
    for base in (os.environ.get("XDG_DATA_HOME") or home / ".local" / "share", *filter(None, shared.split(":"))):
        yield from (Path(base, *each) for each in (("soundfonts",), ("sounds", "sf2"), ("sounds", "sf3")))
        yield Path(base, "fluid-synth", "sf2")
    for library in (home / "Library", Path("/Library")):
        yield library / "Audio" / "Sounds" / "Banks"
    if windows := os.environ.get("PROGRAMDATA"):
        yield Path(windows, "soundfonts")
    for version in ("3", "4"):
        yield home / "Documents" / f"MuseScore{version}" / "SoundFonts"


def _list_files(folder: Path) -> Iterator[Path]:
    """Yield the files in a folder, and in the folders in it."""
    for place, inner, names in os.walk(folder):  # which skips what it cannot read
        if Path(place) != folder:
            inner.clear()
        yield from (Path(place, name) for name in sorted(names))


def read_soundfont(path: str | Path) -> SoundFont:
    """Read the list of instruments of an SF2 or SF3 file.

    Raises
    ------
    PlaybackError
        If the file cannot be read, is not a SoundFont, is truncated, or has no instrument.
    """
    with _opened(path) as tables:
        presets = tables.records[b"phdr"][:-1]
        melodic = np.sort(presets[presets["bank"] == 0], order="program", kind="stable")
        # Backwards, so that the first of duplicates is used.
        programs = {int(preset["program"]): as_text(preset["name"]) for preset in melodic[::-1]}
    if not programs:
        raise PlaybackError(f"{path} has no instrument in its bank 0; choose another SoundFont")
    return SoundFont(home_path(path).absolute(), dict(sorted(programs.items())))


def read_instrument(path: str | Path, *, program: int = 0, bank: int = 0, velocity: int = 80) -> Instrument:
    """Read one instrument of an SF2 or SF3 file, with its samples only.

    Parameters
    ----------
    path : str or Path
    program, bank : int
        As in MIDI; 0 and 0 is the grand piano.
    velocity : int in [1, 127]
        Selects the zones.

    Raises
    ------
    PlaybackError
        If the file cannot be read, is not a SoundFont, is truncated or inconsistent, or has no such instrument.
    """
    with _opened(path) as tables:
        presets = tables.records[b"phdr"]
        (found,) = np.nonzero((presets["program"][:-1] == program) & (presets["bank"][:-1] == bank))
        if not found.size:
            raise PlaybackError(f"{tables.name} has no instrument {program} in bank {bank}; choose another")
        index = int(found[0])
        zones = [
            zone
            for outer, inner in _pair_zones(tables, *_bags(presets["bag"], index))
            if (zone := _combine(tables, outer, inner, velocity))
        ]
        if not zones:
            raise PlaybackError(f"instrument {program} of {tables.name} has no sound; choose another")
        return Instrument(as_text(presets["name"][index]), tuple(sorted(zones, key=lambda zone: zone.lowest)))


def describe_silent_notes(soundfont: SoundFont, program: int, notes: NDArray[np.float64]) -> str:
    """Describe which notes are silent because the instrument has no key for them; "" if there are none.

    Parameters
    ----------
    soundfont : SoundFont
    program : int
    notes : ndarray of float64, shape (notes, 4)
        Start, end, pitch and velocity of each. The zones of the highest velocity are used.

    Raises
    ------
    PlaybackError
        As `read_instrument` does.
    """
    name, keys = _find_keys(soundfont.path, program, int(notes[:, 3].max(initial=1)))
    outside = np.count_nonzero(~np.isin(notes[:, 2], keys))
    if not outside:
        return ""
    silent, them = ("1 note stays", "it") if outside == 1 else (f"{outside:,} notes stay", "them")
    return f"{silent} silent: {name} has no sound for {them}, only for pitches {keys[0]} to {keys[-1]}"


@lru_cache(maxsize=8)  # it reads all samples, and is called at each click on a tune that plays
def _find_keys(path: Path, program: int, velocity: int) -> tuple[str, list[int]]:
    instrument = read_instrument(path, program=program, velocity=velocity)
    return instrument.name, sorted({key for zone in instrument.zones for key in range(zone.lowest, zone.highest + 1)})


@contextmanager
def _opened(path: str | Path) -> Iterator[FontTables]:
    unreadable = mapped_errors(
        PlaybackError, lambda reason: f"{path} cannot be read ({reason}); check the path", OSError
    )
    with unreadable, home_path(path).open("rb") as file:
        yield FontTables(file, str(path))


def _pair_zones(tables: FontTables, first: int, last: int) -> Iterator[tuple[Generators, Generators]]:
    """Yield each zone of a preset with each zone of its instrument."""
    instruments = tables.records[b"inst"]["bag"]
    for outer in tables.zones(first, last, b"pbag", b"pgen", _INSTRUMENT):
        if not 0 <= outer[_INSTRUMENT] < len(instruments) - 1:
            raise tables.damaged(f"there is no instrument {outer[_INSTRUMENT]}")
        for inner in tables.zones(*_bags(instruments, outer[_INSTRUMENT]), b"ibag", b"igen", _SAMPLE):
            yield outer, inner


def _combine(tables: FontTables, outer: Generators, inner: Generators, velocity: int) -> Zone | None:
    """Combine a zone of a preset and one of an instrument, unless they exclude the velocity or every key."""
    lowest, highest = _overlap(outer, inner, _KEYS)
    softest, loudest = _overlap(outer, inner, _VELOCITIES)
    if lowest > highest or not softest <= velocity <= loudest:
        return None
    number = inner[_SAMPLE]
    if not 0 <= number < len(tables.records[b"shdr"]) - 1:
        raise tables.damaged(f"there is no sample {number}")
    header = tables.records[b"shdr"][number]
    if header["kind"] & _ROM:  # in the ROM of a sound card of 1996
        return None
    sample = tables.sample(number)
    first = 0 if sample.vorbis else int(header["start"])  # SF3 counts from the start of the sample
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
        # The original hardware applied 0.4 of the attenuation, and so does FluidSynth.
        gain=10 ** (-0.4 * max(0, value[_ATTENUATION]) / 200),
        hold=_seconds(value[_HOLD]),
        decay=_seconds(value[_DECAY]),
        sustain=10 ** (-min(max(0, value[_SUSTAIN]), 1440) / 200),
        release=_seconds(value[_RELEASE]),
        sample=sample,
    )


def _bags(starts: NDArray[Any], index: int) -> tuple[int, int]:
    return int(starts[index]), int(starts[index + 1])


def _overlap(outer: Generators, inner: Generators, kind: int) -> tuple[int, int]:
    """Return the lowest and highest value that both zones allow: the low and the high byte of a generator."""
    allowed = [zone[kind] & 0xFFFF for zone in (outer, inner) if kind in zone]
    return max((low & 0xFF for low in allowed), default=0), min((high >> 8 for high in allowed), default=127)


def _seconds(timecents: int) -> float:
    return float(2 ** (min(max(timecents, -12000), 8000) / 1200))
