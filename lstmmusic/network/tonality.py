"""How often each pitch class has sounded lately, and for long: what a relative output knows of the harmony and the key.

The last steps alone do not show the key of a tune, and layers of LSTMs would have to learn each key by itself.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from lstmmusic.config import OCTAVE, TONALITIES
from lstmmusic.network.peepholes import LayerState
from lstmmusic.network.reader import Array, BlockReader, decayed_sums

# Of moving averages over about 10 steps, and 100.
DECAYS = np.array((0.9, 0.99), np.float32)


class Tonality(BlockReader):
    """For each pitch class, from that of the lowest pitch up, the fraction of the steps in which it has sounded.

    There is a moving average for each of `DECAYS`, over the steps that were read: the values are (TONALITIES *
    OCTAVE). The state has the sums of the steps, weighted by their age, (batch, TONALITIES * OCTAVE), and the sums
    of the weights, (batch, TONALITIES).

    Parameters
    ----------
    pitches : int
    """

    def __init__(self, pitches: int) -> None:
        self.pitches = pitches
        self.size = TONALITIES * OCTAVE

    def zero_state(self, batch: int, device: torch.device) -> LayerState:
        """See `Reader.zero_state`."""
        return torch.zeros(batch, self.size, device=device), torch.zeros(batch, TONALITIES, device=device)

    def read_block(self, inputs: Tensor, state: LayerState) -> tuple[Tensor, LayerState]:
        """See `BlockReader.read_block`."""
        time, batch, _ = inputs.shape
        classes = functional.pad(inputs, (0, -self.pitches % OCTAVE)).view(time, batch, -1, OCTAVE).amax(2)
        counted = torch.cat((classes, classes.new_ones(time, batch, 1)), dim=2)
        before = torch.cat((state[0].view(batch, TONALITIES, OCTAVE), state[1][..., None]), dim=2)
        sums = decayed_sums(counted, before.to(inputs), DECAYS.tolist())
        of_classes, weights = torch.split(sums, [OCTAVE, 1], dim=3)
        return (of_classes / weights).flatten(2), (of_classes[-1].flatten(1), weights[-1].flatten(1))

    def make_step(self, values: Array, state: tuple[Array, Array]) -> Callable[[Array], None]:
        """See `Reader.make_step`."""
        takes = len(values)
        sums, weights = (part.repeat(takes // len(part), axis=0) for part in state)
        sums = sums.reshape(takes, TONALITIES, OCTAVE)
        padded = np.zeros((takes, -(-self.pitches // OCTAVE), OCTAVE), np.float32)
        notes_of = padded.reshape(takes, -1)[:, : self.pitches]
        averages = values.reshape(takes, TONALITIES, OCTAVE)

        def write() -> None:
            np.divide(sums, np.maximum(weights, 1e-9)[..., None], out=averages)

        def step(notes: Array) -> None:
            notes_of[:] = notes
            sums[:] = sums * DECAYS[:, None] + padded.max(axis=1)[:, None]
            weights[:] = weights * DECAYS + 1
            write()

        write()
        return step
