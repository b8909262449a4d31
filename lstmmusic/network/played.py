"""How the notes that sound were played: when each was struck, how loud, and how loud the music has been lately.

It is part of the features of a network that predicts strikes, which reads cells; see `lstmmusic.music.cells`.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from lstmmusic.config import LOUDNESSES
from lstmmusic.music.cells import HELD
from lstmmusic.network.peepholes import LayerState
from lstmmusic.network.reader import Array, BlockReader, decayed_sums
from lstmmusic.network.recent import LONGEST, SOUNDING, running_max

# Of moving averages over the notes that began in about the last 2 steps, 8 and 32.
DECAYS = np.array((0.5, 0.875, 0.96875), np.float32)

LOUDEST = 127.0

# Sums of weights below are not divided by.
LEAST = 1e-3

# Values of each pitch.
CHANNELS = 2


class Played(BlockReader):
    """For each pitch, the logarithm of the steps since it was struck, if it sounds, and its velocity; and averages.

    The values are (CHANNELS * pitches + LOUDNESSES): velocities are fractions of the largest, and the last values are
    moving averages of them over the notes that began, with the weights `DECAYS`; zero before the first note. The state
    has the steps since each pitch was struck, and its velocity, (batch, CHANNELS * pitches), and for each average the
    weighted sums of velocities and of notes, (batch, 2 * LOUDNESSES).

    Parameters
    ----------
    pitches : int
    """

    reads_cells = True

    def __init__(self, pitches: int) -> None:
        self.pitches = pitches
        self.size = CHANNELS * pitches + LOUDNESSES

    def zero_state(self, batch: int, device: torch.device) -> LayerState:
        """See `Reader.zero_state`."""
        return torch.zeros(batch, CHANNELS * self.pitches, device=device), torch.zeros(
            batch, 2 * LOUDNESSES, device=device
        )

    def read_block(self, inputs: Tensor, state: LayerState) -> tuple[Tensor, LayerState]:
        """See `BlockReader.read_block`; the inputs are cells."""
        time, batch, pitches = inputs.shape
        durations, velocities = torch.split(state[0].to(inputs), pitches, dim=1)
        number = torch.arange(1, time + 1, device=inputs.device, dtype=inputs.dtype)[:, None, None]
        struck, sounds = inputs > HELD, inputs > 0
        # Where the note that sounds began: one that was not struck did after silence.
        first = running_max(torch.where(struck, number, torch.where(sounds, 1 - durations, number + 1)))
        since = torch.where(sounds, number - first + 1, 0).clamp(max=LONGEST)
        own = torch.where(struck, (inputs - HELD) / LOUDEST, 0)
        at_first = own.gather(0, (first.long() - 1).clamp(0, time - 1))
        known = torch.where(sounds, torch.where(first > 0, at_first, velocities), 0)
        begun = torch.stack((own.sum(2), struck.sum(2).to(inputs)), dim=2)
        sums = decayed_sums(begun, state[1].view(batch, LOUDNESSES, 2).to(inputs), DECAYS.tolist())
        values = torch.cat((SOUNDING * since.log1p(), known, sums[..., 0] / sums[..., 1].clamp(min=LEAST)), dim=2)
        return values, (torch.cat((since[-1], known[-1]), dim=1), sums[-1].flatten(1))

    def make_step(self, values: Array, state: tuple[Array, Array]) -> Callable[[Array], None]:
        """See `Reader.make_step`; what it reads are cells."""
        pitches, takes = self.pitches, len(values)
        of_pitches, sums = (part.repeat(takes // len(part), axis=0) for part in state)
        since, known = of_pitches[:, :pitches], of_pitches[:, pitches:]
        sums = sums.reshape(takes, LOUDNESSES, 2)
        logarithms = SOUNDING * np.log1p(np.arange(LONGEST + 1, dtype=np.float32))

        def write() -> None:
            values[:, :pitches] = logarithms[since.astype(np.intp)]
            values[:, pitches : 2 * pitches] = known
            np.divide(sums[..., 0], np.maximum(sums[..., 1], LEAST), out=values[:, 2 * pitches :])

        def step(cells: Array) -> None:
            struck, sounds = cells > HELD, cells > 0
            since[:] = np.where(sounds, np.where(struck, 1, np.minimum(since + 1, LONGEST)), 0)
            own = np.where(struck, (cells - HELD) / np.float32(LOUDEST), np.float32(0))
            known[:] = np.where(struck, own, np.where(sounds, known, 0))
            sums[:] *= DECAYS[:, None]
            sums[..., 0] += own.sum(axis=1)[:, None]
            sums[..., 1] += np.count_nonzero(struck, axis=1)[:, None]
            write()

        write()
        return step
