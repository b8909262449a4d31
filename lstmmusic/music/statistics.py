"""Statistics of music: measures of a set of tunes, distances between two sets, and an overview of a corpus.

References
----------
Mogren (2016), C-RNN-GAN, arXiv:1611.09904, section 4: scale consistency, polyphony.
Wu and Yang (2020), The Jazz Transformer on the front line, arXiv:2008.01307: pitch-class entropy.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from lstmmusic.errors import CorpusError
from lstmmusic.music.corpus import Corpus
from lstmmusic.music.expression import TEMPI
from lstmmusic.music.pitches import note_name
from lstmmusic.music.playing import seconds_per_step
from lstmmusic.music.roll import Tune, find_notes, find_starts
from lstmmusic.music.tunes import tally_of
from lstmmusic.settings import check_number, checked

WINDOW = 16  # consecutive steps that must be equal to count as copied
COLLAPSES = ("silence", "one chord held", "a drone")
MAJOR = np.isin(np.arange(12), (0, 2, 4, 5, 7, 9, 11))  # starting from its sixth note, the natural minor
SCALES = np.stack([np.roll(MAJOR, root) for root in range(12)])
MOST_USED = 5
VELOCITIES_PER_LEVEL = 16


@dataclass(frozen=True, eq=False)
class Measures:
    """Measures of a set of tunes; numbers are means over tunes.

    Parameters
    ----------
    polyphony : float
        Notes that sound in a step that is not empty.
    empty : float
        Fraction of empty steps.
    scale_consistency : float
        Fraction of the notes that belong to the major or natural minor scale that fits the tune best.
    pitch_class_entropy : float
        Entropy of the pitch classes of the notes, in bits; at most 3.58.
    onsets_per_step : float
        Notes that begin in a step, those that are struck again not counted.
    note_length : float
        Length of a note, in steps, however often it is struck again.
    repeated : float
        Fraction of the steps that equal the step before.
    chord_sizes : ndarray of float64, (pitches + 1,)
        Fraction of the steps in which 0, 1, 2 ... notes sound, all tunes together.
    pitch_classes : ndarray of float64, (12,)
        Fraction of the notes in each, from C upwards, all tunes together.
    """

    polyphony: float
    empty: float
    scale_consistency: float
    pitch_class_entropy: float
    onsets_per_step: float
    note_length: float
    repeated: float
    chord_sizes: NDArray[np.float64]
    pitch_classes: NDArray[np.float64]


@checked
def measure(tunes: Sequence[Tune]) -> Measures:
    """Measure the rolls of a set of tunes.

    A note is an unbroken run of ones here, so that tunes with and without onsets can be compared; `measure_playing`
    measures the onsets.

    Raises
    ------
    CorpusError
        If there are no tunes, or no note sounds in any of them.
    """
    if not tunes:
        raise CorpusError("there are no tunes to measure")
    per_tune, sizes, classes = [], np.zeros(tunes[0].config.pitches + 1), np.zeros(12)
    for tune in tunes:
        roll = tune.roll
        sounding = roll.sum(axis=1, dtype=np.int64)  # bincount of numpy below 2.3 refuses unsigned integers
        sizes += np.bincount(sounding, minlength=len(sizes))
        if not sounding.any():
            continue
        notes = find_notes(Tune.from_packed(tune.packed, tune.name, tune.config))
        counts = np.bincount(notes[:, 2] % 12, minlength=12)
        classes += counts
        shares = counts / len(notes)
        per_tune.append(
            (  # in the order of `Measures`
                sounding.sum() / np.count_nonzero(sounding),
                np.mean(sounding == 0),
                (SCALES @ shares).max(),
                -np.sum(shares[shares > 0] * np.log2(shares[shares > 0])),
                len(notes) / len(roll),
                np.mean(notes[:, 1] - notes[:, 0]),
                np.mean((roll[1:] == roll[:-1]).all(axis=1)) if len(roll) > 1 else 0.0,
            )
        )
    if not per_tune:
        raise CorpusError("no note sounds in these tunes; there is nothing to measure")
    fields: list[Any] = [*np.mean(per_tune, axis=0).tolist(), sizes / sizes.sum(), classes / classes.sum()]
    return Measures(*fields)


@dataclass(frozen=True, eq=False)
class Playing:
    """How the notes of a set of tunes are struck.

    Numbers are means over the tunes of which they are known; not a number if they are known of none.

    Parameters
    ----------
    restruck : float
        Fraction of the notes that begin where the same pitch sounded in the step before. Of tunes with onsets.
    begun_together : float
        Notes that begin in a step in which any begins. Of tunes with onsets.
    velocity_mean, velocity_spread : float
        Mean and standard deviation of the velocities in a tune. Of tunes with velocities, like all below.
    velocity_height : float
        Correlation of the highest pitch that begins in a step with the mean velocity of the notes that begin in it. Of
        tunes in which both vary.
    velocity_neighbours : float
        Correlation of the mean velocity of the notes that begin in a step with that of the notes that began before it.
    velocity_levels : ndarray of float64, (8,)
        Fraction of the notes whose velocity is 1 to 15, 16 to 31, ... 112 to 127, all tunes together.
    """

    restruck: float
    begun_together: float
    velocity_mean: float
    velocity_spread: float
    velocity_height: float
    velocity_neighbours: float
    velocity_levels: NDArray[np.float64]


@checked
def measure_playing(tunes: Sequence[Tune]) -> Playing:
    """Measure how the notes of a set of tunes are struck; tunes in which none sounds count for nothing."""
    per_tune, levels = [], np.zeros(128 // VELOCITIES_PER_LEVEL)
    for tune in tunes:
        packed_starts = find_starts(tune)
        starts = np.unpackbits(packed_starts, axis=1, count=tune.config.pitches)
        starts = starts[starts.any(axis=1)]  # (steps in which notes begin, pitches)
        if not len(starts):
            continue
        figures = np.full(6, np.nan)  # in the order of `Playing`
        if tune.packed_onsets is not None:
            notes = starts.sum(dtype=np.int64)
            figures[0] = np.bitwise_count(packed_starts[1:] & tune.packed[:-1]).sum(dtype=np.int64) / notes
            figures[1] = notes / len(starts)
        velocities = tune.packed_velocities
        if velocities is not None:
            levels += np.bincount(velocities // VELOCITIES_PER_LEVEL, minlength=len(levels))
            counts = starts.sum(axis=1, dtype=np.int64)
            loudness = np.add.reduceat(velocities, np.cumsum(counts) - counts, dtype=np.float64) / counts
            height = tune.config.highest - starts[:, ::-1].argmax(axis=1)
            figures[2:4] = velocities.mean(), velocities.std()
            figures[4:] = _correlation(height, loudness), _correlation(loudness[1:], loudness[:-1])
        per_tune.append(figures)
    shares = levels / levels.sum() if levels.any() else np.full(len(levels), np.nan)
    fields: list[Any] = [*map(mean_of_known, np.reshape(per_tune, (-1, 6)).T), shares]
    return Playing(*fields)


@dataclass(frozen=True)
class Ends:
    """How a set of tunes ends: means over the tunes of which it is known; not a number if it is known of none.

    Parameters
    ----------
    last_chord : float
        Steps from the last onset to the end of the last note.
    ends_on_beat : float
        Fraction of the tunes whose last onset is nearest to a beat. Of tunes with a metre, like the next.
    ends_on_first_or_third : float
        Fraction of the tunes whose last onset is nearest to the first or third beat of a bar.
    """

    last_chord: float
    ends_on_beat: float
    ends_on_first_or_third: float


@checked
def measure_ends(tunes: Sequence[Tune]) -> Ends:
    """Measure how tunes end, which says little of any that was cut; those in which no note sounds count for nothing."""
    figures = [_measure_end(tune) for tune in tunes if tune.packed.any()]
    return Ends(*map(mean_of_known, np.reshape(figures, (-1, 3)).T))


def _measure_end(tune: Tune) -> tuple[float, float, float]:
    """Measure one tune, in the order of `Ends`."""
    last = int(np.flatnonzero(find_starts(tune).any(axis=1))[-1])
    length = float(np.count_nonzero(tune.packed[last:].any(axis=1)))
    metre = next((metre for metre in reversed(tune.metre) if metre.start <= last + 0.5), None)
    if metre is None:
        return length, np.nan, np.nan
    step = tune.config.step / metre.beat  # in beats, like the next
    at = (last - metre.start) * step
    beat = round(at)
    is_on_beat = abs(at - beat) <= step / 2
    return length, is_on_beat, is_on_beat and beat % round(metre.bar / metre.beat) in (0, 2)


def mean_of_known(values: NDArray[np.float64]) -> float:
    """Return the mean of the numbers that are known; not a number if none is."""
    known = values[~np.isnan(values)]
    return float(known.mean()) if len(known) else np.nan


def _correlation(one: NDArray[Any], other: NDArray[Any]) -> float:
    """Return the correlation of two rows; not a number if either does not vary, or they are too short."""
    if len(one) < 3 or not np.ptp(one) or not np.ptp(other):  # that of two numbers is always 1 or -1
        return np.nan
    return float(np.corrcoef(one, other)[0, 1])


@checked
def copied(tunes: Sequence[Tune], known: Sequence[Tune]) -> float:
    """Return the fraction of the windows of `WINDOW` steps in `tunes` that occur in `known`, note for note."""
    known_windows = {window for tune in known for window in _windows(tune)}
    found = [window in known_windows for tune in tunes for window in _windows(tune)]
    return float(np.mean(found)) if found else 0.0


@checked
def find_collapses(tunes: Sequence[Tune], known: Sequence[Tune]) -> list[str | None]:
    """Find which tunes collapsed, compared with the extremes of known tunes.

    Returns
    -------
    list of str or None
        'silence', 'one chord held' or 'a drone' (a single held note): for more than `WINDOW` steps, and more than twice
        as long as in any known tune. None: the tune did not collapse.

    Raises
    ------
    CorpusError
        If there are no known tunes.
    """
    bounds = collapse_bounds(known)
    longest = [find_longest(tune) for tune in tunes]
    return [
        next((name for name, one, bound in zip(COLLAPSES, stretches, bounds, strict=True) if one.length > bound), None)
        for stretches in longest
    ]


def collapse_bounds(known: Sequence[Tune]) -> tuple[int, ...]:
    """Return the longest silence, chord and note, in steps, that are not yet a collapse; see `find_collapses`."""
    if not known:
        raise CorpusError("there are no known tunes to compare with; add some")
    lengths = np.array([[stretch.length for stretch in find_longest(tune)] for tune in known])
    return tuple(np.maximum(WINDOW, 2 * lengths.max(axis=0)).tolist())


class Stretch(NamedTuple):
    """A run of steps: their number, the first of them, and the column of the roll."""

    length: int
    start: int
    column: int


def find_longest(tune: Tune) -> tuple[Stretch, Stretch, Stretch]:
    """Find the longest silence and the longest unchanged chord, both with column 0, and the longest note."""
    roll = tune.roll
    silent = roll.sum(axis=1) == 0
    unchanged = (roll[1:] != roll[:-1]).sum(axis=1) == 0
    silence, repeats, note = map(_longest_stretch, (silent[:, None], (unchanged & ~silent[1:])[:, None], roll == 1))
    return silence, repeats._replace(length=repeats.length + 1), note


def _longest_stretch(true: NDArray[np.bool_]) -> Stretch:
    """Find the longest run of true values in any column; its length is 0 if there is none."""
    edges = np.diff(np.pad(true, ((1, 1), (0, 0))).astype(np.int8), axis=0).T
    columns, starts = np.nonzero(edges == 1)
    lengths = np.nonzero(edges == -1)[1] - starts
    if not len(lengths):
        return Stretch(0, 0, 0)
    at = lengths.argmax()
    return Stretch(int(lengths[at]), int(starts[at]), int(columns[at]))


def _windows(tune: Tune) -> list[bytes]:
    packed = tune.packed
    return [packed[start : start + WINDOW].tobytes() for start in range(len(packed) - WINDOW + 1)]


class PitchCount(NamedTuple):
    """A pitch, and its number of notes."""

    pitch: int
    name: str
    notes: int


@dataclass(frozen=True)
class Overview:
    """The contents of a corpus on its grid, all tunes together.

    Parameters
    ----------
    tunes, steps, notes : int
        How many there are.
    minutes : float
        Playing time.
    polyphony : float
        Notes that sound in a step that is not empty, on average.
    most_used : tuple of PitchCount
        Up to five pitches with the most notes, most first.
    lowest, highest : int
        The lowest and highest MIDI pitch.
    pitch_classes : tuple of float
        Fraction of the notes in each of the twelve, from C upwards.
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


@checked
def survey(corpus: Corpus, tempo: float = 100.0) -> Overview:
    """Summarise a corpus; the chorales take about 20 ms.

    Parameters
    ----------
    corpus : Corpus
    tempo : float
        Quarter notes per minute, 5 to 1000, for the playing time on a grid in beats.

    Returns
    -------
    Overview

    Raises
    ------
    CorpusError
        If no note sounds in it.
    """
    check_number("tempo", tempo, *TEMPI)
    config = corpus.config
    tally = tally_of(corpus.tunes) if len(corpus) else None
    if tally is None or not tally.filled:
        raise CorpusError(f"no note sounds in {corpus.name}; choose other music, or widen the range of pitches")
    counts = tally.started
    notes = int(counts.sum())
    used = np.flatnonzero(counts)
    most_used = [
        PitchCount(column + config.lowest, note_name(column + config.lowest), int(counts[column]))
        for column in sorted(used.tolist(), key=lambda column: -counts[column])[:MOST_USED]
    ]
    classes = np.bincount((used + config.lowest) % 12, weights=counts[used], minlength=12)
    return Overview(
        tunes=len(corpus),
        steps=corpus.steps,
        notes=notes,
        minutes=corpus.steps * seconds_per_step(config, tempo) / 60,
        polyphony=int(tally.sounding.sum()) / tally.filled,
        most_used=tuple(most_used),
        lowest=int(used[0]) + config.lowest,
        highest=int(used[-1]) + config.lowest,
        pitch_classes=tuple((classes / notes).tolist()),
    )
