"""Networks that run with a limited past: what they predict depends on a number of steps, and no more."""

from __future__ import annotations

import numpy as np
import torch

from lstmmusic.network.model import StackedLSTM
from lstmmusic.network.outputs import Array, to_numpy
from lstmmusic.network.stepper import Stepper, StepWeights


class WindowStepper:
    """What the last steps of each take say, read from a zero state again after each step.

    It can stand for a `Stepper`, and takes as many times longer as it reads steps.

    Parameters
    ----------
    network : StackedLSTM
    cells, places : ndarray of float32, (time, 1, pitches) and (time, 1, PLACES)
        The steps so far, at least one, and where in the bar the step after each lies; see `StackedLSTM.forward`.
    takes : int
    past : int
        How many steps are read.

    Attributes
    ----------
    features, place
        See `Stepper`.
    """

    def __init__(self, network: StackedLSTM, cells: Array, places: Array, takes: int, past: int) -> None:
        self._network, self._past = network, past
        self._cells, self._places = (part.repeat(takes, axis=1) for part in (cells, places))
        self._stop = network.config.features
        self._start = self._stop - places.shape[2] * network.config.metre
        self._read()

    def step(self, cells: Array, place: Array | None = None) -> None:
        """Advance by one step of each take; see `Stepper.step`."""
        where = np.zeros_like(self._places[0])
        where[:] = 0 if place is None else place
        self._cells = np.concatenate((self._cells, cells[None]))
        self._places = np.concatenate((self._places, where[None]))
        self._read()

    def _read(self) -> None:
        self._cells, self._places = self._cells[-self._past :], self._places[-self._past :]
        steps, places = (torch.from_numpy(part).to(self._network.device) for part in (self._cells, self._places))
        self.features = to_numpy(self._network(steps, places=places)[0][-1])
        self.place = self.features[:, self._start : self._stop]


class ResetStepper:
    """A `Stepper` that forgets all after a number of steps, and again after as many.

    Parameters
    ----------
    network : StackedLSTM
    weights : StepWeights
    cells, places, takes
        See `WindowStepper`.
    past : int
        How many steps are read until the next step is read from a zero state; counted from the first of `cells`.

    Attributes
    ----------
    features, place
        See `Stepper`.
    """

    def __init__(
        self, network: StackedLSTM, weights: StepWeights, cells: Array, places: Array, takes: int, past: int
    ) -> None:
        self._weights, self._takes, self._past = weights, takes, past
        self._zero_state = network.zero_state(1)
        self._known = (len(cells) - 1) % past + 1  # steps
        recent = (torch.from_numpy(part[-self._known :]).to(network.device) for part in (cells, places))
        steps, where = recent
        self._stepper = Stepper(weights, network(steps, places=where)[1], takes)

    @property
    def features(self) -> Array:
        """See `Stepper`."""
        return self._stepper.features

    @property
    def place(self) -> Array:
        """See `Stepper`."""
        return self._stepper.place

    def step(self, cells: Array, place: Array | None = None) -> None:
        """Advance by one step of each take; see `Stepper.step`."""
        if self._known == self._past:
            self._stepper, self._known = Stepper(self._weights, self._zero_state, self._takes), 0
        self._stepper.step(cells, place)
        self._known += 1
