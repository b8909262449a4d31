"""The validation loss of a network with operations, beside that without. Knows nothing about widgets."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from functools import partial

from lstmmusic.music.roll import Tune
from lstmmusic.network.model import StackedLSTM
from lstmmusic.studio.context import Latest, Submit
from lstmmusic.training.evaluation import Evaluation

# Steps that are evaluated at once: a switch waits no longer.
STEPS = 500


@dataclass(frozen=True, eq=False)
class Loss:
    """The loss of a network on tunes, as far as it is measured.

    Parameters
    ----------
    tunes : tuple of Tune
        Of two steps or more each.
    evaluation : Evaluation
        Of them.
    seconds : float
        How long that took.
    """

    tunes: tuple[Tune, ...]
    evaluation: Evaluation
    seconds: float = 0.0

    @classmethod
    def of(cls, network: StackedLSTM, tunes: tuple[Tune, ...]) -> Loss:
        """Return that of which nothing is measured yet."""
        return cls(tunes, Evaluation(network, tunes))

    @property
    def known(self) -> bool:
        """Whether all tunes are measured, and there is one."""
        return bool(self.tunes) and not self.evaluation.left


def measure_on(loss: Loss) -> Loss:
    """Measure some more steps; there must be some."""
    began = time.perf_counter()
    evaluation = loss.evaluation.measure_more(STEPS)
    return replace(loss, evaluation=evaluation, seconds=loss.seconds + time.perf_counter() - began)


class Losses:
    """Measures the loss of two networks, a piece at a time, so that nothing else waits long.

    Parameters
    ----------
    submit : callable
        Runs a function in the background, between two updates.
    """

    def __init__(self, submit: Submit) -> None:
        self._measuring: Latest[Loss] = Latest(submit)
        self._losses: tuple[Loss, ...] = ()  # of the network without operations, and with them

    @property
    def busy(self) -> bool:
        """Whether something is still to be measured."""
        return self._measuring.busy or any(loss.evaluation.left for loss in self._losses)

    @property
    def seconds(self) -> float:
        """How long it took to measure the losses."""
        return sum(loss.seconds for loss in self._losses)

    def compare(self, networks: tuple[StackedLSTM, ...], tunes: tuple[Tune, ...]) -> None:
        """Measure other networks from now on; what is known of one of them stays."""
        known = {loss.evaluation.network: loss for loss in self._losses if loss.tunes == tunes}
        self._losses = tuple(known.get(network) or Loss.of(network, tunes) for network in networks)

    def refresh(self, *, can_ask: bool) -> tuple[float | None, ...]:
        """Take what was measured, ask for more, and return the losses, None where one is not known.

        Raises
        ------
        Exception
            What went wrong in the background.
        """
        measured = self._measuring.take()
        if measured:
            network = measured.evaluation.network
            self._losses = tuple(measured if loss.evaluation.network is network else loss for loss in self._losses)
        left = [loss for loss in self._losses if loss.evaluation.left]
        if left and can_ask and not self._measuring.busy:
            self._measuring.ask(partial(measure_on, left[0]))
        return tuple(loss.evaluation.per_step if loss.known else None for loss in self._losses)
