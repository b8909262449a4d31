"""The fast reader against mido, on music, on made files and on damaged ones."""

from __future__ import annotations

import io
import struct
import warnings
from pathlib import Path
from typing import Any

import pretty_midi
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lstmmusic import midi
from lstmmusic.midi import parse_midi

PIECES = sorted((Path(__file__).parents[1] / "assets" / "pieces").glob("*.mid"))


def notes_or_error(parse: Any, content: bytes) -> object:
    """All that is read of a parsed file, or what was raised."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            parsed = parse(content)
    except Exception as error:  # noqa: BLE001 - both are to raise the same
        return type(error), str(error)
    times = sorted({time for part in parsed.instruments for note in part.notes for time in (note.start, note.end)})
    return (
        [
            (part.is_drum, part.program, [(n.start, n.end, n.pitch, n.velocity) for n in part.notes])
            for part in parsed.instruments
        ],
        parsed.resolution,
        [parsed.time_to_tick(time) for time in times],
    )


def mido_way(content: bytes) -> pretty_midi.PrettyMIDI:
    return pretty_midi.PrettyMIDI(io.BytesIO(content))


def track(*messages: bytes, name: bytes = b"MTrk", size: int | None = None) -> bytes:
    """Make a track; each message brings its own time."""
    body = b"".join(messages)
    return name + struct.pack(">L", len(body) if size is None else size) + body


def file(*tracks: bytes, resolution: int = 96, header: bytes = b"") -> bytes:
    return struct.pack(">4sLhhh", b"MThd", 6 + len(header), 1, len(tracks), resolution) + header + b"".join(tracks)


NOTE = b"\x00\x90\x3c\x50"  # C4 at once
END = b"\x60\x80\x3c\x00"  # and off, 96 ticks later
SOUND = NOTE + END


@pytest.mark.parametrize("path", PIECES, ids=lambda path: path.stem)
def test_pieces_are_read_as_mido_reads_them_and_without_it(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content = path.read_bytes()
    expected = notes_or_error(mido_way, content)
    monkeypatch.setattr(midi, "io", None)  # the way to mido is closed
    assert notes_or_error(parse_midi, content) == expected


def test_reference_files_are_read_as_mido_reads_them(shared: Path) -> None:
    paths = [path for path in (shared / "broken").rglob("*") if path.is_file()]
    for path in [*sorted((shared / "midi").rglob("*.mid"))[::10], *paths]:
        content = path.read_bytes()
        assert notes_or_error(parse_midi, content) == notes_or_error(mido_way, content), path


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(content, id=name)
        for name, content in {
            "running status": file(track(NOTE, b"\x60\x3c\x00", SOUND)),
            "running status over a title": file(track(NOTE, b"\x10\xff\x03\x01a", b"\x60\x3c\x00")),
            "pedals pass time": file(track(b"\x10\xb0\x40\x7f", b"\x81\x00\xe0\x00\x40", SOUND, b"\x50\xd0\x01")),
            "program and drums": file(track(b"\x00\xc0\x05", SOUND), track(b"\x00\x99\x24\x50\x10\x89\x24\x00")),
            "tempo": file(track(b"\x00\xff\x51\x03\x07\xa1\x20", SOUND, b"\x10\xff\x51\x03\x01\x00\x00", SOUND)),
            "sysex": file(track(b"\x10\xf0\x03\x01\x02\xf7", SOUND)),
            "unknown meta loses its time": file(track(b"\x10\xff\x60\x01a", SOUND)),
            "pedal before unknown meta": file(track(b"\x10\xb0\x40\x7f", b"\x20\xff\x60\x01a", SOUND)),
            "long header": file(track(SOUND), header=b"ab"),
            "negative resolution": file(track(SOUND), resolution=-6360),
        }.items()
    ],
)
def test_what_is_ordinary_is_read_without_mido(content: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = notes_or_error(mido_way, content)
    monkeypatch.setattr(midi, "io", None)  # the way to mido is closed
    assert notes_or_error(parse_midi, content) == expected


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(content, id=name)
        for name, content in {
            "no running status": file(track(b"\x00\x3c\x50", END)),
            "running status after sysex": file(track(b"\x00\xf0\x01\xf7", b"\x00\x01\x01\xf7", SOUND)),
            "sysex with high bytes": file(track(b"\x00\xf0\x02\x90\xf7", SOUND)),
            "sysex that starts twice": file(track(b"\x00\xf0\x03\xf0\x01\xf7", SOUND)),
            "escape": file(track(b"\x00\xf7\x02\x01\x02", SOUND)),
            "high data byte": file(track(b"\x00\x90\x3c\xd0", END)),
            "high pedal": file(track(b"\x00\xb0\x40\xd0", SOUND)),
            "undefined status": file(track(b"\x00\xf5", SOUND)),
            "song position": file(track(b"\x00\xf2\x01\x02", SOUND)),
            "odd key": file(track(b"\x00\xff\x59\x02\x0c\x00", SOUND)),
            "short tempo": file(track(b"\x00\xff\x51\x01\x07", SOUND)),
            "long tempo": file(track(b"\x00\xff\x51\x04\x07\xa1\x20\x00", SOUND)),
            "tempo of nothing": file(track(b"\x00\xff\x51\x03\x00\x00\x00", SOUND)),
            "cut in a pedal": file(track(SOUND, b"\x00\xb0\x40\x7f"))[:-1],
            "ends in half a pedal": file(track(SOUND, b"\x00\xb0\x40")),
            "ends in half a title": file(track(SOUND, b"\x00\xff\x03\x05ab")),
            "track longer than the file": file(track(SOUND, size=99)),
            "track shorter than it says": file(track(SOUND, size=7), track(SOUND)),
            "no track": file(),
            "short header": b"MThd\0\0\0\0\0\1\0\0\0\x60",
            "empty track": file(track()),
            "track of a pedal": file(track(b"\x00\xb0\x40\x7f")),
            "no header of a track": file(track(SOUND, name=b"XTrk")),
            "too few tracks": file(track(SOUND))[:10] + b"\0\2" + file(track(SOUND))[12:],
            "a day of ticks": file(track(NOTE, b"\x84\xff\xff\x7f\x80\x3c\x00", b"\x60\xb0\x40\x00")),
            "too long a message": file(track(b"\x00\xff\x01\xbd\x84\x41" + bytes(1_000_001), SOUND)),
        }.items()
    ],
)
def test_what_is_odd_is_judged_by_mido(content: bytes) -> None:
    assert notes_or_error(parse_midi, content) == notes_or_error(mido_way, content)


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_damaged_music_is_read_as_mido_reads_it(data: st.DataObject) -> None:
    number = st.integers(0, 127).map(lambda value: bytes([value]))
    message = st.one_of(
        st.sampled_from([NOTE, END, SOUND, b"\x10\xb0\x40\x7f", b"\x00\xff\x03\x01a", b"\x00\xff\x51\x03\x07\xa1\x20"]),
        st.tuples(number, st.sampled_from([b"\x90", b"\x80", b"\x99", b""]), number, number).map(b"".join),
        st.tuples(number, st.sampled_from([b"\xc1", b"\xd1", b""]), number).map(b"".join),
        st.tuples(number, st.just(b"\xff"), number, st.sampled_from([b"\0", b"\1a", b"\2ab", b"\5abcde"])).map(
            b"".join
        ),
        st.binary(max_size=4),
    )
    tracks = data.draw(st.lists(st.lists(message, max_size=12).map(lambda messages: track(*messages)), max_size=3))
    content = bytearray(file(*tracks))
    for _ in range(data.draw(st.integers(0, 2))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    content = content[: data.draw(st.one_of(st.none(), st.integers(0, len(content))))]
    assert notes_or_error(parse_midi, bytes(content)) == notes_or_error(mido_way, bytes(content))
