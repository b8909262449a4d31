"""What goes wrong in training and what helps, in plain words, from a snapshot alone."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from lstmmusic.base.words import count_of
from lstmmusic.settings import checked
from lstmmusic.training.snapshot import LayerHealth, TrainingSnapshot, with_article

# A single validation loss may be worse by chance; this many, the last of them by this factor, are not.
WORSE_VALIDATIONS = 3
WORSE = 1.01

# The losses of mini-batches differ with their music, so the mean of this many is used.
AVERAGED_UPDATES = 25
# Early in training the loss and the gradient may do anything: there is no advice on them in the first updates.
SETTLED = 100

# With each preset the loss falls below 0.85 of its first mean within a hundred updates.
FALLEN = 0.98
# By chance, a mean grows by 10 or 20 %.
BLOWN_UP = 1.5

# A bound on the norm clips nearly every update early in training, which does no harm: with `recommended`, on chorales,
# from a norm of 100 at update 20, and from less than 2 after update 90. Later, a gradient that is clipped to a tenth no
# longer determines the length of the step.
CLIPPED_UPDATES = 0.9
CLIPPED_TO = 0.1
# A bound on elements, as in 2016, also turns the gradient; with half of them at the bound, few steps go the right way.
CLIPPED_ELEMENTS = 0.5

# In networks that have learned well, 1 to 6 % of the gates are saturated; with a weight std of 1, about 60 %.
SATURATED = 0.5

# A network that learns from scratch needs some hundreds of updates; the default EMA alone averages 500.
FEW_UPDATES = 200
ENOUGH_UPDATES = 1000

# The smallest norm of the parts of a network is usually at least a hundredth of the norm of all together.
NO_GRADIENT = 1e-6


@dataclass(frozen=True)
class Advice:
    """A problem in training, and what helps.

    Parameters
    ----------
    problem, remedy : str
        A sentence each.
    """

    problem: str
    remedy: str


@checked
def advise(snapshot: TrainingSnapshot) -> tuple[Advice, ...]:
    """Return advice on what goes wrong in training, the worst first; none if all goes well.

    Parameters
    ----------
    snapshot : TrainingSnapshot

    Returns
    -------
    tuple of Advice
    """
    if not all(math.isfinite(layer.gradient_norm) for layer in snapshot.health):
        return (*_on_infinite_gradients(snapshot), *_on_loss(snapshot))  # they say nothing about layers or the clip
    of_curves = (*_on_loss(snapshot), *_on_overfitting(snapshot), *_on_length(snapshot))
    return (*of_curves, *_on_clipping(snapshot), *_on_layers(snapshot))


def _on_infinite_gradients(snapshot: TrainingSnapshot) -> Iterator[Advice]:
    infinite = [layer for layer in snapshot.health if not math.isfinite(layer.gradient_norm)]
    yield Advice(
        f"The gradient of {_name(infinite)} is not finite: an update was far too large.",
        "Lower the learning rates, then resume: the best weights are kept.",
    )


def _on_loss(snapshot: TrainingSnapshot) -> Iterator[Advice]:
    losses = snapshot.curves.training
    if len(losses) < SETTLED:
        return
    sums = np.cumsum(np.concatenate(([0.0], losses)))
    means = (sums[AVERAGED_UPDATES:] - sums[:-AVERAGED_UPDATES]) / AVERAGED_UPDATES
    first, lowest, now = float(means[0]), float(means.min()), float(means[-1])
    if now > BLOWN_UP * lowest:
        yield Advice(
            f"The loss has blown up: it was {lowest:.2f} and is {now:.2f}.",
            "Lower the learning rates or the clip. The best weights are kept.",
        )
    elif snapshot.started_from is None and now > FALLEN * first:  # a head start may be as low as it gets
        yield Advice(
            f"The loss does not fall: it was {first:.2f} at first and is {now:.2f}.",
            "Raise the learning rates; if the loss jumps, lower them.",
        )


def find_overfitting(snapshot: TrainingSnapshot) -> int | None:
    """Return the epoch since which validation has become worse while training has not, or None.

    Parameters
    ----------
    snapshot : TrainingSnapshot

    Returns
    -------
    int or None
        The number of epochs after which validation was best, 0 for before the first update.
    """
    updates, training, at, validation = snapshot.curves
    if len(validation) <= WORSE_VALIDATIONS:
        return None
    best = int(validation.argmin())
    if len(validation) - 1 - best < WORSE_VALIDATIONS or validation[-1] <= WORSE * validation[best]:
        return None

    def training_loss(epoch: int) -> float:
        start, end = np.searchsorted(updates, at[[epoch - 1, epoch]], side="right")
        return float(training[start:end].mean())

    # Where training is worse too, this is not overfitting.
    return best if training_loss(len(validation) - 1) < training_loss(max(best, 1)) else None


def _on_overfitting(snapshot: TrainingSnapshot) -> Iterator[Advice]:
    best, validation = find_overfitting(snapshot), snapshot.curves.validation
    if best is not None:
        yield Advice(
            f"Overfitting since epoch {best}: validation was {validation[best]:.2f} and is {validation[-1]:.2f}.",
            "Stop here (the best weights are kept), or use more dropout or more music.",
        )


def _on_length(snapshot: TrainingSnapshot) -> Iterator[Advice]:
    updates, epochs = len(snapshot.curves.training), snapshot.config.epochs
    if snapshot.started_from is not None or not updates or not snapshot.done:
        return
    planned = max(updates, round(updates / snapshot.done))
    if planned < FEW_UPDATES:
        enough = 10 * math.ceil(epochs * ENOUGH_UPDATES / planned / 10)
        yield Advice(
            f"All {count_of(epochs, 'epoch')} together are {count_of(planned, 'update')}, which is hardly enough.",
            f"Raise the epochs to {enough:,}, or add music.",
        )


def _on_clipping(snapshot: TrainingSnapshot) -> Iterator[Advice]:
    clip, health = snapshot.config.clip, snapshot.health
    if len(snapshot.curves.training) < SETTLED:
        return
    if snapshot.config.clip_kind == "element":
        clipped = [layer for layer in health if layer.clipped > CLIPPED_ELEMENTS]
        if clipped:
            yield Advice(f"Most of the gradient of {_name(clipped)} is clipped.", f"Raise the clip above {clip:g}.")
        return
    norm = math.hypot(*(layer.gradient_norm for layer in health))
    if any(layer.clipped > CLIPPED_UPDATES for layer in health) and clip < CLIPPED_TO * norm:
        yield Advice(
            f"Nearly every update is clipped, the last from {norm:.3g} to {clip:g}.",
            "Raise the clip; if the loss jumps, lower the learning rates.",
        )


def _on_layers(snapshot: TrainingSnapshot) -> Iterator[Advice]:
    health = snapshot.health
    stuck = [layer for layer in health if layer.saturated is not None and layer.saturated > SATURATED]
    if stuck:
        fraction = min(layer.saturated for layer in stuck if layer.saturated is not None)
        yield Advice(
            f"At least {fraction:.0%} of the gates of {_name(stuck)} are stuck, wide open or shut.",
            "Start a new run with a smaller std of the initial weights, or with lower learning rates.",
        )
    still = [layer for layer, rate in zip(health, snapshot.config.learning_rates, strict=False) if rate == 0]
    if still:
        yield Advice(f"A rate of 0 keeps {_name(still)} from learning.", "Raise it, unless you want that.")
    all_together = math.hypot(*(layer.gradient_norm for layer in health))
    cut_off = [layer for layer in health if layer.gradient_norm <= NO_GRADIENT * all_together]
    if cut_off:
        yield Advice(
            f"The gradient of {_name(cut_off)} is 0, so that nothing is learned there.",
            "Start a new run with skip connections, or with a larger std of the initial weights.",
        )


def _name(layers: Sequence[LayerHealth]) -> str:
    *names, last = [with_article(layer.name) for layer in layers]
    return f"{', '.join(names)} and {last}" if names else last
