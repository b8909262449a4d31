"""The bytes of a MIDI file to what pretty_midi makes of them, in a third of its time. It knows no scores and no grid.

Most of pretty_midi's time goes into mido, which makes an object with checks of each message, and of which half or more
are pedals and other things that move no note. Here they only pass time. What pairs notes and counts seconds is
pretty_midi still; and a file with anything out of the ordinary is left to mido altogether.
"""

from __future__ import annotations

import io
import struct
from typing import Any

import mido
import pretty_midi
from mido.midifiles.meta import build_meta_message, meta_charset

_META, _SYSEX, _SET_TEMPO = 0xFF, 0xF0, 0x51
_NOTE_OFF, _NOTE_ON, _PROGRAM_CHANGE = 0x8, 0x9, 0xC

# Bytes behind the status: keys, controllers and bends have two, programs and the pressure of a channel one.
_DATA = {0x8: 2, 0x9: 2, 0xA: 2, 0xB: 2, 0xC: 1, 0xD: 1, 0xE: 2}

_LONGEST = 1_000_000  # mido refuses messages of more bytes


class _Event:
    """What pretty_midi asks of a message."""

    __slots__ = ("channel", "note", "program", "tempo", "time", "type", "velocity")
    note: int
    program: int
    tempo: int
    velocity: int

    def __init__(self, kind: str, time: int, channel: int = 0) -> None:
        self.type = kind
        self.time = time  # in ticks, from the event before
        self.channel = channel


class _UnusualError(Exception):
    """The file has something that mido is to judge."""


def parse_midi(content: bytes) -> pretty_midi.PrettyMIDI:
    """Do what `pretty_midi.PrettyMIDI(io.BytesIO(content))` does, but for pedals, bends and other controllers.

    Raises
    ------
    Exception
        Whatever mido and pretty_midi stumble over.
    """
    try:
        resolution, tracks = _read_tracks(content)
    except Exception:  # noqa: BLE001 - whatever it is, mido reads the file anew, or says what is wrong with it
        return pretty_midi.PrettyMIDI(io.BytesIO(content))
    return pretty_midi.PrettyMIDI(mido_object=mido.MidiFile(ticks_per_beat=resolution, tracks=tracks))


def _read_tracks(content: bytes) -> tuple[int, list[list[Any]]]:
    name, size, _, count, resolution = struct.unpack_from(">4sLhhh", content)
    if name != b"MThd" or size < 6:
        raise _UnusualError
    at = 8 + size
    tracks = []
    with meta_charset("latin1"):
        for _ in range(count):
            events, at = _read_track(content, at)
            tracks.append(events)
    return resolution, tracks


def _read_track(content: bytes, at: int) -> tuple[list[Any], int]:
    """Read the track that begins at a byte; return its events, and where it ends."""
    name, size = struct.unpack_from(">4sL", content, at)
    at += 8
    end = at + size
    if name != b"MTrk" or end > len(content):
        raise _UnusualError
    events: list[Any] = []
    running = waited = 0
    while at < end:
        delta, at = _read_number(content, at)
        waited += delta
        status = content[at]
        if status < 0x80:
            status = running
        else:
            at += 1
            if status != _META:
                running = status
        event = None
        if status >> 4 in _DATA:
            data = content[at : at + _DATA[status >> 4]]
            at += _DATA[status >> 4]
            if max(data) > 127:
                raise _UnusualError
            event = _channel_event(status, data, waited)
        elif status == _META:
            length, begin = _read_number(content, at + 1)
            event = _meta_event(content[at], content[begin : begin + length], delta, waited)
            at = begin + length
        elif status == _SYSEX and content[at - 1] == _SYSEX:
            length, begin = _read_number(content, at)
            if length > _LONGEST or max(content[begin : begin + length].removesuffix(b"\xf7"), default=0) > 127:
                raise _UnusualError
            at = begin + length
        else:
            raise _UnusualError
        if event:
            events.append(event)
            waited = 0
    if at != end:
        raise _UnusualError
    if size:
        events.append(_Event("end", waited))  # in the tick of the last message, if that was left out
    return events, at


def _channel_event(status: int, data: bytes, time: int) -> _Event | None:
    """Make an event of a note or a program change."""
    kind = status >> 4
    if kind == _PROGRAM_CHANGE:
        event = _Event("program_change", time, status & 15)
        (event.program,) = data
    elif kind in (_NOTE_ON, _NOTE_OFF):
        event = _Event("note_on" if kind == _NOTE_ON else "note_off", time, status & 15)
        event.note, event.velocity = data
    else:
        return None
    return event


def _meta_event(kind: int, data: bytes, delta: int, waited: int) -> Any:
    """Make an event of a tempo, a title, a key..., `delta` ticks after the message before, `waited` after the event."""
    if len(data) > _LONGEST:
        raise _UnusualError
    if kind == _SET_TEMPO and len(data) == 3:
        event = _Event("set_tempo", waited)
        event.tempo = int.from_bytes(data, "big")
        return event
    message = build_meta_message(kind, list(data), delta)
    # mido forgets the time of a message that it does not know; that of those left out before it counts all the same.
    message.time += waited - delta
    return message


def _read_number(content: bytes, at: int) -> tuple[int, int]:
    """Read a number of seven bits to a byte; return it, and where it ends."""
    number = 0
    while True:
        byte = content[at]
        at += 1
        number = number << 7 | byte & 127
        if byte < 128:
            return number, at
