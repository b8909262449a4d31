"""MusicXML files to scores, using the standard library only."""

from __future__ import annotations

import math
import xml.etree.ElementTree as ElementTree
from dataclasses import replace
from itertools import accumulate, zip_longest
from pathlib import Path
from typing import NamedTuple

import numpy as np

from lstmmusic.base.files import DAMAGE
from lstmmusic.config import MIDI_PITCHES
from lstmmusic.errors import MidiError, UnreadError
from lstmmusic.music.formats.containers import unzip
from lstmmusic.music.formats.kinds import MUSICXML, limit_of
from lstmmusic.music.score import Notes, Score

_SEMITONES = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}


class _Note(NamedTuple):
    measure: int
    start: int  # in ticks, from the start of the measure
    duration: int  # in ticks
    pitch: int
    begins_tie: bool
    ends_tie: bool


def read_musicxml(path: Path, tempo: float = 100.0) -> Score:
    """Read a MusicXML file; see `parse_musicxml`.

    Raises
    ------
    MidiError
        If the file is not such a document, or has no pitched note.
    """
    try:
        score = parse_musicxml(path.read_bytes(), tempo)
    except (OSError, MidiError) as error:
        kind = UnreadError if isinstance(error, OSError) else type(error)
        raise kind(f"{path.name} is not a MusicXML file that can be read ({error})") from error
    if not len(score.notes):
        raise MidiError(f"{path.name} has no pitched notes")
    return replace(score, name=path.stem)


def parse_musicxml(content: bytes, tempo: float = 100.0) -> Score:
    """Read the notes of a MusicXML document, all parts in one score, at sounding pitch.

    Tied notes are one note. Of notes that begin together at one pitch, the longest is kept. Grace notes, cue notes and
    unpitched notes are left out, and repeats are not played. A measure is as long as its notes and rests in the part
    where they are longest, so that the parts stay together.

    Parameters
    ----------
    content : bytes
        A `score-partwise` document, plain (.xml, .musicxml) or compressed (.mxl).
    tempo : float
        Quarter notes per minute, for the seconds; tempo marks in the file are ignored.

    Returns
    -------
    Score
        Beats are the floats nearest to the exact fractions; seconds follow from `tempo`.

    Raises
    ------
    MidiError
        If it is not such a document.

    References
    ----------
    MusicXML 4.0, https://www.w3.org/2021/06/musicxml40/
    """
    try:
        root = ElementTree.fromstring(_document(content))
        if root.tag != "score-partwise":
            raise ValueError(f"its root is <{root.tag}>, not <score-partwise>")
        # A tick that divides the divisions of every part.
        resolution = math.lcm(*(int(element.text or "") for element in root.iter("divisions")))
        parts = [_read_part(part, resolution) for part in root.iterfind("part")]
    except (*DAMAGE, ElementTree.ParseError, ArithmeticError) as error:
        raise MidiError(str(error)) from error
    notes = _join(parts)
    table = np.array([(start, end, pitch) for (start, pitch), end in notes.items()]).reshape(-1, 3)
    tempi = np.array([[0, round(6e7 / tempo)]])
    return Score("", resolution, Notes.of(table[:, :2], table[:, 2]), tempi=tempi)


def _document(content: bytes) -> bytes:
    if not content.startswith(b"PK"):
        return content
    limit = limit_of(MUSICXML)
    container = ElementTree.fromstring(unzip(content, "META-INF/container.xml", limit))
    # Programs use different name spaces for the element.
    rootfile = container.find(".//{*}rootfile")
    if rootfile is None:
        raise ValueError("its container names no document")
    return unzip(content, rootfile.get("full-path", ""), limit)


def _read_part(part: ElementTree.Element, resolution: int) -> tuple[list[_Note], list[int]]:
    """Return the notes of a part in the order of the file, and the length of each measure in ticks."""
    notes: list[_Note] = []
    lengths = []
    ticks = resolution  # per division
    transposition = 0
    for index, measure in enumerate(part.iterfind("measure")):
        now = length = chord = 0
        for element in measure:
            if element.tag == "note":
                fields = {child.tag: child for child in element}
                if "grace" in fields:
                    continue
                duration = ticks * int(fields["duration"].text or "")
                if "chord" in fields:
                    # The other notes of a chord begin with its first, which has advanced the position.
                    start = chord
                else:
                    start = chord = now
                    now += duration
                    length = max(length, now)
                if "pitch" in fields and "cue" not in fields:
                    ties = {tie.get("type") for tie in element.iterfind("tie")}
                    pitch = _midi_pitch(fields["pitch"], transposition)
                    notes.append(_Note(index, start, duration, pitch, "start" in ties, "stop" in ties))
            elif element.tag in ("backup", "forward"):
                # These do not lengthen a measure: in BWV 171.6 they fill up the pickups of the silent parts only.
                distance = ticks * int(element.findtext("duration", ""))
                now += distance if element.tag == "forward" else -distance
            elif element.tag == "attributes":
                divisions = element.findtext("divisions")
                if divisions is not None:
                    ticks = resolution // int(divisions)
                transpose = element.find("transpose")
                if transpose is not None:
                    octaves = int(transpose.findtext("octave-change", "0"))
                    transposition = 12 * octaves + int(transpose.findtext("chromatic", "0"))
        lengths.append(length)
    return notes, lengths


def _midi_pitch(written: ElementTree.Element, transposition: int) -> int:
    step = _SEMITONES[written.findtext("step", "")] + round(float(written.findtext("alter", "0")))
    pitch = 12 * (int(written.findtext("octave", "")) + 1) + step + transposition
    if pitch not in MIDI_PITCHES:
        raise ValueError(f"it has the pitch {pitch}, which is not a MIDI pitch")
    return pitch


def _join(parts: list[tuple[list[_Note], list[int]]]) -> dict[tuple[int, int], int]:
    """Merge parts and tied notes; return the end of each note by its start and pitch, in ticks."""
    measures = [0, *accumulate(map(max, zip_longest(*(lengths for _, lengths in parts), fillvalue=0)))]
    ends: dict[tuple[int, int], int] = {}
    for notes, _ in parts:
        tied: dict[tuple[int, int], int] = {}  # start of each note to be tied, by its end and pitch
        for note in notes:
            start = measures[note.measure] + note.start
            end = start + note.duration
            if note.ends_tie:
                start = tied.pop((start, note.pitch), start)
            if note.begins_tie:
                tied[end, note.pitch] = start
            key = (start, note.pitch)
            ends[key] = max(end, ends.get(key, end))
    return ends
