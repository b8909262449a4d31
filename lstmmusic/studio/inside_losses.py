"""The validation loss of a network with operations, beside that without. Knows nothing about widgets."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from functools import partial

from lstmmusic.music.roll import Tune
from lstmmusic.network.model import StackedLSTM
from lstmmusic.studio.context import Latest, Submit
from lstmmusic.training.evaluation import evaluate

# Tunes that are evaluated at once: a switch waits no longer.
AT_ONCE = 4


@dataclass(frozen=True, eq=False)
class Loss:
    """The loss of a network on tunes, as far as it is measured.

    Parameters
    ----------
    network : StackedLSTM
    tunes : tuple of Tune
        Of two steps or more each.
    done : int
        How many of them are measured.
    nats, steps : float
        Of these.
    seconds : float
        How long that took.
    """

    network: StackedLSTM
    tunes: tuple[Tune, ...]
    done: int = 0
    nats: float = 0.0
    steps: float = 0.0
    seconds: float = 0.0

    @property
    def known(self) -> bool:
        """Whether all tunes are measured, and there is one."""
        return 0 < len(self.tunes) <= self.done

    @property
    def per_step(self) -> float:
        """Nats per step, as `Likelihood.per_step` has them."""
        return self.nats / self.steps


def measure_on(loss: Loss) -> Loss:
    """Measure a few more tunes; there must be one."""
    began = time.perf_counter()
    tunes = loss.tunes[loss.done : loss.done + AT_ONCE]
    found = evaluate(loss.network, tunes)
    return replace(
        loss,
        done=loss.done + len(tunes),
        nats=loss.nats + float(found.nats.sum()),
        steps=loss.steps + float(found.steps.sum()),
        seconds=loss.seconds + time.perf_counter() - began,
    )


class Losses:
    """Measures the loss of two networks, a few tunes at a time, so that nothing else waits long.

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
        return self._measuring.busy or any(loss.done < len(loss.tunes) for loss in self._losses)

    @property
    def seconds(self) -> float:
        """How long it took to measure the losses."""
        return sum(loss.seconds for loss in self._losses)

    def compare(self, networks: tuple[StackedLSTM, ...], tunes: tuple[Tune, ...]) -> None:
        """Measure other networks from now on; what is known of one of them stays."""
        known = {loss.network: loss for loss in self._losses if loss.tunes == tunes}
        self._losses = tuple(known.get(network) or Loss(network, tunes) for network in networks)

    def refresh(self, *, can_ask: bool) -> tuple[float | None, ...]:
        """Take what was measured, ask for more, and return the losses, None where one is not known.

        Raises
        ------
        Exception
            What went wrong in the background.
        """
        measured = self._measuring.take()
        if measured:
            self._losses = tuple(measured if loss.network is measured.network else loss for loss in self._losses)
        left = [loss for loss in self._losses if loss.done < len(loss.tunes)]
        if left and can_ask and not self._measuring.busy:
            self._measuring.ask(partial(measure_on, left[0]))
        return tuple(loss.per_step if loss.known else None for loss in self._losses)
