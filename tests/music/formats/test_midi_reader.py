"""The MIDI reader: every kind of file that is found, as by symusic and mido, and with damage."""

from __future__ import annotations

import io
import itertools
import json
import struct
import time
import tracemalloc
from collections import defaultdict, deque
from pathlib import Path

import mido
import numpy as np
import pytest
import symusic
from hypothesis import given, settings
from hypothesis import strategies as st

from lstmmusic.errors import MidiError
from lstmmusic.music.formats.kinds import MAX_BYTES
from lstmmusic.music.formats.midi_reader import parse_midi
from lstmmusic.music.formats.midi_writer import encode_number
from lstmmusic.music.score import Part, Score
from tests.broken import END, NOTE, SOUND, STOP, file, track

PIECES = sorted((Path(__file__).parents[3] / "assets" / "pieces").glob("*.mid"))

# A note of one beat, in ticks, as in `SOUND`.
ONE = (60, 0, 96)

Found = list[tuple[int, float, float]]


def in_ticks(score: Score) -> Found:
    """Return the pitch, start and end of all notes, sorted."""
    rows = [np.column_stack((each.pitches, each.ticks)).tolist() for each in (score.notes, score.drums)]
    return sorted((pitch, start, end) for pitch, start, end in itertools.chain(*rows))


def meta(kind: int, data: bytes, delta: bytes = b"\0") -> bytes:
    return delta + bytes([0xFF, kind, len(data)]) + data


def exclusive(data: bytes, delta: bytes = b"\0") -> bytes:
    return delta + bytes([0xF0, len(data) + 1]) + data + b"\xf7"


def tempo(microseconds: int, delta: bytes = b"\0") -> bytes:
    return meta(0x51, microseconds.to_bytes(3, "big"), delta)


def of_format(kind: int, *tracks: bytes) -> bytes:
    content = bytearray(file(*tracks))
    content[9] = kind
    return bytes(content)


def chunk(name: bytes, data: bytes) -> bytes:
    return name + struct.pack("<L", len(data)) + data + bytes(len(data) % 2)


PLAIN = file(track(SOUND, STOP))
TWO = [ONE, (64, 0, 96)]
OTHER = track(b"\0\x90\x40\x50", b"\x60\x80\x40\0", STOP)

# What each is, its notes in ticks, and whether it is damaged.
KINDS: dict[str, tuple[bytes, Found, bool]] = {
    # as the format allows
    "running status": (file(track(NOTE, b"\x60\x3c\0", b"\0\x3c\x50\x60\x3c\0")), [ONE, (60, 96, 192)], False),
    "running status over a title": (file(track(NOTE, b"\x10\xff\x03\x01a", b"\x50\x3c\0")), [ONE], False),
    "running status over sysex": (file(track(NOTE, b"\x10\xf0\x02\x01\xf7", b"\x50\x3c\0")), [ONE], False),
    "running status over a song position": (file(track(NOTE, b"\x10\xf2\x01\x02", b"\x50\x3c\0")), [ONE], False),
    "note-on of velocity zero": (file(track(NOTE, b"\x60\x90\x3c\0")), [ONE], False),
    "time of every other message": (
        file(
            track(
                b"\x10\xb0\x40\x7f", b"\x20\xe0\0\x40", b"\x10\xd0\x01", b"\x10\xf7\x01\x01", b"\x10\xff\x60\0", SOUND
            )
        ),
        [(60, 96, 192)],
        False,
    ),
    "times of two, three and four bytes": (
        file(track(b"\x81\0\x90\x3c\x50\x82\x80\0\x80\x3c\0\x81\x80\x80\0\x90\x3e\x50\0\x3e\0")),
        [(60, 128, 128 + 32768), (62, 128 + 32768 + 2097152, 128 + 32768 + 2097152)],
        False,
    ),
    "empty track": (file(track(), track(STOP), track(SOUND, STOP)), [ONE], False),
    "chunks of other kinds": (
        file(
            track(b"MTrk", name=b"XFIH"),
            track(b"", name=b"XFKM"),
            track(SOUND, STOP),
            track(b"ab", name=b"abcd"),
            count=1,
        ),
        [ONE],
        False,
    ),
    "long header": (file(track(SOUND), header=b"MTrk"), [ONE], False),
    # notes that overlap or do not end
    "struck again while held": (
        file(track(NOTE, b"\x5e\x90\x3c\x50", b"\x02\x80\x3c\0", END)),
        [ONE, (60, 94, 192)],
        False,
    ),
    "struck three times": (
        file(track(NOTE, NOTE, b"\x10\x90\x3c\x50", b"\x50\x80\x3c\0", END, END)),
        [ONE, (60, 0, 192), (60, 16, 288)],
        False,
    ),
    "off and on in a tick": (file(track(NOTE, b"\x60\x80\x3c\0\0\x90\x3c\x50", END)), [ONE, (60, 96, 192)], False),
    "on and off in a tick": (file(track(NOTE, b"\x60\x90\x3c\x50\0\x80\x3c\0", END)), [ONE, (60, 96, 192)], False),
    "stale note-off": (file(track(SOUND, NOTE, b"\0\x80\x3c\0", END)), [ONE, (60, 96, 192)], False),
    "stale note-off of another pitch between": (
        file(track(NOTE, b"\0\x80\x3c\0\0\x90\x40\x50\x60\x80\x3c\0\0\x80\x40\0")),
        TWO,
        False,
    ),
    "two stale note-offs": (
        file(track(SOUND, NOTE, b"\0\x80\x3c\0", b"\0\x80\x3c\0", END)),
        [ONE, (60, 96, 192)],
        False,
    ),
    "struck three times, released once": (
        file(track(NOTE, b"\x20\x90\x3c\x50", b"\x20\x90\x3c\x50", b"\x20\x80\x3c\0", b"\x60\xff\x2f\0")),
        [ONE, (60, 32, 96), (60, 64, 96)],
        False,
    ),
    "struck and released in a tick, then never released": (
        file(track(NOTE, b"\x20\x90\x3c\x50", b"\0\x80\x3c\0", b"\x40\xff\x2f\0")),
        [(60, 0, 32), (60, 32, 96)],
        False,
    ),
    "all notes off in the tick of a note": (
        file(track(NOTE, b"\0\xb0\x7b\0", b"\x60\x90\x3c\x50", b"\0\x80\x3c\0", END)),
        [ONE, (60, 96, 192)],
        False,
    ),
    "no length, then struck again": (file(track(NOTE, b"\0\x80\x3c\0", NOTE, END)), [(60, 0, 0), ONE], False),
    "no length, twice": (file(track(NOTE, NOTE, b"\0\x80\x3c\0", END)), [(60, 0, 0), ONE], False),
    "no length at the end": (file(track(NOTE, b"\0\x80\x3c\0", b"\x60\x90\x40\0")), [(60, 0, 0)], False),
    "note-off too many": (file(track(b"\0\x80\x3c\0", SOUND, END, SOUND)), [ONE, (60, 192, 288)], False),
    "channels and tracks apart": (
        file(track(NOTE, b"\x10\x91\x3c\x50", b"\x10\x81\x3c\0", b"\x40\x80\x3c\0"), track(b"\x10\x80\x3c\0")),
        [ONE, (60, 16, 32)],
        False,
    ),
    "never turned off": (file(track(NOTE, b"\x60\xff\x2f\0"), track(b"\x81\x40\xff\x2f\0")), [ONE], False),
    "never turned off, over all notes off": (file(track(NOTE, b"\x60\xb0\x7b\0", b"\x60\xff\x2f\0")), [ONE], False),
    "never turned off, over all sound off": (file(track(NOTE, b"\x60\xb0\x78\0", b"\x60\xff\x2f\0")), [ONE], False),
    "all notes off of another channel": (file(track(NOTE, b"\x10\xb1\x7b\0", b"\x50\xff\x2f\0")), [ONE], False),
    "all notes off before": (file(track(b"\0\xb0\x7b\0", NOTE, b"\x60\xff\x2f\0")), [ONE], False),
    "all notes off, then turned off": (file(track(NOTE, b"\x10\xb0\x7b\0", b"\x50\x80\x3c\0")), [ONE], False),
    "all notes off, then struck again": (
        file(track(NOTE, b"\x60\xb0\x7b\0", NOTE, END, b"\x60\xff\x2f\0")),
        [ONE, (60, 96, 192)],
        False,
    ),
    # data bytes
    "controller value of 255": (file(track(b"\0\xb0\x07\xff", SOUND)), [ONE], True),
    "program of 255": (file(track(b"\0\xc0\xff", SOUND)), [ONE], True),
    "velocity of 255": (file(track(b"\0\x90\x3c\xff", END)), [ONE], True),
    "pitch of 255": (file(track(b"\0\x90\xff\x50\x60\x80\xff\0")), [(127, 0, 96)], True),
    "bend of 255": (file(track(b"\0\xe0\xff\xff", SOUND)), [ONE], True),
    "data before any status": (file(track(b"\0\x07", SOUND)), [ONE], True),
    "more data before any status": (
        file(track(b"\x60\x07\x08\x09", b"\x81\0\x90\x3c\x50", END)),
        [(60, 224, 320)],
        True,
    ),
    "nothing but data": (file(track(b"\0\x07\x08\x09"), track(SOUND)), [ONE], True),
    "undefined status": (file(track(b"\0\xf4", SOUND)), [ONE], True),
    "number of five bytes": (file(track(SOUND, b"\xff\xff\xff\xff\x7f\x90\x3c\x50"), OTHER), TWO, True),
    # tracks
    "too long": (file(track(SOUND, STOP, size=14), OTHER), TWO, True),
    "much too long": (file(track(SOUND, STOP, size=2**31), OTHER), TWO, True),
    "last one too long": (file(OTHER, track(SOUND, STOP, size=500)), TWO, True),
    "too short": (file(track(SOUND, STOP, size=6), OTHER), TWO, True),
    "last one too short": (file(OTHER, track(SOUND, STOP, size=6)), TWO, True),
    "of no size": (file(track(SOUND, STOP, size=0), OTHER), TWO, True),
    "too long, without an end": (file(track(SOUND, size=100), OTHER), TWO, True),
    "cut off in a note, before another": (file(track(SOUND, b"\0\x90", size=99), OTHER), TWO, True),
    "one that swallows the other": (file(track(SOUND, STOP, size=12 + len(OTHER)), OTHER, count=1), TWO, True),
    "bytes between tracks": (file(track(SOUND, STOP) + b"abc", OTHER), TWO, True),
    "zeros between tracks": (file(track(SOUND, STOP) + bytes(3), OTHER), TWO, False),
    "bytes after the header": (file(b"abc" + track(SOUND, STOP), count=1), [ONE], True),
    "fewer declared than there are": (file(track(SOUND, STOP), OTHER, count=1), TWO, True),
    "none declared": (file(track(SOUND, STOP), OTHER, count=0), TWO, True),
    "more declared than there are": (file(track(SOUND, STOP), count=2), [ONE], True),
    "zeros at the end": (PLAIN + bytes(100), [ONE], False),
    "zeros after a track without an end": (file(track(NOTE, b"\x60\x80\x3c\x40")) + bytes(100), [ONE], False),
    "other bytes at the end": (PLAIN + b"TAG of a song", [ONE], False),
    "other bytes after a track without an end": (
        file(track(NOTE, b"\x60\x80\x3c\x40")) + b"TAG of a song",
        [ONE],
        False,
    ),
    "bytes after the end of a track": (file(track(SOUND, STOP, b"abc"), OTHER), TWO, False),
    "another file": (PLAIN + file(OTHER), [ONE], True),
    "cut off in a note": (file(track(SOUND, STOP) + track(SOUND, NOTE, END))[:-2], [ONE, ONE, (60, 96, 192)], True),
    "cut off in a time": (file(track(SOUND, NOTE, b"\x81")), [ONE, (60, 96, 224)], True),
    "cut off in a title": (file(track(NOTE, b"\x60\xff\x03\x10abc")), [ONE], True),
    # around the file
    "MacBinary": (bytes([0, 4]) + b"song" + bytes(122) + PLAIN + bytes(50), [ONE], False),
    "a stray byte before": (b"\n" + PLAIN, [ONE], False),
    "RMI": (b"RIFF" + struct.pack("<L", len(PLAIN) + 12) + b"RMID" + chunk(b"data", PLAIN), [ONE], False),
    "RMI with a word data before": (
        b"RIFF\0\0\0\0RMID" + chunk(b"LIST", b"INFOINAM\5\0\0\0data!") + chunk(b"data", PLAIN),
        [ONE],
        False,
    ),
    "RMI with a header in a text": (
        b"RIFF\0\0\0\0RMID" + chunk(b"LIST", b"MThd\0\0\0\6 is how it begins") + chunk(b"data", PLAIN),
        [ONE],
        False,
    ),
    "RMI whose data have no size": (b"RIFF\0\0\0\0RMIDdata\0\0\0\0" + PLAIN, [ONE], False),
    "RMI whose chunks cannot be followed": (b"RIFF\0\0\0\0RMID" + b"LIST\xff\xff\xff\x7f" + PLAIN, [ONE], False),
    # formats
    "format 0": (of_format(0, track(SOUND, STOP)), [ONE], False),
    "format 2": (
        of_format(2, track(SOUND, b"\x60\xff\x2f\0"), track(SOUND, STOP), OTHER),
        [ONE, (60, 192, 288), (64, 288, 384)],
        False,
    ),
}


@pytest.mark.parametrize("name", KINDS)
def test_each_kind_of_file_is_read_right(name: str) -> None:
    content, notes, damaged = KINDS[name]
    score = parse_midi(content)
    assert in_ticks(score) == notes
    assert score.damaged == damaged


def test_reading_folder_is_read_as_expected(shared: Path) -> None:
    folder = shared / "reading"
    for name, expected in json.loads((folder / "expected.json").read_text()).items():
        score = parse_midi((folder / name).read_bytes())
        found = np.hstack((score.pitches[:, None], score.beats, score.seconds))
        notes = [(note["pitch"], *note["beats"], *note["seconds"]) for note in expected["notes"]]
        if notes:  # one file is about something else: its length
            np.testing.assert_allclose(found, notes, rtol=0, atol=1e-6, err_msg=name)
    rest = parse_midi((folder / "rest_at_the_end.mid").read_bytes())
    assert rest.length == 4 * rest.resolution


def seconds_of(content: bytes) -> list[list[float]]:
    return parse_midi(content).seconds.round(9).tolist()


def test_tempi_of_all_tracks_count_and_the_last_of_a_tick_holds() -> None:
    slow, fast = track(tempo(1_000_000), tempo(250_000, b"\x60")), track(tempo(2_000_000, b"\x60"))
    assert parse_midi(file(track(SOUND, SOUND), slow, fast)).tempi.tolist() == [[0, 1_000_000], [96, 2_000_000]]
    assert seconds_of(file(track(SOUND, SOUND), slow, fast)) == [[0, 1], [1, 3]]


def test_impossible_tempo_is_skipped_and_said() -> None:
    for data in (bytes(3), b"\1\2", b""):
        score = parse_midi(file(track(meta(0x51, data), tempo(1_000_000), SOUND)))
        assert score.damaged
        assert score.tempi.tolist() == [[0, 1_000_000]]
    assert not parse_midi(file(track(meta(0x51, b"\x0f\x42\x40\0"), SOUND))).damaged
    assert parse_midi(file(track(b"\0\xff\x51\3\1"), track(SOUND))).tempi.tolist() == [[0, 500_000]]


def test_each_sequence_of_format_2_has_its_own_tempi() -> None:
    content = of_format(2, track(tempo(1_000_000), SOUND, STOP), track(SOUND, STOP), track(tempo(250_000), SOUND))
    assert seconds_of(content) == [[0, 1], [1, 1.5], [1.5, 1.75]]


@pytest.mark.parametrize(
    ("division", "resolution", "beats"),
    [
        pytest.param(-25 << 8 | 40, 500, [0, 192 / 1000], id="25 frames of 40"),
        pytest.param(-24 << 8 | 4, 48, [0, 2], id="24 frames of 4"),
        pytest.param(-29 << 8 | 2, 29, [0, 96 / 29], id="29 frames of 2"),
        pytest.param(-25 << 8 | 1, 25, [0, 192 / 25], id="25 frames: a beat of 12.5 ticks"),
        pytest.param(55440 - 65536, 55440, [0, 96 / 55440], id="no rate of frames"),
        pytest.param(-1, 65535, [0, 96 / 65535], id="the largest division"),
    ],
)
def test_division_is_ticks_of_a_beat_or_of_half_a_second(division: int, resolution: int, beats: list[float]) -> None:
    score = parse_midi(file(track(SOUND, meta(0x58, b"\3\3"), b"\x60\xb0\x40\x7f\x60\x40\0"), resolution=division))
    assert (score.resolution, score.beats.tolist()) == (resolution, [beats])
    step = beats[1] * resolution  # the ticks of the note
    assert score.time_signatures.tolist() == [[step, 3, 8]]
    assert score.pedal.tolist() == [[0, 2 * step, 3 * step]]
    assert score.length == 3 * step


@pytest.mark.parametrize("division", [0, -25 << 8, -30 << 8])
def test_division_of_nothing_is_refused(division: int) -> None:
    with pytest.raises(MidiError, match="no ticks in a beat"):
        parse_midi(file(track(SOUND), resolution=division))


def test_smpte_time_ignores_tempi() -> None:
    assert seconds_of(file(track(tempo(1_000_000), SOUND), resolution=-24 << 8 | 4)) == [[0, 1]]


@pytest.mark.parametrize(
    ("end", "length"),
    [
        pytest.param(b"\0\xff\x2f\0", 96, id="none"),
        pytest.param(b"\x83\x00\xff\x2f\0", 96 + 384, id="a bar"),
        pytest.param(b"\x8c\x80\x00\xff\x2f\0", 96 + 2048 * 96, id="as long as may be"),
        pytest.param(b"\x8c\x80\x01\xff\x2f\0", 96 + 32 * 96, id="longer"),
        pytest.param(b"\xff\xff\xff\x7f\xff\x2f\0", 96 + 32 * 96, id="absurd"),
    ],
)
def test_length_has_the_rests_at_the_end_unless_they_are_absurd(end: bytes, length: int) -> None:
    assert parse_midi(file(track(SOUND, end))).length == length
    assert parse_midi(file(track(SOUND), track(b"\x60\xff\x01\0" + end))).length == length
    held = parse_midi(file(track(SOUND, b"\0\x90\x40\x50" + end)))
    assert held.notes.ticks.tolist() == [[0, 96], [96, length]]


def test_parts_are_of_a_track_a_channel_and_a_program() -> None:
    first = track(meta(3, "Страна".encode()), b"\0\xc0\x05", SOUND, b"\0\xc0\x06", SOUND, b"\0\x93\x3c\x50\x60\x3c\0")
    second = track(meta(3, b"Fl\xf6te"), SOUND, meta(3, b"other"))
    score = parse_midi(file(first, second))
    assert score.parts == (
        Part(0, 0, 5, "Страна"),
        Part(0, 0, 6, "Страна"),
        Part(0, 3, 0, "Страна"),
        Part(1, 0, 5, "Flöte"),  # a program is of its channel in all tracks
    )
    assert [score.parts[part].track for part in score.notes.parts] == [0, 1, 0, 0]
    assert score.notes.ticks[:, 0].tolist() == [0, 0, 96, 192]


@pytest.mark.parametrize(
    ("data", "name"),
    [
        ("日本語".encode(), "日本語"),
        ("\ufeffΑθήνα".encode(), "Αθήνα"),
        ("Москва".encode("utf-16"), "Москва"),
        ("Москва".encode("utf-16-be"), None),
        (b"\xff\xfe\0", "\ufffd"),
        ("Klavier, früh".encode("latin-1"), "Klavier, früh"),
        (b"left\0 ", "left"),
        (b"\x1b[31mred", "\ufffd[31mred"),
        (b"", ""),
    ],
)
def test_names_of_tracks_are_decoded(data: bytes, name: str | None) -> None:
    (part,) = parse_midi(file(track(meta(3, data), SOUND))).parts
    part.name.encode()
    assert part.name.isprintable()
    assert name is None or part.name == name


def test_long_name_is_cut() -> None:
    name = "Москва" * 500
    (part,) = parse_midi(file(track(b"\0\xff\3" + encode_number(2 * len(name)) + name.encode(), SOUND))).parts
    assert part.name == name[:500]


def test_program_holds_from_its_tick() -> None:
    score = parse_midi(file(track(SOUND, b"\0\xc0\x05", SOUND)))
    assert [score.parts[part].program for part in score.notes.parts] == [0, 5]


def test_velocities_are_kept() -> None:
    notes = parse_midi(file(track(b"\0\x90\x3c\x01\0\x3d\x7f", b"\0\x3e\xff"))).notes
    assert notes.velocities.tolist() == [1, 127, 127]


def test_channels_of_a_second_port_are_apart() -> None:
    ports = (
        track(meta(0x21, b"\0"), SOUND),
        track(meta(0x21, b"\1"), SOUND, b"\0\xc0\x07"),
        track(b"\0\xc0\x08", SOUND),
    )
    score = parse_midi(file(*ports))
    assert [(part.channel, part.program) for part in score.parts] == [(0, 8), (16, 0), (0, 8)]
    changed = parse_midi(file(track(SOUND, meta(0x21, b"\2"), SOUND)))
    assert [part.channel for part in changed.parts] == [0, 32]


def gs_rhythm(block: int, value: int) -> bytes:
    return exclusive(b"\x41\x10\x42\x12\x40" + bytes([0x10 | block, 0x15, value, 0]))


XG_ON = exclusive(b"\x43\x10\x4c\0\0\x7e\0")
GM_ON = exclusive(b"\x7e\x7f\x09\1")


def chosen(bank: int, channel: int) -> bytes:
    """Return the choice of a bank and a program."""
    return bytes([0, 0xB0 | channel, 0, bank, 0, 0xC0 | channel, 0])


@pytest.mark.parametrize(
    ("messages", "channels"),
    [
        pytest.param([], [9], id="nothing"),
        pytest.param([gs_rhythm(1, 1)], [0, 9], id="GS, channel 1"),
        pytest.param([gs_rhythm(9, 2)], [8, 9], id="GS, channel 9"),
        pytest.param([gs_rhythm(10, 1)], [9, 10], id="GS, channel 11"),
        pytest.param([gs_rhythm(15, 1)], [9, 15], id="GS, channel 16"),
        pytest.param([gs_rhythm(0, 0)], [], id="GS, channel 10 is pitched"),
        pytest.param([gs_rhythm(1, 1), gs_rhythm(1, 0)], [9], id="GS, on and off"),
        pytest.param([gs_rhythm(1, 1), chosen(0, 0)], [0, 9], id="GS, then a kit"),
        pytest.param([chosen(120, 10)], [9, 10], id="GM2, drums"),
        pytest.param([chosen(121, 9)], [], id="GM2, channel 10 is pitched"),
        pytest.param([chosen(120, 10), chosen(121, 10)], [9], id="GM2, drums and back"),
        pytest.param([chosen(120, 10)[:4]], [9], id="a bank alone"),
        pytest.param([chosen(127, 3)], [9], id="bank 127 without XG"),
        pytest.param([XG_ON, chosen(127, 3)], [3, 9], id="XG, drums"),
        pytest.param([XG_ON, chosen(126, 3)], [3, 9], id="XG, effects"),
        pytest.param([XG_ON, GM_ON, chosen(127, 3)], [9], id="XG, then GM"),
        pytest.param([XG_ON, exclusive(b"\x43\x10\x4c\x08\2\7\2")], [2, 9], id="XG, part mode"),
        pytest.param([chosen(128, 3)], [3, 9], id="bank 128 of sound fonts"),
        pytest.param([exclusive(b"\x41"), exclusive(b""), exclusive(b"\x43\x10\x4c\x08")], [9], id="cut off"),
    ],
)
def test_drums_are_where_messages_put_them(messages: list[bytes], channels: list[int]) -> None:
    notes = [bytes([0, 0x90 | channel, 60, 80]) for channel in range(16)]
    score = parse_midi(file(track(b"\0\xff\x01\0"), track(b"\x01\xff\x01\0", *notes), track(*messages)))
    assert sorted(score.parts[part].channel for part in score.drums.parts) == channels
    assert [part.channel for part in score.parts if part.drums] == channels
    assert len(score.drums) + len(score.notes) == 16


@pytest.mark.parametrize("reset", [b"\x7e\x7f\x09\1", b"\x41\x10\x42\x12\x40\0\x7f\0\x41", b"\x43\x10\x4c\0\0\x7e\0"])
def test_reset_of_the_synthesiser_undoes_drums(reset: bytes) -> None:
    again = exclusive(reset)
    score = parse_midi(file(track(again, gs_rhythm(1, 1), SOUND, again, SOUND, gs_rhythm(1, 1), again, SOUND)))
    assert score.notes.ticks[:, 0].tolist() == [96, 192]
    assert score.drums.ticks[:, 0].tolist() == [0]


def test_note_is_a_drum_by_what_holds_at_its_start() -> None:
    score = parse_midi(file(track(SOUND, gs_rhythm(1, 1), SOUND, gs_rhythm(1, 0), SOUND)))
    assert score.notes.ticks[:, 0].tolist() == [0, 192]
    assert score.drums.ticks[:, 0].tolist() == [96]


def test_sane_signatures_are_kept() -> None:
    metres = [meta(0x58, data) for data in (b"\3\2\x18\x08", b"\0\2\0\0", b"\4\x0b\0\0", b"\4")]
    keys = [meta(0x59, data) for data in (b"\xf9\1", b"\x08\0", b"\xf8\0", b"\1\2", b"\1")]
    score = parse_midi(file(track(*metres, SOUND, meta(0x58, b"\6\3")), track(*keys, SOUND, meta(0x59, b"\7\0"))))
    assert score.time_signatures.tolist() == [[0, 3, 4], [96, 6, 8]]
    assert score.key_signatures.tolist() == [[0, -7, 1], [96, 7, 0]]
    assert not score.damaged


def test_pedal_is_down_from_64_to_the_end_of_its_track() -> None:
    values = (63, 64, 127, 63, 0, 100)
    presses = [bytes([0x10, 0xB0, 64, value]) for value in values]
    other = [b"\x08\xb1\x40\x7f", b"\0\xb1\x40\0", b"\x10\xb1\x40\x7f"]
    score = parse_midi(file(track(*presses, b"\x10\xff\x2f\0"), track(*other, b"\x30\xff\x2f\0")))
    assert score.pedal.tolist() == [[1, 24, 72], [0, 32, 64], [0, 96, 112]]
    both = file(track(b"\x10\xb0\x40\x7f"), track(b"\x20\xb0\x40\0"))
    assert parse_midi(both).pedal.tolist() == [[0, 16, 32]]
    assert parse_midi(bytes(both[:9]) + b"\2" + both[10:]).pedal.tolist() == []


def by_symusic(content: bytes) -> Found:
    """Return all notes in seconds; only for files that it cannot fail on, since that would end the process."""
    parsed = symusic.Score.from_midi(content, ttype="second")
    return sorted((note.pitch, note.time, note.time + note.duration) for part in parsed.tracks for note in part.notes)


def by_mido(content: bytes) -> Found:
    """Return all notes in seconds, their messages paired first in, first out."""
    parsed = mido.MidiFile(file=io.BytesIO(content), clip=True)
    times: dict[int, float] = {}
    now = tick = 0
    per_beat = 500_000
    for message in mido.merge_tracks(parsed.tracks):
        tick += message.time
        now += message.time * per_beat / parsed.ticks_per_beat / 1e6
        times[tick] = now
        per_beat = message.tempo if message.type == "set_tempo" else per_beat
    found = []
    for each in parsed.tracks:
        held: dict[tuple[int, int], deque[int]] = defaultdict(deque)
        tick = 0
        for message in each:
            tick += message.time
            if message.type == "note_on" and message.velocity:
                held[message.channel, message.note].append(tick)
            elif message.type in ("note_on", "note_off") and held[message.channel, message.note]:
                found.append((message.note, times[held[message.channel, message.note].popleft()], times[tick]))
        found += [(pitch, times[start], times[tick]) for (_, pitch), starts in held.items() for start in starts]
    return sorted(found)


def ours(content: bytes) -> Found:
    score = parse_midi(content)
    both = (score.notes, score.drums)
    rows = [np.column_stack((each.pitches, score.to_seconds(each.ticks))).tolist() for each in both]
    return sorted((pitch, start, end) for pitch, start, end in itertools.chain(*rows))


def assert_same(found: Found, expected: Found) -> None:
    """Check that notes are the same to a millisecond."""
    assert len(found) == len(expected)
    if found:
        np.testing.assert_allclose(np.array(found), np.array(expected), rtol=0, atol=1e-3)


@pytest.mark.parametrize("path", PIECES, ids=lambda path: path.stem)
def test_pieces_are_read_as_by_symusic_and_mido(path: Path) -> None:
    content = path.read_bytes()
    assert_same(ours(content), by_symusic(content))
    assert_same(ours(content), by_mido(content))
    assert not parse_midi(content).damaged


def test_reference_files_are_read_as_by_mido(shared: Path) -> None:
    for path in sorted((shared / "midi").rglob("*.mid"))[::40]:
        assert_same(ours(path.read_bytes()), by_mido(path.read_bytes()))


@st.composite
def sound_files(draw: st.DrawFn) -> bytes:
    """Make a file in which each note is turned off, but never in the tick of its note-on."""
    running, resolution = draw(st.booleans()), draw(st.sampled_from([1, 24, 96, 480, 32767]))
    numbers = st.one_of(st.just(1), st.integers(1, 300), st.integers(1, 100_000))
    tracks = []
    for _ in range(draw(st.integers(1, 3))):
        messages, held = bytearray(), []
        last = None
        kinds = draw(st.lists(st.sampled_from("nnnnoootpcm"), max_size=30))
        for kind in [*kinds, *"o" * kinds.count("n")]:
            delta = draw(st.one_of(st.just(0), numbers) if kind in "nt" else numbers)
            status = None
            if kind == "n":
                held.append((draw(st.integers(0, 2)), draw(st.integers(60, 62))))
                status, data = 0x90 | held[-1][0], [held[-1][1], draw(st.integers(1, 127))]
            elif kind == "o" and held:
                channel, pitch = held.pop(draw(st.integers(0, len(held) - 1)))
                off = draw(st.booleans())
                status, data = (0x80 if off else 0x90) | channel, [pitch, 64 if off else 0]
            elif kind == "p":
                status, data = 0xC0, [draw(st.integers(0, 127))]
            elif kind == "c":
                status, data = 0xB1, [draw(st.integers(0, 119)), draw(st.integers(0, 127))]
            time = b"".join(bytes([delta >> shift & 127 | 128]) for shift in (14, 7) if delta >> shift) + bytes(
                [delta & 127]
            )
            if status is None:
                content = tempo(draw(st.integers(1, 2**24 - 1))) if kind == "t" else meta(1, b"text")
                messages += time + content[1:]
                last = None
            else:
                messages += time + (b"" if running and status == last else bytes([status])) + bytes(data)
                last = status
        tracks.append(track(bytes(messages), STOP))
    return file(*tracks, resolution=resolution)


@settings(max_examples=100)
@given(content=sound_files())
def test_any_sound_file_is_read_as_by_symusic_and_mido(content: bytes) -> None:
    assert not parse_midi(content).damaged
    expected = by_mido(content)
    if expected and expected[-1][2] < 10_000:  # symusic counts in floats of 32 bits
        assert_same(ours(content), by_symusic(content))
    assert_same(ours(content), expected)


message = st.one_of(
    st.sampled_from([NOTE, END, SOUND, STOP, XG_ON, b"\x10\xb0\x40\x7f", meta(3, b"a"), tempo(500_000), b"MTrk"]),
    st.tuples(*[st.integers(0, 127)] * 4).map(lambda n: bytes([n[0], 0x80 | n[1] & 0x1F, n[2], n[3]])),
    st.tuples(*[st.integers(0, 127)] * 3).map(bytes),
    st.tuples(*[st.integers(0, 127)] * 2).map(lambda n: bytes([n[0], 0xC1, n[1]])),
    st.binary(max_size=4),
)


@settings(max_examples=300)
@given(data=st.data(), resolution=st.integers(-(2**15), 2**15 - 1))
def test_any_bytes_give_a_score_or_a_midi_error(data: st.DataObject, resolution: int) -> None:
    tracks = data.draw(st.lists(st.lists(message, max_size=12).map(b"".join), max_size=3))
    sizes = data.draw(st.lists(st.none() | st.integers(0, 60), min_size=len(tracks), max_size=len(tracks)))
    made = (track(each, size=size) for each, size in zip(tracks, sizes, strict=True))
    content = bytearray(file(*made, resolution=resolution))
    content[9] = data.draw(st.integers(0, 2))
    for _ in range(data.draw(st.integers(0, 3))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    try:
        score = parse_midi(bytes(content)[: data.draw(st.integers(0, len(content)))])
    except MidiError:
        return
    assert score.resolution > 0
    for notes in (score.notes, score.drums):
        assert (notes.ticks[:, 0] <= notes.ticks[:, 1]).all()
        assert (notes.ticks >= 0).all()
        assert notes.ticks.max(initial=0) <= score.length
        assert (notes.pitches < 128).all()
        assert ((notes.velocities > 0) & (notes.velocities < 128)).all()
        assert (notes.parts < max(1, len(score.parts))).all()
        assert all(score.parts[part].drums == (notes is score.drums) for part in notes.parts)
    assert (score.pedal[:, 1] < score.pedal[:, 2]).all()
    assert (np.diff(score.tempi[:, 0]) > 0).all()


@pytest.mark.parametrize(
    "messages",
    [
        NOTE[1:] + b"\x00",
        b"\x3c\x50\x00",
        b"\x3c\x50\x01\x3c\x00\x00",
        b"\xff\x51\x03\x07\xa1\x20\x01",
        b"\xff\x01\x00\x00",
        b"\xff\x21\x01\x00\x00",
        b"\xff\x58\x02\x01\x01\x00",
        b"\xff\x2f\x00MTrk\x00\x00\x00\x00\x00",
        b"\xff\x2f\x00MTrk\x00\x00\x00\x00\x00\x90\x3c\x50\x00",
        b"\xb0\x40\x7f\x01\x40\x00\x01",
        b"\xc0\x01\x00\x90\x3c\x50\x01",
        gs_rhythm(1, 1)[1:] + b"\x00",
        b"\xff",
    ],
    ids=[
        "notes",
        "notes that run",
        "notes that end",
        "tempi",
        "empty titles",
        "ports",
        "metres",
        "tracks",
        "tracks of no size with a note",
        "pedal",
        "programs",
        "switches of drums",
        "one number",
    ],
)
def test_time_and_memory_are_proportional_to_the_size(messages: bytes) -> None:
    size = MAX_BYTES // 40
    content = file(track((NOTE + b"\x00" + messages * (size // len(messages)))[:size]))
    tracemalloc.start()
    began = time.process_time()
    parse_midi(content)
    seconds, (_, peak) = time.process_time() - began, tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert seconds < 10 / 8  # a full-size file may take 10 s; tracing slows this down
    assert peak < 500e6 / 40
