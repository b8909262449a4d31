"""The events of a MIDI file: when they happen, and where their data are.

Damage costs what is damaged, and no more: a wrong byte is corrected or skipped, and reading resumes at the next event
or track. One loop follows the events, each of which says where the next one is, and notes only where they are; numpy
does the rest for all events at once (see `lstmmusic.music.formats.midi_reader`). That is ten times as fast as an object
for each event.
"""

from __future__ import annotations

import re
from array import array

from lstmmusic.base.files import decode_text
from lstmmusic.errors import MidiError, plain_text
from lstmmusic.music.formats import midi_codes as codes
from lstmmusic.music.score import DEFAULT_TEMPO, DRUM_CHANNEL

_LAST = bytes((codes.META, codes.END, 0))  # the last event of a track

# Data bytes of the messages on a channel, and of those that do not belong in a file, but that some programs write.
_SIZES = [0] * 0x80 + [2] * 0x40 + [1] * 0x20 + [2] * 0x10 + [0, 1, 2, 1] + [0] * 12
_UNDEFINED = (0xF4, 0xF5)

# A time and a status, where data bytes have no meaning. A byte above 127 may belong to either.
_EVENT = re.compile(
    rb"[\x80-\xff]{1,3}[\0-\x7f](?=[\x80-\xff])|"
    rb"[\0-\x7f](?=[\x80-\xff])(?![\x80-\xff]{1,3}[\0-\x7f][\x80-\xff])"
)

_LONGEST_NAME = 500  # in letters: a track may have thousands of parts, each with its name


class _DamagedError(Exception):
    """The rest of the track cannot be read."""


class Events:
    """What was read from the tracks of a file so far."""

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
        """Look for names, ports, tempi and signatures."""
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


def read_tracks(content: bytes, at: int, count: int, read: Events, *, in_turn: bool) -> None:
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


def _read_track(content: bytes, at: int, end: int, read: Events, now: int) -> int:
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
