"""Humdrum files with **kern spines to scores.

A file is a table: its columns are spines, which may split and join, and what is in one row begins at one time. The
music sounds as it is written: transposing instruments are encoded at sounding pitch. Repeats are not played.

References
----------
https://www.humdrum.org/rep/kern/ and, for durations such as 3%2 and 00, https://extras.humdrum.org/man/rscale/
"""

from __future__ import annotations

import html
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from math import lcm
from typing import Any

from lstmmusic.base.files import decode_text
from lstmmusic.config import MIDI_PITCHES
from lstmmusic.errors import MidiError, plain_text
from lstmmusic.music.formats.notation import (
    MAX_PARTS,
    MAX_RESOLUTION,
    SEMITONES,
    NoteList,
    channel_of,
    metre_of,
    tempo_of,
    time_signatures,
)
from lstmmusic.music.score import DEFAULT_TEMPO, Part, Score, events

_DURATION = re.compile(r"(\d{1,4})(?:%(\d{1,4}))?(?!\d)(\.{0,8})")
_PITCH = re.compile(r"([a-gA-G])(\1*)(#+|-+|)")

_METRE = re.compile(r"\*M(\d{1,3})/(\d{1,3})\b")
_TEMPO = re.compile(r"\*MM(\d{1,4}(?:\.\d{1,6})?)$")
_KEY_SIGNATURE = re.compile(r"\*k\[([a-g#-]*)\]")
_KEY = re.compile(r"\*([a-gA-G])[#-]?:(\w*)$")
_MINOR_MODES = ("aeo", "dor", "phr", "min")

# General MIDI programs by the instrument codes of Humdrum; what begins with the code counts, such as `saxA`.
# fmt: off
_PROGRAMS = {
    "piano": 0, "forte": 0, "cemba": 6, "clavi": 7, "clest": 8, "glock": 9, "vibra": 11, "marim": 12, "xylo": 13,
    "organ": 19, "reedo": 20, "accor": 21, "armon": 22, "guitr": 24, "liuto": 24, "eguit": 27, "bguit": 33,
    "violn": 40, "viola": 41, "cello": 42, "cbass": 43, "arpa": 46, "timpa": 47, "soprn": 52, "cant": 52, "mezzo": 52,
    "calto": 52, "alto": 52, "contr": 52, "tenor": 52, "barit": 52, "bass": 52, "vox": 52, "tromp": 56, "tromt": 57,
    "tromb": 57, "tuba": 58, "cor": 60, "saxS": 64, "saxA": 65, "saxT": 66, "saxR": 67, "oboe": 68, "cangl": 69,
    "fagot": 70, "clar": 71, "picco": 72, "fltd": 74, "flt": 73, "panpi": 75, "banjo": 105, "bagp": 109,
}
# fmt: on

_MAX_TITLE = 500

_UNKNOWN = -1  # where the last note of a column that has none ends


@dataclass
class _Column:
    """A spine, or a branch of one that has split."""

    part: int | None  # number of the **kern spine, from the left; None for spines of other kinds
    end: int = 0  # where its last note or rest ends, in ticks


@dataclass
class _Labels:
    """What a spine says about its part, from `*I"Violin 1`, `*Ivioln` and the like."""

    name: str = ""
    title: str = ""
    comment: str = ""
    code: str = ""
    drums: bool = False


@dataclass
class _Token:
    """Notes and rests that begin together: None instead of a duration if they are grace notes only."""

    duration: Fraction | None
    pitches: list[tuple[int, bool, bool]] = field(default_factory=list)  # pitch, ends a tie, begins a tie


def parse_kern(content: bytes) -> Score:
    """Read the notes of a Humdrum file, a part for each of its **kern spines, the highest staff first.

    Grace notes (q and Q) are left out; appoggiaturas have the duration that is written. Spines of other kinds are
    ignored. Pieces that follow each other in one file are one score.

    Parameters
    ----------
    content : bytes

    Returns
    -------
    Score
        Its name is the title in the file (OTL and others), which may be empty. It is damaged if spines do not agree on
        the time of a row.

    Raises
    ------
    MidiError
        If it is not such a file, with the number of the line that cannot be read.
    """
    lines = decode_text(content).replace("\r\n", "\n").replace("\r", "\n").split("\n")
    tokens: dict[str, _Token] = {}
    resolution, parts = 1, 0
    for number, columns, row in _rows(lines):
        for column, text in zip(columns, row, strict=True):
            if column.part is None:
                continue
            parts = max(parts, column.part + 1)
            if parts > MAX_PARTS:
                raise MidiError(f"line {number}: it has more than {MAX_PARTS:,} spines of notes")
            if text[:1] not in ("*", "!", "=", ".") and text not in tokens:
                token = tokens[text] = _numbered(number, _token, text)
                resolution = lcm(resolution, (token.duration or Fraction()).denominator)
                if resolution > MAX_RESOLUTION:
                    raise MidiError(f"line {number}: its durations have no common unit of time")
    if not parts:
        raise MidiError("it has no **kern spine")
    reader = _Reader(resolution, tokens)
    for number, columns, row in _rows(lines):
        _numbered(number, reader.read, columns, row)
    return reader.score(_title(lines), parts)


def _numbered(number: int, function: Callable[..., Any], *arguments: Any) -> Any:
    try:
        return function(*arguments)
    except MidiError as error:
        raise MidiError(f"line {number}: {error}") from None


def _rows(lines: Sequence[str]) -> Iterator[tuple[int, list[_Column], list[str]]]:
    """Yield the number, the columns and the fields of each line that is not empty or a global comment."""
    columns: list[_Column] = []
    parts = end = 0
    for number, line in enumerate(lines, start=1):
        if not line or line.startswith("!!"):
            continue
        fields = line.split("\t")
        if not columns:
            columns = [_Column(None, end) for _ in fields]
            parts = 0
            if not all(text.startswith("**") for text in fields):
                raise MidiError(f"line {number}: a spine begins with its kind, such as **kern")
        if len(fields) != len(columns):
            raise MidiError(f"line {number}: it has {len(fields)} fields; the spines are {len(columns)}")
        yield number, columns, fields
        if line.startswith("*"):
            for column, text in zip(columns, fields, strict=True):
                if text.startswith("**"):
                    column.part = parts if text == "**kern" else None
                    parts += text == "**kern"
            end = max(column.end for column in columns)
            columns = _follow(columns, fields)


def _follow(columns: list[_Column], fields: list[str]) -> list[_Column]:
    """Split, join, exchange, add and end spines."""
    if "*x" in fields:
        columns = columns.copy()
        places = [place for place, text in enumerate(fields) if text == "*x"]
        for left, right in zip(places[::2], places[1::2], strict=False):
            columns[left], columns[right] = columns[right], columns[left]
    after: list[_Column] = []
    joining = False
    for column, text in zip(columns, fields, strict=True):
        joins = text == "*v"
        if joins and joining and after[-1].part == column.part:
            after[-1].end = max(after[-1].end, column.end)
        elif text != "*-":
            after.append(column)
        if text == "*^":
            after.append(_Column(column.part, column.end))
        elif text == "*+":
            after.append(_Column(None, _UNKNOWN))
        joining = joins
    return after


def _token(text: str) -> _Token:
    """Read a note, a chord or a rest."""
    token = _Token(None)
    for note in text.split():
        if "q" in note or "Q" in note:
            continue
        found = _DURATION.search(note)
        if found:
            # A chord is as long as its first note.
            token.duration = token.duration or _duration(*found.groups())
        elif token.duration is None:
            raise MidiError(f"{plain_text(note)!r} has no duration")
        if "r" not in note:
            token.pitches.append((_pitch(note), "]" in note or "_" in note, "[" in note or "_" in note))
    return token


def _duration(number: str, divisor: str | None, dots: str) -> Fraction:
    """Return a duration in quarter notes: 4 is one, 0 is eight, and 3%2 is two thirds of a whole note."""
    if not number.strip("0"):
        if divisor:
            raise MidiError(f"the duration {number}%{divisor} divides by zero")
        whole = Fraction(2 ** len(number))
    else:
        whole = Fraction(int(divisor or 1), int(number))
    if not whole:
        raise MidiError(f"the duration {number}%{divisor} is zero")
    return 4 * whole * (2 - Fraction(1, 2 ** len(dots)))


def _pitch(note: str) -> int:
    """Return the MIDI pitch: c is middle C, cc an octave higher, C an octave lower, CC two."""
    found = _PITCH.findall(note)
    if len(found) != 1:
        raise MidiError(f"{plain_text(note)!r} is neither a note nor a rest")
    ((letter, more, accidentals),) = found
    octave = 4 + len(more) if letter.islower() else 3 - len(more)
    pitch: int = 12 * (octave + 1) + SEMITONES[letter.upper()] + accidentals.count("#") - accidentals.count("-")
    if pitch not in MIDI_PITCHES:
        raise MidiError(f"{plain_text(note)!r} is not a MIDI pitch")
    return pitch


class _Reader:
    """What was read so far. Other events than notes happen at the next row of notes, whose time is known."""

    def __init__(self, resolution: int, tokens: dict[str, _Token]) -> None:
        self._resolution = resolution
        self._tokens = {
            text: (int(token.duration * resolution), token.pitches) for text, token in tokens.items() if token.duration
        }
        self._notes = NoteList()
        self._labels: defaultdict[int, _Labels] = defaultdict(_Labels)
        self._now = self._length = 0
        self._damaged = self._ended = False
        self._bar_line = self._event = True  # whether there is one since the last row of notes
        self._has_bar_lines = False
        self._metre = self._key = (0, 0)
        self._tempo = DEFAULT_TEMPO
        self._bars: list[tuple[int, int, int]] = []
        self._tempi: list[tuple[int, int]] = []
        self._keys: list[tuple[int, int, int]] = []

    def read(self, columns: list[_Column], fields: list[str]) -> None:
        """Read a row."""
        kind = fields[0][:1]
        if kind == "=":
            self._bar_line = self._event = self._has_bar_lines = True
        elif kind in ("*", "!"):
            for column, text in zip(columns, fields, strict=True):
                if column.part is not None and len(text) > 1:
                    self._describe(self._labels[column.part], text)
            self._ended = fields.count("*-") == len(fields)
        else:
            self._begin(columns, fields)

    def _begin(self, columns: list[_Column], fields: list[str]) -> None:
        tokens = self._tokens
        begun = [
            (column, *tokens[text])
            for column, text in zip(columns, fields, strict=True)
            if column.part is not None and text in tokens
        ]
        if not begun:  # only grace notes, or what the other spines have
            return
        now = self._now = max(self._now, *(column.end for column, *_ in begun))
        if self._event:
            self._note_events()
        for column, duration, pitches in begun:
            self._damaged |= column.end not in (now, _UNKNOWN)
            column.end = end = now + duration
            for pitch, ends_tie, begins_tie in pitches:
                self._notes.add(column.part or 0, now, end, pitch, ends_tie=ends_tie, begins_tie=begins_tie)
            self._length = max(self._length, end)

    def _note_events(self) -> None:
        now = self._now
        self._tempi.append((now, self._tempo))
        self._keys.append((now, *self._key))
        if self._bar_line or self._metre != self._bars[-1][1:]:
            self._bars.append((now, *self._metre))
        self._bar_line = self._event = False

    def _describe(self, labels: _Labels, text: str) -> None:
        """Read an interpretation, or a comment, which at the beginning may name the part."""
        self._event = True
        if found := _METRE.match(text):
            numerator, denominator = found.groups()
            # The denominator 0 is a breve: 2/0 is 4/1.
            breves = 0 if denominator.strip("0") else len(denominator)
            self._metre = metre_of(int(numerator) << breves, int(denominator) or 1)
        elif found := _TEMPO.match(text):
            self._tempo = tempo_of(float(found[1])) or self._tempo
        elif found := _KEY_SIGNATURE.match(text):
            sharps = found[1].count("#") - found[1].count("-")
            self._key = (sharps, self._key[1]) if -7 <= sharps <= 7 else self._key
        elif found := _KEY.match(text):
            self._key = self._key[0], int(found[2][:3] in _MINOR_MODES if found[2] else found[1].islower())
        elif text.startswith('*I"'):
            labels.name = text[3:]
        elif text.startswith("*I:"):
            labels.title = text[3:].strip("[]")
        elif text.startswith("*I"):
            labels.code = next((code for code in _PROGRAMS if text[2:].startswith(code)), labels.code)
        elif text.startswith("*clef"):
            labels.drums = text == "*clefX"
        elif text.startswith("!") and not len(self._notes):
            labels.comment = labels.comment or text[1:].strip()

    def score(self, name: str, parts: int) -> Score:
        """Return all as a score."""
        ordered = range(parts - 1, -1, -1)  # the lowest staff is the leftmost
        labels = [self._labels[part] for part in ordered]
        pitched, drums = (
            self._notes.notes({part: index for index, part in enumerate(ordered) if labels[index].drums == is_drums})
            for is_drums in (False, True)
        )
        metres = time_signatures(self._bars, self._length, self._resolution, barred=self._has_bar_lines)
        return Score(
            name,
            self._resolution,
            pitched,
            tuple(
                Part(
                    track,
                    channel_of(track),
                    _PROGRAMS.get(label.code, 0),
                    plain_text(label.name or label.title or label.comment),
                    label.drums,
                )
                for track, label in enumerate(labels)
            ),
            drums,
            tempi=events(self._tempi or [(0, DEFAULT_TEMPO)]),
            time_signatures=metres,
            key_signatures=events(self._keys),
            length=self._length,
            damaged=self._damaged or not self._ended,
        )


def _title(lines: Sequence[str]) -> str:
    """Return the title of the piece, with those of the larger work and of the movement."""
    found: dict[str, str] = {}
    for line in lines:
        if line.startswith("!!!") and ":" in line:
            key, _, text = line[3:].partition(":")
            found.setdefault(key.partition("@")[0].strip(), html.unescape(text.strip()[:_MAX_TITLE]))
    titles = (found.get(key, "") for key in ("OPR", "OTL", "OMV"))
    return plain_text(", ".join(filter(None, titles)))
