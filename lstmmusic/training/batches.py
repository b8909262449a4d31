"""Mini-batches of a corpus: crops of tunes at random offsets, randomly transposed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from lstmmusic.music.roll import Tune


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


class Rolls:
    """The rolls of tunes, packed into bits on a device, so that a large corpus fits into its memory.

    Parameters
    ----------
    tunes : sequence of Tune
    device : torch.device

    Attributes
    ----------
    lengths : list of int
        Steps of each tune.
    """

    def __init__(self, tunes: Sequence[Tune], device: torch.device) -> None:
        self.pitches = tunes[0].config.pitches
        self.lengths = [len(tune) for tune in tunes]
        self._tunes = tunes
        self._packed = [torch.from_numpy(tune.packed).to(device) for tune in tunes]  # each (steps, bytes)
        self._bits = torch.arange(7, -1, -1, dtype=torch.uint8, device=device)

    @cached_property
    def rooms(self) -> list[tuple[int, int]]:
        """Semitones by which each tune can be transposed down, and up, with its notes within the range of pitches."""
        return [_room(tune) for tune in self._tunes]

    def batch(self, crops: Sequence[Crop]) -> tuple[Tensor, Tensor, Tensor]:
        """Make a batch of crops, padded with silence.

        Parameters
        ----------
        crops : sequence of Crop

        Returns
        -------
        inputs, targets : Tensor of float32, (time, batch, pitches)
            Each step, and the step after it.
        mask : Tensor of float32, (time, batch)
            One where the target belongs to a tune, zero in the padding.
        """
        device = self._bits.device
        sizes = [crop.stop - crop.start for crop in crops]
        packed = torch.zeros(max(sizes) + 1, len(crops), self._packed[0].shape[1], dtype=torch.uint8, device=device)
        for row, crop in enumerate(crops):
            before = max(crop.start - 1, 0)
            part, at = self._packed[crop.tune][before : crop.stop], before - crop.start + 1
            packed[at : at + len(part), row] = part
        roll = ((packed[..., None] >> self._bits) & 1).flatten(2)[..., : self.pitches].float()
        if any(crop.transposition for crop in crops):
            up = torch.tensor([[crop.transposition] for crop in crops], device=device)
            # A tune moves within its room, so what wraps around from the other end is silence.
            source = (torch.arange(self.pitches, device=device) - up) % self.pitches  # (batch, pitches)
            roll = roll.gather(2, source.expand_as(roll))
        mask = torch.arange(max(sizes), device=device)[:, None] < torch.tensor(sizes, device=device)
        return roll[:-1], roll[1:], mask.float()


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
