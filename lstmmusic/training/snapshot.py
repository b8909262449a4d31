"""What training reports: immutable, so that any thread may read it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lstmmusic.config import PARTS, TrainingConfig
from lstmmusic.music.roll import Tune
from lstmmusic.network.probabilities import NoteProbabilities
from lstmmusic.training.evaluation import Parts
from lstmmusic.training.start import Origin


@dataclass(frozen=True)
class Update:
    """The result of one update.

    Parameters
    ----------
    number : int
        Updates so far, this one included.
    epoch : int
        From 1.
    loss : float
        The loss of the mini-batch before the update, per step.
    gradient_norm : float
        Before clipping.
    """

    number: int
    epoch: int
    loss: float
    gradient_norm: float


class Curves(NamedTuple):
    """The loss curves of a run.

    Parameters
    ----------
    updates, training : ndarray of float64, shape (n,)
        Numbers of the updates, from 1, and the loss of each.
    validation_updates, validation : ndarray of float64, shape (m,)
        Updates after which validation was measured, and its loss in nats per step: before the first update, then
        after each epoch, so that entry n belongs to epoch n.
    """

    updates: NDArray[np.float64]
    training: NDArray[np.float64]
    validation_updates: NDArray[np.float64]
    validation: NDArray[np.float64]

    @classmethod
    def of(cls, losses: ArrayLike, validations: ArrayLike) -> Curves:
        """Make curves of the loss of each update, (n,), and of pairs of an update and its validation loss, (m, 2)."""
        training, pairs = np.array(losses, np.float64), np.array(validations, np.float64).reshape(-1, 2)
        return cls(np.arange(1, len(training) + 1, dtype=np.float64), training, pairs[:, 0], pairs[:, 1])


@dataclass(frozen=True)
class Change:
    """Settings that were changed during a run.

    Parameters
    ----------
    update : int
        Number of updates before the change.
    settings : mapping of str to value
        Fields of `TrainingConfig`, and their new values.
    reason : str
        Why, if the user did not ask for it.
    before : mapping of str to value
        The same fields, and their values before; empty in files of the first version.
    """

    update: int
    settings: Mapping[str, Any]
    reason: str = ""
    before: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        """Return the change in a line."""
        words = ", ".join(
            part for name, value in self.settings.items() for part in _format_change(name, self.before.get(name), value)
        )
        return f"{words} ({self.reason})" if self.reason else words


def _format_change(name: str, before: Any, after: Any) -> Iterator[str]:
    """Yield a setting with its old and new value; of the learning rates, only those that changed."""
    parts = [(name.replace("_", " "), before, after)]
    if name == "learning_rates":
        names = [f"rate of {with_article(part)}" for part in PARTS]
        parts = list(zip(names, before or (None,) * len(after), after, strict=True))
    for part, old, new in parts:
        if old != new:
            yield f"{part} {_format(new)}" if old is None else f"{part} {_format(old)} → {_format(new)}"


def _format(value: Any) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def with_article(part: str) -> str:
    """Return the name of a part of the network as it is written in a sentence."""
    return f"the {part}" if part == "output" else part


def add_change(
    changes: tuple[Change, ...], update: int, before: TrainingConfig, after: TrainingConfig, reason: str = ""
) -> tuple[Change, ...]:
    """Add the differences between two configs to earlier changes.

    Changes after the same update, for the same reason, become one entry; a setting that was changed back has none.
    """
    old, new = asdict(before), asdict(after)
    if changes and (changes[-1].update, changes[-1].reason) == (update, reason):
        changes, old = changes[:-1], old | dict(changes[-1].before)
    settings = {name: value for name, value in new.items() if value != old[name]}
    return (*changes, Change(update, settings, reason, {name: old[name] for name in settings})) if settings else changes


@dataclass(frozen=True)
class LayerHealth:
    """The state of a part of the network while it learns.

    Parameters
    ----------
    name : str
        One of `lstmmusic.config.PARTS`.
    gradient_norm : float
        The norm of its part of the gradient in the last update, before clipping.
    clipped : float
        Fraction of its gradient's elements that were clipped, averaged over about twenty updates: where the norm of
        the whole gradient is bounded, the fraction of these updates that were clipped.
    saturated : float or None
        Fraction of the activations of its gates on the excerpt that are below 0.05 or above 0.95; None for the output.
    """

    name: str
    gradient_norm: float
    clipped: float
    saturated: float | None


@dataclass(frozen=True, eq=False)
class TrainingSnapshot:
    """An immutable view of training at one moment.

    Parameters
    ----------
    curves : Curves
    epoch : int
        The current epoch, from 1.
    done : float
        Fraction of all epochs that is done.
    seconds : float
        Spent in training so far.
    excerpt : Tune
        A fixed part of a validation tune.
    probabilities : NoteProbabilities
        The probability of each note of the excerpt, given the true steps before it.
    config : TrainingConfig
        The current settings.
    health : tuple of LayerHealth
        One for each part of the network; empty until the first update after the run was started or loaded.
    changes : tuple of Change
        Settings that were changed during the run.
    started_from : Origin or None
        Whose weights the run started from; None for a new network.
    parts : Parts or None
        The loss of the last validation, of which the curves have the notes alone; None without it, and where a run of
        an earlier version has not been validated since.
    """

    curves: Curves
    epoch: int
    done: float
    seconds: float
    excerpt: Tune
    probabilities: NoteProbabilities
    config: TrainingConfig = field(default_factory=TrainingConfig)
    health: tuple[LayerHealth, ...] = ()
    changes: tuple[Change, ...] = ()
    started_from: Origin | None = None
    parts: Parts | None = None


def fraction_done(epoch: float, position: float, crops: float, epochs: int) -> float:
    """Return the fraction of all epochs that is done, from those complete and the crops of the current one."""
    return min(1.0, (epoch + position / crops) / epochs)
