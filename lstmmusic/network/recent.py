"""What a relative output reads of the past by itself: the last steps, and how long each note sounds or is silent.

It is part of the features of a network. Before the first step that a network reads, it knows nothing: the steps before
are silent, and durations count from there, as the state of the layers does. So a crop from the middle of a tune is read
as it would be at the start of one.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from lstmmusic.network.peepholes import LayerState
from lstmmusic.network.reader import Array, Reader

# Longer durations count as this many steps: networks meet no longer ones in most crops, nor in endless music.
LONGEST = 64

# With these factors, the logarithms of durations lie between 0 and about 2, and 0 and 1.
SOUNDING, SILENT = 0.5, 0.25


class Recent(Reader):
    """For each pitch, the last steps, the newest first, and the logarithms of how long it has sounded or been silent.

    The values are (channels * pitches). The state has the steps themselves, (batch, steps * pitches), and the
    durations, (batch, pitches): positive for a note that sounds, negative for one that is silent, and 0 before the
    first step.

    Parameters
    ----------
    pitches, steps : int

    Attributes
    ----------
    channels : int
        Values for each pitch.
    """

    forgets = True

    def __init__(self, pitches: int, steps: int) -> None:
        self.pitches, self.steps = pitches, steps
        self.channels = steps + 2
        self.size = self.channels * pitches

    def zero_state(self, batch: int, device: torch.device) -> LayerState:
        """See `Reader.zero_state`."""
        return torch.zeros(batch, self.steps * self.pitches, device=device), torch.zeros(
            batch, self.pitches, device=device
        )

    def read(self, inputs: Tensor, state: LayerState) -> tuple[Tensor, LayerState]:
        """See `Reader.read`."""
        time, batch, pitches = inputs.shape
        before, durations = state
        earlier = before.reshape(batch, self.steps, pitches).transpose(0, 1)[:-1].flip(0)
        known = torch.cat((earlier.to(inputs), inputs))
        newest_first = [known[self.steps - 1 - back :][:time] for back in range(self.steps)]
        sounds = inputs > 0
        number = torch.arange(1, time + 1, device=inputs.device, dtype=inputs.dtype)[:, None, None]
        # Since the last step in which the note was silent, or sounded: a step before the first has a number below 1.
        last_silent = running_max(torch.where(sounds, -durations.clamp(min=0), number))
        last_sounding = running_max(torch.where(sounds, number, durations.clamp(max=0)))
        sounding, silent = ((number - last).clamp(max=LONGEST) for last in (last_silent, last_sounding))
        values = torch.cat((*newest_first, SOUNDING * sounding.log1p(), SILENT * silent.log1p()), dim=2)
        return values, (values[-1, :, : self.steps * pitches], (sounding - silent)[-1])

    def make_step(self, values: Array, state: tuple[Array, Array]) -> Callable[[Array], None]:
        """See `Reader.make_step`."""
        pitches, stop = self.pitches, self.steps * self.pitches
        counted = np.log1p(np.arange(LONGEST + 1, dtype=np.float32))
        # The logarithms of all durations; negative ones are counted from the end.
        sounding = np.concatenate((SOUNDING * counted, np.zeros(LONGEST, np.float32)))
        silent = np.concatenate((np.zeros(LONGEST + 1, np.float32), SILENT * counted[:0:-1]))
        durations = state[1].repeat(len(values) // len(state[1]), axis=0)

        def write_durations() -> None:
            places = durations.astype(np.intp)
            values[:, stop : stop + pitches] = sounding[places]
            values[:, stop + pitches :] = silent[places]

        def step(notes: Array) -> None:
            values[:, pitches:stop] = values[:, : stop - pitches]
            values[:, :pitches] = notes
            signs = 2 * notes - 1
            durations[:] = np.where(durations * signs > 0, durations, 0) + signs
            np.clip(durations, -LONGEST, LONGEST, out=durations)
            write_durations()

        values[:, :stop] = state[0]
        write_durations()
        return step


def running_max(values: Tensor) -> Tensor:
    """Return what `cummax(0).values` does, by doubling, which takes less time on a CPU."""
    shift = 1
    while shift < len(values):
        values = torch.cat((values[:shift], torch.maximum(values[shift:], values[:-shift])))
        shift *= 2
    return values
