"""Parse the bytes of a MIDI file into a score.

The parser is for files from anywhere: for any bytes, time and memory are proportional to their number, and nothing but
MidiError is raised.
"""

from __future__ import annotations

import struct
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lstmmusic.errors import MidiError
from lstmmusic.music.formats import midi_codes as codes
from lstmmusic.music.formats.midi_events import Events, read_tracks
from lstmmusic.music.formats.note_pairing import pair_notes
from lstmmusic.music.score import DEFAULT_TEMPO, DRUM_CHANNEL, Notes, Part, Score, events

Array = NDArray[np.int64]
Bytes = NDArray[np.uint8]
_XG_DRUM_BANK = 126

# Rests at the end of up to this many beats are kept, 17 minutes at a usual tempo, and longer ones if the music is as
# long. What is longer comes from a damaged number; 8 bars of it are kept.
_LONGEST_REST, _SHORTENED_REST = 2048, 32

_MOST_PARTS = 2**16  # whose numbers fit in `Notes.parts`


def parse_midi(content: bytes) -> Score:
    """Read a MIDI file.

    Each note-off ends the note of its pitch, channel and track that began first. If it comes in the tick of the
    note-on, and a note-off without a note follows, that one ends the note. A note that is left, since its key is struck
    more often than released, ends with the next note-off of the key. One that is never turned off lasts to the next All
    Notes Off or All Sound Off, or to the end of its track.

    Tempi and instruments count for all tracks. In format 2, the tracks come one after the other, each with its own
    tempi. In files with SMPTE time, a beat is half a second. A rest at the end that is longer than the music and than
    2048 beats is cut to 32.

    Notes are drums on channel 10, unless messages of GM2, GS or XG switch a channel from or to drums.

    Parameters
    ----------
    content : bytes

    Returns
    -------
    Score
        It has no name; and it may have no notes.

    Raises
    ------
    MidiError
        If it has no header of a MIDI file, no track, or no unit of time.

    References
    ----------
    Standard MIDI Files 1.0, RP-001; General MIDI 2, RP-024; for GS and XG, the system exclusive messages in the manuals
    of Roland's SC-55 and Yamaha's MU80.
    """
    content = _unwrap(content)
    if len(content) < 14:
        raise MidiError("it does not start like a MIDI file")
    size, kind, count, division = struct.unpack_from(">LHHH", content, 4)
    resolution, scale, smpte = _ticks_per_beat(division)
    read = Events(scale)
    read_tracks(content, 8 + size, count, read, in_turn=kind == 2)
    return _assemble(content, read, resolution, in_turn=kind == 2, smpte=smpte)


def _unwrap(content: bytes) -> bytes:
    """Return the bytes from the header on: in a RIFF file (.rmi), those of the chunk `data`."""
    if content[:4] == b"RIFF":
        at = 12
        while at + 8 <= len(content):
            name, size = struct.unpack_from("<4sL", content, at)
            if name == b"data" and codes.HEADER in content[at + 8 : at + 8 + size]:
                content = content[at + 8 : at + 8 + size]
                break
            at += 8 + size + size % 2
    at = content.find(codes.HEADER)
    return content[at:] if at >= 0 else b""


def _ticks_per_beat(division: int) -> tuple[int, int, bool]:
    """Return the ticks per beat, the factor from the file's ticks to these, and whether it has SMPTE time."""
    # With SMPTE time the upper byte is the number of frames per second, negated, and the lower one the ticks per frame.
    frames, parts = 256 - (division >> 8), division & 0xFF
    smpte = frames in (24, 25, 29, 30)
    doubled = frames * parts if smpte else 2 * division  # in two beats; a beat is half a second
    if not doubled:
        raise MidiError("it has no ticks in a beat")
    return (doubled, 2, smpte) if doubled % 2 else (doubled // 2, 1, smpte)


class _Messages(NamedTuple):
    """The messages on channels, in the order of the file: an array of each."""

    tick: Array
    track: Array
    channel: Array  # as in `Part`
    voice: Array  # a number for each channel of a track
    kind: Bytes  # the upper half of the status
    first: Bytes  # data bytes
    second: Bytes


def _assemble(content: bytes, read: Events, resolution: int, *, in_turn: bool, smpte: bool) -> Score:
    """Make a score of the events, whose data are in the content."""
    messages = _decode_messages(content, read)
    note = np.flatnonzero(messages.kind <= codes.ON)
    music = int(messages.tick[note].max(initial=0))
    ends = np.array(read.ends, np.int64)
    ends[ends > music + max(music, _LONGEST_REST * resolution)] = music + _SHORTENED_REST * resolution

    on = (messages.kind[note] == codes.ON) & (messages.second[note] > 0)
    keys = 128 * messages.voice[note] + messages.first[note]
    paired, stops = pair_notes(messages.tick[note], keys, on, *_find_silences(messages, note, ends))
    starts = note[paired]
    parts, part = _find_parts(messages, read, starts)
    ticks = np.stack((messages.tick[starts], stops), axis=1)
    notes = Notes.of(ticks, messages.first[starts], messages.second[starts], part)
    drums = np.array([each.drums for each in parts], bool)[notes.parts]
    return Score(
        "",
        resolution,
        notes.take(~drums),
        parts,
        notes.take(drums),
        events([(0, DEFAULT_TEMPO), *(() if smpte else read.tempi)]),
        events(read.time_signatures),
        events(read.key_signatures),
        _find_pedal(messages, ends, in_turn=in_turn),
        int(ends.max()),
        read.damaged,
    )


def _decode_messages(content: bytes, read: Events) -> _Messages:
    places = np.array(read.places, np.int64)
    data = np.frombuffer(content + b"\0", np.uint8)  # the last message may have one data byte
    before = data[places - 1]  # a status, or the last byte of a time, where the last status holds
    status: Bytes = before[np.maximum.accumulate(np.where(before > 127, np.arange(len(places)), 0))]
    begins, tracks, ports = np.array(read.sections, np.int64).T
    section = np.repeat(np.arange(len(begins)), np.diff(np.append(begins, len(places))))
    track, channel = tracks[section], 16 * ports[section] + (status & 15)
    voice = 16 * (int(ports.max()) + 1) * track + channel
    kind: Bytes = status >> np.uint8(4)
    first, second = data[places], data[places + 1]
    second[(kind == codes.PROGRAM) | (kind == codes.PRESSURE)] = 0
    read.damaged |= bool(((first | second) > 127).any())
    in_fonts = (kind == codes.CONTROL) & (first == codes.BANK) & (second == 128)  # the drums of sound fonts
    second[in_fonts] = codes.DRUM_BANK
    return _Messages(
        np.array(read.ticks, np.int64) * read.scale,
        track,
        channel,
        voice,
        kind,
        np.minimum(first, 127),
        np.minimum(second, 127),
    )


def _find_silences(messages: _Messages, note: Array, ends: Array) -> tuple[Array, Array]:
    """Find the next All Notes Off of the voice of each note: its number, and its tick, or that of the track's end."""
    until = ends[messages.track[note]]
    silence = np.flatnonzero((messages.kind == codes.CONTROL) & np.isin(messages.first, codes.ALL_OFF))
    if not len(silence):
        return np.zeros_like(note), until
    silence = silence[np.argsort(messages.voice[silence], kind="stable")]
    when = messages.voice * (int(messages.tick.max()) + 1) + messages.tick
    number = np.searchsorted(when[silence], when[note], "right")
    following = silence[np.minimum(number, len(silence) - 1)]
    there = (messages.voice[following] == messages.voice[note]) & (messages.tick[following] > messages.tick[note])
    return number, np.where(there, messages.tick[following], until)


def _find_parts(messages: _Messages, read: Events, starts: Array) -> tuple[tuple[Part, ...], Array]:
    """Find the parts of a score, and the index of the part of each note-on."""
    when = np.stack((messages.tick, messages.channel), axis=1)
    of_programs = messages.kind == codes.PROGRAM
    of_banks = (messages.kind == codes.CONTROL) & (messages.first == codes.BANK)
    xg_switches = np.array(read.xg_switches, np.int64).reshape(-1, 3)
    drum_switches = np.array(read.drum_switches, np.int64).reshape(-1, 3)

    bank = _latest(when[of_banks], messages.second[of_banks], when[of_programs], -1)
    xg = _latest(xg_switches[:, :2], xg_switches[:, 2], when[of_programs] * (1, 0), 0)
    into_drums = (bank == codes.DRUM_BANK) | ((xg == 1) & (bank >= _XG_DRUM_BANK))
    by_bank = np.where(into_drums, 1, np.where(bank == codes.PITCHED_BANK, 0, -1))

    track, channel = messages.track[starts], messages.channel[starts]
    program = _latest(when[of_programs], messages.first[of_programs], when[starts], 0)
    drums = (channel % 16 == DRUM_CHANNEL).astype(np.int64)
    for switches, values in ((drum_switches[:, :2], drum_switches[:, 2]), (when[of_programs], by_bank)):
        switched = _latest(switches, values, when[starts], -1)
        drums = np.where(switched < 0, drums, switched)

    _, one, part = np.unique(
        256 * messages.voice[starts] + 128 * drums + program, return_index=True, return_inverse=True
    )
    rows = zip(*(each[one[:_MOST_PARTS]].tolist() for each in (track, channel, program, drums)), strict=True)
    parts = tuple(Part(of, on, plays, read.names[of], bool(drum)) for of, on, plays, drum in rows)
    return parts, np.minimum(part, _MOST_PARTS - 1)


def _latest(when: Array, values: Array | Bytes, at: Array, default: int) -> Array:
    """Look up the value that holds at each tick and channel: the latest one of the channel, or the default."""
    if not len(when):
        return np.full(len(at), default)
    span = max(int(when[:, 0].max()), int(at[:, 0].max(initial=0))) + 1
    keys = when[:, 1] * span + when[:, 0]
    order = np.argsort(keys, kind="stable")
    index = order[np.searchsorted(keys[order], at[:, 1] * span + at[:, 0], "right") - 1]
    known = (when[index, 1] == at[:, 1]) & (when[index, 0] <= at[:, 0])
    return np.where(known, values[index], default)


def _find_pedal(messages: _Messages, ends: Array, *, in_turn: bool) -> Array:
    """Find when pedals are down: channel, and the ticks at which it goes down and rises."""
    which = np.flatnonzero((messages.kind == codes.CONTROL) & (messages.first == codes.PEDAL))
    pedal = messages.voice if in_turn else messages.channel
    which = which[np.lexsort((messages.tick[which], pedal[which]))]
    down, same = messages.second[which] >= 64, np.append(False, pedal[which[1:]] == pedal[which[:-1]])[: len(which)]
    which, down = (each[down != np.append(False, down[:-1]) & same] for each in (which, down))
    presses = which[down]
    rises = ends[messages.track[presses]]
    risen = np.append(pedal[which[1:]] == pedal[which[:-1]], False)[down]
    rises[risen] = messages.tick[np.append(which[1:], 0)[down][risen]]
    spans = np.stack((messages.channel[presses], messages.tick[presses], rises), axis=1)
    spans = spans[spans[:, 2] > spans[:, 1]]
    return spans[np.lexsort((spans[:, 0], spans[:, 1]))]
