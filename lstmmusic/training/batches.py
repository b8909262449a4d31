"""Mini-batches of a corpus: crops of tunes at random offsets, randomly transposed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from lstmmusic.config import NetworkConfig
from lstmmusic.music import metre
from lstmmusic.music.roll import Tune, find_starts
from lstmmusic.music.score import VELOCITY
from lstmmusic.network.devices import to_device


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

    Parameters
    ----------
    tunes : sequence of Tune
    device : torch.device
    network : NetworkConfig, optional
        What a network reads of the tunes beside their rolls; by default nothing.

    Attributes
    ----------
    lengths : list of int
        Steps of each tune.
    """

    def __init__(self, tunes: Sequence[Tune], device: torch.device, network: NetworkConfig | None = None) -> None:
        self.pitches = tunes[0].config.pitches
        self.lengths = [len(tune) for tune in tunes]
        self._tunes = tunes
        self._metre, self._endings = (network.metre, network.endings) if network else (False, False)
        self._packed = [torch.from_numpy(tune.packed).to(device) for tune in tunes]  # each (steps, bytes)
        self._bits = torch.arange(7, -1, -1, dtype=torch.uint8, device=device)
        self._played = [_Played(tune, device) for tune in tunes] if network and network.strikes else []

    @cached_property
    def rooms(self) -> list[tuple[int, int]]:
        """Semitones by which each tune can be transposed down, and up, with its notes within the range of pitches."""
        return [_room(tune) for tune in self._tunes]

    def batch(self, crops: Sequence[Crop]) -> Batch:
        """Make a batch of crops."""
        device = self._bits.device
        sizes = [crop.stop - crop.start for crop in crops]
        ending = [self._endings and crop.stop == self.lengths[crop.tune] for crop in crops]
        time = max(size + ends for size, ends in zip(sizes, ending, strict=True))
        spans = [slice(max(crop.start - 1, 0), crop.stop) for crop in crops]
        roll = self._unpack(
            [self._packed[crop.tune][span] for crop, span in zip(crops, spans, strict=True)], crops, time
        )
        if self._played:
            parts = [self._played[crop.tune].part(span) for crop, span in zip(crops, spans, strict=True)]
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
        return Batch(roll[:-1], roll[1:], (number < size).float(), self.places(crops, time), ends.float())

    def _unpack(self, parts: Sequence[Tensor], crops: Sequence[Crop], time: int) -> Tensor:
        """Unpack the bits of crops, with the step before each, to (time + 1, crops, pitches) of uint8."""
        packed = torch.zeros(time + 1, len(crops), parts[0].shape[1], dtype=torch.uint8, device=self._bits.device)
        for row, (crop, part) in enumerate(zip(crops, parts, strict=True)):
            at = max(crop.start, 1) - crop.start  # before the first step is silence
            packed[at : at + len(part), row] = part
        return ((packed[..., None] >> self._bits) & 1).flatten(2)[..., : self.pitches]

    def places(self, crops: Sequence[Crop], time: int) -> Tensor | None:
        """Return where in the bar the steps from the start of each crop on lie, (time, crops, PLACES), if of use."""
        if not self._metre:
            return None
        found = []
        for crop in crops:
            tune = self._tunes[crop.tune]
            found.append(metre.places(tune.metre, tune.config, crop.start, crop.start + time))
        return to_device(np.stack(found, axis=1), self._bits.device)


class _Played:
    """Where the notes of a tune begin, as bits, and their velocities, on a device."""

    def __init__(self, tune: Tune, device: torch.device) -> None:
        starts = find_starts(tune)
        if tune.packed_onsets is not None and np.array_equal(starts, tune.packed_onsets):
            starts = tune.packed_onsets  # which takes no more memory
        self._before = np.append(0, np.bitwise_count(starts).sum(axis=1, dtype=np.int32).cumsum(dtype=np.int32))
        velocities = tune.packed_velocities
        if velocities is None:
            velocities = np.full(self._before[-1], VELOCITY, np.uint8)
        self._starts, self._velocities = (torch.from_numpy(part).to(device) for part in (starts, velocities))

    def part(self, span: slice) -> tuple[Tensor, Tensor]:
        """Return the bits of some steps, and the velocities of the notes that begin there."""
        return self._starts[span], self._velocities[self._before[span.start] : self._before[span.stop]]


def _room(tune: Tune) -> tuple[int, int]:
    used = np.flatnonzero(np.unpackbits(np.bitwise_or.reduce(tune.packed, axis=0)))
    return (int(used[0]), tune.config.pitches - 1 - int(used[-1])) if len(used) else (0, 0)


def epoch_crops(rolls: Rolls, length: int, transpose: int, generator: torch.Generator) -> list[Crop]:
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

    Returns
    -------
    list of Crop
    """
    crops = []
    uniforms = torch.rand(len(rolls.lengths), 4, generator=generator).tolist()
    for tune, (steps, room, uniform) in enumerate(zip(rolls.lengths, rolls.rooms, uniforms, strict=True)):
        if not steps:
            continue
        start, offset, transposed, interval = uniform
        down, up = (min(transpose, semitones) for semitones in room)
        key = int(interval * (down + up + 1)) - down if transposed < 0.5 else 0
        first = 0 if start < 0.5 or steps < 2 else 1
        if steps - first <= length:
            crops.append(Crop(tune, first, steps, key))
            continue
        # Whole crops only: from a random phase, with the first and the last moved inside the tune.
        latest = steps - length
        phase = first + int(offset * length)
        starts = {first, *range(phase, latest, length), latest}
        crops += [Crop(tune, at, at + length, key) for at in sorted(starts)]
    return [crops[i] for i in torch.randperm(len(crops), generator=generator).tolist()]
