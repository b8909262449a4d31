"""What reads the past by itself, without weights, for a relative output."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from lstmmusic.network.peepholes import LayerState

Array = NDArray[np.float32]


class Reader(ABC):
    """Values that are read of a roll, step by step, beside what the layers say; its subclasses say which.

    Attributes
    ----------
    size : int
        Values for each step.
    forgets : bool
        Whether it misses some notes in training; see `lstmmusic.network.noise.Noise.forget`.
    """

    size: int
    forgets: ClassVar[bool] = False

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
