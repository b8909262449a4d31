"""What training sees of a corpus: crops at random offsets, put together in batches."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Crop:
    """Frames [start, stop) of a tune to predict, from the frames before each; start 0 follows silence."""

    tune: int
    start: int
    stop: int


def epoch_crops(lengths: list[int], length: int, generator: torch.Generator) -> list[Crop]:
    """Cut tunes into crops for one epoch, in random order and at random offsets.

    Every frame is predicted at least once. A tune of at most `length` frames is one crop. Half of the crops
    at a tune's beginning start from silence, so that a network can begin a tune from nothing; the others
    start from the first frame, as when it is given a primer.

    Parameters
    ----------
    lengths : list of int
        Frames of each tune.
    length : int
        Frames to predict in a crop, at most.
    generator : torch.Generator

    Returns
    -------
    list of Crop
    """
    crops = []
    draws = torch.rand(len(lengths), 2, generator=generator).tolist()
    for tune, (frames, (begin, offset)) in enumerate(zip(lengths, draws, strict=True)):
        first = 0 if begin < 0.5 or frames < 2 else 1
        if frames - first <= length:
            crops.append(Crop(tune, first, frames))
            continue
        # Whole crops only: from a random phase, with the first and the last moved inside the tune.
        latest = frames - length
        phase = first + int(offset * length)
        starts = {first, *range(phase, latest, length), latest}
        crops += [Crop(tune, start, start + length) for start in sorted(starts)]
    return [crops[i] for i in torch.randperm(len(crops), generator=generator).tolist()]


def make_batch(rolls: list[Tensor], crops: list[Crop]) -> tuple[Tensor, Tensor, Tensor]:
    """Put crops into one batch, padded with silence.

    Parameters
    ----------
    rolls : list of Tensor of uint8, each (steps, pitches)
    crops : list of Crop

    Returns
    -------
    inputs, targets : Tensor of float32, (batch, time, pitches)
        Each frame and the one after it.
    mask : Tensor of float32, (batch, time)
        Ones where the target belongs to a tune.
    """
    longest = max(crop.stop - crop.start for crop in crops)
    frames = torch.zeros(len(crops), longest + 1, rolls[0].shape[1])
    mask = torch.zeros(len(crops), longest)
    for row, crop in enumerate(crops):
        before = max(crop.start - 1, 0)
        part = rolls[crop.tune][before : crop.stop]
        at = before - crop.start + 1
        frames[row, at : at + len(part)] = part
        mask[row, : crop.stop - crop.start] = 1
    return frames[:, :-1], frames[:, 1:], mask
