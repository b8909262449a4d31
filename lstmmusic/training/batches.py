"""What training sees of a corpus: crops at random offsets, in random keys, put together in batches."""

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
    """Frames [start, stop) of a tune to predict, from the frames before each; start 0 follows silence.

    Parameters
    ----------
    tune, start, stop : int
    transposition : int
        Semitones by which the music is moved up.
    """

    tune: int
    start: int
    stop: int
    transposition: int = 0


class Rolls:
    """The rolls of tunes as bits on a device, so that a large corpus fits there.

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
        """Semitones by which each tune can move down, and up, before a note leaves the range of pitches."""
        return [_room(tune) for tune in self._tunes]

    def batch(self, crops: Sequence[Crop]) -> tuple[Tensor, Tensor, Tensor]:
        """Put crops into one batch, padded with silence.

        Returns
        -------
        inputs, targets : Tensor of float32, (time, batch, pitches)
            Each frame and the one after it.
        mask : Tensor of float32, (time, batch)
            Ones where the target belongs to a tune.
        """
        device = self._bits.device
        sizes = [crop.stop - crop.start for crop in crops]
        packed = torch.zeros(max(sizes) + 1, len(crops), self._packed[0].shape[1], dtype=torch.uint8, device=device)
        for row, crop in enumerate(crops):
            before = max(crop.start - 1, 0)
            part, at = self._packed[crop.tune][before : crop.stop], before - crop.start + 1
            packed[at : at + len(part), row] = part
        frames = ((packed[..., None] >> self._bits) & 1).flatten(2)[..., : self.pitches].float()
        if any(crop.transposition for crop in crops):
            up = torch.tensor([[crop.transposition] for crop in crops], device=device)
            # Where a tune has room to move, what comes round from the other end is silence.
            source = (torch.arange(self.pitches, device=device) - up) % self.pitches  # (batch, pitches)
            frames = frames.gather(2, source.expand_as(frames))
        mask = torch.arange(max(sizes), device=device)[:, None] < torch.tensor(sizes, device=device)
        return frames[:-1], frames[1:], mask.float()


def _room(tune: Tune) -> tuple[int, int]:
    used = np.flatnonzero(np.unpackbits(np.bitwise_or.reduce(tune.packed, axis=0)))
    return (int(used[0]), tune.config.pitches - 1 - int(used[-1])) if len(used) else (0, 0)


def epoch_crops(rolls: Rolls, length: int, transpose: int, generator: torch.Generator) -> list[Crop]:
    """Cut tunes into crops for one epoch, in random order, at random offsets and in random keys.

    Every frame is predicted at least once, but for the first of half of the tunes. A tune of at most `length` frames is
    one crop. Half of the crops at a tune's beginning start from silence, so that a network can begin a tune from
    nothing; the others start from the first frame, as when it is given a primer.

    Parameters
    ----------
    rolls : Rolls
    length : int
        Frames to predict in a crop, at most.
    transpose : int
        Semitones by which a tune is moved up or down at most; half of the tunes, drawn anew in each epoch, stay
        where they are.
    generator : torch.Generator

    Returns
    -------
    list of Crop
    """
    crops = []
    draws = torch.rand(len(rolls.lengths), 4, generator=generator).tolist()
    for tune, (frames, room, draw) in enumerate(zip(rolls.lengths, rolls.rooms, draws, strict=True)):
        if not frames:
            continue
        begin, offset, whether, where = draw
        down, up = (min(transpose, semitones) for semitones in room)
        key = int(where * (down + up + 1)) - down if whether < 0.5 else 0
        first = 0 if begin < 0.5 or frames < 2 else 1
        if frames - first <= length:
            crops.append(Crop(tune, first, frames, key))
            continue
        # Whole crops only: from a random phase, with the first and the last moved inside the tune.
        latest = frames - length
        phase = first + int(offset * length)
        starts = {first, *range(phase, latest, length), latest}
        crops += [Crop(tune, start, start + length, key) for start in sorted(starts)]
    return [crops[i] for i in torch.randperm(len(crops), generator=generator).tolist()]
