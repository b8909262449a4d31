"""A corpus in figures that a musician asks for; how far one set of tunes is from another: `lstmmusic.measures`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from lstmmusic.config import check_number
from lstmmusic.data import Corpus
from lstmmusic.errors import CorpusError
from lstmmusic.pianoroll import find_starts, seconds_per_step
from lstmmusic.pitches import note_name

_MOST_USED = 5


class PitchCount(NamedTuple):
    """A pitch, and how many notes have it."""

    pitch: int
    name: str
    notes: int


@dataclass(frozen=True)
class Overview:
    """What is in a corpus, on its grid, all tunes together.

    Parameters
    ----------
    tunes, steps, notes : int
        Numbers of them.
    minutes : float
        How long it plays.
    polyphony : float
        Notes that sound in a step that is not empty, on average.
    most_used : tuple of PitchCount
        The pitches with most notes, at most five, most first.
    lowest, highest : int
        MIDI pitches that are used.
    pitch_classes : tuple of float
        Share of the notes in each of the twelve, from C upwards.
    """

    tunes: int
    steps: int
    notes: int
    minutes: float
    polyphony: float
    most_used: tuple[PitchCount, ...]
    lowest: int
    highest: int
    pitch_classes: tuple[float, ...]


def survey(corpus: Corpus, tempo: float = 100.0) -> Overview:
    """Count what is in a corpus; the chorales take some 20 ms.

    Parameters
    ----------
    corpus : Corpus
    tempo : float
        Quarter notes a minute, 5 to 1000, for the minutes of a grid in beats.

    Returns
    -------
    Overview

    Raises
    ------
    CorpusError
        If no note sounds in it.
    """
    check_number("tempo", tempo, 5, 1000)
    config = corpus.config
    begun = np.zeros(config.pitches, np.int64)
    sounding = filled = 0
    for tune in corpus.tunes:
        begun += np.unpackbits(find_starts(tune), axis=1, count=config.pitches).sum(axis=0, dtype=np.uint32)
        sounding += int(np.bitwise_count(tune.packed).sum())
        filled += int(np.count_nonzero(tune.packed.any(axis=1)))
    if not filled:
        raise CorpusError(f"no note sounds in {corpus.name}; choose other music, or widen the range of pitches")
    notes = int(begun.sum())
    used = np.flatnonzero(begun)
    most_used = sorted(used.tolist(), key=lambda column: -begun[column])[:_MOST_USED]
    classes = np.bincount((used + config.lowest) % 12, weights=begun[used], minlength=12)
    return Overview(
        tunes=len(corpus),
        steps=corpus.steps,
        notes=notes,
        minutes=corpus.steps * seconds_per_step(config, tempo) / 60,
        polyphony=sounding / filled,
        most_used=tuple(
            PitchCount(pitch, note_name(pitch), int(begun[pitch - config.lowest]))
            for pitch in (column + config.lowest for column in most_used)
        ),
        lowest=int(used[0]) + config.lowest,
        highest=int(used[-1]) + config.lowest,
        pitch_classes=tuple((classes / notes).tolist()),
    )
