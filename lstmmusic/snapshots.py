"""What training tells of itself: immutable, so that any thread may look at it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lstmmusic.pianoroll import Tune
from lstmmusic.probabilities import NoteProbabilities


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


@dataclass(frozen=True)
class Change:
    """Settings that were changed while a run went on.

    Parameters
    ----------
    update : int
        Updates that were made before.
    settings : mapping of str to value
        Fields of `TrainingConfig`, and their new values.
    reason : str
        Why, if it was not asked for.
    """

    update: int
    settings: Mapping[str, Any]
    reason: str = ""

    def __str__(self) -> str:
        """Tell what was changed, in a line."""
        words = ", ".join(f"{name.replace('_', ' ')} {_tell(value)}" for name, value in self.settings.items())
        return f"{words} ({self.reason})" if self.reason else words


def _tell(value: Any) -> str:
    if isinstance(value, tuple):
        return " ".join(map(_tell, value))
    return f"{value:g}" if isinstance(value, float) else str(value)


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
    probabilities : NoteProbabilities
        Of each note of the excerpt, given the true steps before it; they say whether the true notes below it were
        given too.
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
    probabilities: NoteProbabilities
