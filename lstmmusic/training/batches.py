"""Mini-batches of a corpus: crops of tunes at random offsets, randomly transposed."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple, overload

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from lstmmusic.config import NetworkConfig
from lstmmusic.music import metre
from lstmmusic.music.roll import Tune, find_starts
from lstmmusic.music.score import VELOCITY
from lstmmusic.music.stored import StoredTunes
from lstmmusic.music.tunes import lengths_of, rooms_of
from lstmmusic.network.devices import to_device

BLOCKS = 16  # of tunes in a window: see `epoch_crops`


@dataclass(frozen=True)
class Crop:
    """Steps [start, stop) of a tune to predict, each from the steps before it; step 0 follows silence.

    Parameters
    ----------
    tune, start, stop : int
    transposition : int
        Semitones upwards.
    """

    tune: int
    start: int
    stop: int
    transposition: int = 0


class Batch(NamedTuple):
    """Crops of tunes, padded with silence.

    Parameters
    ----------
    inputs, targets : Tensor of float32, (time, batch, pitches)
        Each step, and the step after it: cells, or zeros and ones.
    mask : Tensor of float32, (time, batch)
        One where the target belongs to a tune, zero in the padding.
    places : Tensor of float32, (time, batch, PLACES), or None
        Where in the bar each target lies.
    ends : Tensor of float32, (time, batch)
        One where the tune of a crop ends after the input; that step is in the padding.
    """

    inputs: Tensor
    targets: Tensor
    mask: Tensor
    places: Tensor | None
    ends: Tensor


class Rolls:
    """The rolls of tunes, packed into bits on a device, so that a large corpus fits into its memory.

    Of tunes in a file, only those in the blocks that `hold` has read are there; others are read each time.

    Parameters
    ----------
    tunes : sequence of Tune
    device : torch.device
    network : NetworkConfig, optional
        What a network reads of the tunes beside their rolls; by default nothing.

    Attributes
    ----------
    lengths : ndarray of int64, shape (tunes,)
        Steps of each tune.
    """

    def __init__(self, tunes: Sequence[Tune], device: torch.device, network: NetworkConfig | None = None) -> None:
        self.pitches = tunes[0].config.pitches
        self.lengths = lengths_of(tunes)
        self._tunes = tunes
        self._metre, self._endings = (network.metre, network.endings) if network else (False, False)
        self._strikes = bool(network and network.strikes)
        self._bits = torch.arange(7, -1, -1, dtype=torch.uint8, device=device)
        self._blocks: tuple[slice, ...] = ()
        self._held: dict[int, _Roll] = {}
        if not isinstance(tunes, StoredTunes):
            self._held = {number: self._put(tune) for number, tune in enumerate(tunes)}

    @cached_property
    def rooms(self) -> NDArray[np.int64]:
        """Semitones by which each tune can be moved down, and up, with its notes within the range: (tunes, 2)."""
        return rooms_of(self._tunes)

    def hold(self, blocks: tuple[slice, ...]) -> None:
        """Read some tunes of a file, block by block, and forget those that were held before."""
        if isinstance(self._tunes, StoredTunes) and blocks != self._blocks:
            self._held, self._blocks = {}, blocks
            for block in blocks:
                numbers = range(block.start, block.stop)
                for number, tune in zip(numbers, self._tunes.block(block.start, block.stop), strict=True):
                    self._held[number] = self._put(tune)

    def _put(self, tune: Tune) -> _Roll:
        return _Roll(tune, self._bits.device, self._strikes)

    def _roll(self, number: int) -> _Roll:
        return self._held.get(number) or self._put(self._tunes[number])

    def batch(self, crops: Sequence[Crop]) -> Batch:
        """Make a batch of crops."""
        device = self._bits.device
        rolls = [self._roll(crop.tune) for crop in crops]
        sizes = [crop.stop - crop.start for crop in crops]
        ending = [self._endings and crop.stop == len(roll.packed) for crop, roll in zip(crops, rolls, strict=True)]
        time = max(size + ends for size, ends in zip(sizes, ending, strict=True))
        spans = [slice(max(crop.start - 1, 0), crop.stop) for crop in crops]
        roll = self._unpack([each.packed[span] for each, span in zip(rolls, spans, strict=True)], crops, time)
        if self._strikes:
            parts = [each.played(span) for each, span in zip(rolls, spans, strict=True)]
            struck = self._unpack([starts for starts, _ in parts], crops, time).transpose(0, 1)
            velocities = torch.cat([velocities for _, velocities in parts])
            roll += torch.zeros_like(struck).masked_scatter(struck > 0, velocities).transpose(0, 1)
        roll = roll.float()
        if any(crop.transposition for crop in crops):
            up = to_device(np.array([[crop.transposition] for crop in crops]), device)
            # A tune moves within its room, so what wraps around from the other end is silence.
            source = (torch.arange(self.pitches, device=device) - up) % self.pitches  # (batch, pitches)
            roll = roll.gather(2, source.expand_as(roll))
        number, size = torch.arange(time, device=device)[:, None], to_device(np.array(sizes), device)
        ends = (number == size) & to_device(np.array(ending), device)
        return Batch(roll[:-1], roll[1:], (number < size).float(), self._places(rolls, crops, time), ends.float())

    def _unpack(self, parts: Sequence[Tensor], crops: Sequence[Crop], time: int) -> Tensor:
        """Unpack the bits of crops, with the step before each, to (time + 1, crops, pitches) of uint8."""
        packed = torch.zeros(time + 1, len(crops), parts[0].shape[1], dtype=torch.uint8, device=self._bits.device)
        for row, (crop, part) in enumerate(zip(crops, parts, strict=True)):
            at = max(crop.start, 1) - crop.start  # before the first step is silence
            packed[at : at + len(part), row] = part
        return ((packed[..., None] >> self._bits) & 1).flatten(2)[..., : self.pitches]

    def places(self, crops: Sequence[Crop], time: int) -> Tensor | None:
        """Return where in the bar the steps from the start of each crop on lie, (time, crops, PLACES), if of use."""
        return self._places([self._roll(crop.tune) for crop in crops] if self._metre else (), crops, time)

    def _places(self, rolls: Sequence[_Roll], crops: Sequence[Crop], time: int) -> Tensor | None:
        if not self._metre:
            return None
        found = [
            metre.places(roll.metre, roll.config, crop.start, crop.start + time)
            for roll, crop in zip(rolls, crops, strict=True)
        ]
        return to_device(np.stack(found, axis=1), self._bits.device)


class _Roll:
    """The bits of a tune on a device; with `strikes`, also where its notes begin, and their velocities."""

    def __init__(self, tune: Tune, device: torch.device, strikes: bool) -> None:
        self.metre, self.config = tune.metre, tune.config
        self.packed = torch.from_numpy(tune.packed).to(device)  # (steps, bytes)
        if not strikes:
            return
        starts = find_starts(tune)
        if tune.packed_onsets is not None and np.array_equal(starts, tune.packed_onsets):
            starts = tune.packed_onsets  # which takes no more memory
        self._before = np.append(0, np.bitwise_count(starts).sum(axis=1, dtype=np.int32).cumsum(dtype=np.int32))
        velocities = tune.packed_velocities
        if velocities is None:
            velocities = np.full(self._before[-1], VELOCITY, np.uint8)
        self._starts, self._velocities = (torch.from_numpy(part).to(device) for part in (starts, velocities))

    def played(self, span: slice) -> tuple[Tensor, Tensor]:
        """Return the bits of where notes begin in some steps, and the velocities of these notes."""
        return self._starts[span], self._velocities[self._before[span.start] : self._before[span.stop]]


class Crops(Sequence[Crop]):
    """The crops of an epoch, each of which is made when it is asked for.

    Parameters
    ----------
    numbers : ndarray of int32, shape (crops, 4)
        The fields of each `Crop`.
    ends : list of int, optional
        The place after the last crop of each window.
    blocks : list of tuple of slice, optional
        The tunes of each window.

    Attributes
    ----------
    elements : type
    ends : sequence of int
    """

    elements = Crop

    def __init__(
        self, numbers: NDArray[np.int32], ends: Sequence[int] = (), blocks: Sequence[tuple[slice, ...]] = ()
    ) -> None:
        self._numbers, self.ends, self._blocks = numbers, ends, blocks

    def __len__(self) -> int:
        """Return the number of crops."""
        return len(self._numbers)

    @overload
    def __getitem__(self, place: int) -> Crop: ...
    @overload
    def __getitem__(self, place: slice) -> list[Crop]: ...
    def __getitem__(self, place: int | slice) -> Crop | list[Crop]:
        """Return a crop, or a list of crops."""
        if isinstance(place, slice):
            return [Crop(*numbers) for numbers in self._numbers[place].tolist()]
        return Crop(*self._numbers[place].tolist())

    def tunes_at(self, place: int) -> tuple[slice, ...]:
        """Return the tunes of the window in which a crop is; none if there are no windows."""
        window = bisect_right(self.ends, place)
        return self._blocks[window] if window < len(self._blocks) else ()


def epoch_crops(rolls: Rolls, length: int, transpose: int, generator: torch.Generator, window: int = 0) -> Crops:
    """Cut tunes into crops for one epoch, in random order, at random offsets and randomly transposed.

    Every step is predicted at least once, except the first step of half of the tunes. A tune of at most `length` steps
    is one crop. Half of the tunes start from silence, so that a network can start a tune from nothing; the others start
    from their first step, as from a primer.

    Parameters
    ----------
    rolls : Rolls
    length : int
        Largest number of steps to predict in a crop.
    transpose : int
        Largest transposition up or down, in semitones, of a random half of the tunes; the others keep their key.
    generator : torch.Generator
    window : int
        Steps of the tunes that are in memory together, as blocks of tunes that lie beside each other, in random order;
        the crops of a window come in random order, before those of the next one. 0, and with music of fewer steps: all
        crops are in random order.

    Returns
    -------
    Crops
    """
    uniforms = torch.rand(len(rolls.lengths), 4, generator=generator).numpy().astype(np.float64)
    tunes = np.flatnonzero(rolls.lengths)
    steps, rooms, (start, offset, transposed, interval) = rolls.lengths[tunes], rolls.rooms[tunes], uniforms[tunes].T
    down, up = np.minimum(transpose, rooms).T
    keys = np.where(transposed < 0.5, (interval * (down + up + 1)).astype(np.int64) - down, 0)
    first = ((start >= 0.5) & (steps > 1)).astype(np.int64)
    # Whole crops only: from a random phase, with the first and the last moved inside the tune.
    latest = np.maximum(steps - length, first)
    phase = first + (offset * length).astype(np.int64)
    phase += np.where(phase == first, length, 0)  # there is a crop already
    between = np.maximum(0, -(-(latest - phase) // length))
    counts = 1 + between + (latest > first)
    owner = np.repeat(np.arange(len(tunes)), counts)
    number = np.arange(len(owner)) - np.repeat(np.cumsum(counts) - counts, counts)  # within its tune
    starts = np.where(number == 0, first[owner], phase[owner] + (number - 1) * length)
    starts = np.where((number > 0) & (number == counts[owner] - 1), latest[owner], starts)
    stops = np.minimum(starts + length, steps[owner])
    crops = np.stack((tunes[owner], starts, stops, keys[owner]), axis=1).astype(np.int32)
    if not window or rolls.lengths.sum() <= window:
        return Crops(crops[torch.randperm(len(crops), generator=generator).numpy()])
    of_each = np.zeros(len(rolls.lengths), np.int64)
    of_each[tunes] = counts
    before = np.append(0, np.cumsum(of_each))  # crops before those of each tune
    block_of = (np.cumsum(rolls.lengths) - rolls.lengths) // max(1, window // BLOCKS)
    bounds = np.append(np.flatnonzero(np.diff(block_of, prepend=-1)), len(block_of)).tolist()
    blocks = [slice(*each) for each in pairwise(bounds)]
    shuffled = [blocks[block] for block in torch.randperm(len(blocks), generator=generator).tolist()]
    in_windows = (shuffled[at : at + BLOCKS] for at in range(0, len(shuffled), BLOCKS))
    windows = [tuple(sorted(each, key=lambda block: block.start)) for each in in_windows]
    order: list[NDArray[np.int64]] = []
    for each in windows:
        own = np.concatenate([np.arange(before[block.start], before[block.stop]) for block in each])
        order.append(own[torch.randperm(len(own), generator=generator).numpy()])
    return Crops(crops[np.concatenate(order)], np.cumsum([len(own) for own in order]).tolist(), windows)
