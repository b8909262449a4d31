"""What a network reads of tunes that are analysed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import torch
from torch import Tensor

from lstmmusic.music.metre import places
from lstmmusic.music.roll import Tune
from lstmmusic.network.model import BLOCK, StackedLSTM

Steps = tuple[Tensor, Tensor | None]


class Inputs:
    """The steps of tunes side by side, as a network reads them; after the end of each is silence.

    Parameters
    ----------
    network : StackedLSTM
    tunes : sequence of Tune
        At least one.
    """

    def __init__(self, network: StackedLSTM, tunes: Sequence[Tune]) -> None:
        self._network, self._tunes = network, tunes
        self._cells = [network.cells_of(tune) for tune in tunes]
        self._dtype = network.lstms[0].biases.dtype

    def part(self, start: int, stop: int) -> Steps:
        """Return the steps [start, stop).

        Returns
        -------
        cells : Tensor, (time, tunes, pitches)
        places : Tensor, (time, tunes, PLACES), or None
            Where in the bar the step after each lies, if that is of use.
        """
        device, dtype = self._network.device, self._dtype
        block = np.zeros((stop - start, len(self._tunes), self._cells[0].shape[1]), np.float32)
        for number, cells in enumerate(self._cells):
            part = cells[start:stop]
            block[: len(part), number] = part
        where = None
        if self._network.config.metre:
            of_steps = [places(tune.metre, tune.config, start + 1, stop + 1) for tune in self._tunes]
            where = torch.from_numpy(np.stack(of_steps, axis=1)).to(device, dtype)
        return torch.from_numpy(block).to(device, dtype), where

    def blocks(self, stop: int | None = None) -> Iterator[Steps]:
        """Yield the steps before `stop`, by default all, in parts of at most `BLOCK`."""
        stop = max(map(len, self._cells)) if stop is None else stop
        for at in range(0, stop, BLOCK):
            yield self.part(at, min(at + BLOCK, stop))
