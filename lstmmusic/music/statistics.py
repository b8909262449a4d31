"""What music is like, in numbers: measures of a set of tunes, and of how far one set is from another.

References
----------
Mogren (2016), C-RNN-GAN, arXiv:1611.09904, section 4: scale consistency, polyphony.
Wu and Yang (2020), The Jazz Transformer on the front line, arXiv:2008.01307: pitch-class entropy.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lstmmusic.errors import CorpusError
from lstmmusic.music.corpus import Corpus
from lstmmusic.music.pitches import note_name
from lstmmusic.music.roll import Tune, find_notes, find_starts, seconds_per_step
from lstmmusic.settings import check_number

WINDOW = 16  # steps that have to agree, all of them, to count as copied
COLLAPSES = ("silence", "one chord held", "a drone")
MAJOR = np.isin(np.arange(12), (0, 2, 4, 5, 7, 9, 11))  # from its sixth note, it is the natural minor
SCALES = np.stack([np.roll(MAJOR, root) for root in range(12)])


@dataclass(frozen=True, eq=False)
class Measures:
    """What a set of tunes is like; the numbers are means over tunes.

    Parameters
    ----------
    polyphony : float
        Notes that sound in a step that is not empty.
    empty : float
        Share of the steps that are.
    scale_consistency : float
        Share of the notes that lie in the major or natural minor scale that fits a tune best.
    pitch_class_entropy : float
        Of the pitch classes of the notes, in bits; at most 3.58.
    notes_begun : float
        Notes that begin in a step.
    note_length : float
        Of a note, in steps.
    repeated : float
        Share of the steps that are as the step before.
    chord_sizes : ndarray of float64, (pitches + 1,)
        Share of the steps in which 0, 1, 2 ... notes sound, all tunes together.
    pitch_classes : ndarray of float64, (12,)
        Share of the notes, from C upwards, all tunes together.
    """

    polyphony: float
    empty: float
    scale_consistency: float
    pitch_class_entropy: float
    notes_begun: float
    note_length: float
    repeated: float
    chord_sizes: NDArray[np.float64]
    pitch_classes: NDArray[np.float64]


def measure(tunes: Sequence[Tune]) -> Measures:
    """Measure a set of tunes.

    A note is an unbroken run of ones, or as its onsets say.

    Raises
    ------
    CorpusError
        If no note sounds in any of them, or there are none.
    """
    if not tunes:
        raise CorpusError("there are no tunes to measure")
    of_tunes, sizes, classes = [], np.zeros(tunes[0].config.pitches + 1), np.zeros(12)
    for tune in tunes:
        roll = tune.roll
        sounding = roll.sum(axis=1, dtype=np.int64)  # numpy below 2.3 counts no unsigned numbers
        sizes += np.bincount(sounding, minlength=len(sizes))
        if not sounding.any():
            continue
        notes = find_notes(tune)
        of_classes = np.bincount(notes[:, 2] % 12, minlength=12)
        classes += of_classes
        begun = of_classes / len(notes)
        of_tunes.append(
            (
                sounding.sum() / np.count_nonzero(sounding),
                np.mean(sounding == 0),
                (SCALES @ begun).max(),
                -np.sum(begun[begun > 0] * np.log2(begun[begun > 0])),
                len(notes) / len(roll),
                np.mean(notes[:, 1] - notes[:, 0]),
                np.mean((roll[1:] == roll[:-1]).all(axis=1)) if len(roll) > 1 else 0.0,
            )
        )
    if not of_tunes:
        raise CorpusError("no note sounds in these tunes; there is nothing to measure")
    polyphony, empty, consistency, entropy, notes_begun, length, repeated = np.mean(of_tunes, axis=0).tolist()
    return Measures(
        *(polyphony, empty, consistency, entropy, notes_begun, length, repeated),
        sizes / sizes.sum(),
        classes / classes.sum(),
    )


def total_variation(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """Halve the sum of the differences of two distributions: 0 where they are equal, 1 where they share nothing."""
    return float(0.5 * np.abs(one - other).sum())


def divergence(of: NDArray[np.float64], reference: NDArray[np.float64]) -> float:
    """Compute the Kullback-Leibler divergence from a reference, in nats; infinite where only that has zeros."""
    seen = of > 0
    with np.errstate(divide="ignore"):
        return float(np.sum(of[seen] * np.log(of[seen] / reference[seen])))


def copied(tunes: Sequence[Tune], known: Sequence[Tune]) -> float:
    """Compute the share of the windows of `WINDOW` steps in `tunes` that stand in the `known` ones, note for note."""
    there = {window for tune in known for window in _windows(tune)}
    found = [window in there for tune in tunes for window in _windows(tune)]
    return float(np.mean(found)) if found else 0.0


def find_collapses(tunes: Sequence[Tune], known: Sequence[Tune]) -> list[str | None]:
    """Say of each tune how it collapsed, if it did, measured by what the known ones do at most.

    Returns
    -------
    list of str or None
        'silence', 'one chord held', 'a drone' (a single note that goes on): for more than `WINDOW` steps, and more
        than twice as long as in any known tune. None: it did not.

    Raises
    ------
    CorpusError
        If no tune is known.
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
        raise CorpusError("no tune is known that others could be measured by")
    lengths = np.array([[stretch.length for stretch in find_longest(tune)] for tune in known])
    return tuple(np.maximum(WINDOW, 2 * lengths.max(axis=0)).tolist())


class Stretch(NamedTuple):
    """Steps in which something goes on: how many, the first of them, and the column of the roll."""

    length: int
    start: int
    column: int


def find_longest(tune: Tune) -> tuple[Stretch, Stretch, Stretch]:
    """Find the longest silence, the longest chord that does not change (in column 0 both), and the longest note."""
    roll = tune.roll
    silent = roll.sum(axis=1) == 0
    unchanged = (roll[1:] != roll[:-1]).sum(axis=1) == 0
    silence, repeats, note = map(_longest_stretch, (silent[:, None], (unchanged & ~silent[1:])[:, None], roll == 1))
    return silence, repeats._replace(length=repeats.length + 1), note


def _longest_stretch(true: NDArray[np.bool_]) -> Stretch:
    """Find the longest stretch of true values down any column; its length is 0 if there is none."""
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
