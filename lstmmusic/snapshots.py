"""What training tells of itself: immutable, so that any thread may look at it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lstmmusic.pianoroll import Tune

MARGINAL_DRAWS = 32


@dataclass(frozen=True)
class Update:
    """What one update came to.

    Parameters
    ----------
    number : int
        Updates so far.
    epoch : int
        From 1.
    loss : float
        Of the mini-batch before the update, per frame.
    gradient_norm : float
        Before clipping.
    """

    number: int
    epoch: int
    loss: float
    gradient_norm: float


@dataclass(frozen=True, eq=False)
class TrainingSnapshot:
    """An immutable picture of training, to be shown elsewhere.

    Parameters
    ----------
    updates, training : ndarray of float64, shape (n,)
        Numbers of the updates, and the loss of each.
    validation_updates, validation : ndarray of float64, shape (m,)
        When validation was measured, and its loss in nats per frame.
    epoch, epochs : int
    done : float
        Share of all epochs that is done, 0 to 1.
    seconds : float
        Spent in training so far.
    excerpt : Tune
        A fixed part of a validation tune.
    expectations : ndarray of float32, (steps, pitches)
        Probability of each note of the excerpt, given the true steps before it and, for a joint output, the true
        notes below it.
    probabilities : ndarray of float32, (steps, pitches)
        Probability of each note given the true steps before it, whatever else sounds with it; for a joint output
        an estimate from `MARGINAL_DRAWS` draws.
    """

    updates: NDArray[np.float64]
    training: NDArray[np.float64]
    validation_updates: NDArray[np.float64]
    validation: NDArray[np.float64]
    epoch: int
    epochs: int
    done: float
    seconds: float
    excerpt: Tune
    expectations: NDArray[np.float32]
    probabilities: NDArray[np.float32]
