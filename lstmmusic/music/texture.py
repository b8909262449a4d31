"""How dense music is, how wide, and how its notes last: what a listener hears first, measured alike in any tunes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lstmmusic.errors import CorpusError
from lstmmusic.music.expression import TEMPI
from lstmmusic.music.playing import seconds_per_step
from lstmmusic.music.roll import Tune, find_notes
from lstmmusic.music.statistics import mean_of_known, measure_playing
from lstmmusic.settings import check_number, checked

# Tunes are measured in windows of about this many steps, so that short and long ones can be compared; and of a large
# corpus, so many windows, at equal distances.
WINDOW_STEPS = 64
MOST_WINDOWS = 256


@dataclass(frozen=True)
class Texture:
    """How dense and wide music is: means over windows of about 64 steps, at most 256 of them.

    Numbers are not a number where they are known of no window.

    Parameters
    ----------
    polyphony : float
        Notes that sound in a step that is not empty.
    notes_per_second : float
        Notes that begin, those that are struck again included.
    pitch_range : float
        Semitones from the lowest to the highest twentieth of the notes, so that a stray one does not count.
    restruck : float
        Fraction of the notes that begin where the same pitch sounded in the step before. Of tunes with onsets.
    note_length : float
        Seconds that a note lasts, until it ends or is struck again.
    """

    polyphony: float
    notes_per_second: float
    pitch_range: float
    restruck: float
    note_length: float


@checked
def measure_texture(tunes: Sequence[Tune], tempo: float = 100.0) -> Texture:
    """Measure how dense and wide tunes are; at most 50 ms, whatever their number.

    Parameters
    ----------
    tunes : sequence of Tune
    tempo : float
        Quarter notes per minute, 5 to 1000, on a grid in beats.

    Raises
    ------
    CorpusError
        If there are no tunes.
    """
    check_number("tempo", tempo, *TEMPI)
    windows = list(cut_windows(tunes))
    figures = np.array([measure_window(window, tempo) for window in windows])
    polyphony, notes, wide, length = map(mean_of_known, figures.T)
    return Texture(polyphony, notes, wide, measure_playing(windows).restruck, length)


def measure_window(window: Tune, tempo: float) -> NDArray[np.float64]:
    """Measure polyphony, notes per second, range of pitches, and length of notes of a window; see `Texture`."""
    seconds = seconds_per_step(window.config, tempo)
    begin, end, pitch = find_notes(window).T
    if not len(pitch):
        return np.array([np.nan, 0, np.nan, np.nan])
    low, high = np.quantile(pitch, (0.05, 0.95))
    filled = np.count_nonzero(window.packed.any(axis=1))
    lengths = end - begin
    return np.array(
        [lengths.sum() / filled, len(pitch) / (len(window) * seconds), high - low, lengths.mean() * seconds]
    )


def cut_windows(tunes: Sequence[Tune]) -> Iterator[Tune]:
    """Cut tunes into windows of about `WINDOW_STEPS` steps, without velocities; at most `MOST_WINDOWS` of them.

    Notes that are cut begin with the window. The windows share the memory of the tunes.

    Raises
    ------
    CorpusError
        If there are no tunes.
    """
    numbers = [max(1, round(len(tune) / WINDOW_STEPS)) for tune in tunes if len(tune)]
    if not numbers:
        raise CorpusError("there are no tunes to measure; add some")
    before = np.append(0, np.cumsum(numbers))
    filled = [tune for tune in tunes if len(tune)]
    for place in np.linspace(0, before[-1] - 1, min(before[-1], MOST_WINDOWS)).astype(int):
        which = int(before.searchsorted(place, side="right")) - 1
        tune, number = filled[which], numbers[which]
        start, stop = (len(tune) * (place - before[which] + end) // number for end in (0, 1))
        onsets = None if tune.packed_onsets is None else tune.packed_onsets[start:stop]
        yield Tune.from_packed(tune.packed[start:stop], tune.name, tune.config, onsets)
