"""What a tune has in common with the music that a network learned: stretches of steps that are equal, in any key.

Two stretches are equal if the notes of one, moved by so many semitones, are those of the other, step by step. Which of
them are struck again does not count, and neither does how loud they are.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from lstmmusic.config import RollConfig
from lstmmusic.errors import ConfigError, CorpusError
from lstmmusic.music.expression import TEMPI
from lstmmusic.music.metre import spans
from lstmmusic.music.playing import seconds_per_step
from lstmmusic.music.roll import Roll, Tune
from lstmmusic.settings import check_number, checked

# A stretch in which the chord changes less often is no copy: what is held or repeated stands in most music, and so do
# the usual cadences. Bars with so many changes cover 2 % of the steps of chorales that are held out (without that rule,
# 23 %), .1 % of string quartets, none of the bundled piano pieces, and 15 % of Irish tunes, which have much in common;
# of a tune that was learned they cover everything.
CHANGES = 8

# Steps of training music that are searched at once, so that many long tunes need little memory at a time.
BLOCK = 2_000_000

# Odd numbers, for hashes modulo 2^64.
_BASE, _INTERVAL = (np.array([odd], np.uint64) for odd in (0xD1342543DE82EF95, 0xC2B2AE3D27D4EB4F))
_ONE, _HALF_WORD, _WORD = (np.array([number], np.uint64) for number in (1, 32, 64))


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


class CopyIndex:
    """Training music, prepared once for any number of searches.

    Parameters
    ----------
    tunes : sequence of Tune
        On one grid.
    shortest : int, optional
        Steps of the shortest stretch that is found; by default a bar, see `bar_of`.

    Attributes
    ----------
    config : RollConfig
        The grid.
    shortest : int
    tunes : int
        Their number.

    Raises
    ------
    CorpusError
        If there are no tunes, or they are on several grids.
    """

    @checked
    def __init__(self, tunes: Sequence[Tune], *, shortest: int | None = None) -> None:
        if not tunes:
            raise CorpusError("there is no training music to search; add some")
        self.config = tunes[0].config
        if any(tune.config is not self.config and tune.config != self.config for tune in tunes):
            raise CorpusError("the training music is on several grids; load it on one")
        self.shortest = bar_of(self.config) if shortest is None else shortest
        check_number("shortest", self.shortest, 2, 100_000, whole=True)
        self.tunes = len(tunes)
        self._blocks = [_Block.of(first, part, self.shortest) for first, part in _split(tunes)]

    def search(self, packed: Roll, leave_out: int | None = None) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Find the longest stretch that ends at each step of a tune.

        Parameters
        ----------
        packed : ndarray of uint8, (steps, bytes)
            See `Tune.packed`.
        leave_out : int, optional
            Index of a training tune that is not searched.

        Returns
        -------
        lengths : ndarray of int64, (steps,)
            Of the longest stretch that ends with each step; 0 if that would be shorter than `shortest`.
        sources : ndarray of int64, (steps, 3)
            Of its last step: the training tune, the step in it, and the transposition of `tune` in semitones.
        """
        chords = _Chords.of([packed])
        hashes = chords.hash_windows(self.shortest)
        lengths, sources = np.zeros(len(packed), np.int64), np.zeros((len(packed), 3), np.int64)
        for block in self._blocks:
            found, at = block.search(chords, hashes, leave_out)
            longer = found > lengths
            lengths[longer] = found[longer]
            sources[longer] = block.locate(chords, np.flatnonzero(longer), at[longer])
        return lengths, sources


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


def bar_of(config: RollConfig) -> int:
    """Return the steps of a bar of four beats, at 120 beats per minute where the grid is in seconds; at least 2."""
    return max(2, round((4 if config.unit == "beats" else 2) / config.step))


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


def _split(tunes: Sequence[Tune]) -> Iterator[tuple[int, Sequence[Tune]]]:
    """Split tunes into groups of about `BLOCK` steps, each with the index of its first tune."""
    first, steps = 0, 0
    for number, tune in enumerate(tunes):
        if steps and steps + len(tune) > BLOCK:
            yield first, tunes[first:number]
            first, steps = number, 0
        steps += len(tune)
    yield first, tunes[first:]


@dataclass(frozen=True, eq=False)
class _Chords:
    """The chords of tunes, one after the other, in a form that does not depend on the key.

    Parameters
    ----------
    starts : ndarray of int64, (tunes + 1,)
        The first step of each tune, and the number of all steps.
    shapes : ndarray of uint64, (steps,)
        Which notes sound, counted from the lowest: a hash, which is unique for chords within five octaves.
    lowest : ndarray of int16, (steps,)
        The column of the lowest note; in silence, that of the step before, or of the first note to come.
    silences : ndarray of int32, (steps,)
        How many silent steps end with each.
    """

    starts: NDArray[np.int64]
    shapes: NDArray[np.uint64]
    lowest: NDArray[np.int16]
    silences: NDArray[np.int32]

    @classmethod
    def of(cls, rolls: Sequence[Roll]) -> _Chords:
        """Read the chords of packed rolls."""
        starts = np.cumsum([0, *map(len, rolls)])
        shapes = np.empty(starts[-1], np.uint64)
        lowest, silences = np.empty(len(shapes), np.int16), np.empty(len(shapes), np.int32)
        for packed, at in zip(rolls, starts.tolist(), strict=False):
            part = slice(at, at + len(packed))
            shapes[part], lowest[part], silences[part] = _read_chords(packed)
        return cls(starts, shapes, lowest, silences)

    def intervals(self, steps: NDArray[np.int64]) -> NDArray[np.int16]:
        """Return by how many semitones the lowest note of steps is higher than that before, in the same tune."""
        found: NDArray[np.int16] = self.lowest[steps] - self.lowest[steps - 1]
        return found

    def hash_windows(self, size: int) -> NDArray[np.uint64]:
        """Return a hash of `size` steps from each step on, which is the same in any key."""
        count = max(0, len(self.shapes) - size + 1)
        intervals = np.where(self.silences, 0, np.diff(self.lowest, prepend=self.lowest[:1]))
        intervals = intervals.astype(np.uint64) * _INTERVAL  # modulo 2^64
        tokens = _mix(self.shapes) + intervals
        hashes = np.zeros(count, np.uint64)
        for at in range(size):
            hashes = hashes * _BASE + tokens[at : at + count]
        # What the first note of a window has risen by is no part of it.
        following = np.where(self.silences == 0, np.arange(len(self.shapes)), len(self.shapes))
        following = np.minimum.accumulate(following[::-1])[::-1][:count]
        offset = following - np.arange(count)
        sounding = np.flatnonzero(offset < size)
        powers = np.multiply.accumulate(np.concatenate((_ONE, np.repeat(_BASE, size - 1))))
        hashes[sounding] -= intervals[following[sounding]] * powers[size - 1 - offset[sounding]]
        return hashes


def _read_chords(packed: Roll) -> tuple[NDArray[np.uint64], NDArray[np.int16], NDArray[np.int32]]:
    """Return shapes, lowest notes and silences of a packed roll; see `_Chords`."""
    lowest = np.unpackbits(packed, axis=1).argmax(axis=1)
    # As numbers of 128 bits, the lowest pitch in the highest bit, which are shifted; numpy shifts by 64 or more to 0.
    words = np.zeros((len(packed), 16), np.uint8)
    words[:, : packed.shape[1]] = packed
    high, low = words.view(">u8").astype(np.uint64).T
    by = lowest.astype(np.uint64)
    shapes = (high << by) | (low >> (_WORD - by)) | (low << (by - _WORD))
    shapes ^= (low << by) * _BASE
    steps = np.arange(len(packed))
    sounding = packed.any(axis=1)
    last = np.maximum.accumulate(np.where(sounding, steps, -1))
    lowest = lowest[np.where(last < 0, sounding.argmax(), last)] if len(packed) else lowest
    return shapes, lowest.astype(np.int16), (steps - last).astype(np.int32)


def _mix(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Spread the bits of numbers, so that different ones stay different."""
    values = (values ^ (values >> _HALF_WORD)) * _BASE
    return (values ^ (values >> _HALF_WORD)) * _INTERVAL


@dataclass(frozen=True, eq=False)
class _Block:
    """Some of the training tunes, one after the other.

    Parameters
    ----------
    first : int
        The index of the first of them.
    chords : _Chords
        Without their shapes, of which only hashes are needed.
    size : int
        Steps of a window.
    hashes : ndarray of uint64, (windows,)
        Of the windows within a tune, sorted.
    begins : ndarray of int32, (windows,)
        Where each begins; equal ones in order.
    """

    first: int
    chords: _Chords
    size: int
    hashes: NDArray[np.uint64]
    begins: NDArray[np.int32]

    @classmethod
    def of(cls, first: int, tunes: Sequence[Tune], size: int) -> _Block:
        chords = _Chords.of([tune.packed for tune in tunes])
        hashes = chords.hash_windows(size)
        ends = np.repeat(chords.starts[1:], np.diff(chords.starts))[: len(hashes)]
        begins = np.flatnonzero(np.arange(len(hashes)) + size <= ends).astype(np.int32)
        hashes = hashes[begins]
        order = np.argsort(hashes, kind="stable")
        return cls(first, replace(chords, shapes=chords.shapes[:0].copy()), size, hashes[order], begins[order])

    def search(
        self, tune: _Chords, hashes: NDArray[np.uint64], leave_out: int | None
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return how long the longest stretch is that ends with each step of a tune, and the step where it ends here.

        Where a window of the tune stands here, and so does the next window one step later, a stretch goes on: so the
        windows are read in their order, and of each diagonal is remembered where its stretch began.
        """
        lengths, at = np.zeros(len(tune.shapes), np.int64), np.zeros(len(tune.shapes), np.int64)
        first, stop = (np.searchsorted(self.hashes, hashes, side).tolist() for side in ("left", "right"))
        left_out = self._steps_of(leave_out)
        # Of each difference between a step here and one of the tune: the first step of the stretch in the tune, and the
        # number of the next window that would go on with it.
        began, following = np.zeros((2, len(self.chords.lowest) + len(hashes)), np.int32)
        for window in np.flatnonzero(np.less(first, stop)).tolist():
            begins = self.begins[first[window] : stop[window]]
            if left_out:
                begins = begins[(begins < left_out[0]) | (begins >= left_out[1])]
                if not len(begins):
                    continue
            diagonals = begins + (len(hashes) - window)
            starts = began[diagonals]
            starts[following[diagonals] != window] = window
            end = window + self.size - 1
            # Only there may windows that follow each other have silence in common, and differ in key.
            if tune.silences[end - 1] >= self.size - 1 and not tune.silences[end]:
                here = begins.astype(np.int64) + (self.size - 1)
                moved = self.chords.intervals(here) != tune.intervals(np.array([end]))
                silent = np.minimum(tune.silences[end - 1], self.chords.silences[here - 1])
                starts[moved] = end - silent[moved]
            began[diagonals], following[diagonals] = starts, window + 1
            best = starts.argmin()
            lengths[end], at[end] = end + 1 - starts[best], begins[best] + self.size - 1
        return lengths, at

    def locate(self, tune: _Chords, steps: NDArray[np.int64], at: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return where steps of a tune stand: the training tune, the step in it, and the transposition, (steps, 3)."""
        number = np.searchsorted(self.chords.starts, at, "right") - 1
        transposition = tune.lowest[steps] - self.chords.lowest[at]
        return np.stack((self.first + number, at - self.chords.starts[number], transposition), axis=1)

    def _steps_of(self, number: int | None) -> tuple[int, int] | None:
        """Return the first step of a training tune, and the one after its last, if it is here."""
        if number is None or not 0 <= number - self.first < len(self.chords.starts) - 1:
            return None
        start, stop = self.chords.starts[number - self.first :][:2].tolist()
        return start, stop
