"""The MIDI parser compared with pretty_midi, on music, on synthetic files and on damaged ones."""

from __future__ import annotations

import io
import time
import tracemalloc
import warnings
from pathlib import Path

import pretty_midi
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from lstmmusic.errors import MidiError
from lstmmusic.music.formats.kinds import MAX_BYTES
from lstmmusic.music.formats.midi_reader import parse_midi
from tests.broken import END, NOTE, SOUND, file, track

PIECES = sorted((Path(__file__).parents[3] / "assets" / "pieces").glob("*.mid"))

Found = list[tuple[float, float, int]]


def ours(content: bytes) -> tuple[Found, bool] | None:
    """Return sorted notes and whether there was damage; None for a file that is refused."""
    try:
        notes = parse_midi(content)
    except MidiError:
        return None
    times = notes.seconds.round(9).tolist()
    return sorted((*each, pitch) for each, pitch in zip(times, notes.pitches.tolist(), strict=True)), notes.damaged


def theirs(content: bytes) -> Found | None:
    """Return sorted notes; None for a file that pretty_midi cannot read."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            parsed = pretty_midi.PrettyMIDI(io.BytesIO(content))
    except Exception:  # noqa: BLE001 - it raises errors of many kinds
        return None
    parts = [part for part in parsed.instruments if not part.is_drum]
    found = [(float(note.start), float(note.end), note.pitch) for part in parts for note in part.notes]
    return sorted((round(start, 9), round(end, 9), pitch) for start, end, pitch in found)


@pytest.mark.parametrize("path", PIECES, ids=lambda path: path.stem)
def test_pieces_are_read_as_by_pretty_midi(path: Path) -> None:
    assert ours(path.read_bytes()) == (theirs(path.read_bytes()), False)


def test_reference_files_are_read_as_by_pretty_midi(shared: Path) -> None:
    paths = [path for path in (shared / "broken").rglob("*.mid") if path.is_file()]
    for path in [*sorted((shared / "midi").rglob("*.mid"))[::20], *paths]:
        expected = theirs(path.read_bytes())
        assert expected is None or ours(path.read_bytes()) == (expected, False), path


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
            "tempo twice in a tick": file(track(SOUND, b"\x10\xff\x51\x03\x01\0\0\x00\xff\x51\x03\x02\0\0", SOUND)),
            "tempo of another track": file(track(SOUND), track(b"\x10\xff\x51\x03\x01\x00\x00", SOUND)),
            "sysex": file(track(b"\x10\xf0\x03\x01\x02\xf7", SOUND)),
            "escape": file(track(b"\x00\xf7\x02\x01\x02", SOUND)),
            "song position": file(track(b"\x00\xf2\x01\x02", SOUND)),
            "long header": file(track(SOUND), header=b"ab"),
            "long tempo": file(track(b"\x00\xff\x51\x04\x07\xa1\x20\x00", SOUND)),
            "note that ends and begins in a tick": file(track(SOUND, NOTE, b"\x00\x80\x3c\x00", END)),
            "note that begins and ends in a tick": file(track(NOTE, b"\x60\x90\x3c\x50\x00\x80\x3c\x00", END)),
            "note of no length": file(track(NOTE, b"\x00\x80\x3c\x00", END)),
            "note begun twice": file(track(NOTE, b"\x10\x90\x3c\x50", END, END)),
            "two channels": file(track(NOTE, b"\x10\x91\x3c\x50", b"\x10\x81\x3c\x00", END)),
        }.items()
    ],
)
def test_valid_file_is_read_as_by_pretty_midi(content: bytes) -> None:
    assert theirs(content) is not None
    assert ours(content) == (theirs(content), False)


def test_beats_follow_from_ticks_whatever_the_tempo() -> None:
    notes = parse_midi(file(track(b"\x00\xff\x51\x03\x01\x00\x00", SOUND, SOUND), resolution=48))
    assert notes.beats.tolist() == [[0, 2], [2, 4]]


def test_time_of_unknown_messages_is_counted() -> None:
    assert ours(file(track(b"\x60\xff\x60\x01a", SOUND))) == ([(0.5, 1.0, 60)], False)


def test_smpte_time_is_read() -> None:
    content = file(
        track(b"\x00\xff\x51\x03\x01\x00\x00", b"\x00\x90\x3c\x50", b"\x87\x68\x80\x3c\x00"), resolution=-6360
    )
    assert ours(content) == ([(0.0, 1.0, 60)], False)  # 25 frames of 40 parts
    assert parse_midi(content).beats.tolist() == [[0, 2]]


def test_damage_ends_only_its_track() -> None:
    damaged = track(SOUND, b"\x00\xf4", SOUND)
    assert ours(file(damaged, track(b"\x00\x90\x40\x50", b"\x60\x80\x40\x00"))) == (
        [(0.0, 0.5, 60), (0.0, 0.5, 64)],
        True,
    )


message = st.one_of(
    st.sampled_from([NOTE, END, SOUND, b"\x10\xb0\x40\x7f", b"\x00\xff\x03\x01a", b"\x00\xff\x51\x03\x07\xa1\x20"]),
    st.tuples(*[st.integers(0, 127)] * 4).map(lambda n: bytes([n[0], 0x80 | n[1] & 0x1F, n[2], n[3]])),
    st.tuples(*[st.integers(0, 127)] * 3).map(bytes),
    st.tuples(*[st.integers(0, 127)] * 2).map(lambda n: bytes([n[0], 0xC1, n[1]])),
    st.binary(max_size=4),
)


@settings(max_examples=300)
@given(data=st.data())
def test_damaged_music_is_read_as_by_pretty_midi(data: st.DataObject) -> None:
    tracks = data.draw(st.lists(st.lists(message, max_size=12).map(lambda messages: track(*messages)), max_size=3))
    content = bytearray(file(*tracks))
    for _ in range(data.draw(st.integers(0, 2))):
        content[data.draw(st.integers(14, len(content) - 1) if len(content) > 14 else st.just(4))] = data.draw(
            st.integers(0, 255)
        )
    # After a system message, mido continues its running status; the standard ends it there.
    assume(not any(0xF0 <= byte <= 0xF7 for byte in content[14:]))
    expected, found = theirs(bytes(content)), ours(bytes(content))
    assert expected is None or found == (expected, False)


@settings(max_examples=300)
@given(content=st.binary(max_size=60), resolution=st.integers(-(2**15), 2**15 - 1), cut=st.integers(0, 90))
def test_any_bytes_give_notes_or_a_midi_error(content: bytes, resolution: int, cut: int) -> None:
    for each in (content, file(track(SOUND, content, SOUND), resolution=resolution)[:cut]):
        notes, _ = ours(each) or ([], False)
        assert all(start < end and 0 <= pitch <= 127 for start, end, pitch in notes)


@pytest.mark.parametrize(
    "messages",
    [
        NOTE[1:] + b"\x00",
        b"\x3c\x50\x00",
        b"\x3c\x50\x01\x3c\x00\x00",
        b"\xff\x51\x03\x07\xa1\x20\x01",
        b"\xff\x01\x00\x00",
        b"\xff",
    ],
    ids=["notes", "notes that run", "notes that end", "tempi", "empty titles", "one number"],
)
def test_time_and_memory_are_proportional_to_the_size(messages: bytes) -> None:
    size = MAX_BYTES // 20
    content = file(track((NOTE + b"\x00" + messages * (size // len(messages)))[:size]))
    tracemalloc.start()
    began = time.process_time()
    ours_or_none = parse_midi(content)
    seconds, (_, peak) = time.process_time() - began, tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert not len(ours_or_none.drums)
    assert seconds < 10 / 4  # a full-size file may take 10 s; tracing slows this down
    assert peak < 500e6 / 20
