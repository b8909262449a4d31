"""Parse the bytes of a MIDI file into a score.

The parser is for files from anywhere: for any bytes, time and memory are proportional to their number, and nothing but
MidiError is raised. Damage costs what is damaged, and no more: a wrong byte is corrected or skipped, and reading
resumes at the next event or track.

One loop follows the events, each of which says where the next one is, and notes only where they are; numpy does the
rest for all events at once. That is ten times as fast as an object for each event.
"""

from __future__ import annotations

import re
import struct
from array import array
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lstmmusic.base.files import decode_text
from lstmmusic.errors import MidiError, plain_text
from lstmmusic.music.formats import midi_codes as codes
from lstmmusic.music.formats.note_pairing import pair_notes
from lstmmusic.music.score import DEFAULT_TEMPO, DRUM_CHANNEL, Notes, Part, Score, events

Array = NDArray[np.int64]
Bytes = NDArray[np.uint8]

_LAST = bytes((codes.META, codes.END, 0))  # the last event of a track
_XG_DRUM_BANK = 126

# Data bytes of the messages on a channel, and of those that do not belong in a file, but that some programs write.
_SIZES = [0] * 0x80 + [2] * 0x40 + [1] * 0x20 + [2] * 0x10 + [0, 1, 2, 1] + [0] * 12
_UNDEFINED = (0xF4, 0xF5)

# A time and a status, where data bytes have no meaning. A byte above 127 may belong to either.
_EVENT = re.compile(
    rb"[\x80-\xff]{1,3}[\0-\x7f](?=[\x80-\xff])|"
    rb"[\0-\x7f](?=[\x80-\xff])(?![\x80-\xff]{1,3}[\0-\x7f][\x80-\xff])"
)

# Rests at the end of up to this many beats are kept, 17 minutes at a usual tempo, and longer ones if the music is as
# long. What is longer comes from a damaged number; 8 bars of it are kept.
_LONGEST_REST, _SHORTENED_REST = 2048, 32

_LONGEST_NAME = 500  # in letters: a track may have thousands of parts, each with its name

_MOST_PARTS = 2**16  # whose numbers fit in `Notes.parts`


class _DamagedError(Exception):
    """The rest of the track cannot be read."""


class _Events:
    """What was read from the tracks so far."""

    def __init__(self, scale: int) -> None:
        self.scale = scale  # from the file's ticks to the score's; `ticks` is in the former, all else in the latter
        self.ticks, self.places = array("q"), array("q")  # of messages on a channel: when, and where their data begin
        self.sections: list[tuple[int, int, int]] = []  # first message, track, port
        self.names: list[str] = []  # of each track
        self.ends: list[int] = []  # tick at which each track ends
        self.tempi: list[tuple[int, int]] = []
        self.time_signatures: list[tuple[int, int, int]] = []
        self.key_signatures: list[tuple[int, int, int]] = []
        self.drum_switches: list[tuple[int, int, int]] = []  # tick, channel, 1 for drums
        self.xg_switches: list[tuple[int, int, int]] = []  # tick, 0, 1 for XG
        self.before_reset = 0  # messages in `drum_switches` that are undone
        self.damaged = False

    def add_meta(self, kind: int, now: int, data: bytes) -> None:
        if kind == codes.NAME:
            self.names[-1] = self.names[-1] or plain_text(decode_text(data).strip("\0 \t\r\n")[:_LONGEST_NAME])
        elif kind == codes.PORT and data:
            self.sections.append((len(self.places), len(self.names) - 1, data[0]))
        elif kind == codes.TEMPO:
            tempo = int.from_bytes(data[:3], "big")
            if tempo and len(data) >= 3:
                self.tempi.append((now, tempo))
            else:
                self.damaged = True
        elif kind == codes.TIME and len(data) >= 2 and data[0] and data[1] <= 6:
            self.time_signatures.append((now, data[0], 1 << data[1]))
        elif kind == codes.KEY and len(data) >= 2 and (data[0] + 7) % 256 <= 14 and data[1] <= 1:
            self.key_signatures.append((now, (data[0] + 7) % 256 - 7, data[1]))

    def add_exclusive(self, now: int, data: bytes) -> None:
        """Look for what switches a channel to or from drums: messages of GM, GS (Roland) and XG (Yamaha)."""
        maker, body, port = data[0], data[2:8], 16 * self.sections[-1][2]
        if (maker == 0x7E and body[0] == 9) or (maker == 0x41 and body == b"\x42\x12\x40\0\x7f\0"):
            self.reset(now, xg=False)
        elif maker == 0x43 and body[:4] == b"\x4c\0\0\x7e":
            self.reset(now, xg=True)
        elif maker == 0x43 and body[:2] == b"\x4c\x08" and body[3] == 7:  # "part mode"
            self.drum_switches.append((now, port + body[2] % 16, int(body[4] > 0)))
        elif maker == 0x41 and body[:3] == b"\x42\x12\x40" and body[3] >> 4 == 1 and body[4] == 0x15:
            block = body[3] & 15  # "use for rhythm part"; block 0 is channel 9, and those below it are one higher
            self.drum_switches.append((now, port + (9 if block == 0 else block - (block < 10)), int(body[5] > 0)))

    def reset(self, now: int, *, xg: bool) -> None:
        """Switch the synthesiser to XG or from it; only the tenth channel has drums then."""
        self.xg_switches.append((now, 0, int(xg)))
        channels = {channel for _, channel, _ in self.drum_switches[self.before_reset :]}
        self.drum_switches += [(now, channel, int(channel % 16 == DRUM_CHANNEL)) for channel in channels]
        self.before_reset = len(self.drum_switches)


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
    read = _Events(scale)
    _read_tracks(content, 8 + size, count, read, in_turn=kind == 2)
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


def _read_tracks(content: bytes, at: int, count: int, read: _Events, *, in_turn: bool) -> None:
    """Read all tracks, wherever they are; the first of `count` should be at `at`."""
    second = content.find(codes.HEADER + b"\0\0\0\6", 14)  # of another file, which was appended
    content = content if second < 0 else content[:second]
    padded = content + bytes(4)  # an event that is cut off needs no test for each of its bytes
    read.damaged = second >= 0 or not _begins_chunk(content, at)
    begin = _find_track(content, 14 if read.damaged else at)
    while 0 <= begin <= len(content) - 8:
        begin += 8
        declared = begin + int.from_bytes(content[begin - 4 : begin], "big")
        final = declared == len(content) and len(read.names) + 1 >= count
        fits = final or _begins_chunk(content, declared)
        end = declared if fits else _find_end(content, begin, declared)
        now = read.ends[-1] // read.scale if in_turn and read.ends else 0
        if in_turn:
            read.tempi.append((now, DEFAULT_TEMPO))
        at = _read_track(padded, begin, end, read, now)
        begin = _find_track(content, declared if fits and not final else at)
        if not fits:  # bytes after the last track and zeros between tracks are no damage
            read.damaged |= at != declared or (begin >= 0 and any(content[declared:begin]))
    if not read.names:
        raise MidiError("it has no track")
    read.damaged |= len(read.names) != count


def _begins_chunk(content: bytes, at: int) -> bool:
    name, size = content[at : at + 4], content[at + 4 : at + 8]
    whole = len(size) == 4 and at + 8 + int.from_bytes(size, "big") <= len(content)
    return name == codes.TRACK or (name.isalnum() and whole)


def _find_track(content: bytes, at: int) -> int:
    """Find the next track, beyond chunks of other kinds; -1 if there is none."""
    while content[at : at + 4] != codes.TRACK and _begins_chunk(content, at):
        at += 8 + int.from_bytes(content[at + 4 : at + 8], "big")
    return content.find(codes.TRACK, at)


def _find_end(content: bytes, begin: int, declared: int) -> int:
    """Find how far to read a track whose declared end is not where another chunk begins."""
    following = content.find(codes.TRACK, begin)
    limit = following if following >= 0 else len(content)
    return declared if declared < limit and content.find(_LAST, declared, limit) < 0 else limit


def _read_track(content: bytes, at: int, end: int, read: _Events, now: int) -> int:
    """Add the events of a track that begins in tick `now`; return where it ends in the content, at most at `end`."""
    read.sections.append((len(read.places), len(read.names), 0))
    read.names.append("")
    add_tick, add_place = read.ticks.append, read.places.append
    size = 0  # of the data of a message under the running status; 0 before any status
    try:
        while at < end:
            delta = content[at]
            at += 1
            if delta > 127:
                low = content[at]
                if low < 128:  # nearly always two bytes are enough, and a call takes as long as the rest of the event
                    delta = (delta & 127) << 7 | low
                    at += 1
                else:
                    delta, at = _read_number(content, at - 1)
            now += delta
            status = content[at]
            if status > 127:
                at += 1
                if status < codes.SYSEX:
                    size = _SIZES[status]
                elif status == codes.META:
                    begin, following = _extent(content, at + 1, end)
                    if content[at] == codes.END:
                        at = following
                        break
                    read.add_meta(content[at], now * read.scale, content[begin:following])
                    at = following
                    continue
                elif status in (codes.SYSEX, codes.ESCAPE):
                    begin, at = _extent(content, at, end)
                    read.add_exclusive(now * read.scale, content[begin : min(at, begin + 8)].ljust(8, b"\0"))
                    continue
                else:
                    at += _SIZES[status]
                    read.damaged |= status in _UNDEFINED
                    continue
            elif not size:
                read.damaged = True
                found = _EVENT.search(content, at, end)
                if not found:
                    break
                at = found.start()
                continue
            add_tick(now)
            add_place(at)
            at += size
    except _DamagedError:
        read.damaged = True
    if at > end:
        read.damaged = True
        at = end
        if read.places and read.places[-1] + size > end:
            read.places.pop()
            read.ticks.pop()
    read.ends.append(now * read.scale)
    return at


def _extent(content: bytes, at: int, end: int) -> tuple[int, int]:
    """Read the length in front of data; return where the data begin and end."""
    length, begin = _read_number(content, at)
    if begin + length > end:
        raise _DamagedError
    return begin, begin + length


def _read_number(content: bytes, at: int) -> tuple[int, int]:
    """Read a variable-length number, at most four bytes; return it, and where it ends."""
    number = 0
    for byte in content[at : at + 4]:
        at += 1
        number = number << 7 | byte & 0x7F
        if byte < 0x80:
            return number, at
    raise _DamagedError


class _Messages(NamedTuple):
    """The messages on channels, in the order of the file: an array of each."""

    tick: Array
    track: Array
    channel: Array  # as in `Part`
    voice: Array  # a number for each channel of a track
    kind: Bytes  # the upper half of the status
    first: Bytes  # data bytes
    second: Bytes


def _assemble(content: bytes, read: _Events, resolution: int, *, in_turn: bool, smpte: bool) -> Score:
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


def _decode_messages(content: bytes, read: _Events) -> _Messages:
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


def _find_parts(messages: _Messages, read: _Events, starts: Array) -> tuple[tuple[Part, ...], Array]:
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
