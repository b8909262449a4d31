"""What reads the past by itself, without weights, beside the layers."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from lstmmusic.network.peepholes import LayerState

Array = NDArray[np.float32]

# Steps of which `decayed_sums` needs a weight for each pair.
BLOCK = 512


class Reader(ABC):
    """Values that are read of a roll, step by step, beside what the layers say; its subclasses say which.

    Attributes
    ----------
    size : int
        Values for each step.
    forgets : bool
        Whether it misses some notes in training; see `lstmmusic.network.noise.Noise.forget`.
    reads_cells : bool
        Whether it reads cells, as `lstmmusic.music.cells` describes them, rather than zeros and ones.
    """

    size: int
    forgets: ClassVar[bool] = False
    reads_cells: ClassVar[bool] = False

    @abstractmethod
    def zero_state(self, batch: int, device: torch.device) -> LayerState:
        """Return the state before the first step: two tensors, each with a row for each sequence."""

    @abstractmethod
    def read(self, inputs: Tensor, state: LayerState) -> tuple[Tensor, LayerState]:
        """Read steps of rolls.

        Parameters
        ----------
        inputs : Tensor of zeros and ones, (time, batch, pitches)
        state : tuple of two Tensors
            Before the first of them.

        Returns
        -------
        values : Tensor, (time, batch, size)
            After each step.
        state : tuple of two Tensors
        """

    @abstractmethod
    def make_step(self, values: Array, state: tuple[Array, Array]) -> Callable[[Array], None]:
        """Return a function that reads a step of each take, (takes, pitches), with numpy, and changes `values`.

        Parameters
        ----------
        values : ndarray of float32, (takes, size)
        state : tuple of two ndarrays
            Of each take, or one for all; what `values` are set to at once.
        """


class BlockReader(Reader):
    """A reader that reads at most `BLOCK` steps at once."""

    def read(self, inputs: Tensor, state: LayerState) -> tuple[Tensor, LayerState]:
        """See `Reader.read`."""
        values = []
        for part in torch.split(inputs, BLOCK):
            block, state = self.read_block(part, state)
            values.append(block)
        return torch.cat(values), state

    @abstractmethod
    def read_block(self, inputs: Tensor, state: LayerState) -> tuple[Tensor, LayerState]:
        """Do what `read` does, for at most `BLOCK` steps."""


def decayed_sums(values: Tensor, before: Tensor, decays: Sequence[float]) -> Tensor:
    """Sum values over the steps up to each, weighted by a power of their age.

    Parameters
    ----------
    values : Tensor, (time, batch, values)
        Of at most `BLOCK` steps.
    before : Tensor, (batch, decays, values)
        The sums before the first step.
    decays : sequence of float
        By which a sum is multiplied with each step.

    Returns
    -------
    Tensor, (time, batch, decays, values)
    """
    time, flat = len(values), values.flatten(1)
    age = torch.arange(time, device=values.device)[:, None] - torch.arange(time, device=values.device)
    sums = []
    for decay, its in zip(decays, before.unbind(1), strict=True):
        faded = (decay ** age.clamp(min=0).to(values)) * (age >= 0)
        since = decay ** torch.arange(1, time + 1, device=values.device).to(values)
        sums.append((faded @ flat).view(values.shape) + since[:, None, None] * its)
    return torch.stack(sums, dim=2)
