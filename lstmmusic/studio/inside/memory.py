"""What a network remembers: a tune with a limited past, and how predictions depend on what was before."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from lstmmusic.analysis.gradients import gradient_through_time
from lstmmusic.analysis.memory import divergence_by_past
from lstmmusic.generation.sampler import LONGEST_PAST
from lstmmusic.music.roll import Tune
from lstmmusic.network.model import StackedLSTM
from lstmmusic.studio.context import Context, Latest
from lstmmusic.studio.controls import choice, column, on_choice, quietly, slider, text
from lstmmusic.views import PastView

LENGTHS = (1, 2, 4, 8, 16, 32, 64, 128)
SAMPLES = 4  # of each step: a fraction of a second for each length
FARTHEST = 256  # steps back to which a gradient is followed: a fraction of a second

ALL, LAST, RESET = "everything", "the last steps", "since it forgot all"


@dataclass(frozen=True, eq=False)
class Curve:
    """How much predictions change, as far as it is measured.

    Parameters
    ----------
    network : StackedLSTM
    tune : Tune
    key : tuple
        What it is of, whatever the weights.
    divergences : tuple of float
        Of the first of `LENGTHS`.
    """

    network: StackedLSTM
    tune: Tune
    key: tuple[object, ...]
    divergences: tuple[float, ...] = ()

    @property
    def complete(self) -> bool:
        """Whether all lengths are measured; of one step, nothing can be."""
        return len(self.divergences) == len(LENGTHS) or len(self.tune) < 2


def measure_next(curve: Curve) -> Curve:
    """Measure the next length."""
    length = LENGTHS[len(curve.divergences)]
    (divergence,) = divergence_by_past(curve.network, curve.tune, [length], samples=SAMPLES).tolist()
    return replace(curve, divergences=(*curve.divergences, divergence))


@dataclass(frozen=True, eq=False)
class Past:
    """How the loss of a step depends on a layer in the steps before.

    Parameters
    ----------
    network : StackedLSTM
    tune : Tune
    key : tuple
        What it is of, whatever the weights.
    layer, step : int
    weights : ndarray of float32, (step,), or None
        Norms of the gradient of the loss of the step with respect to the states of the layer; None where they are not
        measured yet.
    """

    network: StackedLSTM
    tune: Tune
    key: tuple[object, ...]
    layer: int
    step: int
    weights: NDArray[np.float32] | None = None

    def is_of(self, other: Past) -> bool:
        """Return whether both are about the same step and layer."""
        return (self.key, self.layer, self.step) == (other.key, other.layer, other.step)


def follow_back(past: Past) -> Past:
    """Measure the gradient."""
    first = max(0, past.step - FARTHEST)
    found = gradient_through_time(past.network, past.tune.part(first, past.step + 1), past.step - first)
    weights = np.zeros(past.step, np.float32)
    weights[first:] = found.states[past.layer][::-1]
    return replace(past, weights=weights)


class MemoryPanel:
    """How much of the past is known while a tune is sampled, and the curve.

    Parameters
    ----------
    context : Context

    Attributes
    ----------
    curve : Curve or None
        What is shown.
    past_of_step : Past or None
        Of the step that is pointed at.
    """

    def __init__(self, context: Context) -> None:
        self._measuring: Latest[Curve] = Latest(context.between_updates)
        self._following: Latest[Past] = Latest(context.between_updates)
        self.curve: Curve | None = None
        self.past_of_step: Past | None = None
        self.way = choice(
            "Remember",
            "What the network knows of what it has played: everything, only the last steps, or only what came since "
            "it forgot all, which it then does every so many steps. Default: everything",
            [ALL, LAST, RESET],
        )
        self.steps = slider(
            "Forget after",
            "Number of steps that are remembered: fewer makes the tune forget what it played. Default: 16",
            (1, LONGEST_PAST),
            16,
            whole=True,
        )
        self.steps.continuous_update = True
        self.words = text()
        self.view = PastView(height=150, empty="How far back the network remembers")
        on_choice(self.way, "value", context.act, self._mark)
        on_choice(self.steps, "value", context.act, self._slide)
        self.box = column(self.way, self.steps, self.words, self.view)

    @property
    def past(self) -> int | None:
        """How many steps are remembered; None for all."""
        return None if self.way.value == ALL else int(self.steps.value)

    @property
    def resets(self) -> bool:
        """Whether everything is forgotten again and again, rather than what is older than the last steps."""
        return bool(self.way.value == RESET)

    @property
    def busy(self) -> bool:
        """Whether something is still to be shown."""
        incomplete = self.curve is not None and not self.curve.complete
        pointed = self.past_of_step is not None and self.past_of_step.weights is None
        return self._measuring.busy or self._following.busy or incomplete or pointed

    def clear(self) -> None:
        """Remember everything."""
        with quietly(self.way):
            self.way.value = ALL
        self._mark()

    def look_at(self, wanted: Curve) -> None:
        """Measure another curve from now on; what is known of it stays, also where the weights are newer."""
        if self.curve is None or self.curve.key != wanted.key:
            self.curve = wanted
            self.view.show(LENGTHS, ())

    def point_at(self, wanted: Past | None) -> None:
        """Look back from another step from now on, or from none."""
        now = self.past_of_step
        if wanted is None or now is None or not now.is_of(wanted):
            self.past_of_step = wanted
            if wanted:
                self._following.ask(partial(follow_back, wanted))

    def refresh(self, *, can_ask: bool, sampled: bool) -> None:
        """Show what was measured, and measure more; only tunes that are `sampled` can forget.

        Raises
        ------
        Exception
            What went wrong in the background.
        """
        self.way.disabled = self.steps.disabled = not sampled
        words = "" if sampled else "This tune is given: choose the take in Listening to hear it forget."
        if self.words.value != words:
            self.words.value = words
        followed = self._following.take()
        if followed and self.past_of_step and followed.is_of(self.past_of_step):
            self.past_of_step = followed
        measured = self._measuring.take()
        if measured and self.curve and measured.key == self.curve.key:
            self.curve = measured
            self.view.show(LENGTHS, measured.divergences)
        if self.curve and not self.curve.complete and can_ask and not self._measuring.busy:
            self._measuring.ask(partial(measure_next, self.curve))

    def _slide(self) -> None:
        if self.way.value == ALL:
            with quietly(self.way):
                self.way.value = LAST
        self._mark()

    def _mark(self) -> None:
        self.view.chosen = self.past
