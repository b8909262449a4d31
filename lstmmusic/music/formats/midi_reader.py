"""Parse the bytes of a MIDI file into notes, in beats and in seconds.

The parser is for files from anywhere: for any bytes, time and memory are proportional to their number, and nothing but
MidiError is raised. Every file that pretty_midi can read gives the same notes here, in a fraction of the time:
pretty_midi uses mido, which turns each message into a checked object, although at least half of them start or end no
note. A damaged track is read up to the damage; mido rejects the whole file.
"""

from __future__ import annotations

import struct
from array import array

from lstmmusic.errors import MidiError
from lstmmusic.music.score import DEFAULT_TEMPO, Notes, Score, events

_META, _SYSEX, _ESCAPE, _SET_TEMPO = 0xFF, 0xF0, 0xF7, 0x51
_NOTE_OFF, _NOTE_ON, _PROGRAM, _PRESSURE = 0x80, 0x90, 0xC0, 0xD0
_DRUMS = 9  # the channel of percussion

# Data bytes of messages that do not belong in a file, but that some programs write.
_SYSTEM = {0xF1: 1, 0xF2: 2, 0xF3: 1, 0xF6: 0, 0xF8: 0, 0xF9: 0, 0xFA: 0, 0xFB: 0, 0xFC: 0, 0xFD: 0, 0xFE: 0}


class _DamagedError(Exception):
    """The rest of the track cannot be read."""


class _Tracks:
    """What was read from the tracks so far."""

    def __init__(self) -> None:
        self.pitches = array("B")
        self.ticks = array("q")  # start and end of each note, alternating
        self.tempi: list[tuple[int, int]] = []  # tick, and microseconds per quarter note from there on
        self.drums = 0
        self.damaged = False


def parse_midi(content: bytes) -> Score:
    """Read the notes of a MIDI file.

    A note ends with the first message that turns it off in a later tick; one that is never turned off is left out.
    Tempo is read from the first track, and is 120 quarter notes per minute until set. In files with SMPTE time, a beat
    is half a second.

    Parameters
    ----------
    content : bytes

    Raises
    ------
    MidiError
        If it is not a MIDI file, has no track, or has no unit of time.
    """
    content = _unwrap(content)
    if content[:4] != b"MThd" or len(content) < 14:
        raise MidiError("it does not start like a MIDI file")
    size, _, count, resolution = struct.unpack_from(">LHHh", content, 4)
    ticks = _ticks_per_beat(resolution)
    read = _Tracks()
    tracks, at = 0, 8 + size
    while tracks < count and at + 8 <= len(content):
        name, size = struct.unpack_from(">4sL", content, at)
        at += 8
        if name == b"MTrk":  # other chunks are skipped
            read.damaged |= at + size > len(content)
            try:
                _read_track(content[at : at + size], read, conducts=tracks == 0)
            except (IndexError, _DamagedError):  # missing bytes, and impossible bytes
                read.damaged = True
            tracks += 1
        at += size
    if not tracks:
        raise MidiError("it has no track")
    read.damaged |= tracks < count
    tempi = read.tempi if resolution > 0 else []
    notes = Notes.of(read.ticks, read.pitches)
    drums = Notes.of([[0, 1]] * read.drums, [36] * read.drums)
    return Score("", ticks, notes, drums=drums, tempi=events([(0, DEFAULT_TEMPO), *tempi]), damaged=read.damaged)


def _ticks_per_beat(resolution: int) -> int:
    """Return the ticks per quarter note: the number itself, or for SMPTE time, half of the ticks per second."""
    # With SMPTE time the upper byte is the number of frames per second, negated, and the lower one the ticks per frame.
    ticks = resolution if resolution > 0 else -(resolution >> 8) * (resolution & 0xFF) // 2
    if not ticks:
        raise MidiError("it has no ticks in a beat")
    return ticks


def _read_track(track: bytes, read: _Tracks, *, conducts: bool) -> None:
    """Add the notes of a track, and its tempi if it conducts the others; damage raises an error after those before."""
    at = now = status = 0
    sounding: dict[tuple[int, int], list[int]] = {}  # start ticks of the notes of a channel and pitch
    while at < len(track):
        delta, at = _read_number(track, at)
        now += delta
        if (byte := track[at]) < 0x80:
            if not status:
                raise _DamagedError
        elif byte < _SYSEX:
            status = byte
            at += 1
        else:
            at += 1
            if byte == _META:
                begin, end = _extent(track, at + 1)
                if conducts and track[at] == _SET_TEMPO:
                    read.tempi.append((now, _tempo(track[begin:end])))
                at = end
            elif byte in (_SYSEX, _ESCAPE):
                _, at = _extent(track, at)
            elif byte in _SYSTEM:
                at += _SYSTEM[byte]
            else:
                raise _DamagedError
            continue
        kind, channel = status & 0xF0, status & 0x0F
        first = track[at]
        second = 0 if kind in (_PROGRAM, _PRESSURE) else track[at + 1]
        if first > 127 or second > 127:
            raise _DamagedError
        at += 1 if kind in (_PROGRAM, _PRESSURE) else 2
        if kind == _NOTE_ON and second:
            sounding.setdefault((channel, first), []).append(now)
        elif kind in (_NOTE_ON, _NOTE_OFF):
            starts = sounding.pop((channel, first), [])
            ending = [start for start in starts if start < now]
            # Off and on in one tick, in either order, ends a note and starts another.
            if ending and len(ending) < len(starts):
                sounding[channel, first] = starts[len(ending) :]
            if channel == _DRUMS:
                read.drums += len(ending)
                continue
            for start in ending:
                read.ticks.extend((start, now))
                read.pitches.append(first)


def _extent(track: bytes, at: int) -> tuple[int, int]:
    """Read the length in front of data; return where the data begin and end."""
    length, begin = _read_number(track, at)
    if begin + length > len(track):
        raise _DamagedError
    return begin, begin + length


def _read_number(track: bytes, at: int) -> tuple[int, int]:
    """Read a variable-length number, at most four bytes; return it, and where it ends."""
    number = 0
    for place in range(at, at + 4):
        byte = track[place]
        number = number << 7 | byte & 0x7F
        if byte < 0x80:
            return number, place + 1
    raise _DamagedError


def _tempo(data: bytes) -> int:
    tempo = int.from_bytes(data[:3], "big")
    if len(data) < 3:
        raise _DamagedError
    if not tempo:
        raise MidiError("it has a tempo that is infinitely fast")
    return tempo


def _unwrap(content: bytes) -> bytes:
    """Extract MIDI from a RIFF file (.rmi), where it is the chunk `data`."""
    at = content.find(b"data", 12)
    return content[at + 8 :] if content[:4] == b"RIFF" and content[8:12] == b"RMID" and at > 0 else content
