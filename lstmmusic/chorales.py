"""Bach's chorales, as the installed music21 carries them: its MusicXML files read, and what was read cached.

music21 itself is never imported: that takes seconds, and its own parser over twenty times as long as ElementTree.
The files stay where they are, and this module knows nothing of grids or training.
"""

from __future__ import annotations

import logging
import math
import os
import re
import tempfile
import xml.etree.ElementTree as ElementTree
import zipfile
import zlib
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from itertools import accumulate, zip_longest
from pathlib import Path
from typing import NamedTuple

import numpy as np
import platformdirs

from lstmmusic.config import MIDI_PITCHES
from lstmmusic.errors import CorpusError, MidiError
from lstmmusic.pianoroll import Score

_log = logging.getLogger(__name__)

# Quarter notes a minute. The files name no tempo; at this one an eighth note lasts 0.3 s.
TEMPO = 100

# BWV 846 is a prelude of the Well-Tempered Clavier. Each of the others has a twin that stays, with more than 60 % of
# the same progressions of four chords in the voices, in whatever key (the next most alike pair has 50 %; in 248.23
# interludes hide it): a setting that Bach used twice, or that is there with and without its instruments. It would
# stand in training and validation at once. The file with fewer parts stays, or else the first.
# fmt: off
LEFT_OUT = frozenset({
    "bwv846", "bwv12.7", "bwv18.5-w", "bwv20.11", "bwv41.6", "bwv112.5-sc", "bwv137.5", "bwv175.7", "bwv177.4",
    "bwv190.7-inst", "bwv227.11", "bwv244.17", "bwv248.9-1", "bwv248.23-2", "bwv248.35-3c", "bwv248.42-4",
    "bwv248.64-6", "bwv274", "bwv279", "bwv280", "bwv398", "bwv414",
})
# fmt: on

_SEMITONES = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}

# What numpy, zipfile and zlib raise for a file that is cut off, altered, or something else altogether.
_DAMAGE = (OSError, ValueError, TypeError, LookupError, EOFError, NotImplementedError, zipfile.BadZipFile, zlib.error)

# Raise it when the arrays of the cache change, or when the same music21 gives other chorales or other notes.
_CACHE_FORMAT = 1


class _Note(NamedTuple):
    measure: int
    start: int  # in ticks, from the start of the measure
    duration: int  # in ticks
    pitch: int
    begins_tie: bool
    ends_tie: bool


def chorale_paths() -> list[Path]:
    """Find the chorales that music21 carries, each setting once.

    Most have four voices and nothing else; in some, instruments double the voices or add to them.

    Returns
    -------
    list of Path
        MusicXML files in the order of the catalogue of Bach's works, BWV 1.6 before BWV 10.7.

    Raises
    ------
    CorpusError
        If music21 is not installed, or was installed without its corpus.
    """
    spec = find_spec("music21")
    if spec is None or not spec.submodule_search_locations:
        raise CorpusError("the chorales come with music21, which is not installed; run: pip install music21")
    folder = Path(spec.submodule_search_locations[0], "corpus", "bach")
    paths = [path for path in folder.glob("bwv*") if path.suffix in (".mxl", ".xml") and path.stem not in LEFT_OUT]
    if not paths:
        raise CorpusError(f"no chorales in {folder}; run: pip install --force-reinstall music21")
    return sorted(paths, key=_catalogue_order)


def _catalogue_order(path: Path) -> list[str | int]:
    return [int(piece) if piece.isdigit() else piece for piece in re.split(r"(\d+)", path.stem)]


def read_musicxml(path: Path) -> Score:
    """Read the notes of a MusicXML file, all parts in one score, at the pitch at which they sound.

    Tied notes are one note, and so are notes that begin together at one pitch: the longest stays. Grace notes, cue
    notes and unpitched notes are left out, and repeats are not played. A measure lasts as long as in the part
    where its notes and rests last longest, so that parts stay together.

    Parameters
    ----------
    path : Path
        A `score-partwise` document, plain (.xml, .musicxml) or compressed (.mxl).

    Returns
    -------
    Score
        Beats are the floats nearest to the exact fractions; seconds are counted at `TEMPO`.

    Raises
    ------
    MidiError
        If the file is no such document, or holds no pitched note.

    References
    ----------
    MusicXML 4.0, https://www.w3.org/2021/06/musicxml40/
    """
    try:
        root = ElementTree.fromstring(_document(path))
        if root.tag != "score-partwise":
            raise ValueError(f"its root is <{root.tag}>, not <score-partwise>")
        # All parts count in one unit, in which every number of divisions is whole.
        resolution = math.lcm(*(int(element.text or "") for element in root.iter("divisions")))
        parts = [_read_part(part, resolution) for part in root.iterfind("part")]
    except (*_DAMAGE, ElementTree.ParseError, ArithmeticError) as error:
        raise MidiError(f"{path.name} is not a MusicXML file that can be read ({error})") from error
    notes = _join(parts)
    if not notes:
        raise MidiError(f"{path.name} holds no pitched notes")
    starts, pitches, ends = zip(*((*key, end) for key, end in sorted(notes.items())), strict=True)
    beats = np.array((starts, ends), np.float64).T / resolution
    return Score(path.stem.replace("bwv", "BWV ", 1), np.array(pitches, np.uint8), beats, beats * (60 / TEMPO))


def _document(path: Path) -> bytes:
    if not zipfile.is_zipfile(path):
        return path.read_bytes()
    with zipfile.ZipFile(path) as archive:
        container = ElementTree.fromstring(archive.read("META-INF/container.xml"))
        # The element's name space differs from one program that writes such files to the next.
        rootfile = container.find(".//{*}rootfile")
        if rootfile is None:
            raise ValueError("its container names no document")
        return archive.read(rootfile.get("full-path", ""))


def _read_part(part: ElementTree.Element, resolution: int) -> tuple[list[_Note], list[int]]:
    """Return the notes of a part in the order of the file, and the length of each measure in ticks."""
    notes: list[_Note] = []
    lengths = []
    ticks = resolution  # of one division
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
                    # A chord's further notes begin with its first, which has moved the position on.
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
                # It does not lengthen a measure: BWV 171.6 fills up pickups so in silent parts, and not in the others.
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
        raise ValueError(f"it has the pitch {pitch}, which MIDI does not know")
    return pitch


def _join(parts: list[tuple[list[_Note], list[int]]]) -> dict[tuple[int, int], int]:
    """Merge parts and tied notes; return the end of each note by its start and pitch, in ticks."""
    measures = [0, *accumulate(map(max, zip_longest(*(lengths for _, lengths in parts), fillvalue=0)))]
    ends: dict[tuple[int, int], int] = {}
    for notes, _ in parts:
        tied: dict[tuple[int, int], int] = {}  # the start of a note that waits to be tied on, by its end and pitch
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


def read_cache() -> list[Score] | None:
    """Read what `write_cache` wrote.

    Returns
    -------
    list of Score or None
        None if there is no cache, if it is of another version of music21 or of this module, or if it is damaged,
        which a warning in the log tells.
    """
    path = _cache_path()
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            if arrays["key"].item() != _cache_key():
                _log.info("%s is out of date", path)
                return None
            cuts = np.cumsum(arrays["counts"])[:-1]
            notes = [np.split(arrays[name], cuts) for name in ("pitches", "beats", "seconds")]
            return [Score(str(name), *rest) for name, *rest in zip(arrays["names"], *notes, strict=True)]
    except FileNotFoundError:
        return None
    except (*_DAMAGE, PackageNotFoundError) as error:
        _log.warning("the cache of chorales %s is not used (%s); they are read anew", path, error)
        return None


def write_cache(scores: list[Score]) -> None:
    """Keep scores for `read_cache`, which then returns the same; a folder that cannot be written is only logged.

    Parameters
    ----------
    scores : list of Score
        All the chorales: whoever reads the cache takes it for the whole corpus.
    """
    path = _cache_path()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # Another process may be reading: it sees the old file or the new one, whole.
        with tempfile.TemporaryDirectory(dir=path.parent) as folder:
            unfinished = Path(folder, path.name)
            np.savez_compressed(
                unfinished,
                key=np.array(_cache_key()),
                names=np.array([score.name for score in scores]),
                counts=np.array([len(score.pitches) for score in scores]),
                pitches=np.concatenate([score.pitches for score in scores]),
                beats=np.concatenate([score.beats for score in scores]),
                seconds=np.concatenate([score.seconds for score in scores]),
            )
            unfinished.replace(path)
    except (OSError, PackageNotFoundError) as error:
        _log.warning("the chorales are not cached in %s (%s); they will be read anew each time", path.parent, error)


def _cache_path() -> Path:
    return Path(os.environ.get("LSTMMUSIC_CACHE") or platformdirs.user_cache_dir("lstmmusic"), "chorales.npz")


def _cache_key() -> str:
    return f"{_CACHE_FORMAT} music21 {version('music21')}"
