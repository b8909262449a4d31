"""What training tells of itself: immutable, so that any thread may look at it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lstmmusic.config import PARTS, TrainingConfig
from lstmmusic.music.roll import Tune
from lstmmusic.network.probabilities import NoteProbabilities


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
    before : mapping of str to value
        The same fields, and their values before; empty in files of the first version.
    """

    update: int
    settings: Mapping[str, Any]
    reason: str = ""
    before: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        """Tell what was changed, in a line."""
        words = ", ".join(
            part for name, value in self.settings.items() for part in _tell_change(name, self.before.get(name), value)
        )
        return f"{words} ({self.reason})" if self.reason else words


def _tell_change(name: str, before: Any, after: Any) -> Iterator[str]:
    """Tell what became of a setting; of the rates, only of those that changed."""
    parts = [(name.replace("_", " "), before, after)]
    if name == "learning_rates":
        names = [f"rate of {'the ' * (part == 'output')}{part}" for part in PARTS]
        parts = list(zip(names, before or (None,) * len(after), after, strict=True))
    for part, old, new in parts:
        if old != new:
            yield f"{part} {_tell(new)}" if old is None else f"{part} {_tell(old)} → {_tell(new)}"


def _tell(value: Any) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def add_change(
    changes: tuple[Change, ...], update: int, before: TrainingConfig, after: TrainingConfig, reason: str = ""
) -> tuple[Change, ...]:
    """Add what differs between two settings to what was changed before.

    What was changed after the same update, for the same reason, becomes one entry, and what was changed back none.
    """
    old, new = asdict(before), asdict(after)
    if changes and (changes[-1].update, changes[-1].reason) == (update, reason):
        changes, old = changes[:-1], old | dict(changes[-1].before)
    settings = {name: value for name, value in new.items() if value != old[name]}
    return (*changes, Change(update, settings, reason, {name: old[name] for name in settings})) if settings else changes


@dataclass(frozen=True)
class LayerHealth:
    """How a part of the network fares.

    Parameters
    ----------
    name : str
        'layer 1', 'layer 2', 'layer 3' or 'output'.
    gradient_norm : float
        Of its part of the gradient in the last update, before clipping.
    clipped : float
        Share of its gradient's elements that were clipped, 0 to 1, averaged over about twenty updates.
    saturated : float or None
        Share of the activations of its gates on the excerpt that are below 0.05 or above 0.95; the output has none.
    """

    name: str
    gradient_norm: float
    clipped: float
    saturated: float | None


@dataclass(frozen=True, eq=False)
class TrainingSnapshot:
    """An immutable picture of training, to be shown elsewhere.

    Parameters
    ----------
    updates, training : ndarray of float64, shape (n,)
        Numbers of the updates, and the loss of each.
    validation_updates, validation : ndarray of float64, shape (m,)
        When validation was measured, and its loss in nats per frame: before the first update, then after each epoch,
        so that entry n belongs to epoch n.
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
    config : TrainingConfig
        The settings as they are now.
    health : tuple of LayerHealth
        Of layers 1, 2, 3 and the output; empty until an update was made since the run was begun or loaded.
    changes : tuple of Change
        What was changed while the run went on.
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
    config: TrainingConfig = field(default_factory=TrainingConfig)
    health: tuple[LayerHealth, ...] = ()
    changes: tuple[Change, ...] = ()
