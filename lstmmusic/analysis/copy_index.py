"""Music in which copies are searched: a suffix array of its chords, in a form that does not depend on the key.

Manber and Myers (1993), Suffix arrays: a new method for on-line string searches. Time is nearly linear in the steps, of
silence and of music that repeats itself, too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lstmmusic.config import RollConfig
from lstmmusic.errors import CorpusError
from lstmmusic.music.roll import Roll, Tune
from lstmmusic.settings import check_number, checked

# Steps of training music that are searched at once, so that many long tunes need little memory at a time.
BLOCK = 2_000_000

# Odd numbers, for hashes modulo 2^64.
_BASE, _INTERVAL = (np.array([odd], np.uint64) for odd in (0xD1342543DE82EF95, 0xC2B2AE3D27D4EB4F))
_ZERO, _ONE, _HALF_WORD, _WORD = (np.array([number], np.uint64) for number in (0, 1, 32, 64))
_INVERSE = np.array([pow(int(_BASE[0]), -1, 1 << 64)], np.uint64)

Places = NDArray[np.int64]


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
        tune = _Chords.of([packed])
        lengths, sources = np.zeros(len(packed), np.int64), np.zeros((len(packed), 3), np.int64)
        for block in self._blocks:
            found, at = block.search(tune, leave_out)
            longer = found > lengths
            lengths[longer] = found[longer]
            sources[longer] = block.locate(tune, np.flatnonzero(longer), at[longer])
        return lengths, sources


def bar_of(config: RollConfig) -> int:
    """Return the steps of a bar of four beats, at 120 beats per minute where the grid is in seconds; at least 2."""
    return max(2, round((4 if config.unit == "beats" else 2) / config.step))


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
    ends : ndarray of int32, (steps,)
        The end of the tune of each step.
    shapes : ndarray of uint64, (steps,)
        Which notes sound, counted from the lowest: a hash, unique for chords within five octaves; 0 in silence.
    lowest : ndarray of int16, (steps,)
        The column of the lowest note; in silence, that of the step before, or of the first note to come.
    sounding : ndarray of int32, (steps + 1,)
        The first step from each on in which a note sounds; the number of all steps if there is none.
    rises : ndarray of int16, (steps + 1,)
        By how many semitones the lowest note is higher than the one before; 0 in silence, and after the last step.
    sums, leads, inverses : ndarray of uint64, (steps + 1,)
        For hashes of windows: sums of the hashes of the steps before each, each multiplied by another power; what the
        rise adds to them in each step; and the inverses of these powers.
    """

    starts: Places
    ends: NDArray[np.int32]
    shapes: NDArray[np.uint64]
    lowest: NDArray[np.int16]
    sounding: NDArray[np.int32]
    rises: NDArray[np.int16]
    sums: NDArray[np.uint64]
    leads: NDArray[np.uint64]
    inverses: NDArray[np.uint64]

    @classmethod
    def of(cls, rolls: Sequence[Roll]) -> _Chords:
        """Read the chords of packed rolls."""
        starts = np.cumsum([0, *map(len, rolls)])
        steps = int(starts[-1])
        shapes, lowest, sounds = np.empty(steps, np.uint64), np.empty(steps, np.int16), np.empty(steps, np.bool_)
        for packed, at in zip(rolls, starts.tolist(), strict=False):
            part = slice(at, at + len(packed))
            shapes[part], lowest[part], sounds[part] = _read_chords(packed)
        ends = np.repeat(starts[1:], np.diff(starts)).astype(np.int32)
        sounding = np.append(np.where(sounds, np.arange(steps), steps), steps).astype(np.int32)
        sounding = np.minimum.accumulate(sounding[::-1])[::-1]
        rises = np.append(np.where(sounds, np.diff(lowest, prepend=lowest[:1]), 0), 0).astype(np.int16)
        powers, inverses = (
            np.multiply.accumulate(np.concatenate((_ONE, np.repeat(odd, steps)))) for odd in (_BASE, _INVERSE)
        )
        leads = rises.astype(np.uint64) * _INTERVAL * powers  # modulo 2^64, as all that follows
        sums = np.concatenate((_ZERO, np.cumsum(_mix(shapes) * powers[:-1] + leads[:-1], dtype=np.uint64)))
        return cls(starts, ends, shapes, lowest, sounding, rises, sums, leads, inverses)

    def hash_windows(self, begins: NDArray[np.integer[Any]], sizes: Places) -> NDArray[np.uint64]:
        """Return hashes of so many steps from so many steps on, which are the same in any key."""
        first = self.sounding[begins]
        totals = self.sums[begins + sizes] - self.sums[begins]
        totals -= np.where(first < begins + sizes, self.leads[first], 0)  # what the first note has risen by is no part
        hashes: NDArray[np.uint64] = totals * self.inverses[begins]
        return hashes

    def sort(self) -> NDArray[np.int32]:
        """Return all steps in the order of what follows them, up to the end of the tune.

        An end comes before silence, and that before chords, by how much they rise and then by their shapes; of equal
        ones, the earlier comes first. Sorted by their first steps, they are sorted by twice as many with the ranks of
        what follows these.
        """
        order = np.argsort(self.shapes, kind="stable").astype(np.int32)
        ranks = np.empty(len(order), np.int32)
        slots, size = np.arange(len(order)), 1
        own = self.shapes[order][:, None]
        ended = np.zeros(len(order), np.bool_)
        while True:
            starts = np.append(True, (own[1:] != own[:-1]).any(axis=1))[: len(slots)]
            number = starts.cumsum() - 1
            ranks[order[slots]] = slots[starts][number]
            several = (np.bincount(number) > 1)[number] & ~ended
            if not several.any():
                return order
            slots = slots[several]
            begins = order[slots].astype(np.int64)
            after, end = begins + size, self.ends[begins]
            ended = after >= end
            first = self.sounding[np.minimum(after, end)]
            rests = np.where(first < end, first - after, len(self.shapes))
            rises = np.where(self.sounding[begins] < after, self.rises[first], 0)
            rests_first = np.where(ended, np.iinfo(np.int64).min, rises - 1024 * rests)
            following = np.where(ended, -1, ranks[np.minimum(after, end - 1)])
            own = np.stack((ranks[begins], rests_first, following), axis=1)
            sort = np.lexsort((following, rests_first, own[:, 0]))
            order[slots], own, ended, size = begins[sort], own[sort], ended[sort], 2 * size


def _read_chords(packed: Roll) -> tuple[NDArray[np.uint64], NDArray[np.int16], NDArray[np.bool_]]:
    """Return shapes and lowest notes of a packed roll, see `_Chords`, and in which steps a note sounds."""
    lowest = np.unpackbits(packed, axis=1).argmax(axis=1)
    # As numbers of 128 bits, the lowest pitch in the highest bit, which are shifted; numpy shifts by 64 or more to 0.
    words = np.zeros((len(packed), 16), np.uint8)
    words[:, : packed.shape[1]] = packed
    high, low = words.view(">u8").astype(np.uint64).T
    by = lowest.astype(np.uint64)
    shapes = (high << by) | (low >> (_WORD - by)) | (low << (by - _WORD))
    shapes ^= (low << by) * _BASE
    sounds = np.asarray(packed.any(axis=1))
    last = np.maximum.accumulate(np.where(sounds, np.arange(len(packed)), -1))
    lowest = lowest[np.where(last < 0, sounds.argmax(), last)] if len(packed) else lowest
    return shapes, lowest.astype(np.int16), sounds


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
    size : int
        Steps of the shortest stretch.
    order : ndarray of int32, (windows,)
        The steps from which so many are left in their tune, in the order of what follows them.
    """

    first: int
    chords: _Chords
    size: int
    order: NDArray[np.int32]

    @classmethod
    def of(cls, first: int, tunes: Sequence[Tune], size: int) -> _Block:
        chords = _Chords.of([tune.packed for tune in tunes])
        order = chords.sort()
        return cls(first, chords, size, order[order + size <= chords.ends[order]])

    def search(self, tune: _Chords, leave_out: int | None) -> tuple[Places, Places]:
        """Return how long the longest stretch is that ends with each step of a tune, and the step of its end here."""
        steps, order = len(tune.shapes), self.order
        lengths, at = np.zeros(steps, np.int64), np.zeros(steps, np.int64)
        left_out = self._steps_of(leave_out)
        if left_out:
            order = order[(order < left_out[0]) | (order >= left_out[1])]
        begins = np.arange(steps - self.size + 1)
        if not len(order) or not len(begins):
            return lengths, at
        places = self._find(tune, begins, order)
        neighbours = order[np.maximum(places - 1, 0)], order[np.minimum(places, len(order) - 1)]
        longest = np.maximum(*(self._in_common(tune, begins, here) for here in neighbours))
        # The longest that ends with a step is the one that begins first of those that reach it.
        stops = np.arange(self.size, steps + 1)
        begin = np.searchsorted(np.maximum.accumulate(begins + longest), stops)
        stops, begin = stops[begin < len(begins)], begin[begin < len(begins)]
        stops, begin = stops[stops - begin >= self.size], begin[stops - begin >= self.size]
        used, number = np.unique(begin, return_inverse=True)
        here = self._earliest(tune, used, longest[used], places[used], order)[number]
        lengths[stops - 1], at[stops - 1] = stops - begin, here + (stops - 1 - begin)
        return lengths, at

    def locate(self, tune: _Chords, steps: Places, at: Places) -> Places:
        """Return where steps of a tune stand: the training tune, the step in it, and the transposition, (steps, 3)."""
        number = np.searchsorted(self.chords.starts, at, "right") - 1
        transposition = tune.lowest[steps] - self.chords.lowest[at]
        return np.stack((self.first + number, at - self.chords.starts[number], transposition), axis=1)

    def _in_common(self, tune: _Chords, begins: Places, here: NDArray[np.integer[Any]]) -> Places:
        """Return how many steps a tune from some steps on, and the music here from others on, have in common."""
        low = np.zeros(len(begins), np.int64)
        high = np.minimum(len(tune.shapes) - begins, self.chords.ends[here] - here)
        while (low < high).any():
            middle = (low + high + 1) // 2
            same = tune.hash_windows(begins, middle) == self.chords.hash_windows(here, middle)
            low, high = np.where(same, middle, low), np.where(same, high, middle - 1)
        return low

    def _find(self, tune: _Chords, begins: Places, order: NDArray[np.int32]) -> Places:
        """Return for steps of a tune how many of the music's come before them in the order; see `_Chords.sort`."""
        chords, steps = self.chords, len(tune.shapes)

        def is_before(number: Places) -> NDArray[np.bool_]:
            here = order[number].astype(np.int64)
            common = self._in_common(tune, begins, here)
            ours, theirs = begins + common, here + common
            ended, other_ended = ours >= steps, theirs >= chords.ends[here]
            ours, theirs = np.minimum(ours, steps - 1), np.minimum(theirs, len(chords.shapes) - 1)
            silent, other_silent = tune.sounding[ours] > ours, chords.sounding[theirs] > theirs
            rise = np.where(tune.sounding[begins] < ours, tune.rises[ours], 0)
            other_rise = np.where(chords.sounding[here] < theirs, chords.rises[theirs], 0)
            lower = (other_rise == rise) & (chords.shapes[theirs] < tune.shapes[ours])
            lower = ~silent & (other_silent | (other_rise < rise) | lower)
            before: NDArray[np.bool_] = ~ended & (other_ended | lower)
            return before

        return _bisect(is_before, np.zeros(len(begins), np.int64), np.full(len(begins), len(order)))

    def _earliest(
        self, tune: _Chords, begins: Places, sizes: Places, places: Places, order: NDArray[np.int32]
    ) -> Places:
        """Return the first steps here from which the music is that of windows of a tune, of which each stands here."""
        hashes = tune.hash_windows(begins, sizes)

        def is_same(number: Places) -> NDArray[np.bool_]:
            here = order[number].astype(np.int64)
            fits = here + sizes <= self.chords.ends[here]
            same: NDArray[np.bool_] = fits & (self.chords.hash_windows(here, np.where(fits, sizes, 0)) == hashes)
            return same

        start = _bisect(lambda number: ~is_same(number), np.zeros(len(begins), np.int64), places)
        stop = _bisect(is_same, places, np.full(len(begins), len(order)))
        ranges = np.stack((start, stop), axis=1).ravel()
        found = np.minimum.reduceat(np.append(order, len(self.chords.shapes)), ranges)[::2] if len(ranges) else ranges
        return found.astype(np.int64)

    def _steps_of(self, number: int | None) -> tuple[int, int] | None:
        """Return the first step of a training tune, and the one after its last, if it is here."""
        if number is None or not 0 <= number - self.first < len(self.chords.starts) - 1:
            return None
        start, stop = self.chords.starts[number - self.first :][:2].tolist()
        return start, stop


def _bisect(is_before: Callable[[Places], NDArray[np.bool_]], low: Places, high: Places) -> Places:
    """Return for each range the first number that is not before, or its end; those that are before come first."""
    last = max(int(high.max(initial=0)) - 1, 0)
    while (low < high).any():
        middle = (low + high) // 2
        before = is_before(np.minimum(middle, last)) & (low < high)
        low, high = np.where(before, middle + 1, low), np.where(before, high, middle)
    return low
