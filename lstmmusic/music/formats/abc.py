"""Tunes in ABC notation to scores, in one pass over their lines.

What is played is read: notes, chords, rests, ties, tuplets, voices, keys, metres and tempi. Repeats are played once.
Grace notes, decorations, chord symbols, lyrics and macros are left out. Nothing here knows about files.

References
----------
The ABC music standard 2.1, https://abcnotation.com/wiki/abc:standard:v2.1
"""

from __future__ import annotations

import math
import re
from bisect import bisect_right
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np

from lstmmusic.base.files import decode_text
from lstmmusic.config import MIDI_PITCHES
from lstmmusic.errors import MidiError, plain_text
from lstmmusic.music.formats.abc_fields import (
    ALTERATIONS,
    Options,
    default_unit,
    read_accidentals,
    read_key,
    read_metre,
    read_options,
    read_program,
    read_tempo,
    read_transposition,
    read_unit,
)
from lstmmusic.music.formats.kinds import excess_of
from lstmmusic.music.formats.notation import MAX_PARTS, SEMITONES, channel_of, time_signatures
from lstmmusic.music.score import DEFAULT_TEMPO, Notes, Part, Score, events

# Ticks per quarter note: a 1/128 note, and any tuplet of two to ten notes, has a whole number of them.
_RESOLUTION = 10_080
_FINEST = 10**9
_ATTEMPTS = 5

# More is a mistake: a day of music, and a tune with the notes of a symphony.
_MAX_BEATS = 100_000
_MAX_BYTES = 500_000
_MAX_BARS = 1_000_000  # of all voices

# In the time of how many notes those of a tuplet are; the others, of three in compound metres and else of two.
_TUPLETS = {2: 3, 3: 2, 4: 3, 6: 2, 8: 3}

_LENGTH = r"(\d{0,4})(/{0,8})(\d{0,4})"
_NOTE = rf"(\^{{1,2}}|_{{1,2}}|=)?([A-Ga-g])([,']*){_LENGTH}(-?)"

_TOKENS = re.compile(
    rf"""
      (?P<text>"[^"]*"?|![^!\s|]{{1,30}}!|\+\w+\+|\{{[^}}]*\}}?)  # annotations, decorations, grace notes
    | (?P<note>{_NOTE})
    | (?P<bar>\.?(?:\[?\|[|:\]]*|:[|:]+\]?)(?:\[?\d[\d,.-]*)?|\[\d[\d,.-]*)
    | (?P<broken>>+|<+)
    | (?P<rest>([zxZX]){_LENGTH})
    | (?P<inline>\[([A-Za-z]):([^\]]{{0,500}})\])
    | (?P<chord>\[([^\]|]{{0,500}})\]{_LENGTH}(-?))
    | (?P<tuplet>\((\d{{1,3}})(?::(\d{{0,3}}))?(?::(\d{{0,3}}))?)
    | (?P<overlay>&)
    """,
    re.VERBOSE,
)
_IN_CHORD = re.compile(rf'"[^"]*"|![^!]*!|{_NOTE}')

# Of a line of the body, since notes may stand before a repeat sign.
_BODY_FIELDS = frozenset("HIKLMNOPQRSTUVWXZmrsw+")
_FIELD = re.compile(r"([A-Za-z+]):(.*)")


class _FinerError(Exception):
    """A length is not a whole number of ticks; `args` has the factor that makes it one."""


@dataclass
class _Voice:
    """A voice, and what holds at the place up to which it is read."""

    index: int
    metre: tuple[int, int] = (0, 0)  # no metre
    key: dict[str, int] = field(default_factory=dict)  # alterations by letter
    unit: Fraction | None = None  # of a whole note
    name: str = ""
    program: int = 0
    drums: bool = False
    shifts: dict[str, int] = field(default_factory=dict)  # semitones
    now: int = 0
    bar: int = 0  # where it begins
    end: int = 0  # of what is laid over each other in this bar
    altered: dict[str, int] = field(default_factory=dict)  # in this bar
    ties: dict[tuple[str, int], int] = field(default_factory=dict)  # notes to be continued, by letter and octave
    latest: list[int] = field(default_factory=list)  # the notes that were read last
    length: int = 0  # of these or of a rest
    dotted: tuple[int, int] = (1, 1)  # what a broken rhythm makes of the next length
    tuplet: tuple[int, int, int] = (0, 1, 1)  # how many lengths are left, and what it makes of each
    lines: list[int] = field(default_factory=list)  # where bars end

    def change(self, options: Options) -> None:
        self.shifts |= options.shifts
        self.drums |= options.drums
        self.name = options.name or self.name

    def unit_or_default(self) -> Fraction:
        return self.unit or default_unit(self.metre)


def parse_abc(content: bytes) -> Score:
    """Read a tune in ABC notation.

    Parameters
    ----------
    content : bytes
        One tune; what its tunebook says of all tunes may stand before it.

    Returns
    -------
    Score
        It has a part for each voice; its name is the title of the tune, which may be empty.

    Raises
    ------
    MidiError
        If it is not a tune, or is too long.
    """
    if excess := excess_of(len(content), _MAX_BYTES):
        raise MidiError(f"a tune {excess}")
    lines = decode_text(content).splitlines()
    resolution = _RESOLUTION
    for _ in range(_ATTEMPTS):
        try:
            return _Tune(resolution).read(lines)
        except _FinerError as error:
            resolution *= error.args[0]
        if resolution > _FINEST:
            break
    raise MidiError("its lengths have no common measure")


class _Tune:
    """A tune as far as it is read."""

    def __init__(self, resolution: int) -> None:
        self.resolution = resolution
        self.notes: list[list[int]] = []  # start, end, pitch, voice
        self.tempi: list[tuple[int, int]] = [(0, DEFAULT_TEMPO)]
        self.keys: list[tuple[int, int, int]] = []
        self.metres: list[tuple[int, int, int]] = []
        self.default = self.voice = _Voice(0)
        self.voices: dict[str, _Voice] = {}
        self.accidentals = "pitch"  # hold in all octaves
        self.in_body = self.damaged = False
        self.title = ""
        self.bars = 0

    def read(self, lines: list[str]) -> Score:
        """Read the lines of a tune, to the empty line that ends it."""
        for line in lines:
            if line.startswith("%%"):
                self.read_instruction(line[2:])
                continue
            text = line.replace("\\%", "").partition("%")[0].strip()
            if not text and line.strip():
                continue
            begun = self.in_body and self.notes
            match = _FIELD.match(text)
            if begun and (not text or text.startswith("X:")):
                break
            if match and not (self.in_body and (match[1] not in _BODY_FIELDS or match[2][:1] in ("|", ":"))):
                self.read_field(match[1], match[2].strip())
            elif self.in_body:
                self.read_music(text)
        if not self.in_body:
            raise MidiError("it has no field K: before its notes")
        return self.score()

    def read_field(self, letter: str, value: str) -> None:
        if letter == "V":
            self.read_voice(value)
        elif letter == "T":
            self.title = self.title or plain_text(value)  # further ones are other names of the tune
        elif letter == "I":
            self.read_instruction(value)
        elif letter == "Q":
            if tempo := read_tempo(value, self.voice.unit_or_default()):
                self.tempi.append((self.voice.now, tempo))
        elif letter == "L":
            unit = read_unit(value)
            for voice in self.affected():
                voice.unit = unit or voice.unit
        elif letter == "M":
            metre = read_metre(value)
            for voice in self.affected():
                voice.metre = metre
            self.metres.append((self.voice.now, *metre))
        elif letter == "K":
            self.read_key(value)

    def affected(self) -> list[_Voice]:
        """Return the voices for which a field is: in the body, only its own."""
        return [self.voice] if self.in_body else [self.default, *self.voices.values()]

    def read_key(self, value: str) -> None:
        key, options = read_key(value), read_options(value)
        for voice in self.affected():
            voice.change(options)
            voice.key = key.alterations if key else voice.key
        if key and key.signature:
            self.keys.append((self.voice.now, *key.signature))
        if not self.in_body:
            self.in_body = True
            self.voice = next(iter(self.voices.values()), self.default)
            self.voices = self.voices or {"": self.default}
            for voice in self.voices.values():
                voice.unit = voice.unit_or_default()

    def read_voice(self, value: str) -> None:
        name, _, options = value.partition(" ")
        if name not in self.voices:
            if len(self.voices) >= MAX_PARTS:
                raise MidiError(f"it has more than {MAX_PARTS:,} voices")
            old = self.default
            unit = old.unit_or_default() if self.in_body else old.unit
            new = _Voice(len(self.voices), old.metre, old.key, unit, program=old.program, shifts=dict(old.shifts))
            self.voices[name] = new
        self.voice = self.voices[name]
        self.voice.change(read_options(options))

    def read_instruction(self, value: str) -> None:
        if (program := read_program(value)) is not None:
            for voice in self.affected():
                voice.program = program
        if (semitones := read_transposition(value)) is not None:
            for voice in self.affected():
                voice.shifts["MIDI"] = semitones
        self.accidentals = read_accidentals(value) or self.accidentals

    def read_music(self, line: str) -> None:
        first = _TOKENS.groupindex
        for match in _TOKENS.finditer(line):
            kind = match.lastgroup or ""
            if kind == "text":
                continue
            groups = match.groups()[first[kind] :]
            if kind == "note":
                self.read_notes([groups[:7]], ("", "", ""), "")
            elif kind == "bar":
                self.end_bar()
            elif kind == "broken":
                self.break_rhythm(match[0][:3])
            elif kind == "rest":
                self.read_rest(groups[0], groups[1:4])
            elif kind == "inline":
                self.read_field(groups[0], groups[1].strip())
            elif kind == "chord":
                notes = [note.groups() for note in _IN_CHORD.finditer(groups[0]) if note[2]]
                self.read_notes(notes, groups[1:4], groups[4])
            elif kind == "tuplet":
                self.read_tuplet(*groups[:3])
            else:
                self.voice.end = max(self.voice.end, self.voice.now)
                self.voice.now = self.voice.bar

    def read_notes(self, notes: list[tuple[str, ...]], length: tuple[str, ...], tie: str) -> None:
        """Read notes that begin together; the first one's length is that of all for what follows."""
        voice = self.voice
        numerator, denominator = _ratio(*length)
        factor = self.take_factor()
        numerator, denominator = numerator * factor[0], denominator * factor[1]
        begin, voice.length, latest = voice.now, -1, []
        # Where it is said how a tune sounds, a clef for another octave says only how it is written.
        shift = sum(
            semitones for what, semitones in voice.shifts.items() if what != "clef" or "MIDI" not in voice.shifts
        )
        for sign, letter, octaves, top, slashes, bottom, its_tie in notes:
            ratio = _ratio(top, slashes, bottom)
            ticks = self.ticks(ratio[0] * numerator, ratio[1] * denominator)
            if voice.length < 0:
                voice.length = ticks
            octave = letter.islower() + octaves.count("'") - octaves.count(",")
            letter = letter.upper()
            scope = f"{letter}{octave}" if self.accidentals == "octave" else letter
            place = letter, octave
            tied = voice.ties.pop(place, -1)
            if tied >= 0 and self.notes[tied][1] != begin:
                tied = -1
            if sign:
                alteration = ALTERATIONS[sign]
                if self.accidentals != "not":
                    voice.altered[scope] = alteration
            else:
                alteration = voice.altered.get(scope, voice.key.get(letter, 0))
            pitch = 60 + 12 * octave + SEMITONES[letter] + alteration + shift
            if tied >= 0 and (not sign or self.notes[tied][2] == pitch):
                self.notes[tied][1] += ticks
            elif pitch not in MIDI_PITCHES:
                self.damaged = True
                continue
            else:
                tied = len(self.notes)
                self.notes.append([begin, begin + ticks, pitch, voice.index])
            latest.append(tied)
            if tie or its_tie:
                voice.ties[place] = tied
        voice.latest = latest
        self.advance(max(voice.length, 0))

    def read_rest(self, letter: str, length: tuple[str, ...]) -> None:
        voice = self.voice
        numerator, denominator = _ratio(*length)
        if letter in "zx" or voice.now > voice.bar:  # in a bar, Z is a mistake for z
            factor = self.take_factor()
            voice.length = self.ticks(numerator * factor[0], denominator * factor[1])
            voice.latest = []
            self.advance(voice.length)
            return
        top, bottom = voice.metre if voice.metre[1] else (4, 4)
        for _ in range(numerator):
            self.advance(4 * self.resolution * top // bottom)
            self.end_bar()

    def advance(self, ticks: int) -> None:
        self.voice.now += ticks
        if self.voice.now > _MAX_BEATS * self.resolution:
            raise MidiError(f"it is longer than {_MAX_BEATS:,} beats")

    def take_factor(self) -> tuple[int, int]:
        """Return what tuplet and broken rhythm make of the next length."""
        voice = self.voice
        numerator, denominator = voice.dotted
        left, top, bottom = voice.tuplet
        voice.dotted = 1, 1
        if left:
            voice.tuplet = left - 1, top, bottom
            return numerator * top, denominator * bottom
        return numerator, denominator

    def ticks(self, numerator: int, denominator: int) -> int:
        """Convert units to ticks."""
        unit = self.voice.unit or Fraction(1, 8)
        numerator *= 4 * self.resolution * unit.numerator
        denominator *= unit.denominator
        if numerator % denominator:
            raise _FinerError(denominator // math.gcd(numerator, denominator))
        return numerator // denominator

    def break_rhythm(self, signs: str) -> None:
        """Lengthen the note or rest before, and shorten the next one by as much; or the other way round."""
        voice = self.voice
        short, long = (1, 2 ** len(signs)), (2 ** (len(signs) + 1) - 1, 2 ** len(signs))
        before, voice.dotted = (long, short) if signs[0] == ">" else (short, long)
        if voice.length * before[0] % before[1]:
            raise _FinerError(before[1])
        more = voice.length * before[0] // before[1] - voice.length
        voice.length += more
        voice.now += more
        for note in voice.latest:
            self.notes[note][1] += more

    def read_tuplet(self, notes: str, time_of: str | None, lengths: str | None) -> None:
        count = int(notes)
        default = 3 if self.voice.metre[0] in (6, 9, 12) else 2
        time = int(time_of or _TUPLETS.get(count, default))
        if count > 1 and time:
            self.voice.tuplet = int(lengths or count), time, count

    def end_bar(self) -> None:
        voice = self.voice
        voice.now = max(voice.now, voice.end)
        if voice.now > voice.bar:
            self.bars += 1
            if self.bars > _MAX_BARS:
                raise MidiError(f"its voices have more than {_MAX_BARS:,} bars")
            voice.lines.append(voice.now)
        voice.bar, voice.end, voice.length = voice.now, 0, 0
        voice.latest = []
        voice.altered.clear()

    def score(self) -> Score:
        table = np.array([note for note in self.notes if note[1] > note[0]], np.int64).reshape(-1, 4)
        used, parts = np.unique(table[:, 3], return_inverse=True)
        voices = [voice for voice in self.voices.values() if voice.index in used] or [self.voice]
        notes = Notes.of(table[:, :2], table[:, 2], parts=parts)
        drums = np.isin(notes.parts, [place for place, voice in enumerate(voices) if voice.drums])
        length = max(max(voice.now, voice.end) for voice in voices)
        lines = max((voice.lines for voice in voices), key=len)
        metres = sorted([(0, 0, 0), *self.metres], key=lambda metre: metre[0])
        changes = [metre[0] for metre in metres]
        bars = [(begin, *metres[bisect_right(changes, begin) - 1][1:]) for begin in ([0, *lines] if lines else changes)]
        return Score(
            self.title,
            self.resolution,
            notes.take(~drums),
            tuple(
                Part(index, channel_of(index), voice.program, plain_text(voice.name), voice.drums)
                for index, voice in enumerate(voices)
            ),
            notes.take(drums),
            tempi=events(self.tempi),
            time_signatures=time_signatures(bars, length, self.resolution, barred=bool(lines)),
            key_signatures=events(self.keys),
            length=length,
            damaged=self.damaged,
        )


def _ratio(numerator: str, slashes: str, denominator: str) -> tuple[int, int]:
    """Return the units of a length such as 3/2, / or //."""
    if not slashes:
        return int(numerator or 1), 1
    return int(numerator or 1), int(denominator or 2 ** len(slashes)) or 1
