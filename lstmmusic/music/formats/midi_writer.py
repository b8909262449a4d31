"""Scores to the bytes of MIDI files, which `midi_reader` reads back to the same score."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lstmmusic.base.files import write_atomically
from lstmmusic.errors import MidiError
from lstmmusic.music.formats import midi_codes as codes
from lstmmusic.music.score import DRUM_CHANNEL, Notes, Score
from lstmmusic.settings import check_number, checked

_LARGEST_RESOLUTION = 2**15 - 1
_MOST_CHANNELS = 16 * 256  # sixteen on each port
_LONGEST_WAIT = 2**28 - 1  # in ticks: what the four bytes of a number hold
_NOTHING = bytes((codes.META, 1, 0))  # an empty text

# The order of messages in one tick: a note or press ends before the next begins, unless it has no length.
_HEAD, _PEDAL_UP, _PEDAL_DOWN, _PEDAL_TAP, _NOTE_OFF, _NOTE_ON, _OFF_AT_ONCE = range(7)


class _Message(NamedTuple):
    track: int
    tick: int
    rank: int
    data: bytes
    port: int | None = None  # None: any


@checked
def write_score(score: Score, path: str | Path) -> None:
    """Write a score as a MIDI file, which `read_score` reads back.

    Notes, velocities, tracks with their names, instruments, drums, pedal, tempi, time and key signatures, and the
    length are kept. MIDI ends that note of a pitch first which began first, if one track has several on one channel.

    Parameters
    ----------
    score : Score
    path : str or Path

    Raises
    ------
    MidiError
        If it has more than 65,535 tracks, or a number that is no such thing, such as the velocity 128.
    SaveError
        If the file cannot be written; an existing one is unharmed.
    """
    write_atomically(path, encode_midi(score))


def encode_midi(score: Score) -> bytes:
    """Encode a score as a MIDI file of format 1; see `write_score`.

    Each track has its number in the score; the first also has tempi and signatures, and all end with the score. A time
    signature that MIDI cannot express is left out. A resolution above 32,767 is divided by a whole number.

    Parameters
    ----------
    score : Score

    Returns
    -------
    bytes

    Raises
    ------
    MidiError
        If it has more than 65,535 tracks, or a number that is no such thing, such as the velocity 128.

    References
    ----------
    Standard MIDI Files 1.0, RP-001; General MIDI 2, RP-024, for drums on other channels than the tenth.
    """
    _check(score)
    resolution = score.resolution // -(-score.resolution // _LARGEST_RESOLUTION)
    count = 1 + max((part.track for part in score.parts), default=0)
    if count >= 2**16:
        raise MidiError(f"{score.name} has {count:,} tracks; a MIDI file has at most 65,535")
    tracks: list[list[_Message]] = [[] for _ in range(count)]
    for message in (*_head(score), *_presses(score), *_notes(score)):
        tracks[message.track].append(message)
    scale = resolution / score.resolution
    return join_chunks([_encode_track(track, score.length, scale) for track in tracks], resolution, kind=1)


def _check(score: Score) -> None:
    """Check the numbers of a score, which anyone can make."""
    check_number("resolution", score.resolution, 1, 2**53, whole=True)
    for part in score.parts:
        check_number("track", part.track, 0, 2**53, whole=True)
        check_number("channel", part.channel, 0, _MOST_CHANNELS - 1, whole=True)
        check_number("program", part.program, 0, 127, whole=True)
    for notes in (score.notes, score.drums):
        starts, ends = notes.ticks.T
        for what, fits in (
            ("a velocity that is not from 1 to 127", (notes.velocities > 0) & (notes.velocities < 128)),
            ("a note of a part that is not there", notes.parts < len(score.parts)),
            ("a note that begins before 0, or ends before it begins", (starts >= 0) & (ends >= starts)),
        ):
            if not fits.all():
                raise MidiError(f"{score.name} has {what}")
    channels, downs, ups = score.pedal.T
    if not ((channels >= 0) & (channels < _MOST_CHANNELS) & (downs >= 0) & (ups >= downs)).all():
        raise MidiError(f"{score.name} has a press of the pedal on no channel, or one that ends before it begins")


def join_chunks(tracks: list[bytes], resolution: int, *, kind: int) -> bytes:
    """Make a MIDI file of a format, 0 or 1, from the bytes of its tracks."""
    head = struct.pack(">4sLHHH", codes.HEADER, 6, kind, len(tracks), resolution)
    return head + b"".join(codes.TRACK + len(track).to_bytes(4, "big") + track for track in tracks)


def encode_number(value: int) -> bytes:
    """Encode a number as in MIDI files: seven bits to a byte, the high bit set in all but the last."""
    parts = [value & 127]
    while value := value >> 7:
        parts.append(value & 127 | 128)
    return bytes(reversed(parts))


def _head(score: Score) -> Iterator[_Message]:
    """Yield names, tempi and signatures."""
    for track, name in {part.track: part.name for part in reversed(score.parts)}.items():
        if name:
            yield _Message(track, 0, _HEAD, _meta(codes.NAME, name.encode(errors="replace")))
    for tick, tempo in score.tempi.tolist():
        yield _Message(0, tick, _HEAD, _meta(codes.TEMPO, min(tempo, 2**24 - 1).to_bytes(3, "big")))
    for tick, numerator, denominator in score.time_signatures.tolist():
        power = denominator.bit_length() - 1
        if denominator > 0 and denominator == 1 << power and 1 <= numerator <= 255:
            yield _Message(0, tick, _HEAD, _meta(codes.TIME, bytes((numerator, power, 24, 8))))
    for tick, sharps, minor in score.key_signatures.tolist():
        yield _Message(0, tick, _HEAD, _meta(codes.KEY, bytes((sharps % 256, minor))))


def _presses(score: Score) -> Iterator[_Message]:
    """Yield the messages of the pedals, each in the first track of its channel."""
    tracks = {part.channel: part.track for part in sorted(score.parts, key=lambda part: -part.track)}
    for channel, down, up in score.pedal.tolist():
        track, status, port = tracks.get(channel, 0), codes.CONTROL << 4 | channel % 16, channel // 16
        yield _Message(track, down, _PEDAL_DOWN, bytes((status, codes.PEDAL, 127)), port)
        yield _Message(track, up, _PEDAL_UP if down < up else _PEDAL_TAP, bytes((status, codes.PEDAL, 0)), port)


def _notes(score: Score) -> Iterator[_Message]:
    """Yield the messages of notes and drums, and the instruments before them."""
    unusual = {part.channel for part in score.parts if part.drums != (part.channel % 16 == DRUM_CHANNEL)}
    playing: dict[tuple[int, ...], tuple[int, bool]] = {}
    for start, end, pitch, velocity, number in _in_order(score).tolist():
        part = score.parts[number]
        channel, port, instrument = part.channel % 16, part.channel // 16, (part.program, part.drums)
        on = bytes((codes.ON << 4 | channel, pitch, velocity))
        # Some programs keep an instrument for each channel, others for each channel of a track.
        places = (part.channel,), (part.channel, part.track)
        if any(playing.get(place) != instrument for place in places):
            playing |= dict.fromkeys(places, instrument)
            on = bytes((codes.PROGRAM << 4 | channel, part.program, 0)) + on  # at once: the zero is a time
            if part.channel in unusual:
                bank = codes.DRUM_BANK if part.drums else codes.PITCHED_BANK
                on = bytes((codes.CONTROL << 4 | channel, codes.BANK, bank, 0)) + on
        yield _Message(part.track, start, _NOTE_ON, on, port)
        rank = _NOTE_OFF if start < end else _OFF_AT_ONCE
        yield _Message(part.track, end, rank, bytes((codes.OFF << 4 | channel, pitch, 64)), port)


def _in_order(score: Score) -> NDArray[np.int64]:
    """Return start, end, pitch, velocity and part of all notes and drums, in the order in which they are written."""

    def table(notes: Notes) -> NDArray[np.int64]:
        return np.column_stack((notes.ticks, notes.pitches, notes.velocities, notes.parts)).astype(np.int64)

    both = np.concatenate((table(score.notes), table(score.drums)))
    tracks = np.array([part.track for part in score.parts], np.int64)[both[:, 4]]
    return both[np.lexsort((both[:, 1], both[:, 2], tracks, both[:, 0]))]


def _meta(kind: int, data: bytes) -> bytes:
    return bytes((codes.META, kind)) + encode_number(len(data)) + data


def _encode_track(messages: list[_Message], length: int, scale: float) -> bytes:
    """Encode the messages of a track that lasts `length` ticks; all ticks are multiplied by `scale`."""
    track = bytearray()
    now, port = 0, 0
    messages.sort(key=lambda message: (message.tick, message.rank))
    end = max(length, messages[-1].tick if messages else 0)
    for message in (*messages, _Message(0, end, _HEAD, _meta(codes.END, b""))):
        wait = round(message.tick * scale) - now
        now += wait
        track += (encode_number(_LONGEST_WAIT) + _NOTHING) * (wait // _LONGEST_WAIT)
        track += encode_number(wait % _LONGEST_WAIT)
        if message.port not in (None, port):
            port = message.port or 0
            track += _meta(codes.PORT, bytes((port,))) + b"\0"
        track += message.data
    return bytes(track)
