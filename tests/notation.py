"""The notes of a score and those that music21 reads in the same file, to be compared."""

from __future__ import annotations

import warnings
from pathlib import Path

from lstmmusic.music.score import Score

Found = set[tuple[float, float, int]]


def notes(score: Score) -> Found:
    """Return start and end of each note in beats, and its pitch; of those that begin together, the longest."""
    rows = zip(score.beats.tolist(), score.pitches.tolist(), strict=True)
    return _longest([(start, end, pitch) for (start, end), pitch in rows])


def notes_by_music21(path: Path) -> Found:
    """Return the notes of a file in the same way, without grace notes."""
    from music21 import converter

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        parsed = converter.parse(path, forceSource=True, storePickle=False).toSoundingPitch().stripTies()
    return _longest(
        [
            (float(note.offset), float(note.offset + note.quarterLength), pitch.midi)
            for note in parsed.flatten().notes
            for pitch in (() if note.duration.isGrace else note.pitches)
        ]
    )


def _longest(rows: list[tuple[float, float, int]]) -> Found:
    ends: dict[tuple[float, int], float] = {}
    for start, end, pitch in rows:
        key = round(start, 6), pitch
        ends[key] = max(round(end, 6), ends.get(key, 0.0))
    return {(start, end, pitch) for (start, pitch), end in ends.items()}
