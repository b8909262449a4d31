"""MusicXML that the fast reader cannot read exactly, through music21, in a process of its own.

music21 is large and made for other purposes: it takes seconds to import, a hundred times as long and as much memory as
the fast reader, and can open addresses, write files and load pickles. It gets a document that is parsed already, and a
process in which it can do none of these.
"""

from __future__ import annotations

import os
import sys
import warnings
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Any

from lstmmusic.base.processes import Death, Process
from lstmmusic.config import MIDI_PITCHES
from lstmmusic.errors import MidiError, UnreadError, plain_text
from lstmmusic.music.formats.notation import NoteList, channel_of, metre_of, tempo_of, time_signatures
from lstmmusic.music.score import DEFAULT_TEMPO, VELOCITY, Part, Score, events

# Seconds and bytes for a file: SECURITY.md promises a verdict in 10 s and 500 MB, of which Python and music21 take 100.
TIME_LIMIT = 9.0
_MEMORY_LIMIT = 350_000_000

# Ticks per quarter note: music21 rounds what it does not have as a fraction.
_RESOLUTION = 10_080
_MAX_LENGTH = 10**9

# Audit events of Python that a file must not cause: all that begin so, and single ones.
_FORBIDDEN = ("socket.", "subprocess.", "urllib.", "ftplib.", "http.", "smtplib.", "shutil.", "tempfile.", "ctypes.")
# fmt: off
_FORBIDDEN_CALLS = frozenset({
    "os.chmod", "os.exec", "os.fork", "os.forkpty", "os.kill", "os.link", "os.mkdir", "os.posix_spawn", "os.remove",
    "os.rename", "os.rmdir", "os.spawn", "os.startfile", "os.symlink", "os.system", "os.truncate", "pickle.find_class",
})
# fmt: on


class Music21:
    """music21 in a process, which is started when it is needed first."""

    def __init__(self) -> None:
        self._process = Process(read_with_music21, prepare=confine, limit=TIME_LIMIT)

    def read(self, content: bytes) -> Score:
        """Read a MusicXML document.

        Raises
        ------
        MidiError
            If it cannot be read, or not in ten seconds and 500 MB.
        """
        answer = self._process.call(content)
        if isinstance(answer, Death):
            if answer.external:
                raise UnreadError("its reader was ended; load the music again")
            raise MidiError(f"music21 {'takes more than ten seconds for it' if answer.late else 'crashes'}")
        if isinstance(answer, MidiError):
            raise answer
        score: Score = answer
        return score

    def close(self) -> None:
        """End the process."""
        self._process.close()


def confine() -> None:
    """Import music21, and let this process do nothing from now on but compute: it must not write, connect or start."""
    sys.dont_write_bytecode = True
    warnings.simplefilter("ignore")

    def refuse(event: str, arguments: tuple[Any, ...]) -> None:
        writes = event == "open" and arguments[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
        if writes or event in _FORBIDDEN_CALLS or event.startswith(_FORBIDDEN):
            raise PermissionError(f"a file must not cause {event}")

    sys.addaudithook(refuse)
    import_module("music21.musicxml.xmlToM21")  # before the memory is limited
    with suppress(ImportError, OSError, ValueError):  # where the system has no such limit
        import resource

        pages = int(Path("/proc/self/statm").read_text().split()[5])
        limit = pages * resource.getpagesize() + _MEMORY_LIMIT
        resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))


def read_with_music21(content: bytes) -> Score | MidiError:
    """Read a MusicXML document in this process; an error is returned."""
    from lstmmusic.music.formats.musicxml import parse_document  # most folders have no need of it

    reader: Any = import_module("music21.musicxml.xmlToM21")
    try:
        return _score_of(reader.MusicXMLImporter().xmlRootToScore(parse_document(content)))
    except MidiError as error:
        return error
    except MemoryError:
        return MidiError("music21 takes more than 500 MB for it")
    except Exception as error:  # noqa: BLE001 - it may raise anything
        return MidiError(f"music21: {plain_text(str(error))[:200] or type(error).__name__}")


def _score_of(stream: Any) -> Score:
    stream = stream.toSoundingPitch()
    found, parts, drums = NoteList(), [], set()
    for track, voice in enumerate(stream.parts):
        instrument = voice.getInstrument()
        flat = voice.flatten()
        for element in flat.notes:
            if element.duration.isGrace or "Harmony" in element.classes:
                continue
            if "Unpitched" in element.classes or "PercussionChord" in element.classes:
                drums.add(track)
                continue
            for note in getattr(element, "notes", (element,)):
                start, end = (_ticks(offset) for offset in (element.offset, element.offset + element.quarterLength))
                tie = note.tie.type if note.tie else ""
                pitch = round(note.pitch.ps)  # `midi` would be another octave of a pitch that is too high
                if pitch not in MIDI_PITCHES:
                    raise MidiError(f"it has the pitch {pitch}, which is not a MIDI pitch")
                found.add(
                    track,
                    start,
                    end,
                    pitch,
                    ends_tie=tie in ("stop", "continue"),
                    begins_tie=tie in ("start", "continue"),
                    velocity=min(127, max(1, note.volume.velocity or VELOCITY)),
                )
        program = instrument.midiProgram or 0
        parts.append(Part(track, channel_of(track), program, plain_text(voice.partName or ""), drums=False))
    flat = stream.flatten()
    length = _ticks(stream.highestTime)
    marks = flat.getElementsByClass("MetronomeMark")
    tempi = [(_ticks(mark.offset), tempo) for mark in marks if (tempo := tempo_of(mark.getQuarterBPM() or 0))]
    keys = [
        (_ticks(key.offset), key.sharps, int(getattr(key, "mode", "") == "minor"))
        for key in flat.getElementsByClass("KeySignature")
        if -7 <= key.sharps <= 7
    ]
    metre, bars = (0, 0), []
    for measure in stream.parts[0].getElementsByClass("Measure") if parts else ():
        if measure.timeSignature:
            metre = metre_of(measure.timeSignature.numerator, measure.timeSignature.denominator)
        bars.append((_ticks(measure.offset), *metre))
    return Score(
        "",
        _RESOLUTION,
        found.notes({track: track for track in range(len(parts))}),
        tuple(parts) or (Part(),),
        tempi=events([(0, DEFAULT_TEMPO), *tempi]),
        time_signatures=time_signatures(bars, length, _RESOLUTION),
        key_signatures=events(keys),
        length=length,
    )


def _ticks(beats: float) -> int:
    ticks = round(beats * _RESOLUTION)
    if not 0 <= ticks <= _MAX_LENGTH:
        raise MidiError("it is too long")
    return ticks
