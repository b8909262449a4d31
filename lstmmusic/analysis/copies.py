"""What a tune has in common with the music that a network learned: stretches of steps that are equal, in any key.

Two stretches are equal if the notes of one, moved by so many semitones, are those of the other, step by step. Which of
them are struck again does not count, and neither does how loud they are.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from lstmmusic.analysis.copy_index import CopyIndex
from lstmmusic.errors import ConfigError
from lstmmusic.music.expression import TEMPI
from lstmmusic.music.metre import spans
from lstmmusic.music.playing import seconds_per_step
from lstmmusic.music.roll import Tune
from lstmmusic.settings import check_number, checked

# A stretch in which the chord changes less often is no copy: what is held or repeated stands in most music, and so do
# the usual cadences. Bars with so many changes cover 2 % of the steps of chorales that are held out (without that rule,
# 23 %), .1 % of string quartets, none of the bundled piano pieces, and 15 % of Irish tunes, which have much in common;
# of a tune that was learned they cover everything.
CHANGES = 8


@dataclass(frozen=True, slots=True)
class Stretch:
    """Steps [start, stop) of a tune, and where they occur in the training music.

    Parameters
    ----------
    start, stop : int
    source : int
        Index of the training tune.
    step : int
        Where the stretch begins in it.
    transposition : int
        Semitones by which the tune lies higher than its source.
    """

    start: int
    stop: int
    source: int
    step: int
    transposition: int

    @property
    def steps(self) -> int:
        """How many there are."""
        return self.stop - self.start


@dataclass(frozen=True, eq=False)
class Copies:
    """The stretches of a tune that occur in the training music.

    Parameters
    ----------
    tune : Tune
    start : int
        The first step that was searched for: those before are the primer.
    lengths : ndarray of int32, (steps,)
        Of each step, how many steps the longest stretch has that covers it; 0 where there is none.
    sources : ndarray of int32, (steps, 3)
        Where each step stands: the index of the training tune, the step of that, and the semitones by which `tune` lies
        higher; -1, -1, 0 where there is none.
    stretches : tuple of Stretch
        All that are the longest ones of some step, by start; they may overlap.
    """

    tune: Tune
    start: int
    lengths: NDArray[np.int32]
    sources: NDArray[np.int32]
    stretches: tuple[Stretch, ...]

    @property
    def share(self) -> float:
        """The fraction of the steps from `start` on that are copied; 0 if there are none."""
        lengths = self.lengths[self.start :]
        return float(np.count_nonzero(lengths) / max(len(lengths), 1))

    @cached_property
    def longest(self) -> Stretch | None:
        """The longest stretch: the first, if several are as long."""
        return max(self.stretches, key=lambda stretch: stretch.steps, default=None)

    def seconds(self, tempo: float = 100.0, stretch: Stretch | None = None) -> float:
        """Return the length of a stretch, by default the longest, in seconds; a grid in seconds ignores the tempo."""
        check_number("tempo", tempo, *TEMPI)
        found = stretch or self.longest
        return found.steps * seconds_per_step(self.tune.config, tempo) if found else 0.0

    def bars(self, tempo: float = 100.0, stretch: Stretch | None = None) -> float:
        """Return the length of a stretch, by default the longest, in bars: of four beats, where there is no metre."""
        check_number("tempo", tempo, *TEMPI)
        found = stretch or self.longest
        if not found:
            return 0.0
        bars = np.full(len(self.tune), 240 / tempo / seconds_per_step(self.tune.config, tempo))  # steps of each
        for start, bar, _ in spans(self.tune.metre, self.tune.config):
            bars[max(0, round(start)) :] = bar
        return float((1 / bars[found.start : found.stop]).sum())


@checked
def find_copies(
    tune: Tune,
    training: CopyIndex | Sequence[Tune],
    *,
    start: int = 0,
    changes: int = CHANGES,
    leave_out: int | None = None,
) -> Copies:
    """Find the stretches of a tune that occur in the training music, in any key.

    Parameters
    ----------
    tune : Tune
    training : CopyIndex, or sequence of Tune
        An index saves time if several tunes are searched for.
    start : int
        The first step that counts, such as `Take.primer_steps`: what a network copied begins there.
    changes : int
        A stretch counts if the chord changes at least so often within it; to silence does not count.
    leave_out : int, optional
        Index of a training tune that is not searched, such as the tune itself.

    Returns
    -------
    Copies

    Raises
    ------
    ConfigError
        If the tune is on another grid, or there is no such step.
    CorpusError
        If there is no training music.
    """
    index = training if isinstance(training, CopyIndex) else CopyIndex(training)
    if tune.config != index.config:
        raise ConfigError(f"the tune is on another grid ({tune.config}) than the training music ({index.config})")
    check_number("start", start, 0, len(tune), whole=True)
    check_number("changes", changes, 0, 1_000_000, whole=True)
    if leave_out is not None:
        check_number("leave_out", leave_out, 0, index.tunes - 1, whole=True)
    lengths, which = np.zeros(len(tune), np.int32), np.full(len(tune), -1)
    sources = np.tile(np.array([-1, -1, 0], np.int32), (len(tune), 1))
    found = list(_find_stretches(tune, start, index, changes, leave_out))
    found.sort(key=lambda stretch: (stretch.steps, -stretch.start))
    for number, stretch in enumerate(found):  # the longest last
        which[stretch.start : stretch.stop] = number
    longest = sorted((found[number] for number in set(which.tolist()) - {-1}), key=lambda stretch: stretch.start)
    for number in set(which.tolist()) - {-1}:
        stretch = found[number]
        at = np.flatnonzero(which[stretch.start : stretch.stop] == number)
        steps = stretch.start + at
        lengths[steps] = stretch.steps
        sources[steps] = np.stack(np.broadcast_arrays(stretch.source, stretch.step + at, stretch.transposition), axis=1)
    return Copies(tune, start, lengths, sources, tuple(longest))


def _find_stretches(tune: Tune, start: int, index: CopyIndex, changes: int, leave_out: int | None) -> Iterator[Stretch]:
    """Find the stretches that count and are not part of a longer one at the same place of their source."""
    packed = tune.packed[start:]
    if not len(packed):
        return
    lengths, sources = index.search(packed, leave_out)
    changed = (packed[1:] != packed[:-1]).any(axis=1) & packed[1:].any(axis=1)
    so_far = np.append(0, changed.cumsum())
    begins = np.arange(len(packed)) + 1 - lengths
    counts = (lengths > 0) & (so_far - so_far[np.minimum(begins, len(packed) - 1)] >= changes)
    goes_on = np.zeros(len(packed), bool)
    goes_on[:-1] = (begins[1:] == begins[:-1]) & (np.diff(sources, axis=0) == (0, 1, 0)).all(axis=1)
    for end in np.flatnonzero(counts & ~goes_on).tolist():
        source, step, transposition = sources[end].tolist()
        begin, length = int(begins[end]), int(lengths[end])
        yield Stretch(start + begin, start + end + 1, source, step + 1 - length, transposition)
