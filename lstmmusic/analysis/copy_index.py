"""Music in which copies are searched: its chords in a form that does not depend on the key, found by their hashes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

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
_ONE, _HALF_WORD, _WORD = (np.array([number], np.uint64) for number in (1, 32, 64))


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
