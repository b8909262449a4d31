"""MusicXML documents to scores, using the standard library only."""

from __future__ import annotations

import math
import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from itertools import accumulate, zip_longest
from typing import NamedTuple
from xml.etree.ElementTree import Element

from lstmmusic.base.files import DAMAGE
from lstmmusic.config import MIDI_PITCHES
from lstmmusic.errors import MidiError, UnsupportedError, plain_text
from lstmmusic.music.formats.containers import unzip
from lstmmusic.music.formats.kinds import MUSICXML, limit_of
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
from lstmmusic.music.score import DEFAULT_TEMPO, DRUM_CHANNEL, VELOCITY, Part, Score, events

# A tree takes some 150 bytes for a tag and 400 for an attribute.
_MAX_TAGS, _MAX_ATTRIBUTES = 2_000_000, 800_000

# In ticks: what a float holds exactly.
_MAX_LENGTH = 2**53

_BEAT_UNITS = {"whole": 4, "half": 2, "quarter": 1, "eighth": 0.5, "16th": 0.25, "32nd": 0.125}
_NUMBER = re.compile(r"\d{1,4}(\.\d{1,6})?")

_FORTE = 0.9  # velocity for each percent of the dynamics
_SNARE = 38


class _Note(NamedTuple):
    measure: int
    start: int  # in ticks, from the start of the measure
    duration: int  # in ticks
    pitch: int
    begins_tie: bool
    ends_tie: bool
    velocity: int
    drums: bool


@dataclass
class _Contents:
    """What a part has, in the order of the file; positions are the number of the measure, and ticks from its start."""

    notes: list[_Note] = field(default_factory=list)
    lengths: list[int] = field(default_factory=list)  # of each measure with its notes and rests, in ticks
    reaches: list[int] = field(default_factory=list)  # and with what it skips
    tempi: list[tuple[int, int, int]] = field(default_factory=list)  # position, microseconds per quarter note
    metres: dict[int, tuple[int, int]] = field(default_factory=dict)  # by measure
    keys: list[tuple[int, int, int, int]] = field(default_factory=list)  # position, sharps, minor


def parse_musicxml(content: bytes) -> Score:
    """Read the notes of a MusicXML document, a part for each of its parts, at sounding pitch.

    Tied notes are one note. Of notes of a part that begin together at one pitch, the longest is kept. Grace notes and
    cue notes are left out, and repeats are not played. A measure is as long as its notes and rests in the part where
    they are longest, so that the parts stay together.

    Parameters
    ----------
    content : bytes
        A `score-partwise` or `score-timewise` document, plain (.xml, .musicxml) or compressed (.mxl).

    Returns
    -------
    Score
        Its name is the title in the document, which may be empty.

    Raises
    ------
    UnsupportedError
        If it is such a document, but cannot be read exactly.
    MidiError
        If it is not.

    References
    ----------
    MusicXML 4.0, https://www.w3.org/2021/06/musicxml40/
    """
    root = parse_document(content)
    if root.tag not in ("score-partwise", "score-timewise"):
        raise MidiError(f"its root is <{plain_text(root.tag)}>, not <score-partwise>")
    try:
        resolution = 1  # a multiple of the divisions of every part
        for element in root.iter("divisions"):
            resolution = math.lcm(resolution, int(element.text or ""))
            if not 0 < resolution <= MAX_RESOLUTION:
                raise ValueError(f"it has {resolution} divisions of a beat")
        described = {part.get("id", ""): part for part in root.iterfind("part-list/score-part")}
        measures = _measures(root)
        parts = [_read_part(each, resolution, _drum_keys(described.get(name))) for name, each in measures]
        labels = [_part_of(track, described.get(name)) for track, (name, _) in enumerate(measures)]
        score = _join(parts, labels, resolution)
    except MidiError:
        raise
    except (*DAMAGE, ArithmeticError) as error:
        raise UnsupportedError(str(error)) from error
    return replace(score, name=_title(root))


def parse_document(content: bytes) -> Element:
    """Parse a document, plain or compressed, whose elements are bounded.

    Raises
    ------
    MidiError
        If it is not XML.
    """
    try:
        return _tree(_document(content))
    except (*DAMAGE, ElementTree.ParseError, ArithmeticError) as error:
        raise MidiError(str(error)) from error


def _document(content: bytes) -> bytes:
    if not content.startswith(b"PK"):
        return content
    limit = limit_of(MUSICXML)
    container = _tree(unzip(content, "META-INF/container.xml", limit))
    # Programs use different name spaces for the element.
    rootfile = container.find(".//{*}rootfile")
    if rootfile is None:
        raise ValueError("its container names no document")
    return unzip(content, rootfile.get("full-path", ""), limit)


def _tree(document: bytes) -> Element:
    """Parse a document, if its tree is bounded by its size."""
    if document[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\0" in document[:2]:
        document = document.decode("utf-16-be" if document[:1] == b"\0" else "utf-16").encode()
        document = re.sub(rb"^(<\?xml[^>]*?)\sencoding=[^\s?>]*", rb"\1", document)
    if b"<!ENTITY" in document:
        raise ValueError("it defines entities, which music needs none of")
    if document.count(b"<") > _MAX_TAGS or document.count(b"=") > _MAX_ATTRIBUTES:
        raise ValueError("it has too many elements")
    return ElementTree.fromstring(document)


def _measures(root: Element) -> list[tuple[str, list[list[Element]]]]:
    """Return the identifier of each part, and what each of its measures has."""
    by_part = root.tag == "score-partwise"
    parts = root.findall("part" if by_part else "measure/part")
    names = (
        [part.get("id", "") for part in parts] if by_part else list(dict.fromkeys(part.get("id", "") for part in parts))
    )
    if len(names) > MAX_PARTS:
        raise ValueError(f"it has {len(names):,} parts; the limit is {MAX_PARTS:,}")
    rows = root.findall("measure")
    most = max((len(part) for part in parts), default=0) if by_part else len(rows)
    if len(names) * most > _MAX_TAGS:
        raise ValueError("it has too many measures")
    if by_part:
        return [(name, list(map(list, part.iterfind("measure")))) for name, part in zip(names, parts, strict=True)]
    measures = [{part.get("id", ""): list(part) for part in row.iterfind("part")} for row in rows]
    return [(name, [measure.get(name, []) for measure in measures]) for name in names]


def _part_of(track: int, described: Element | None) -> Part:
    """Return the part that the list of parts describes, on a MIDI channel of its own."""
    instrument = None if described is None else described.find("midi-instrument")
    name = "" if described is None else " ".join(described.findtext("part-name", "").split())
    program = 1 if instrument is None else int(instrument.findtext("midi-program", "1"))
    drums = instrument is not None and int(instrument.findtext("midi-channel", "1")) == DRUM_CHANNEL + 1
    if not 1 <= program <= 128:
        raise ValueError(f"it has the program {program}")
    return Part(track, DRUM_CHANNEL if drums else channel_of(track), program - 1, plain_text(name), drums)


def _drum_keys(described: Element | None) -> dict[str, int]:
    """Return the MIDI pitch of each percussion instrument of a part."""
    found = {} if described is None else {each.get("id", ""): each for each in described.iterfind("midi-instrument")}
    return {name: int(each.findtext("midi-unpitched", "1")) - 1 for name, each in found.items()}


def _read_part(measures: Iterable[Iterable[Element]], resolution: int, drum_keys: dict[str, int]) -> _Contents:
    """Read a part."""
    part = _Contents()
    ticks = resolution  # per division
    transposition = 0
    loudness = VELOCITY
    for index, measure in enumerate(measures):
        now = length = reach = chord = 0
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
                if "rest" in fields or "cue" in fields:
                    continue
                drums = "pitch" not in fields
                pitch = _drum_pitch(fields, drum_keys) if drums else _midi_pitch(fields["pitch"], transposition)
                begins_tie, ends_tie = _ties(element) if "tie" in fields or "notations" in fields else (False, False)
                dynamics = element.get("dynamics")
                velocity = loudness if dynamics is None else _velocity(dynamics)
                part.notes.append(_Note(index, start, duration, pitch, begins_tie, ends_tie, velocity, drums))
            elif element.tag in ("backup", "forward"):
                distance = ticks * int(element.findtext("duration", ""))
                now += distance if element.tag == "forward" else -distance
                reach = max(reach, now)
                if now < 0:
                    raise ValueError("it goes back beyond the beginning of a measure")
            elif element.tag == "attributes":
                divisions = element.findtext("divisions")
                if divisions is not None:
                    ticks = resolution // int(divisions)
                transpose = element.find("transpose")
                if transpose is not None:
                    octaves = int(transpose.findtext("octave-change", "0"))
                    transposition = 12 * octaves + int(transpose.findtext("chromatic", "0"))
                _read_signatures(element, part, index, now, transposition)
            elif element.tag in ("direction", "sound"):
                sound = element if element.tag == "sound" else element.find("sound")
                tempo = _tempo(element, sound)
                if tempo:
                    part.tempi.append((index, now, tempo))
                if sound is not None and "dynamics" in sound.attrib:
                    loudness = _velocity(sound.attrib["dynamics"])
        part.lengths.append(length)
        part.reaches.append(max(length, reach))
    return part


def _read_signatures(attributes: Element, part: _Contents, measure: int, tick: int, transposition: int) -> None:
    key = attributes.find("key")
    fifths = None if key is None else key.findtext("fifths")
    if key is not None and fifths is not None:
        sharps = int(fifths)
        if transposition % 12:  # the key at sounding pitch
            sharps = (sharps + 7 * transposition + 6) % 12 - 6
        if -7 <= sharps <= 7:
            part.keys.append((measure, tick, sharps, int(key.findtext("mode") == "minor")))
    time = attributes.find("time")
    if time is not None:
        beats = [sum(map(int, each.text.split("+"))) for each in time.iterfind("beats") if each.text]
        kinds = [int(each.text) for each in time.iterfind("beat-type") if each.text]
        finest = max(kinds, default=1)
        numerator = sum(number * finest // kind for number, kind in zip(beats, kinds, strict=True))
        part.metres[measure] = metre_of(numerator, finest) if all(finest % kind == 0 for kind in kinds) else (0, 0)


def _tempo(element: Element, sound: Element | None) -> int:
    """Return the microseconds per quarter note that a direction or its sound sets; 0 if it sets none."""
    quarters = 0.0
    if sound is not None and "tempo" in sound.attrib:
        quarters = float(sound.attrib["tempo"])
    else:
        metronome = element.find("direction-type/metronome")
        number = None if metronome is None else _NUMBER.search(metronome.findtext("per-minute", ""))
        if metronome is not None and number:
            dots = len(metronome.findall("beat-unit-dot"))
            quarters = _BEAT_UNITS.get(metronome.findtext("beat-unit", ""), 0) * (2 - 0.5**dots) * float(number[0])
    return tempo_of(quarters)


def _velocity(dynamics: str) -> int:
    return min(max(round(_FORTE * float(dynamics)), 1), 127)


def _ties(note: Element) -> tuple[bool, bool]:
    """Return whether a note is tied to the next, and whether to the one before; some programs only write the curve."""
    types = {tie.get("type") for tie in note.iterfind("tie")} or {
        tie.get("type") for tie in note.iterfind("notations/tied")
    }
    return "start" in types or "continue" in types, "stop" in types or "continue" in types


def _drum_pitch(fields: dict[str, Element], keys: dict[str, int]) -> int:
    instrument = fields["instrument"].get("id", "") if "instrument" in fields else next(iter(keys), "")
    return min(max(keys.get(instrument) or _SNARE, 0), 127)


def _midi_pitch(written: Element, transposition: int) -> int:
    step = SEMITONES[written.findtext("step", "")] + round(float(written.findtext("alter", "0")))
    pitch = 12 * (int(written.findtext("octave", "")) + 1) + step + transposition
    if pitch not in MIDI_PITCHES:
        raise MidiError(f"it has the pitch {pitch}, which is not a MIDI pitch")
    return pitch


def _lengths(parts: list[_Contents], metres: dict[int, tuple[int, int]], resolution: int) -> list[int]:
    """Return the length of each measure in ticks, that of its notes and rests in the part where they are longest.

    What is skipped counts only if all parts skip it, and up to a whole bar: in BWV 171.6 the silent parts alone skip to
    the end of a whole bar in a pick-up, and in K. 458 all skip far beyond the bar.
    """
    found: list[int] = []
    numerator, denominator = 0, 1
    columns = zip_longest(*(zip(part.lengths, part.reaches, strict=True) for part in parts), fillvalue=(0, 0))
    for measure, column in enumerate(columns):
        numerator, denominator = metres.get(measure, (numerator, denominator))
        whole = 4 * resolution * numerator // (denominator or 1)
        found.append(max(*(length for length, _ in column), min(whole, *(reach for _, reach in column))))
    return found


def _join(parts: list[_Contents], labels: list[Part], resolution: int) -> Score:
    """Merge parts and tied notes."""
    metres = {measure: metre for part in reversed(parts) for measure, metre in part.metres.items()}
    lengths = _lengths(parts, metres, resolution)
    starts = [0, *accumulate(lengths)]
    if starts[-1] > _MAX_LENGTH:
        raise MidiError("it is too long")
    found = NoteList()
    places: set[tuple[int, bool]] = set()
    for track, (part, label) in enumerate(zip(parts, labels, strict=True)):
        for note in part.notes:
            start = starts[note.measure] + note.start
            drums = note.drums or label.drums
            found.add(
                2 * track + drums,
                start,
                start + note.duration,
                note.pitch,
                ends_tie=note.ends_tie,
                begins_tie=note.begins_tie,
                velocity=note.velocity,
            )
            places.add((track, drums))
        if not part.notes:
            places.add((track, label.drums))
    ordered = sorted(places)
    index = {2 * track + drums: number for number, (track, drums) in enumerate(ordered)}
    metre, bars = (0, 0), []
    for number, start in enumerate(starts[:-1]):
        metre = metres.get(number, metre)
        bars.append((start, *metre))
    keys = next((part.keys for part in parts if part.keys), [])
    tempi = [(starts[measure] + tick, tempo) for part in parts for measure, tick, tempo in part.tempi]
    return Score(
        "",
        resolution,
        found.notes({part: number for part, number in index.items() if not part % 2}),
        tuple(
            replace(labels[track], drums=drums, channel=DRUM_CHANNEL if drums else labels[track].channel)
            for track, drums in ordered
        ),
        found.notes({part: number for part, number in index.items() if part % 2}),
        tempi=events([(0, DEFAULT_TEMPO), *tempi]),
        time_signatures=time_signatures(bars, starts[-1], resolution),
        key_signatures=events([(starts[measure] + tick, *key) for measure, tick, *key in keys]),
        length=starts[-1],
    )


def _title(root: Element) -> str:
    """Return the title of the work and of the movement."""
    titles = (root.findtext(path, "") for path in ("work/work-title", "movement-title"))
    return plain_text(", ".join(dict.fromkeys(filter(None, (" ".join(title.split()) for title in titles)))))
