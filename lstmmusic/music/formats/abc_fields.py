"""The values of the fields of ABC notation: metres, lengths, keys, tempi, and the options of voices."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import NamedTuple

from lstmmusic.music.formats.notation import metre_of, tempo_of

ALTERATIONS = {"^^": 2, "^": 1, "=": 0, "_": -1, "__": -2}

_FIFTHS = "FCGDAEB"
_BAGPIPES = {"HP": "D", "Hp": "D"}

# Sharps of a mode, less those of the major key with the same tonic; a mode is known by three letters.
# fmt: off
_MODES = {
    "": 0, "maj": 0, "ion": 0, "m": -3, "min": -3, "aeo": -3, "mix": -1, "dor": -2, "phr": -4, "lyd": 1, "loc": -5,
}
# fmt: on
_MINOR = ("m", "min", "aeo")

_METRE = re.compile(r"\(?(\d{1,3}(?:\s*\+\s*\d{1,3}){0,9})\)?\s*/\s*(\d{1,3})(?!\d)")
_UNIT = re.compile(r"(\d{1,3})(?:/(\d{1,4}))?(?!\d)")
_BEATS = re.compile(r"((?:\d{1,3}/0*[1-9]\d{0,3}\s*){1,9})=\D{0,9}(\d{1,4}(?:\.\d{1,4})?)")
_UNITS = re.compile(r"(?:C(\d{0,3})\s*=\s*)?(\d{1,4})")
_TONIC = re.compile(r"([A-G])([#b]?)\s*([A-Za-z]*)")
_ALTERED = re.compile(r"(\^{1,2}|_{1,2}|=)([A-Ga-g])")
_OPTION = re.compile(r'\b(\w+)=("[^"]*"|\S+)')
_CLEF = re.compile(r"(?:treble|bass|alto|tenor|clef=\w+)([+-]8)?|([+-]8)va")
_PROGRAM = re.compile(r"MIDI[ =]+program\s+(?:\d+\s+)?(\d{1,3})(?!\d)")
_TRANSPOSITION = re.compile(r"MIDI[ =]+transpose\s+([+-]?\d{1,2})(?!\d)")
_ACCIDENTALS = re.compile(r"propagate-accidentals[ =]+(not|octave|pitch)")


class Key(NamedTuple):
    """A key: what it does to each letter, and its sharps and 1 for minor, or None if these do not say it."""

    alterations: dict[str, int]
    signature: tuple[int, int] | None


class Options(NamedTuple):
    """What the fields K: and V: have in common: semitones by what shifts them, and perhaps percussion and a name."""

    shifts: dict[str, int]
    drums: bool
    name: str | None


def read_metre(value: str) -> tuple[int, int]:
    """Read M:, such as 6/8, 2+3/8, C or none; zeros for none."""
    match = _METRE.match({"C": "4/4", "C|": "2/2"}.get(value, value))
    return metre_of(sum(map(int, match[1].split("+"))), int(match[2])) if match else (0, 0)


def read_unit(value: str) -> Fraction | None:
    """Read L:, in whole notes."""
    match = _UNIT.match(value)
    return Fraction(int(match[1]), int(match[2] or 1)) if match and int(match[1]) and int(match[2] or 1) else None


def default_unit(metre: tuple[int, int]) -> Fraction:
    """Return the unit of a tune that has no L:."""
    return Fraction(1, 16) if metre[1] and 4 * metre[0] < 3 * metre[1] else Fraction(1, 8)


def read_key(value: str) -> Key | None:
    """Read K:, such as Am, D dorian, G =c, D exp _b ^f or none; None if it has options only."""
    value = _OPTION.sub("", value).strip()
    word = value.partition(" ")[0]
    match = _TONIC.match(_BAGPIPES.get(word, value))
    altered = {letter.upper(): ALTERATIONS[sign] for sign, letter in _ALTERED.findall(value)}
    if not match and word.lower() not in ("", "none") and not altered:
        return None
    mode = match[3][:3].lower() if match and match[3] != "M" else ""
    sharps = 0
    if match and mode != "exp":
        sharps = _FIFTHS.index(match[1]) - 1 + {"": 0, "#": 7, "b": -7}[match[2]] + _MODES.get(mode, 0)
    letters = _FIFTHS if sharps > 0 else _FIFTHS[::-1]
    alterations: dict[str, int] = {}
    for place in range(abs(sharps)):
        letter = letters[place % 7]
        alterations[letter] = alterations.get(letter, 0) + (1 if sharps > 0 else -1)
    said = abs(sharps) <= 7 and not altered
    return Key(alterations | altered, (sharps, int(mode in _MINOR)) if said else None)


def read_options(value: str) -> Options:
    """Read octave=, transpose=, clef= and name=."""
    options = {name: text.strip('"') for name, text in _OPTION.findall(value)}
    shifts = {
        name: semitones * int(options[name])
        for name, semitones in (("octave", 12), ("transpose", 1))
        if re.fullmatch(r"[+-]?\d{1,2}", options.get(name, ""))
    }
    if clef := _CLEF.search(value):
        shifts["clef"] = {"+8": 12, "-8": -12}.get(clef[1] or clef[2], 0)
    drums = "perc" in options.get("clef", value.split()[-1:])
    return Options(shifts, drums, options.get("name", options.get("nm")))


def read_tempo(value: str, unit: Fraction) -> int:
    """Read Q:, such as 1/4=120, "Slow" 3/8=60 or, in units, 120; in microseconds per quarter note, or 0."""
    value = re.sub(r'"[^"]*"', "", value).strip()
    if match := _BEATS.match(value):
        beat = sum((Fraction(*map(int, each.split("/"))) for each in match[1].split()), Fraction(0))
    elif match := _UNITS.match(value):
        beat = unit * int(match[1] or 1)
    return tempo_of(float(4 * beat * Fraction(match[2]))) if match else 0


def read_program(value: str) -> int | None:
    """Read the General MIDI program in the instruction `MIDI program`."""
    match = _PROGRAM.search(value)
    return min(127, int(match[1])) if match else None


def read_transposition(value: str) -> int | None:
    """Read the semitones in the instruction `MIDI transpose`."""
    match = _TRANSPOSITION.search(value)
    return int(match[1]) if match else None


def read_accidentals(value: str) -> str:
    """Read what accidentals hold for: 'pitch' for all octaves, 'octave' for their own, 'not' for one note, or ""."""
    match = _ACCIDENTALS.search(value)
    return match[1] if match else ""
