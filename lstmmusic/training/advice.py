"""What goes wrong in training, in words for a musician, and what helps. It looks at a snapshot, and at nothing else."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from lstmmusic.training.snapshot import LayerHealth, TrainingSnapshot

# A validation loss is worse by chance now and then: so often, and by this factor, it is not.
WORSE_VALIDATIONS = 3
WORSE = 1.01

# A mini-batch of hard music has a loss of its own: so many updates are averaged. Before four times as many, nothing is
# said of the loss: at first it may do anything.
AVERAGED_UPDATES = 25

# Each preset brings the loss below 0.85 of its first mean within a hundred updates.
FALLEN = 0.98
# By chance, a mean grows by a tenth or two.
BLOWN_UP = 1.5

# A bound on the norm clips nearly every update while a network is young, which does no harm. What is cut to a tenth has
# lost what it told of how far to go.
CLIPPED_UPDATES = 0.9
CLIPPED_TO = 0.1
# A bound on elements, as in 2016, bends the gradient too; with half of them at the bound, few of its steps are right.
CLIPPED_ELEMENTS = 0.5

# Of networks that have learned well, 1 to 6 % of the gates are saturated; of weights with a spread of 1, about 60 %.
SATURATED = 0.5

# Of the norms of the parts of a network, the smallest is at least a hundredth of all together.
NO_GRADIENT = 1e-6


@dataclass(frozen=True)
class Advice:
    """Something that goes wrong, and what helps.

    Parameters
    ----------
    words, remedy : str
        A sentence each.
    """

    words: str
    remedy: str


def advise(snapshot: TrainingSnapshot) -> tuple[Advice, ...]:
    """Tell what goes wrong in training, the worst first; nothing if all goes well.

    Parameters
    ----------
    snapshot : TrainingSnapshot

    Returns
    -------
    tuple of Advice
    """
    return (*_on_loss(snapshot), *_on_overfitting(snapshot), *_on_clipping(snapshot), *_on_layers(snapshot))


def _on_loss(snapshot: TrainingSnapshot) -> Iterator[Advice]:
    losses = snapshot.curves.training
    if len(losses) < 4 * AVERAGED_UPDATES:
        return
    sums = np.cumsum(np.concatenate(([0.0], losses)))
    means = (sums[AVERAGED_UPDATES:] - sums[:-AVERAGED_UPDATES]) / AVERAGED_UPDATES
    first, lowest, now = float(means[0]), float(means.min()), float(means[-1])
    if now > BLOWN_UP * lowest:
        yield Advice(
            f"The loss has blown up: it was {lowest:.2f} and is {now:.2f}.",
            "Lower the learning rates or the clip. The best weights are kept.",
        )
    elif now > FALLEN * first:
        yield Advice(
            f"The loss does not fall: it was {first:.2f} at first and is {now:.2f}.",
            "Take higher learning rates; if it jumps, take lower ones.",
        )


def find_overfitting(snapshot: TrainingSnapshot) -> int | None:
    """Return the epoch since which validation has become worse while training has not, or None."""
    updates, training, at, validation = snapshot.curves
    if len(validation) <= WORSE_VALIDATIONS:
        return None
    best = int(validation.argmin())
    if len(validation) - 1 - best < WORSE_VALIDATIONS or validation[-1] <= WORSE * validation[best]:
        return None

    def learned(epoch: int) -> float:
        """Return the mean training loss of an epoch."""
        begin, end = np.searchsorted(updates, at[[epoch - 1, epoch]], side="right")
        return float(training[begin:end].mean())

    # Where training is worse too, it is no overfitting.
    return best if learned(len(validation) - 1) < learned(max(best, 1)) else None


def _on_overfitting(snapshot: TrainingSnapshot) -> Iterator[Advice]:
    best, validation = find_overfitting(snapshot), snapshot.curves.validation
    if best is not None:
        yield Advice(
            f"Overfitting since epoch {best}: validation was {validation[best]:.2f} and is {validation[-1]:.2f}.",
            "Stop here (the best weights are kept), or use more dropout or more music.",
        )


def _on_clipping(snapshot: TrainingSnapshot) -> Iterator[Advice]:
    clip, health = snapshot.config.clip, snapshot.health
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
        share = min(layer.saturated for layer in stuck if layer.saturated is not None)
        yield Advice(
            f"At least {share:.0%} of the gates of {_name(stuck)} are stuck, wide open or shut.",
            "Start anew with a smaller spread of the initial weights, or lower learning rates.",
        )
    still = [layer for layer, rate in zip(health, snapshot.config.learning_rates, strict=False) if rate == 0]
    if still:
        yield Advice(f"A rate of 0 keeps {_name(still)} from learning.", "Raise it, unless that is what you want.")
    all_together = math.hypot(*(layer.gradient_norm for layer in health))
    cut_off = [layer for layer in health if layer.gradient_norm <= NO_GRADIENT * all_together]
    if cut_off:
        yield Advice(
            f"Nothing reaches {_name(cut_off)}, which cannot learn: the gradient is 0.",
            "Start anew with skip connections, or with a larger spread of the initial weights.",
        )


def _name(layers: Sequence[LayerHealth]) -> str:
    *names, last = [f"the {layer.name}" if layer.name == "output" else layer.name for layer in layers]
    return f"{', '.join(names)} and {last}" if names else last
