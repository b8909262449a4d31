"""The diagram of the network in the Network place: while a run trains, what its weights and its units do."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from lstmmusic.analysis.units import read_units
from lstmmusic.analysis.weights import Connection, connection_strengths
from lstmmusic.config import NetworkConfig
from lstmmusic.music.roll import Tune
from lstmmusic.studio.context import Context, Latest, Pace
from lstmmusic.training.trainer import Trainer
from lstmmusic.views import DiagramView

# Seconds between two measurements, each of which takes some hundredths of a second of training on an idle machine.
PERIOD = 3.0

Measured = tuple[Trainer, tuple[Connection, ...], list[float]]


class Diagram:
    """The diagram, and what is measured for it.

    Parameters
    ----------
    context : Context
    show_units : callable
        Shows the units of a layer.
    """

    def __init__(self, context: Context, show_units: Callable[[int], None]) -> None:
        self._session = context.session
        self._measuring: Latest[Measured] = Latest(context.between_updates)
        self._asked: tuple[Trainer, int] | None = None  # what is measured, and after which update
        self._pace = Pace(PERIOD)
        self._measured: Measured | None = None
        self.view = DiagramView(lambda layer: context.act(partial(show_units, layer)))

    def refresh(self, config: NetworkConfig, *, in_view: bool) -> None:
        """Show a network: with what was measured, if it is that of the run, which is measured now and then.

        Raises
        ------
        Exception
            What went wrong in the background.
        """
        self._measured = self._measuring.take() or self._measured
        trainer, snapshot = self._session.trainer, self._session.snapshot
        connections, activity = [], []
        if self._measured and self._measured[0] is trainer and trainer.network.config == config:
            connections, activity = [tuple(each) for each in self._measured[1]], self._measured[2]
        with self.view.hold_sync():
            self.view.pitches, self.view.units, self.view.skip = config.pitches, list(config.hidden), config.skip
            self.view.connections, self.view.activity = connections, activity
        if not in_view or trainer is None or snapshot is None or self._measuring.busy:
            return
        newest = trainer, len(trainer.losses)
        if newest != self._asked and self._pace.due:
            self._asked = newest
            self._measuring.ask(self._pace.timed(partial(measure, trainer, snapshot.excerpt)))


def measure(trainer: Trainer, excerpt: Tune) -> Measured:
    """Measure the connections of the network that trains, and how active its layers are on an excerpt.

    Nothing is known of weights that are not finite, or nearly so: JSON, and so the page, has no such numbers.
    """
    strengths, units = connection_strengths(trainer.network), read_units(trainer.network, excerpt)
    activity = [float(np.abs(layer.h).mean()) for layer in units]
    finite = np.isfinite([*activity, *(each.strength for each in strengths)]).all()
    return (trainer, strengths, activity) if finite else (trainer, (), [])
