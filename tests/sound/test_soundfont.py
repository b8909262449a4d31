"""Instruments of SoundFonts: the bundled piano, small synthetic fonts, and hostile files."""

from __future__ import annotations

import os
import struct
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from lstmmusic.errors import PlaybackError
from lstmmusic.sound.soundfont import find_soundfont, find_soundfonts, read_instrument, read_soundfont
from tests.fonts import KEYS, ROM, make_font


@pytest.fixture
def font(tmp_path: Path):
    def write(**parts) -> Path:
        path = tmp_path / "font.sf2"
        path.write_bytes(make_font(**parts))
        return path

    return write


def test_bundled_piano_is_complete():
    piano = read_instrument(find_soundfont())
    assert piano.name == "Yamaha Grand Piano"
    assert len(piano.zones) == len(piano.samples) == 20
    assert all(sample.vorbis and sample.data.startswith(b"OggS") and sample.rate == 32000 for sample in piano.samples)
    assert sum(len(sample.data) for sample in piano.samples) == 817_831
    roots = [zone.root for zone in piano.zones]
    assert roots == sorted(set(roots))
    assert (roots[0], roots[-1]) == (26, 108)
    played = [pitch for zone in piano.zones for pitch in range(zone.lowest, zone.highest + 1)]
    assert played == list(range(109))  # each key once
    assert all(zone.loop and zone.loop[0] < zone.loop[1] for zone in piano.zones)
    # One second, shortened for this velocity, in which a released string fades by 100 dB.
    assert {round(zone.release, 2) for zone in piano.zones} == {0.6}
    assert 10 < piano.zones[0].decay < 60


@pytest.mark.skipif(os.name == "nt", reason="Windows has other paths")
def test_soundfonts_are_found_the_largest_first(tmp_path: Path) -> None:
    shared, own, closed = (tmp_path / name for name in ("shared", "own", "closed"))
    for folder in (shared / "more" / "deep", own, closed):
        folder.mkdir(parents=True)
    for path, size in ((shared / "small.sf3", 1), (shared / "more" / "General MIDI.SF2", 3), (own / "b.sf2", 2)):
        path.write_bytes(b" " * size)
    (shared / "more" / "deep" / "too deep.sf2").touch()
    (shared / "notes.txt").touch()
    (own / "folder.sf2").mkdir()
    (own / "default.sf2").symlink_to(shared / "more" / "General MIDI.SF2")
    (own / "loop.sf2").symlink_to(own / "loop.sf2")
    os.mkfifo(own / "pipe.sf2")  # to open it is to wait
    closed.chmod(0)
    found = find_soundfonts([tmp_path / "missing", shared, own, closed, own])
    assert [path.name for path in found] == ["General MIDI.SF2", "b.sf2", "small.sf3"]
    for number in range(60):
        (own / f"{number}.sf2").touch()
    assert len(find_soundfonts([own])) == 50


@pytest.mark.skipif(os.name == "nt", reason="Windows has other paths")
def test_usual_folders_of_a_system_are_searched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folders = {"XDG_DATA_HOME": "sounds/sf2", "XDG_DATA_DIRS": "soundfonts", "PROGRAMDATA": "soundfonts"}
    for name, inner in folders.items():
        (tmp_path / name / inner).mkdir(parents=True)
        (tmp_path / name / inner / f"{name}.sf2").touch()
        monkeypatch.setenv(name, str(tmp_path / name))
    (tmp_path / "Documents" / "MuseScore4" / "SoundFonts").mkdir(parents=True)
    (tmp_path / "Documents" / "MuseScore4" / "SoundFonts" / "HOME.sf2").touch()
    monkeypatch.setenv("HOME", str(tmp_path))
    assert {path.stem for path in find_soundfonts() if tmp_path in path.parents} == {*folders, "HOME"}


def test_instruments_are_listed_by_program(font):
    assert read_soundfont(find_soundfont()).programs == {0: "Yamaha Grand Piano"}
    path = font(samples=ONE, zones=[{53: 0}], presets=[("flute", 73, 0), ("drums", 0, 128), ("oboe", 68, 0)])
    assert list(read_soundfont(path).programs.items()) == [(68, "oboe"), (73, "flute")]


def test_piano_replaces_missing_instruments(font):
    piano = read_soundfont(find_soundfont())
    assert (piano.choose(0), piano.choose(40)) == (0, 0)
    flute = read_soundfont(font(samples=ONE, zones=[{53: 0}], presets=[("flute", 73, 0)]))
    assert flute.choose(73) == 73
    with pytest.raises(PlaybackError, match=r"no instrument 40, and no piano .* choose one of: 73 flute"):
        flute.choose(40)
    with pytest.raises(PlaybackError, match="no instrument in its bank 0"):
        read_soundfont(font(samples=ONE, zones=[{53: 0}], presets=[("drums", 0, 128)]))


def test_velocity_selects_zones():
    releases = [read_instrument(find_soundfont(), velocity=velocity).zones[0].release for velocity in (1, 80, 127)]
    assert releases == sorted(releases)
    assert len(set(releases)) == 3


def test_16_bit_samples_are_read_unchanged(font):
    sound = np.arange(100, dtype="<i2")
    made = read_instrument(
        font(samples=[(sound, 10, 90, 22050, 69, -7)], zones=[{KEYS: 60 | 72 << 8, 51: 2, 52: 30, 54: 1, 53: 0}])
    )
    (zone,) = made.zones
    assert (zone.lowest, zone.highest, zone.root, zone.loop) == (60, 72, 69, (10, 90))
    assert zone.tuning == 2 * 100 + 30 - 7
    assert (zone.sample.rate, zone.sample.vorbis) == (22050, False)
    np.testing.assert_array_equal(np.frombuffer(zone.sample.data, "<i2"), sound)


def test_preset_values_are_added_and_a_global_zone_applies_to_all(font):
    sound = np.ones(64, "<i2")
    path = font(
        samples=[(sound, 0, 64, 44100, 60, 0)],
        zones=[{48: 100, 38: -1200}, {53: 0}, {48: 0, KEYS: 10 | 20 << 8, 53: 0}],
        preset={48: 50, 38: 1200, KEYS: 15 | 90 << 8},
    )
    first, second = sorted(read_instrument(path).zones, key=lambda zone: zone.highest, reverse=True)
    assert (first.lowest, first.highest, second.lowest, second.highest) == (15, 90, 15, 20)
    assert first.gain == pytest.approx(10 ** (-0.4 * 150 / 200))
    assert second.gain == pytest.approx(10 ** (-0.4 * 50 / 200))
    assert first.release == second.release == 1
    assert first.sample is second.sample
    assert first.loop is None  # no zone enables it


@pytest.mark.parametrize("loop", [(0, 0), (50, 20), (0, 65), (1000, 2000)])
def test_loop_outside_its_sample_is_ignored(font, loop):
    path = font(samples=[(np.ones(64, "<i2"), *loop, 44100, 60, 0)], zones=[{54: 1, 53: 0}])
    assert read_instrument(path).zones[0].loop is None


def test_missing_instrument_is_reported():
    with pytest.raises(PlaybackError, match=r"no instrument 5 in bank 3; choose another"):
        read_instrument(find_soundfont(), program=5, bank=3)


def test_missing_file_and_other_files_are_refused(tmp_path: Path):
    with pytest.raises(PlaybackError, match="cannot be read"):
        read_instrument(tmp_path / "missing.sf2")
    for content in (b"", b"RIFF", b"RIFF\0\0\0\0WAVEfmt ", b"MThd" + bytes(100)):
        (tmp_path / "other.sf2").write_bytes(content)
        with pytest.raises(PlaybackError, match=r"other\.sf2 is not a SoundFont"):
            read_instrument(tmp_path / "other.sf2")


def test_truncated_file_is_refused_at_any_length(tmp_path: Path):
    whole = find_soundfont().read_bytes()
    path = tmp_path / "cut.sf3"
    for size in (*range(12, 3000, 97), *range(3000, len(whole) - 1, 90_001), *range(len(whole) - 2100, len(whole), 61)):
        path.write_bytes(whole[:size])
        with pytest.raises(PlaybackError, match="damaged"):
            read_instrument(path)


def test_altered_bytes_raise_playback_errors_only(tmp_path: Path):
    whole = bytearray(find_soundfont().read_bytes())
    path = tmp_path / "altered.sf3"
    random = np.random.default_rng(0)
    refused = 0
    for _ in range(300):
        altered = whole.copy()
        for place in random.integers(len(whole) - 1974, len(whole), 4):  # in the tables
            altered[place] = random.integers(256)
        path.write_bytes(altered)
        try:
            read_instrument(path)
        except PlaybackError:
            refused += 1
    assert refused > 100


ONE = [(np.ones(1000, "<i2"), 0, 1000, 44100, 60, 0)]


@pytest.mark.parametrize(
    ("parts", "reason"),
    [
        ({"samples": ONE, "zones": [{53: 1}]}, "there is no sample 1"),
        ({"samples": ONE, "zones": [{53: -2}]}, "there is no sample -2"),
        ({"samples": ONE, "zones": [{53: 0}], "instrument": 7}, "there is no instrument 7"),
        ({"samples": [(ONE[0][0], 0, 1000, 0, 60, 0)], "zones": [{53: 0}]}, "has 0 samples per second"),
        ({"samples": ONE, "zones": [{53: 0}], "length": 2**31}, "is outside the sample data"),
        ({"samples": ONE, "zones": [{53: 0}] * 5000}, "more than 4096 zones"),
        ({"samples": ONE, "zones": [{7: 1}] * 5000}, "more than 4096 zones"),
        ({"samples": ONE, "zones": [{**dict.fromkeys(range(100, 400), 0), 53: 0}]}, "generators 0 to 301"),
        ({"samples": ONE, "zones": [{53: 0}], "kind": 0x11}, "is not an Ogg stream"),
    ],
)
def test_hostile_tables_are_refused(font, parts, reason):
    with pytest.raises(PlaybackError, match=rf"damaged: .*{reason}.*download it again"):
        read_instrument(font(**parts))


@pytest.mark.parametrize("zones", [[], [{}], [{7: 1}], [{53: 0, KEYS: 80 | 20 << 8}], [{53: 0, 44: 100 | 127 << 8}]])
def test_instrument_without_sound_is_refused(font, zones):
    with pytest.raises(PlaybackError, match="has no sound"):
        read_instrument(font(samples=ONE, zones=zones))


def test_rom_samples_are_left_out(font):
    with pytest.raises(PlaybackError, match="has no sound"):
        read_instrument(font(samples=ONE, zones=[{53: 0}], kind=ROM | 1))


def test_overlapping_samples_take_no_more_memory_than_the_file(font):
    sound = np.ones(500_000, "<i2")
    path = font(samples=[(sound, 0, 1, 44100, 60, 0)], zones=[{53: number} for number in range(1000)], copies=1000)
    size = path.stat().st_size
    tracemalloc.start()
    with pytest.raises(PlaybackError, match="overlap"):
        read_instrument(path)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 2 * size


def test_size_beyond_the_file_is_refused_before_reading(tmp_path: Path):
    path = tmp_path / "font.sf2"
    path.write_bytes(b"RIFF\xff\xff\xff\xffsfbkLIST" + struct.pack("<I", 2**32 - 1) + b"sdta" + bytes(50))
    with pytest.raises(PlaybackError, match=r"its part 'LIST' is cut off"):
        read_instrument(path)
